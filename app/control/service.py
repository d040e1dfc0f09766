"""The thread shell of every service: a mailbox in, the newest state out, one way to start, end, fail and begin anew.

A service adds what its thread does (_work), what it shows where that fails (_failure), what it lets go then and at the
end (_release), and how it begins anew (_renew): what fails is started again with growing pauses, for ever.
"""

import logging
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from typing import Final, Generic, TypeVar

from app.control.state import ControlState
from app.errors import AppError
from engine.backoff import Backoff
from engine.clock import NS_PER_SECOND, Clock, SystemClock
from engine.ending import joined
from engine.mailbox import Latest, Mailbox
from engine.messages.audio_events import AudioChanged
from engine.messages.events import Committed, Event, MapChanged, ScenesChanged, TempoChanged
from engine.messages.modulation_events import ModulationChanged, ModulationMoved
from engine.messages.output_events import OutputChanged

_LOG = logging.getLogger(__name__)

END_S: Final = 5.0
"""How long a service may take to end: lights out, the show kept. A driver or a disk that hangs is left behind."""

_STANDING: Final = (
    AudioChanged,
    Committed,
    ControlState,
    MapChanged,
    ModulationChanged,
    OutputChanged,
    ScenesChanged,
    TempoChanged,
)
"""What holds until the next of its kind: a service that begins anew has to know it."""

News = TypeVar("News")
State = TypeVar("State")


class ControlService(ABC, Generic[News, State]):
    """One thread, which owns whatever the service works with.

    Args:
        name: of the thread, after "hardcut-".
        title: what has stopped, in the sentence that tells of it.
        idle: the state until the thread publishes one.
        clock: measures how long it was well.
    """

    def __init__(self, name: str, title: str, idle: State, clock: Clock | None = None) -> None:
        self._title = title
        self._idle = idle
        self._clock: Clock = clock or SystemClock()
        self._backoff = Backoff()
        self._told = ""
        self._mailbox: Mailbox[News | Event | ControlState | None] = Mailbox()
        self._latest: Latest[State] = Latest()
        self._pending: deque[News | Event | ControlState | None] = deque()  # the thread's own, as is
        self._standing: dict[type, Event | ControlState] = {}
        self._closing = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"hardcut-{name}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and join it, for END_S at most. Harmless before start and when repeated."""
        self._closing.set()
        self._put(None)
        if self._thread.ident is not None:
            joined(self._thread, END_S)

    def state(self) -> State:
        """The newest state; from any thread."""
        newest = self._latest.peek()
        return self._idle if newest is None else newest

    def hear(self, event: Event) -> None:
        """Take in an engine event (a subscriber for Engine.subscribe); from any thread, returns at once."""
        if not isinstance(event, ModulationMoved):  # with every chunk, and shown by the window alone
            self._put(event)

    def follow(self, state: ControlState) -> None:
        """Take in what lies in front (a subscriber for ControlStore.subscribe); from any thread, returns at once."""
        self._put(state)

    def _put(self, item: News | Event | ControlState | None) -> None:
        """Give the thread something; None: the end. Nothing is kept for a thread that has ended."""
        if not self._ended.is_set():
            self._mailbox.put(item)
            self._wake()

    def _publish(self, state: State) -> None:
        """Put a state where everybody sees it."""
        self._latest.put(state)

    def _arrived(self) -> Iterator[News | Event | ControlState | None]:
        """Yield what has arrived, in order. What one fails at is gone; what came behind it is yielded next time."""
        self._pending.extend(self._mailbox.drain())
        while self._pending:
            item = self._pending.popleft()
            self._standing.pop(type(item), None)
            yield item
            if isinstance(item, _STANDING):
                self._standing[type(item)] = item

    def _hear_again(self) -> None:
        """Let what still holds arrive once more, before anything else."""
        waiting = {id(one) for one in self._pending}
        self._pending.extendleft(one for one in reversed(self._standing.values()) if id(one) not in waiting)

    def _run(self) -> None:
        failed = last = False
        while not last:
            last = self._closing.is_set()
            if failed and last:  # what has come meanwhile is taken in, to an end
                self._put(None)
            pause_ns = self._attempt(anew=failed)
            if pause_ns is None:
                break
            failed = True
            self._closing.wait(pause_ns / NS_PER_SECOND)
        self._ended.set()
        self._mailbox.drain()
        self._pending.clear()

    def _attempt(self, *, anew: bool) -> int | None:
        """Work until the end or a fault; how long to pause after it, nanoseconds, None: it has ended."""
        began_ns = self._clock.now_ns()
        try:
            if anew:
                self._publish(self._renew())
            self._work()
        except BaseException as error:  # noqa: BLE001 - the top of the thread, and it reports
            pause_ns = self._backoff.pause_ns(self._clock.now_ns() - began_ns)
            self._show_fault(error, pause_ns)
            return pause_ns
        finally:
            self._let_go()
        return None

    def _show_fault(self, error: BaseException, pause_ns: int) -> None:
        """Show a fault, and log it: one that is foreseen in its own words."""
        if isinstance(error, AppError):
            text = str(error)
            _LOG.log(logging.DEBUG if text == self._told else logging.WARNING, "%s", text)
        else:
            what = (str(error) or type(error).__name__).rstrip(".")
            text = f"{self._title} failed: {what}. It is started again in {pause_ns / NS_PER_SECOND:g} s."
            _LOG.error("%s", text, exc_info=error)
        self._told = text
        try:
            self._publish(self._failure(text))
        except BaseException:  # noqa: BLE001 - reported here; the service is started again all the same
            _LOG.exception("what became of the thread %s cannot be shown", threading.current_thread().name)

    def _let_go(self) -> None:
        try:
            self._release()
        except BaseException:  # noqa: BLE001 - reported here; the service is started again all the same
            _LOG.exception("the thread %s could not let go", threading.current_thread().name)

    @abstractmethod
    def _work(self) -> None:
        """Act on what arrives until None does. AppError: it cannot go on for now, in a sentence; it is tried again."""

    @abstractmethod
    def _failure(self, fault: str) -> State:
        """The state that shows a fault, a sentence."""

    def _release(self) -> None:
        """Let everything go; on the thread, after a fault and at the end."""

    def _renew(self) -> State:
        """Make anew what _release has let go, on the thread; return the state to show."""
        return self._idle

    def _wake(self) -> None:
        """Wake a thread that waits for something else than its mailbox."""
