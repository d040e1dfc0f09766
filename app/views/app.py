"""Opens the window and runs it to its end."""

import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from app import theme
from app.control.store import ControlStore
from app.models.checkup import Checkups
from app.models.choices import ChoiceBook
from app.models.controllers.api import MidiFeed
from app.models.engine_api import EnginePort
from app.models.stall import StallMeter
from app.models.weights import WeightsFetcher
from app.show.desk import ShowDesk
from app.views.main_window import NO_ALBUM, MainWindow
from app.views.sections.album import Album
from app.views.shell import Shell
from app.wakefulness import Wakefulness


def run_window(
    port: EnginePort,
    store: ControlStore,
    midi: MidiFeed | None = None,
    *,
    place: Path | None = None,
    recording: Callable[[], tuple[Path, ...]] = tuple,
    checkups: Checkups | None = None,
    fetcher: WeightsFetcher | None = None,
    choices: ChoiceBook | None = None,
    desk: ShowDesk | None = None,
    album: Album = NO_ALBUM,
    shell: Shell | None = None,
    on_ready: Callable[[], None] | None = None,
    on_closing: Callable[[], None] | None = None,
    on_ended: Callable[[StallMeter], None] | None = None,
    duration_s: float = 0.0,
) -> int:
    """Show the window until it is closed or the process is interrupted; the exit status.

    Args:
        port: the engine, started or about to be.
        store: the owner of what lies in front.
        midi: the controllers.
        place: the file that remembers where the window was, or None.
        recording: returns the files that the session is recorded to; (): it is not.
        checkups: what the preflight asks; fetcher: fetches weights of models; None: nothing.
        choices: what the performer chose once; desk: saves and opens shows, None: neither.
        album: where the scenes' pictures are kept, and what is about to play.
        shell: stands on the screen so far, and goes once the window has been painted over it.
        on_ready: called once, on a thread of its own, when the window has been painted: an engine that is started
            here is heard from its first word, and nobody waits before a blank screen. What it raises, this function
            raises.
        on_closing: called once, on this thread, when the window has let go of the engine.
        on_ended: told at the end how well the window's thread kept up.
        duration_s: close by itself after so many seconds; 0: when told to.
    """
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("Hardcut")
    theme.apply(application)
    window = MainWindow(
        port, store, midi, place, recording, checkups=checkups, fetcher=fetcher, choices=choices, desk=desk, album=album
    )
    wakefulness = Wakefulness(application)
    wakefulness.told.connect(window.show_wakefulness)
    if on_closing is not None:
        window.closing.connect(on_closing)
    # Python handles a signal between two of its own calls, perhaps amid a paint: the window is closed after that.
    # The window's tick makes some thirty calls a second.
    before = {
        number: signal.signal(number, lambda *_: QTimer.singleShot(0, window, window.close))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    starting = Starting(on_ready)
    starting.failed.connect(window.close)
    try:
        window.painted.connect(starting.begin)
        if shell is not None:
            window.painted.connect(shell.close)
        window.show()
        wakefulness.begin()
        if duration_s:
            QTimer.singleShot(round(duration_s * 1000), window.close)
        status = application.exec()
        starting.check()
        if on_ended is not None:
            on_ended(window.stalls)
        return status
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        wakefulness.end()
        window.close()
        starting.wait()


class Starting(QObject):
    """Starts the engine on a thread of its own, once; later calls of begin do nothing.

    Signals:
        failed: it could not be started; `check` raises why.
    """

    failed = Signal()

    def __init__(self, start: Callable[[], None] | None) -> None:
        super().__init__()
        self._start = start
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begin to start it."""
        if self._start is not None and self._thread is None:
            self._thread = threading.Thread(target=self._run, args=(self._start,), name="hardcut-start")
            self._thread.start()

    def _run(self, start: Callable[[], None]) -> None:
        try:
            start()
        except BaseException as error:  # noqa: BLE001 - the top of a thread: check raises it on the window's
            self._error = error
            self.failed.emit()

    def wait(self) -> None:
        """Wait until it is started, or has failed."""
        if self._thread is not None:
            self._thread.join()

    def check(self) -> None:
        """Wait, and raise what the start has raised."""
        self.wait()
        if self._error is not None:
            raise self._error
