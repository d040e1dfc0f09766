"""What the output's chip opens: where it is sent, the time of fades, and pages for the rest."""

from functools import partial
from typing import Final

from PySide6.QtWidgets import QWidget

from app.models.console import Console
from app.models.sinks import sink_labels
from app.models.window_models import WindowModels
from app.views.labels import NDI_NOTICE, receivers
from app.views.menus.menu import PopoverMenu
from app.views.menus.output_mix import MixPage
from app.views.menus.output_over import EmergencyPage, LogoPage
from app.views.menus.output_page import OutputPage
from app.views.menus.output_picture import PicturePage
from app.views.menus.output_shape import ShapePage
from app.views.windows.displays import OutputDisplays
from app.widgets.popover import Choice, Popover
from engine.messages.output_events import OutputChanged
from engine.messages.parameters import DESK_PARAMETERS, OUTPUT_FADE
from engine.messages.sinks import DISPLAY, RECORDER, STILL, SinkReport

WIDTH: Final = 420


class OutputMenu(PopoverMenu):
    """The first page, and the way to the others."""

    def __init__(self, popover: Popover, models: WindowModels, console: Console, displays: OutputDisplays) -> None:
        super().__init__(popover)
        self._models = models
        self._sinks = models.sinks
        self._console = console
        self._displays = displays
        kinds = (PicturePage, MixPage, LogoPage, EmergencyPage)
        self._pages = tuple(kind(popover, models, console, self.refill) for kind in kinds)
        self._shape = ShapePage(popover, models, console, self.refill)
        self._first = _FirstRows(popover, models, console, self.refill)
        self._page: OutputPage | None = None
        self._told: OutputChanged | None = None
        models.transport.changed.connect(self._follow_switches)
        models.chain.changed.connect(self._follow_output)
        for key in DESK_PARAMETERS:
            if key in models.knobs.knobs:
                models.knobs.knobs[key].changed.connect(self._follow_tracks)

    @property
    def _all(self) -> tuple[OutputPage, ...]:
        return (self._first, self._shape, *self._pages)

    def leave(self) -> None:
        super().leave()
        self._page = None
        for page in self._all:
            page.forget()

    def fill(self, owner: QWidget) -> None:
        self._told = self._models.chain.output
        for one in self._all:
            one.forget()
        page = self._page
        if page is None:
            self._fill_first(owner)
        else:
            self.popover.begin(page.title, owner)
            back = self.popover.add_choice(Choice("‹  Output"))
            back.chosen.connect(partial(self._turn, None))
            page.show(owner)
        self.popover.open_beside(owner, WIDTH)

    def _turn(self, page: OutputPage | None) -> None:
        self._page = page
        self.refill()

    def _follow_switches(self) -> None:
        if self.is_open and not self._held:
            self.refill()

    def _follow_output(self) -> None:
        """Fill it anew where something that it shows is another, but not under a hand."""
        told, now = self._told, self._models.chain.output
        self._shape.hear()
        if self.is_open and told is not now and not self._held and _shown(told) != _shown(now):
            self.refill()

    def _follow_tracks(self) -> None:
        if self.is_open:
            for page in self._all:
                page.follow()

    @property
    def _held(self) -> bool:
        return any(page.held for page in self._all)

    def _fill_first(self, owner: QWidget) -> None:
        output, popover = self._models.chain.output, self.popover
        popover.begin("Output", owner)
        if output is not None:
            detail = output.detail or f"{receivers(output.connections).lower()}{', on air' if output.tally else ''}"
            feeds = sink_labels().get(output.sink.partition(":")[0], "")
            popover.add_choice(Choice(output.name or feeds, remark=feeds, detail=detail, inert=True))
        pages = []
        for page in self._pages:
            choice = Choice(page.title, detail=page.words, remark="›")
            choice.chosen.connect(partial(self._turn, page))
            pages.append(choice)
        popover.add_grid(pages, 2)
        popover.add_heading("Blackout, freeze, logo")
        self._first.show(owner)
        popover.add_heading("Sends to")
        self._add_sinks()
        popover.add_heading("Full screen")
        self._add_displays()
        popover.add_words(NDI_NOTICE, links=True)

    def _add_displays(self) -> None:
        screens = self._displays.screens
        covering = {one.sink: one for one in self._sinks.reports if one.id == DISPLAY}
        for number, screen in enumerate(screens.present):
            report = covering.pop(screen.sink, None)
            remark = "F11" if screen == screens.second else ""
            own = "This window is here" if number == 0 else ""
            detail = report.detail or report.remark if report is not None else own
            choice = Choice(screen.name, remark=remark, detail=detail, current=report is not None)
            choice.chosen.connect(self.pick(self._console.output.switch_sink, screen.sink, report is None))
            self._add_display(choice, screen.sink if report is not None else "", screen.name)
        for sink, report in covering.items():
            choice = Choice(report.name or sink, detail=report.detail or report.remark, current=True)
            choice.chosen.connect(self.pick(self._console.output.switch_sink, sink, False))
            self._add_display(choice, sink, report.name or sink)

    def _add_display(self, choice: Choice, sink: str, name: str) -> None:
        """A display to switch, and where it is covered the way to its corners."""
        if not sink:
            self.popover.add_choice(choice)
            return
        output = self._models.chain.output
        shaped = output is not None and sink in output.shapes
        corners = Choice("Corners", detail="Shaped" if shaped else "As usual", remark="›")
        corners.chosen.connect(partial(self._turn_to_shape, sink, name))
        self.popover.add_grid((choice, corners), 2)

    def _turn_to_shape(self, sink: str, name: str) -> None:
        self._shape.begin(sink, name)
        self._turn(self._shape)

    def _add_sinks(self) -> None:
        """Every kind of sink that there can be here, each on or off, and what else is on."""
        on = [report for report in self._sinks.reports if report.id not in (DISPLAY, STILL)]
        kinds = {key: label for key, label in sink_labels().items() if key != DISPLAY} | {RECORDER: "Recorder"}
        choices = []
        for key, label in kinds.items():
            if not any(report.id == key for report in on):
                choices.append(self._sink(label, key, None))
            choices += [self._sink(label, report.sink, report) for report in on if report.id == key]
        choices += [self._sink(report.sink, report.sink, report) for report in on if report.id not in kinds]
        still = Choice("Take a still", remark="F12")
        still.chosen.connect(self.pick(self._console.output.take_still))
        self.popover.add_grid((*choices, still), 2)

    def _sink(self, label: str, sink: str, report: SinkReport | None) -> Choice:
        name = report.name if report is not None and report.id != RECORDER else self._sinks.film
        detail = report.detail or name if report is not None else ""
        choice = Choice(label, detail=detail, current=report is not None)
        choice.chosen.connect(self.pick(self._console.output.switch_sink, sink, report is None))
        return choice


class _FirstRows(OutputPage):
    """The time of fades, which stands on the first page."""

    title = "Output"

    @property
    def words(self) -> str:
        return ""

    def fill(self, owner: QWidget) -> None:  # noqa: ARG002
        self.add_tracks(OUTPUT_FADE)


def _shown(output: OutputChanged | None) -> tuple[object, ...]:
    """What of it the menu shows, without what changes with every frame."""
    if output is None:
        return ()
    sinks = tuple((one.sink, one.phase, one.detail) for one in output.sinks)
    picture = (output.width, output.height, output.fps_numerator, output.fit, output.upscale, output.interpolation)
    shapes = tuple(output.shapes.items())
    dressed = (output.alpha, output.logo, output.logo_on, output.strobe, output.emergency, shapes)
    return (output.name, output.connections, output.tally, output.detail, sinks, picture, dressed)
