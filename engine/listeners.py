"""Those who hear the engine's events."""

import threading
from collections.abc import Callable
from typing import Final, TypeAlias

from engine.messages.events import CommandRefused, Event, Level, Notice
from engine.messages.stats import Stats
from engine.repeats import Flood

REFUSALS_PER_SECOND: Final = 20
"""More than hands make: what floods the show is counted, not listed."""

Listener: TypeAlias = Callable[[Event], None]


class Listeners:
    """Hands each event on, and the newest of each standing type to who comes later. Any thread may call it."""

    def __init__(self) -> None:
        self._listeners: tuple[Listener, ...] = ()
        self._listening = threading.Lock()
        self._latest_states: dict[type[Event], Event] = {}
        self._refusals = Flood(REFUSALS_PER_SECOND)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call the listener with the latest event of each state, then with every event; return how to unsubscribe."""
        with self._listening:
            for event in tuple(self._latest_states.values()):
                listener(event)
            self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            with self._listening:
                self._listeners = tuple(one for one in self._listeners if one is not listener)

        return unsubscribe

    def emit(self, event: Event) -> None:
        """Tell every listener, on this thread; refusals beyond REFUSALS_PER_SECOND are counted."""
        with self._listening:
            if isinstance(event, CommandRefused) and not self._refusals.admit(event.at_ns):
                return
            withheld = self._refusals.held_back() if isinstance(event, Stats) else 0
            if event.standing:
                self._latest_states[type(event)] = event
            listeners = self._listeners
        for listener in listeners:
            listener(event)
        if withheld:
            text = f"{withheld} more commands were refused in the same moment."
            self.emit(Notice(at_ns=event.at_ns, level=Level.WARNING, text=text))
