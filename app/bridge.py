"""The crossings between other threads and the window's: the engine's events, and what workers find out."""

import logging
import os
import threading
from collections.abc import Callable, Iterable
from typing import Final

import psutil
from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.models.engine_api import EnginePort
from app.models.slowness import MachineLoad
from engine.clock import SystemClock
from engine.messages.events import Event
from engine.metrics.load import LoadMeter, OtherLoad
from engine.metrics.machine import describe_machine
from engine.output.client import running_outputs

_LOG = logging.getLogger(__name__)

CLOSE_PATIENCE_S: Final = 2.0
LOOK_S: Final = 1.0
"""Long enough to tell a busy machine from a hiccup."""


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


class Finder(QObject):
    """Looks for something on a worker thread; one search at a time.

    Args:
        look: what is called there; it may take seconds.
        name: of the thread.

    Signals:
        found: what look returned, a tuple; failed: what went wrong, a sentence.
    """

    found = Signal(tuple)
    failed = Signal(str)

    def __init__(self, look: Callable[[], tuple[object, ...]], name: str) -> None:
        super().__init__()
        self._look = look
        self._name = name
        self._worker: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """A search is under way."""
        return self._worker is not None and self._worker.is_alive()

    def search(self) -> None:
        """Begin a search, unless one is under way; `found` or `failed` tells how it ended."""
        if not self.busy:
            self._worker = threading.Thread(target=self._run, name=self._name)
            self._worker.start()

    def _run(self) -> None:
        try:
            self.found.emit(self._look())
        except BaseException as error:  # noqa: BLE001 - the top of a thread: it is told, not lost
            self.failed.emit(str(error))

    def close(self) -> None:
        """Wait for a search under way."""
        if self._worker is not None:
            self._worker.join()
            self._worker = None


class Gatherer(QObject):
    """Takes things one by one from what yields them on a worker thread; one at a time.

    Signals:
        found: each thing; ended: once all were found, or what went wrong, a sentence.
    """

    found = Signal(object)
    ended = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self._closing = threading.Event()
        self._worker: threading.Thread | None = None

    def gather(self, look: Callable[[], Iterable[object]]) -> None:
        """Begin, once the one before has ended."""
        self.close()
        self._closing = closing = threading.Event()
        self._worker = threading.Thread(target=self._run, args=(look, closing), name=self._name, daemon=True)
        self._worker.start()

    def _run(self, look: Callable[[], Iterable[object]], closing: threading.Event) -> None:
        trouble = ""
        try:
            for one in look():
                if closing.is_set():
                    return
                self.found.emit(one)
        except BaseException as error:  # noqa: BLE001 - the top of a thread: it is told, not lost
            trouble = str(error) or type(error).__name__
        if not closing.is_set():
            self.ended.emit(trouble)

    def close(self) -> None:
        """Find nothing more, and wait a moment for what is under way; it may take longer and touches nothing here."""
        self._closing.set()
        if self._worker is not None:
            self._worker.join(CLOSE_PATIENCE_S)
            self._worker = None


class MachineWatch(QObject):
    """Looks at what the machine does beside the show, for a second on a worker thread; one look at a time."""

    found = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._closing = threading.Event()
        self._worker: threading.Thread | None = None

    def look(self) -> None:
        """Begin to look, unless it is under way; `found` hands over a MachineLoad."""
        if self._worker is None or not self._worker.is_alive():
            self._worker = threading.Thread(target=self._run, name="machine-watch")
            self._worker.start()

    def _run(self) -> None:
        try:
            meter = LoadMeter(SystemClock(), (os.getpid(), *(one.pid for one in running_outputs())))
            if not self._closing.wait(LOOK_S):
                self.found.emit(_machine_load(meter.read()))
        except BaseException as error:  # noqa: BLE001 - the top of a thread: without this look the reason is a coarser one
            _LOG.warning("What else the machine does could not be found out: %s", error)

    def close(self) -> None:
        """Wait for a look under way."""
        self._closing.set()
        if self._worker is not None:
            self._worker.join()
            self._worker = None


def _machine_load(load: OtherLoad) -> MachineLoad:
    machine = describe_machine()
    battery = psutil.sensors_battery()
    unused = machine.gpus[0].name if machine.gpus and "+cpu" in machine.torch else ""
    return MachineLoad(
        threads=machine.usable_threads,
        other_cores=load.other_cores,
        on_battery=battery is not None and not battery.power_plugged,
        unused_gpu=unused,
    )
