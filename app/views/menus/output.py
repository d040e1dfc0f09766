"""What the output's chip opens: canvas, rate, pictures between, full screen, the NDI name."""

from fractions import Fraction
from typing import Final

from PySide6.QtWidgets import QWidget

from app import theme
from app.models.chain import ChainModel
from app.models.console import Console
from app.models.stats import StatsModel
from app.views.labels import NDI_NOTICE, between_words, receivers
from app.views.menus.menu import PopoverMenu
from app.views.windows.displays import OutputDisplays
from app.widgets.popover import Choice, Popover
from engine.messages.interpolation import Interpolation
from engine.messages.placement import Fit, Upscale
from engine.messages.rates import USUAL_RATES, rate_text

ENLARGED: Final = ((Upscale.SMOOTH, "Smooth"), (Upscale.EDGES, "Clean edges"))
CANVASES: Final = ((896, 896), (1080, 1080), (1280, 720), (1920, 1080))


class OutputMenu(PopoverMenu):
    """Reads the chain, the figures and the displays when it is opened."""

    def __init__(
        self, popover: Popover, chain: ChainModel, stats: StatsModel, console: Console, displays: OutputDisplays
    ) -> None:
        super().__init__(popover)
        self._chain = chain
        self._stats = stats
        self._console = console
        self._displays = displays

    def fill(self, owner: QWidget) -> None:
        output, popover, screens = self._chain.output, self.popover, self._displays.screens
        popover.begin("Output", owner)
        if output is not None:
            detail = output.detail or f"{receivers(output.connections).lower()}{', on air' if output.tally else ''}"
            popover.add_choice(Choice(output.name or "NDI", remark="NDI", detail=detail, inert=True))
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
        popover.add_heading("Flashing")
        strobe = output is not None and output.strobe
        for text, detail, on in (
            ("Softened", "No more than three flashes a second, for the eyes of the guests", False),
            ("Strobe", "It may flash as fast as it comes", True),
        ):
            choice = popover.add_choice(Choice(text, detail=detail, current=strobe is on))
            choice.chosen.connect(self.pick(self._console.set_strobe, on))
        popover.add_heading("Full screen")
        for number, screen in enumerate(screens.present):
            shown = screen == screens.shown_on
            remark = "F11" if screen == screens.second else ""
            detail = "This window is here; Esc leaves" if number == 0 else ""
            choice = popover.add_choice(Choice(screen, remark=remark, detail=detail, current=shown))
            choice.chosen.connect(self.pick(self._displays.show_on, screen))
        if screens.wanted:
            remark = "waiting for its display" if screens.waiting else ""
            off = popover.add_choice(Choice("Leave full screen", remark=remark, tint=theme.AMBER))
            off.chosen.connect(self.pick(self._displays.show_on, ""))
        popover.add_words(NDI_NOTICE, links=True)
        popover.open_beside(owner, 380)
