"""The thread shell of every service: a mailbox in, the newest state out, one way to start, end and fail.

A service adds what its thread does (_work), what it shows where that fails (_failure), and what it lets go at the end.
"""

import logging
import threading
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from app.control.state import ControlState
from app.errors import AppError
from engine.mailbox import Latest, Mailbox
from engine.messages.events import Event
from engine.messages.modulation_events import ModulationMoved

_LOG = logging.getLogger(__name__)

News = TypeVar("News")
State = TypeVar("State")


class ControlService(ABC, Generic[News, State]):
    """One thread, which owns whatever the service works with.

    Args:
        name: of the thread, after "hardcut-".
        title: what has stopped, in the sentence that tells of it.
        idle: the state until the thread publishes one.
    """

    def __init__(self, name: str, title: str, idle: State) -> None:
        self._title = title
        self._idle = idle
        self._mailbox: Mailbox[News | Event | ControlState | None] = Mailbox()
        self._latest: Latest[State] = Latest()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"hardcut-{name}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and join it. Harmless before start and when repeated."""
        self._put(None)
        if self._thread.ident is not None:
            self._thread.join()

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

    def _run(self) -> None:
        try:
            self._work()
        except AppError as error:
            _LOG.warning("%s", error)
            self._publish(self._failure(str(error)))
        except Exception as error:  # noqa: BLE001 - the top of the thread, and it reports
            _LOG.exception("the thread %s has failed", threading.current_thread().name)
            self._publish(self._failure(f"{self._title} has stopped: {error}. Restart Hardcut to use it again."))
        finally:
            self._ended.set()
            self._release()
            self._mailbox.drain()

    @abstractmethod
    def _work(self) -> None:
        """Act on what the mailbox brings until it brings None. AppError: the service cannot go on, in a sentence."""

    @abstractmethod
    def _failure(self, fault: str) -> State:
        """The state that shows a fault, a sentence."""

    def _release(self) -> None:
        """Let everything go; on the thread, at its end."""

    def _wake(self) -> None:
        """Wake a thread that waits for something else than its mailbox."""
