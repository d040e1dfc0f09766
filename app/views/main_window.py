"""The window: its keys, its ticks, its displays, its end."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from app.bridge import EventBridge, SourceFinder
from app.models.console import Console
from app.models.keys import pad_of_key
from app.models.port import EnginePort, MidiFeed, NoMidi
from app.models.screens import OutputScreen
from app.models.show import Show
from app.models.stall import StallMeter
from app.views.geometry import SMALLEST
from app.views.help_overlay import HelpOverlay
from app.views.learn_menu import LearnMenu
from app.views.menus import Menus
from app.views.output_window import OutputWindow, displays
from app.views.scene_photographer import ScenePhotographer
from app.views.surface import Surface
from app.views.thumbnails import Thumbnails
from app.widgets.pictures import ScenePictures
from app.widgets.popover import Popover
from engine.clock import NS_PER_MS, Clock, SystemClock
from engine.events import Event, GeneratorChanged, StageState

TICK_MS: Final = 33
"""One picture of a 30 Hz preview; the output itself is paced elsewhere and never waits for this."""
THUMBNAIL_TICKS: Final = 4
SETTLE_MS: Final = 3000
"""After the generator is ready: from then on a stall counts as one while performing."""
MIDI_TICKS: Final = 3
NUDGE_MS: Final = 10
"""Small enough to aim with, large enough to be heard."""
SNAPSHOT_KEYS: Final = (Qt.Key.Key_F5, Qt.Key.Key_F6, Qt.Key.Key_F7, Qt.Key.Key_F8)


class MainWindow(QMainWindow):
    """Hardcut's window.

    Args:
        port: the engine.
        midi: the controllers; none by default.

    Attributes:
        closing: emitted once when the window has let go of the engine, which may then be stopped.
        stalls: how well this thread keeps up.
    """

    closing = Signal()

    def __init__(self, port: EnginePort, midi: MidiFeed | None = None) -> None:
        super().__init__()
        self.setWindowTitle("Hardcut")
        self.setMinimumSize(*SMALLEST)
        self.setAcceptDrops(True)
        self._port = port
        self._midi: MidiFeed = midi if midi is not None else NoMidi()
        self.show_model = Show(port.parameters, port.scenes)
        self.console = Console(port, self.show_model)
        self.pictures = ScenePictures(self)
        self.surface = Surface(self.show_model, self.console, self.pictures)
        self.setCentralWidget(self.surface)
        self.popover = Popover(self.surface)
        self.help = HelpOverlay(self.surface)
        self.output_window = OutputWindow()
        self._finder = SourceFinder(port.list_sources)
        self.menus = Menus(
            self.popover, self.surface, port, self.show_model, self.console, self._finder, self.show_output_on
        )
        self.learn_menu = LearnMenu(self.popover, self.surface, self.show_model, self._midi)
        self._thumbnails = Thumbnails(port, self.surface.input_view, self.surface.depth_view)
        self._photographer = ScenePhotographer(self.show_model, self.surface.programme, self.pictures)
        self._screens = OutputScreen()
        self._clock: Clock = SystemClock()
        self._sequence = -1
        self._ticks = 0
        self._closed = False
        self._played = self.show_model.played
        self.stalls = StallMeter(TICK_MS * NS_PER_MS)
        self._bridge = EventBridge(port, self._take)
        self._connect()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK_MS)
        self.resize(1280, 800)

    def _connect(self) -> None:
        surface = self.surface
        for chip, signal, menu in (
            (surface.source_chip, surface.source_pressed, self.menus.source),
            (surface.depth_chip, surface.depth_pressed, self.menus.depth),
            (surface.generator_chip, surface.generator_pressed, self.menus.generator),
            (surface.output_chip, surface.output_pressed, self.menus.output),
            (surface.midi_chip, surface.midi_pressed, self.menus.midi),
            (surface.event_line, surface.log_pressed, self.menus.log),
        ):
            signal.connect(lambda owner=chip, fill=menu: self._toggle_menu(owner, fill))
        surface.assign_asked.connect(self._open_assign)
        surface.learn_asked.connect(self.learn)
        self.menus.learn_asked.connect(self.learn)
        surface.screen_pressed.connect(self.toggle_output_window)
        surface.help_pressed.connect(self.toggle_help)
        self.popover.closed.connect(self._mark_open_chip)
        self.pictures.changed.connect(self._show_scene_picture)
        self.show_model.stale.connect(lambda: self.show_model.load(self._port.parameters, self._port.scenes))
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
            chip.show_open(self.popover.isVisible() and self.popover.owner is chip)

    def _open_assign(self, place: int) -> None:
        pads = self.show_model.pads
        self.popover.dismiss()
        pad, beside = self.surface.pads[place], self.surface.source_chip
        self.menus.assign(pads.shown[place].index, pad, beside, self.surface.unit)

    def learn(self, targets: str, owner: QWidget) -> None:
        """Learn controls for a target, or for several, one a line."""
        self.popover.dismiss()
        self.learn_menu.open(tuple(targets.split("\n")), owner, self.surface.unit)

    def toggle_help(self) -> None:
        """Show or hide the page of keys."""
        if self.help.isVisible():
            self.help.dismiss()
        else:
            self.popover.dismiss()
            self.help.open()

    def _take(self, event: Event) -> None:
        began_ns = self._clock.now_ns()
        self.show_model.take(event)
        self.stalls.worked(self._clock.now_ns() - began_ns)
        if isinstance(event, GeneratorChanged) and event.state is StageState.READY:
            QTimer.singleShot(SETTLE_MS, self, self.stalls.reset)

    # -- ticks --------------------------------------------------------------------------------

    def _tick(self) -> None:
        self.stalls.began(self._clock.now_ns())
        self._work()
        self.stalls.ended(self._clock.now_ns())

    def _work(self) -> None:
        self._ticks += 1
        if self._ticks % MIDI_TICKS == 0:
            self._follow_controllers()
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
            self.surface.tick(self._port.now_ns())
            if self._ticks % THUMBNAIL_TICKS == 0:
                self._thumbnails.refresh()

    def _follow_controllers(self) -> None:
        self.show_model.follow(self._midi.snapshot())
        played = self.show_model.played
        if played != self._played:
            self._played = played
            self._midi.play(played)
            self.console.arm_front()

    def _show_scene_picture(self, scene: str) -> None:
        for pad in self.surface.pads:
            if pad.pad.scene == scene:
                pad.forget_face()

    # -- keys ---------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        modifiers = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
        if modifiers == Qt.KeyboardModifier.ControlModifier and event.key() == Qt.Key.Key_Z:
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.console.redo()
            else:
                self.console.undo()
        elif modifiers != Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
        elif event.text() == "?" or event.key() == Qt.Key.Key_F1:
            self.toggle_help()
        elif event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif (place := pad_of_key(event.key(), event.nativeScanCode())) is not None:
            self.surface.pads[place].flash(True)
            self.console.press_pad(place)
        else:
            self._letter(event)

    def _letter(self, event: QKeyEvent) -> None:
        pads = self.show_model.pads
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        match event.key():
            case Qt.Key.Key_N:
                self.console.step_playlist(-1 if shift else 1)
            case Qt.Key.Key_M:
                self.console.step_cues(-1 if shift else 1)
            case Qt.Key.Key_T:
                self.console.resync()
            case Qt.Key.Key_Comma:
                self.console.nudge_tempo(-NUDGE_MS)
            case Qt.Key.Key_Period:
                self.console.nudge_tempo(NUDGE_MS)
            case key if key in SNAPSHOT_KEYS:
                slot = SNAPSHOT_KEYS.index(Qt.Key(key)) + 1
                (self.console.store_snapshot if shift else self.console.recall_snapshot)(slot)
            case Qt.Key.Key_Space:
                self.console.tap()
            case Qt.Key.Key_B:
                self.console.toggle_blackout()
            case Qt.Key.Key_G:
                self.console.toggle_freeze()
            case Qt.Key.Key_F11:
                self.toggle_output_window()
            case Qt.Key.Key_PageUp:
                pads.turn_bank(pads.bank - 1)
            case Qt.Key.Key_PageDown:
                pads.turn_bank(pads.bank + 1)
            case Qt.Key.Key_Slash:
                self.surface.prompt.setFocus(Qt.FocusReason.ShortcutFocusReason)
                self.surface.prompt.selectAll()
            case _:
                super().keyPressEvent(event)

    def _escape(self) -> None:
        if self.popover.isVisible():
            self.popover.dismiss()
        elif self.help.isVisible():
            self.help.dismiss()
        else:
            self.console.panic()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        place = pad_of_key(event.key(), event.nativeScanCode())
        if place is not None and not event.isAutoRepeat():
            self.surface.pads[place].flash(False)

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
            self._timer.stop()
            self._bridge.close()
            self.popover.dismiss()
            self.output_window.hide()
            self.output_window.deleteLater()
            self._finder.close()
            self.closing.emit()
        event.accept()
