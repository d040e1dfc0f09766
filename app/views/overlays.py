"""What lies over the surface: the menus in their popover, the pages, the panel of controllers."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.bridge import Finder
from app.control.slots import Slot
from app.models.binding_edits import LearningEdit, MacroEdits
from app.models.checkup import Checkups
from app.models.choices import ChoiceBook
from app.models.console import Console
from app.models.controllers.api import MidiFeed
from app.models.engine_api import EnginePort
from app.models.weights import WeightsFetcher
from app.models.window_models import WindowModels
from app.show.desk import ShowDesk
from app.views.controllers.panel import MidiPanel
from app.views.menus.auto import AutoMenu
from app.views.menus.clocks import ClockMenu
from app.views.menus.controllers import ControllersMenu
from app.views.menus.depth import DepthMenu
from app.views.menus.events import EventsMenu
from app.views.menus.generator import GeneratorMenu
from app.views.menus.knob import KnobMenu
from app.views.menus.learn import LearnMenu
from app.views.menus.macros import MacroMenu
from app.views.menus.menu import PopoverMenu
from app.views.menus.output import OutputMenu
from app.views.menus.pad import PadMenu
from app.views.menus.show import ShowMenu
from app.views.menus.sound import SoundMenu
from app.views.menus.source import SourceMenu
from app.views.pages.help import HelpOverlay
from app.views.pages.osc import OscPage
from app.views.pages.preflight import PreflightPage
from app.views.pages.steps import FirstSteps
from app.views.performance_view import PerformanceView
from app.views.requests import Request
from app.views.windows.displays import OutputDisplays
from app.widgets.knob import KnobWidget
from app.widgets.popover import Popover
from engine.messages.audio import AudioFeatures


class Overlays(QObject):
    """Opens one thing at a time, and closes it again when it is asked for twice."""

    def __init__(
        self,
        surface: PerformanceView,
        models: WindowModels,
        console: Console,
        port: EnginePort,
        midi: MidiFeed,
        displays: OutputDisplays,
        choices: ChoiceBook,
        desk: ShowDesk | None,
        checkups: Checkups | None = None,
        fetcher: WeightsFetcher | None = None,
    ) -> None:
        super().__init__(surface)
        self._choices = choices
        self._surface = surface
        self._displays = displays
        self.finder = Finder(port.source_offers, "source-finder")
        self.input_finder = Finder(port.list_audio_inputs, "sound-finder")
        self.generator_finder = Finder(port.generator_offers, "generator-finder")
        self.popover = popover = Popover(surface)
        self.help = HelpOverlay(surface)
        self.steps = FirstSteps(surface)
        self.show = ShowMenu(popover, console, choices, desk, partial(self.toggle, Request.FIRST_STEPS))
        self.osc = OscPage(surface, models, console, lambda: port.parameters)
        self.preflight = PreflightPage(surface, console, checkups)
        self.panel = MidiPanel(surface, popover, models, console, midi)
        beside = surface.chain.source_chip
        generator = GeneratorMenu(popover, models, console, self.generator_finder, fetcher)
        self.weights = generator.weights
        self._menus: dict[Request, PopoverMenu] = {
            Request.SHOW: self.show,
            Request.SOURCE: SourceMenu(popover, models.chain, console, self.finder),
            Request.DEPTH: DepthMenu(popover, models, console),
            Request.GENERATOR: generator,
            Request.SOUND: SoundMenu(popover, models, self.input_finder),
            Request.OUTPUT: OutputMenu(popover, models, console, displays),
            Request.CLOCKS: ClockMenu(popover, models, midi, surface.transport.type_tempo),
            Request.EVENTS: EventsMenu(
                popover, models.log, port.now_ns, partial(self.toggle, Request.PREFLIGHT), self.preflight.save_report
            ),
            Request.AUTO: AutoMenu(popover, models.autopilot, console, self.learn),
        }
        self._controllers = ControllersMenu(popover, models, self.learn, partial(self.toggle, Request.OSC))
        macros = MacroEdits(midi, models.macros, console.remember, port.now_ns)
        self._learn = LearnMenu(popover, models, midi, macros, LearningEdit(midi, console.remember))
        self._pad = PadMenu(popover, models.pads, console, beside, self.learn)
        self._macro = MacroMenu(popover, models, macros, beside, self.learn)
        self._knob = KnobMenu(popover, models, console, beside, self.learn, self._toggle_macro_parts)
        self._connect()

    def _connect(self) -> None:
        surface = self._surface
        surface.asked.connect(self.toggle)
        surface.learn_asked.connect(self.learn)
        surface.pad_menu_asked.connect(self._pad.open_for)
        surface.macro_asked.connect(self._toggle_macro)
        surface.knob_menu_asked.connect(self._toggle_knob)
        surface.typing.connect(self.popover.dismiss)
        self.panel.learn_asked.connect(self.learn)
        self.panel.more_asked.connect(partial(self._toggle_menu, self._controllers))
        self.panel.closed.connect(self._mark_pages)
        self.osc.closed.connect(self._mark_pages)
        self.preflight.closed.connect(self._mark_pages)
        self.steps.closed.connect(self._choices.put_steps_away)

    def toggle(self, request: Request, owner: QWidget | None = None) -> None:
        """Open what is asked for, beside a part where it has a place there, or close it."""
        match request:
            case Request.HELP:
                self._toggle_page(self.help)
            case Request.FIRST_STEPS:
                self._toggle_page(self.steps)
            case Request.SAVE_SHOW:
                self.show.ask_where_to_save(self._surface)
            case Request.OPEN_SHOW:
                self.show.ask_what_to_open(self._surface)
            case Request.OSC:
                self._toggle_page(self.osc)
            case Request.PREFLIGHT:
                self._toggle_page(self.preflight)
            case Request.CONTROLLERS:
                self._toggle_page(self.panel)
            case Request.FULL_SCREEN:
                self._displays.toggle()
            case _:
                opener = owner if owner is not None else self._surface.chain.opener(request)
                if opener is not None:
                    self._toggle_menu(self._menus[request], opener)

    def show_sound(self, heard: AudioFeatures | None) -> None:
        """Show what is heard where it is set what is made of it."""
        self._knob.show_sound(heard)

    def learn(self, targets: tuple[Slot, ...], owner: QWidget) -> None:
        """Learn controls for targets, one after another, beside a part."""
        self._learn.learn(targets, owner)

    def step_back(self) -> bool:
        """Close what lies on top; False where nothing is open."""
        if self.popover.isVisible():
            self.popover.dismiss()
        elif self.steps.isVisible():
            self.steps.dismiss()
        elif self.help.isVisible():
            self.help.dismiss()
        elif self.osc.isVisible():
            self.osc.dismiss()
        elif self.preflight.isVisible():
            self.preflight.dismiss()
        elif self.panel.isVisible():
            self.panel.step_back()
        else:
            return False
        return True

    def tick(self, now_ns: int) -> None:
        """Show what moves by itself."""
        self.panel.tick(now_ns)

    def close(self) -> None:
        """Close all of it, and wait for a search under way."""
        self.popover.dismiss()
        self.preflight.close_worker()
        self.weights.close()
        self.finder.close()
        self.generator_finder.close()
        self.input_finder.close()
        self.show.close()

    def _toggle_menu(self, menu: PopoverMenu, owner: QWidget) -> None:
        if self.popover.isVisible() and self.popover.owner is owner:
            self.popover.dismiss()
        else:
            menu.open(owner)

    def _toggle_macro(self, macro: str, owner: QWidget) -> None:
        if self.popover.isVisible() and self.popover.owner is owner:
            self.popover.dismiss()
        else:
            self._macro.open_for(macro, owner)

    def _toggle_macro_parts(self, macro: str, owner: QWidget) -> None:
        self._macro.open_for(macro, owner)

    def _toggle_knob(self, key: str, owner: QWidget) -> None:
        if self.popover.isVisible() and self.popover.owner is owner:
            self.popover.dismiss()
        elif isinstance(owner, KnobWidget):
            self._knob.open_for(key, owner, owner.open_editor)

    def _toggle_page(self, page: HelpOverlay | FirstSteps | OscPage | MidiPanel | PreflightPage) -> None:
        self.popover.dismiss()
        shown = page.isVisible()
        for one in (self.help, self.steps, self.osc, self.preflight, self.panel):
            one.dismiss()
        if not shown:
            page.open()
        self._mark_pages()

    def _mark_pages(self) -> None:
        self._surface.chain.controllers_chip.show_open(self.panel.isVisible())
        osc = self._surface.chain.osc
        osc.show_state(lit=self.osc.isVisible(), waiting=osc.waiting)
