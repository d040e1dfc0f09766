"""The window: puts its parts together, gives them their ticks, and ends them."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow

from app.bridge import EventBridge, MachineWatch
from app.control.store import ControlStore
from app.models.checkup import Checkups
from app.models.choices import ChoiceBook
from app.models.console import Console
from app.models.controllers.api import MidiFeed, NoMidi
from app.models.engine_api import EnginePort
from app.models.recording import Recording
from app.models.stall import StallMeter
from app.models.weights import WeightsFetcher
from app.models.window_models import WindowModels
from app.show.desk import ShowDesk
from app.show.file import SUFFIX
from app.views.geometry import SMALLEST
from app.views.keyboard import Keyboard
from app.views.overlays import Overlays
from app.views.performance_view import PerformanceView
from app.views.requests import Request
from app.views.sections.album import Album
from app.views.windows.displays import OutputDisplays
from app.views.windows.placing import Placing
from app.widgets.drop_hint import DropHint
from engine.clock import NS_PER_MS, Clock, SystemClock
from engine.messages.events import Event

_LOG = logging.getLogger(__name__)

NO_ALBUM: Final = Album()

TICK_MS: Final = 33
"""One picture of a 30 Hz preview; the output itself is paced elsewhere and never waits for this."""
INPUT_TICKS: Final = 4
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
        recording: returns the files that the session is recorded to; (): it is not.
        checkups: what the preflight asks; fetcher: fetches weights of models; None: nothing.
        choices: what the performer chose once; desk: saves and opens shows, None: neither.
        album: where the scenes' pictures are kept, and what is about to play.

    Attributes:
        painted: emitted once the window has been painted for the first time.
        closing: emitted once when the window has let go of the engine, which may then be stopped.
        stalls: how well this thread keeps up.
    """

    closing = Signal()
    painted = Signal()

    def __init__(
        self,
        port: EnginePort,
        store: ControlStore,
        midi: MidiFeed | None = None,
        place: Path | None = None,
        recording: Callable[[], tuple[Path, ...]] = tuple,
        *,
        checkups: Checkups | None = None,
        fetcher: WeightsFetcher | None = None,
        choices: ChoiceBook | None = None,
        desk: ShowDesk | None = None,
        album: Album = NO_ALBUM,
    ) -> None:
        super().__init__()
        self.setWindowTitle("Hardcut")
        self.setMinimumSize(*SMALLEST)
        self.setAcceptDrops(True)
        self._port = port
        self._choices = choices
        self._midi: MidiFeed = midi if midi is not None else NoMidi()
        self.models = WindowModels(store, port.scenes, Recording(recording))
        self.console = Console(port, self.models)
        self.surface = PerformanceView(self.models, self.console, album)
        self.setCentralWidget(self.surface)
        self.displays = OutputDisplays(self, self.models.sinks, self.console)
        self.overlays = Overlays(
            self.surface,
            self.models,
            self.console,
            port,
            self._midi,
            self.displays,
            choices or ChoiceBook(),
            desk,
            checkups,
            fetcher,
        )
        self.drop_hint = DropHint(self.surface)
        self.keyboard = Keyboard(self.console, self.models, self.surface, self.overlays.toggle, self.overlays.step_back)
        self.models.stale.connect(self._reload)
        self._clock: Clock = SystemClock()
        self._sequence = -1
        self._ticks = 0
        self._closed = self._painted = self._alive = False
        self.stalls = StallMeter(TICK_MS * NS_PER_MS)
        self._bridge = EventBridge(port, self._take)
        self._watch = MachineWatch()
        self._watch.found.connect(self.models.slowness.take_load)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK_MS)
        self._placing = Placing(self, place)
        trouble = self._placing.restore()
        if trouble:
            self.console.warn(trouble)

    def show_wakefulness(self, granted: bool, text: str) -> None:
        """Say that display and machine are kept awake, or may fall asleep during the show."""
        (self.console.note if granted else self.console.warn)(text)

    # -- events -------------------------------------------------------------------------------

    def _take(self, event: Event) -> None:
        began_ns = self._clock.now_ns()
        self.models.take(event)
        self.stalls.worked(self._clock.now_ns() - began_ns)

    def _reload(self) -> None:
        """Another generator is ready: its parameters and scenes take their places."""
        self.models.load(self._port.parameters, self._port.scenes)
        QTimer.singleShot(SETTLE_MS, self, self.stalls.reset)

    # -- ticks --------------------------------------------------------------------------------

    def _tick(self) -> None:
        self.stalls.began(self._clock.now_ns())
        self._ticks += 1
        self.models.refresh_front()
        if self._ticks % MIDI_TICKS == 0:
            self.models.follow(self._midi.snapshot())
        now = self._port.now_ns()
        self.models.tick(now)
        if self.models.slowness.wants_load(now):
            self._watch.look()
        self._show_pictures()
        if self._is_seen:
            self.surface.tick(now)
            self.overlays.tick(now)
        self.stalls.ended(self._clock.now_ns())

    @property
    def _is_seen(self) -> bool:
        return self.isVisible() and not self.isMinimized()

    def _show_pictures(self) -> None:
        if self._is_seen:
            sequence, pixels = self._port.preview()
            self._alive = self._alive or bool(pixels[..., :3].any())  # black is no picture yet
            if sequence != self._sequence and self._alive:
                self._sequence = sequence
                self.surface.show_pixels(pixels)
        if self._is_seen and self._ticks % INPUT_TICKS == 0:
            self.surface.show_input(self._port.input_frame(), self._port.control_map())
            heard = self._port.sound()
            self.surface.show_sound(heard)
            self.overlays.show_sound(heard)

    # -- hands --------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat() and not self.keyboard.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self.keyboard.release(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        files = _files(event)
        if files:
            text, accepted = self.console.drop_meaning(files[0])
            self.drop_hint.show_text(text, accepted)
            event.setAccepted(accepted)

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        self.drop_hint.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop_hint.hide()
        files = _files(event)
        if files:
            event.acceptProposedAction()
            if files[0].suffix.lower() == SUFFIX:
                self.overlays.show.open_file(files[0])
            else:
                self.console.drop_file(files[0])
            if len(files) > 1:
                self.console.warn(f"Only {files[0].name} was taken: drop one file at a time.")

    # -- begin and end ------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._choices is not None and not self._choices.now.steps_seen and not self._painted:
            self.overlays.toggle(Request.FIRST_STEPS)
        # Nothing holds the keyboard at first: the keys belong to the pads.
        self.surface.setFocus(Qt.FocusReason.OtherFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closed:
            self._closed = True
            if self.isVisible():
                trouble = self._placing.keep()
                if trouble:
                    _LOG.warning("%s", trouble)
            self._timer.stop()
            self._bridge.close()
            self._watch.close()
            self.overlays.close()
            self.surface.album.close()
            self.closing.emit()
        event.accept()


def _files(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
