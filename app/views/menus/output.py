"""What the output's chip opens: sinks, format, canvas, rate, pictures between, emergencies, full screen, NDI's name."""

from fractions import Fraction
from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QWidget

from app import theme
from app.models.console import Console
from app.models.sinks import sink_labels
from app.models.window_models import WindowModels
from app.views.file_chooser import PICTURE_FILES, FileChooser
from app.views.labels import NDI_NOTICE, between_words, receivers
from app.views.menus.menu import PopoverMenu
from app.views.windows.displays import OutputDisplays
from app.widgets.popover import Choice, Popover
from engine.messages.emergency import EmergencyKind
from engine.messages.interpolation import Interpolation
from engine.messages.picture_format import PictureFormat
from engine.messages.placement import Fit, Upscale
from engine.messages.rates import USUAL_RATES, rate_text
from engine.messages.sinks import DISPLAY, RECORDER, STILL, SinkReport

KINDS: Final = {
    EmergencyKind.HOLD: "Last picture",
    EmergencyKind.BREATHE: "It breathes",
    EmergencyKind.BLACK: "Fade to black",
    EmergencyKind.LOOP: "Clip …",
}

ENLARGED: Final = ((Upscale.SMOOTH, "Smooth"), (Upscale.EDGES, "Clean edges"))
FORMATS: Final = (
    (PictureFormat.SQUARE, "Square"),
    (PictureFormat.WIDE, "Wide 16:9"),
    (PictureFormat.TALL, "Tall 9:16"),
)
CANVASES: Final = {
    PictureFormat.SQUARE: ((896, 896), (1080, 1080), (1280, 720), (1920, 1080)),
    PictureFormat.WIDE: ((1280, 720), (1600, 900), (1920, 1080), (2560, 1440)),
    PictureFormat.TALL: ((720, 1280), (900, 1600), (1080, 1920), (1440, 2560)),
}


class OutputMenu(PopoverMenu):
    """Reads the chain, the figures and the displays when it is opened."""

    def __init__(self, popover: Popover, models: WindowModels, console: Console, displays: OutputDisplays) -> None:
        super().__init__(popover)
        self._chain = models.chain
        self._transport = models.transport
        self._stats = models.stats
        self._sinks = models.sinks
        self._console = console
        self._clips = FileChooser(
            "Choose a clip or picture for emergencies",
            PICTURE_FILES,
            lambda path: console.choose_emergency(EmergencyKind.LOOP, path),
        )
        self._displays = displays

    def _add_emergency(self, owner: QWidget) -> None:
        chosen = self._chain.output.emergency if self._chain.output is not None else ""
        kind, _, file = chosen.partition(":")
        self.popover.add_heading("While no pictures come")
        choices = []
        for one, words in KINDS.items():
            choice = Choice(words, current=one.value == kind)
            choice.chosen.connect(
                self.pick(self._clips.choose, owner)
                if one is EmergencyKind.LOOP
                else self.pick(self._console.choose_emergency, one)
            )
            choices.append(choice)
        self.popover.add_grid(choices, 2)
        on = self._transport.emergency.shown
        detail = Path(file).name if kind == EmergencyKind.LOOP.value else ""
        words, remark = ("Back to the show", "ON AIR") if on else ("Show it now", "")
        now = self.popover.add_choice(Choice(words, remark=remark, detail=detail, tint=theme.AMBER))
        now.chosen.connect(self.pick(self._console.toggle_emergency))

    def fill(self, owner: QWidget) -> None:
        output, popover, screens = self._chain.output, self.popover, self._displays.screens
        popover.begin("Output", owner)
        if output is not None:
            detail = output.detail or f"{receivers(output.connections).lower()}{', on air' if output.tally else ''}"
            popover.add_choice(Choice(output.name or "NDI", remark="NDI", detail=detail, inert=True))
        popover.add_heading("Sends to")
        self._add_sinks()
        generator = self._chain.generator
        playing = generator.format if generator is not None else PictureFormat.SQUARE
        popover.add_heading("Format")
        formats = []
        for one, label in FORMATS:
            choice = Choice(label, current=one is playing)
            choice.chosen.connect(self.pick(self._console.select_format, one))
            formats.append(choice)
        popover.add_grid(formats, 3)
        popover.add_heading("Canvas")
        canvases = []
        for width, height in CANVASES[playing]:
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
        self._add_emergency(owner)
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
        """Every kind of sink that there can be here, each on or off, and what else is on."""
        on = [report for report in self._sinks.reports if report.id not in (DISPLAY, STILL)]
        kinds = {key: label for key, label in sink_labels().items() if key != DISPLAY} | {RECORDER: "Recorder"}
        for key, label in kinds.items():
            if not any(report.id == key for report in on):
                self._add_sink(label, key, None)
            for report in on:
                if report.id == key:
                    self._add_sink(label, report.sink, report)
        for report in on:
            if report.id not in kinds:
                self._add_sink(report.sink, report.sink, report)
        still = self.popover.add_choice(Choice("Take a still", remark="F12"))
        still.chosen.connect(self.pick(self._console.take_still))

    def _add_sink(self, label: str, sink: str, report: SinkReport | None) -> None:
        name = report.name if report is not None and report.id != RECORDER else self._sinks.film
        detail = report.detail or name if report is not None else ""
        choice = self.popover.add_choice(Choice(label, detail=detail, current=report is not None))
        choice.chosen.connect(self.pick(self._console.switch_sink, sink, report is None))
