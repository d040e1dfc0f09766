"""What the output's chip opens: canvas, rate, pictures between, full screen, the NDI name."""

from fractions import Fraction
from typing import Final

from PySide6.QtWidgets import QWidget

from app.models.chain import ChainModel
from app.models.console import Console
from app.models.sinks import SinksModel
from app.models.stats import StatsModel
from app.views.labels import NDI_NOTICE, between_words, receivers
from app.views.menus.menu import PopoverMenu
from app.views.windows.displays import OutputDisplays
from app.widgets.popover import Choice, Popover
from engine.messages.interpolation import Interpolation
from engine.messages.placement import Fit, Upscale
from engine.messages.rates import USUAL_RATES, rate_text
from engine.messages.sinks import DISPLAY
from engine.output.sinks.registry import SINKS

ENLARGED: Final = ((Upscale.SMOOTH, "Smooth"), (Upscale.EDGES, "Clean edges"))
CANVASES: Final = ((896, 896), (1080, 1080), (1280, 720), (1920, 1080))


NOT_OFFERED: Final = frozenset({"null", DISPLAY})
"""Nowhere is for tests; displays have a place of their own."""


class OutputMenu(PopoverMenu):
    """Reads the chain, the figures and the displays when it is opened."""

    def __init__(
        self,
        popover: Popover,
        chain: ChainModel,
        stats: StatsModel,
        sinks: SinksModel,
        console: Console,
        displays: OutputDisplays,
    ) -> None:
        super().__init__(popover)
        self._chain = chain
        self._stats = stats
        self._sinks = sinks
        self._console = console
        self._displays = displays

    def fill(self, owner: QWidget) -> None:
        output, popover, screens = self._chain.output, self.popover, self._displays.screens
        popover.begin("Output", owner)
        if output is not None:
            detail = output.detail or f"{receivers(output.connections).lower()}{', on air' if output.tally else ''}"
            popover.add_choice(Choice(output.name or "NDI", remark="NDI", detail=detail, inert=True))
        popover.add_heading("Sends to")
        self._add_sinks()
        popover.add_heading("Canvas")
        canvases = []
        for width, height in CANVASES:
            current = output is not None and (output.width, output.height) == (width, height)
            choice = Choice(f"{width} × {height}", current=current)
            choice.chosen.connect(self.pick(self._console.set_canvas, width, height))
            canvases.append(choice)
        popover.add_grid(canvases, 2)
        popover.add_heading("On the canvas")
        fits = []
        for fit in Fit:
            choice = Choice(fit.value.capitalize(), current=output is not None and output.fit is fit)
            choice.chosen.connect(self.pick(self._console.set_fit, fit))
            fits.append(choice)
        popover.add_grid(fits, 4)
        popover.add_heading("Enlarged")
        ways = []
        for way, label in ENLARGED:
            choice = Choice(label, current=output is not None and output.upscale is way)
            choice.chosen.connect(self.pick(self._console.set_upscale, way))
            ways.append(choice)
        popover.add_grid(ways, 2)
        popover.add_heading("Frames a second")
        rates = []
        for rate in USUAL_RATES:
            current = output is not None and Fraction(output.fps_numerator, output.fps_denominator) == rate
            choice = Choice(rate_text(rate), current=current)
            choice.chosen.connect(self.pick(self._console.set_output_rate, rate))
            rates.append(choice)
        popover.add_grid(rates, 3)
        popover.add_heading("Between pictures")
        modes = []
        for mode in Interpolation:
            choice = Choice(mode.value.capitalize(), current=output is not None and output.interpolation is mode)
            choice.chosen.connect(self.pick(self._console.set_interpolation, mode))
            modes.append(choice)
        popover.add_grid(modes, 3)
        if words := between_words(output, self._stats.last):
            popover.add_words(words)
        popover.add_heading("Full screen")
        covering = {one.sink: one for one in self._sinks.reports if one.id == DISPLAY}
        for number, screen in enumerate(screens.present):
            report = covering.pop(screen.sink, None)
            remark = "F11" if screen == screens.second else ""
            own = "This window is here" if number == 0 else ""
            detail = report.detail or report.remark if report is not None else own
            choice = popover.add_choice(Choice(screen.name, remark=remark, detail=detail, current=report is not None))
            choice.chosen.connect(self.pick(self._console.switch_sink, screen.sink, report is None))
        for sink, report in covering.items():
            choice = popover.add_choice(
                Choice(report.name or sink, detail=report.detail or report.remark, current=True)
            )
            choice.chosen.connect(self.pick(self._console.switch_sink, sink, False))
        popover.add_words(NDI_NOTICE, links=True)
        popover.open_beside(owner, 380)

    def _add_sinks(self) -> None:
        """Every kind of sink, each on or off; what has an address is there while it is on."""
        on = {report.sink: report for report in self._sinks.reports}
        labels = {one.entry.id: one.entry.label for one in SINKS.entries() if one.entry.id not in NOT_OFFERED}
        offered = {key: label for key, label in labels.items() if not any(sink.startswith(f"{key}:") for sink in on)}
        for sink in (*offered, *(one for one in on if one not in offered and one.partition(":")[0] in labels)):
            report = on.get(sink)
            label = labels[sink.partition(":")[0]]
            detail = report.detail or report.name if report is not None else ""
            choice = self.popover.add_choice(Choice(label, detail=detail, current=report is not None))
            choice.chosen.connect(self.pick(self._console.switch_sink, sink, report is None))
        still = self.popover.add_choice(Choice("Take a still", remark="F12"))
        still.chosen.connect(self.pick(self._console.take_still))
