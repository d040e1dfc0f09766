"""The window: its keys, its ticks, its displays, its end."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from app.bridge import EventBridge, SourceFinder
from app.control.slots import Slot
from app.control.store import ControlStore
from app.models.console import Console
from app.models.controllers.api import MidiFeed, NoMidi
from app.models.engine_api import EnginePort
from app.models.screens import OutputScreen
from app.models.stall import StallMeter
from app.models.window_models import WindowModels
from app.views.controllers.panel import MidiPanel
from app.views.geometry import SMALLEST
from app.views.keyboard import Keyboard, WindowActs
from app.views.menus.clocks import ClockMenu
from app.views.menus.generator import GeneratorMenu
from app.views.menus.learn import LearnMenu
from app.views.menus.macros import MacroMenu
from app.views.menus.menus import Menus
from app.views.pages.help import HelpOverlay
from app.views.pages.osc import OscPage
from app.views.performance_view import PerformanceView
from app.views.presenter import Presenter
from app.views.scene_photographer import ScenePhotographer
from app.views.thumbnails import Thumbnails
from app.views.windows.output import OutputWindow, displays
from app.views.windows.placing import Placing
from app.widgets.pictures import ScenePictures
from app.widgets.popover import Popover
from engine.clock import NS_PER_MS, Clock, SystemClock
from engine.messages.events import Event

_LOG = logging.getLogger(__name__)

TICK_MS: Final = 33
"""One picture of a 30 Hz preview; the output itself is paced elsewhere and never waits for this."""
THUMBNAIL_TICKS: Final = 4
SETTLE_MS: Final = 3000
"""After the generator is ready: from then on a stall counts as one while performing."""
MIDI_TICKS: Final = 3


class MainWindow(QMainWindow):
    """Hardcut's window.

    Args:
        port: the engine.
        store: the owner of what lies in front.
        midi: the controllers; none by default.
        place: the file that remembers where the window was; None: it opens anywhere.

    Attributes:
        closing: emitted once when the window has let go of the engine, which may then be stopped.
        stalls: how well this thread keeps up.
    """

    closing = Signal()

    def __init__(
        self, port: EnginePort, store: ControlStore, midi: MidiFeed | None = None, place: Path | None = None
    ) -> None:
        super().__init__()
        self.setWindowTitle("Hardcut")
        self.setMinimumSize(*SMALLEST)
        self.setAcceptDrops(True)
        self._port = port
        self._midi: MidiFeed = midi if midi is not None else NoMidi()
        self.show_model = WindowModels(store, port.scenes)
        self.console = Console(port, self.show_model)
        self.pictures = ScenePictures(self)
        self.surface = PerformanceView(self.show_model, self.console, self.pictures)
        self.setCentralWidget(self.surface)
        self.presenter = Presenter(self.show_model, self.surface)
        acts = WindowActs(
            help=self.toggle_help,
            osc=self.toggle_osc,
            midi=self.toggle_midi,
            output=self.toggle_output_window,
            escape=self._escape,
        )
        self.keyboard = Keyboard(self.console, self.show_model, self.surface, acts)
        self.popover = Popover(self.surface)
        self.help = HelpOverlay(self.surface)
        self.osc = OscPage(self.surface, self.surface.knobs[0], self.surface.programme, self.show_model)
        self.output_window = OutputWindow()
        self._finder = SourceFinder(port.list_sources)
        self.menus = Menus(
            self.popover, self.surface, port, self.show_model, self.console, self._finder, self.show_output_on
        )
        self.generator_menu = GeneratorMenu(self.popover, self.surface, port, self.show_model, self.console)
        self.learn_menu = LearnMenu(self.popover, self.surface, self.show_model, self._midi)
        tempo = self.surface.tempo
        self.clock_menu = ClockMenu(self.popover, self.surface, self.show_model, self._midi, tempo.open_editor)
        self.midi_panel = MidiPanel(self.surface, self.popover, self.show_model, self.console, self._midi)
        beside = self.surface.source_chip
        self.macro_menu = MacroMenu(self.popover, beside, self.surface, self.show_model, self._midi, self.learn)
        self._thumbnails = Thumbnails(port, self.surface.input_view, self.surface.depth_view)
        self._photographer = ScenePhotographer(self.show_model, self.surface.programme, self.pictures)
        self._screens = OutputScreen()
        self._clock: Clock = SystemClock()
        self._sequence = -1
        self._ticks = 0
        self._closed = False
        self.stalls = StallMeter(TICK_MS * NS_PER_MS)
        self._bridge = EventBridge(port, self._take)
        self._connect()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK_MS)
        self._placing = Placing(self, place)
        trouble = self._placing.restore()
        if trouble:
            self.console.warn(trouble)

    def _connect(self) -> None:
        surface = self.surface
        for chip, signal, menu in (
            (surface.source_chip, surface.source_pressed, self.menus.source),
            (surface.depth_chip, surface.depth_pressed, self.menus.depth),
            (surface.generator_chip, surface.generator_pressed, self.generator_menu.open),
            (surface.output_chip, surface.output_pressed, self.menus.output),
            (surface.event_line, surface.log_pressed, self.menus.log),
            (surface.tempo, surface.tempo.pressed, self.clock_menu.open),
        ):
            signal.connect(lambda owner=chip, fill=menu: self._toggle_menu(owner, fill))
        surface.tempo.typing.connect(self.popover.dismiss)
        surface.assign_asked.connect(self._open_assign)
        surface.learn_asked.connect(self.learn)
        self.menus.learn_asked.connect(self.learn)
        surface.midi_pressed.connect(self.toggle_midi)
        self.midi_panel.learn_asked.connect(self.learn)
        self.midi_panel.more_asked.connect(lambda owner: self._toggle_menu(owner, self.menus.midi))
        self.midi_panel.closed.connect(self._mark_open_chip)
        surface.osc_pressed.connect(self.toggle_osc)
        surface.macro_asked.connect(self._toggle_macro)
        self.menus.osc_asked.connect(self.toggle_osc)
        self.osc.closed.connect(self._mark_open_chip)
        self.osc.copied.connect(lambda address: self.console.note(f"Copied {address}"))
        surface.screen_pressed.connect(self.toggle_output_window)
        surface.help_pressed.connect(self.toggle_help)
        self.popover.closed.connect(self._mark_open_chip)
        self.pictures.changed.connect(self._show_scene_picture)
        self.show_model.stale.connect(self._reload)
        self.output_window.left.connect(lambda: self.show_output_on(""))
        self.output_window.key_pressed.connect(self.keyPressEvent)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.screenAdded.connect(self._see_screens)
        application.screenRemoved.connect(self._see_screens)

    # -- menus --------------------------------------------------------------------------------

    def _toggle_menu(self, owner: QWidget, fill: Callable[[QWidget, float], None]) -> None:
        again = self.popover.isVisible() and self.popover.owner is owner
        self.popover.dismiss()
        if not again:
            fill(owner, self.surface.unit)
            self._mark_open_chip()

    def _mark_open_chip(self) -> None:
        for chip in self.surface.chips:
            panel = chip is self.surface.midi_chip and self.midi_panel.isVisible()
            chip.show_open(panel or (self.popover.isVisible() and self.popover.owner is chip))
        self.surface.tempo.show_open(self.popover.isVisible() and self.popover.owner is self.surface.tempo)
        self.surface.osc_key.show_state(lit=self.osc.isVisible(), waiting=self.surface.osc_key.waiting)

    def _open_assign(self, place: int) -> None:
        pads = self.show_model.pads
        self.popover.dismiss()
        pad, beside = self.surface.pads[place], self.surface.source_chip
        self.menus.assign(pads.shown[place].index, pad, beside, self.surface.unit)

    def learn(self, targets: tuple[Slot, ...], owner: QWidget) -> None:
        """Learn controls for these, one after another."""
        self.popover.dismiss()
        self.learn_menu.open(targets, owner, self.surface.unit)

    def toggle_help(self) -> None:
        """Show or hide the page of keys."""
        if self.help.isVisible():
            self.help.dismiss()
        else:
            self.popover.dismiss()
            self.help.open()

    def toggle_midi(self) -> None:
        """Show or hide the controllers."""
        self.popover.dismiss()
        if self.midi_panel.isVisible():
            self.midi_panel.dismiss()
        else:
            self.osc.dismiss()
            self.help.dismiss()
            self.midi_panel.open()
            self._mark_open_chip()

    def toggle_osc(self) -> None:
        """Show or hide the page of OSC addresses."""
        if self.osc.isVisible():
            self.osc.dismiss()
            return
        self.popover.dismiss()
        self.midi_panel.dismiss()
        self.help.dismiss()
        self.osc.open(self._port.parameters)
        self._mark_open_chip()

    def _toggle_macro(self, macro: str, owner: QWidget) -> None:
        again = self.popover.isVisible() and self.popover.owner is owner
        self.popover.dismiss()
        if not again:
            self.macro_menu.open(macro, owner, self.surface.unit)

    def _take(self, event: Event) -> None:
        began_ns = self._clock.now_ns()
        self.show_model.take(event)
        self.stalls.worked(self._clock.now_ns() - began_ns)

    def _reload(self) -> None:
        """Another generator is ready: its parameters and scenes take their places."""
        table = self._port.parameters
        self.show_model.load(table, self._port.scenes)
        if self.osc.isVisible():
            self.osc.load(table)
        QTimer.singleShot(SETTLE_MS, self, self.stalls.reset)

    def hear_of_wakefulness(self, granted: bool, text: str) -> None:
        """Display and machine are kept awake, or may fall asleep during the show."""
        (self.console.note if granted else self.console.warn)(text)

    # -- ticks --------------------------------------------------------------------------------

    def _tick(self) -> None:
        self.stalls.began(self._clock.now_ns())
        self._work()
        self.stalls.ended(self._clock.now_ns())

    def _work(self) -> None:
        self._ticks += 1
        self.show_model.refresh_front()
        if self._ticks % MIDI_TICKS == 0:
            self.show_model.follow(self._midi.snapshot())
        visible = self.isVisible() and not self.isMinimized()
        projecting = self.output_window.isVisible()
        if visible or projecting:
            sequence, pixels = self._port.preview()
            if sequence != self._sequence:
                self._sequence = sequence
                if visible:
                    self.surface.programme.show_pixels(pixels)
                if projecting:
                    self.output_window.show_pixels(pixels)
        if visible:
            self.presenter.tick(self._port.now_ns())
            self.midi_panel.tick(self._port.now_ns())
            if self._ticks % THUMBNAIL_TICKS == 0:
                self._thumbnails.refresh()

    def _show_scene_picture(self, scene: str) -> None:
        for pad in self.surface.pads:
            if pad.pad.scene == scene:
                pad.forget_face()

    # -- keys ---------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat() and not self.keyboard.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self.keyboard.release(event)

    def _escape(self) -> None:
        if self.popover.isVisible():
            self.popover.dismiss()
        elif self.help.isVisible():
            self.help.dismiss()
        elif self.osc.isVisible():
            self.osc.dismiss()
        elif self.midi_panel.isVisible():
            self.midi_panel.step_back()
        else:
            self.console.panic()

    # -- displays -----------------------------------------------------------------------------

    def _see_screens(self) -> None:
        own = self.screen()
        names = displays()
        present = sorted(names, key=lambda name: names[name] is not own)
        self._follow_screens(self._screens.seen(tuple(present)))

    def _follow_screens(self, screens: OutputScreen) -> None:
        before, self._screens = self._screens, screens
        self.menus.screens = screens
        if screens.shown_on != before.shown_on:
            self.output_window.cover(screens.shown_on)
            self._sequence = -1
        if screens.waiting and not before.waiting:
            self.console.warn(f"The display {screens.wanted} is gone; the output returns with it")

    def toggle_output_window(self) -> None:
        """Put the output on the second display, or take it away."""
        self._see_screens()
        if self._screens.wanted:
            self.show_output_on("")
        elif self._screens.second:
            self.show_output_on(self._screens.second)
        else:
            self.console.warn("There is no second display: connect one, or choose this one under Output")

    def show_output_on(self, screen: str) -> None:
        """Full screen on a display by name; "" leaves it."""
        self._see_screens()
        self._follow_screens(self._screens.asked(screen))
        self.surface.screen_key.show_state(lit=bool(self._screens.wanted))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._see_screens()
        # Nothing holds the keyboard at first: the keys belong to the pads.
        self.surface.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- files --------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.console.drop_file(Path(files[0]))

    # -- end ----------------------------------------------------------------------------------

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closed:
            self._closed = True
            if self.isVisible():
                trouble = self._placing.keep()
                if trouble:
                    _LOG.warning("%s", trouble)
            self._timer.stop()
            self._bridge.close()
            self.popover.dismiss()
            self.output_window.hide()
            self.output_window.deleteLater()
            self._finder.close()
            self.closing.emit()
        event.accept()
