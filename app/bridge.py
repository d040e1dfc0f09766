"""The one crossing between the engine's threads and the window's."""

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.models.engine_api import EnginePort
from engine.messages.events import Event


class EventBridge(QObject):
    """Carries frozen events from engine threads to one function on the main thread, in their order."""

    _arrived = Signal(object)

    def __init__(self, port: EnginePort, take: Callable[[Event], None]) -> None:
        super().__init__()
        self._take = take
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = port.subscribe(self._arrived.emit)
        self._open = True

    @Slot(object)
    def _deliver(self, event: Event) -> None:
        if self._open:
            self._take(event)

    def close(self) -> None:
        """Hear nothing more; events under way are forgotten."""
        if self._open:
            self._open = False
            self._unsubscribe()


class SourceFinder(QObject):
    """Looks for sources on a worker thread; one search at a time."""

    found = Signal(tuple)
    failed = Signal(str)

    def __init__(self, list_sources: Callable[[], tuple[str, ...]]) -> None:
        super().__init__()
        self._list_sources = list_sources
        self._worker: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """A search is under way."""
        return self._worker is not None and self._worker.is_alive()

    def search(self) -> None:
        """Begin a search, unless one is under way; `found` or `failed` tells how it ended."""
        if not self.busy:
            self._worker = threading.Thread(target=self._run, name="hardcut-finder")
            self._worker.start()

    def _run(self) -> None:
        try:
            self.found.emit(self._list_sources())
        except Exception as error:  # noqa: BLE001 - the top of a thread: it is told, not lost
            self.failed.emit(str(error))

    def close(self) -> None:
        """Wait for a search under way."""
        if self._worker is not None:
            self._worker.join()
            self._worker = None
