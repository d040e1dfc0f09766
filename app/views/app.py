"""Opens the window and runs it to its end."""

import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app import theme
from app.control.store import ControlStore
from app.models.checkup import Checkups
from app.models.controllers.api import MidiFeed
from app.models.engine_api import EnginePort
from app.models.stall import StallMeter
from app.views.main_window import MainWindow
from app.wakefulness import Wakefulness


def run_window(
    port: EnginePort,
    store: ControlStore,
    midi: MidiFeed | None = None,
    *,
    place: Path | None = None,
    recording: tuple[Path, ...] = (),
    checkups: Checkups | None = None,
    on_ready: Callable[[], Iterable[str]] | None = None,
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
        recording: the files that the session is recorded to; (): it is not.
        checkups: what the preflight asks; None: nothing.
        on_ready: called once the window hears events, before it shows: an engine started here is heard from
            its first word. It returns what the performer has to know, in sentences; what it raises, this function
            raises.
        on_closing: called once, on this thread, when the window has let go of the engine.
        on_ended: told at the end how well the window's thread kept up.
        duration_s: close by itself after so many seconds; 0: when told to.
    """
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("Hardcut")
    theme.apply(application)
    window = MainWindow(port, store, midi, place, recording, checkups)
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
    try:
        for trouble in on_ready() if on_ready is not None else ():
            window.console.warn(trouble)
        window.show()
        wakefulness.begin()
        if duration_s:
            QTimer.singleShot(round(duration_s * 1000), window.close)
        status = application.exec()
        if on_ended is not None:
            on_ended(window.stalls)
        return status
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        wakefulness.end()
        window.close()
