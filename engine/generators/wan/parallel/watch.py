"""The thread that finds out which process of a crew keeps the others waiting."""

import threading
from typing import Final, Protocol

from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.generators.wan.parallel.hand import Hand
from engine.generators.wan.parallel.orders import Order
from engine.generators.wan.parallel.standstill import Inquiry, Place

LOOK_NS: Final = 100 * NS_PER_MS
_STALL_NS: Final = 250 * NS_PER_MS
"""Time counts by looks: where this process itself stood still, nobody else is blamed for it."""

_ASKING_NS: Final = NS_PER_SECOND
"""How long the question where a process stands may stay unanswered."""

_BLAME_NS: Final = NS_PER_SECOND
"""How long a process may wait for another crew before it is itself taken for the cause."""

_DESPAIR_NS: Final = 40 * NS_PER_SECOND
_ROUNDS: Final = 3
"""For how long, and how often in a row, the leading process may be found to be the one that all wait for, without any
exchange in between. If it hangs itself, the engine's watchdog has replaced its thread before."""


class Watched(Protocol):
    """A crew, as its watch sees it. Called on the watch's thread."""

    def present(self) -> tuple[Hand, ...]:
        """The processes that follow."""
        ...

    def patience_ns(self, order: Order) -> int:
        """How long this may stay undone."""
        ...

    def place(self) -> Place:
        """Where the leading process stands."""
        ...

    def lose(self, hand: Hand, what: str, *, kill: bool) -> None:
        """One has failed; what: it did, a clause."""
        ...

    def despair(self, waited_ns: int) -> None:
        """All wait, and nobody is to blame."""
        ...

    @property
    def failed(self) -> bool:
        """Whether one has failed already."""
        ...


class Watch:
    """Looks at what is undone, ten times a second.

    Args:
        lock: of what hands have been told and have answered.
    """

    def __init__(self, crew: Watched, lock: threading.Lock, clock: Clock) -> None:
        self._crew = crew
        self._lock = lock
        self._clock = clock
        self._closing = threading.Event()
        self._asked = 0
        self._inquiry: Inquiry | None = None
        self._acquitted: list[int] = []
        self._stood: Place | None = None
        self._thread = threading.Thread(target=self._work, name="hardcut-ranks", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread and join it. Harmless before start."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _work(self) -> None:
        last_ns = self._clock.now_ns()
        while not self._closing.wait(LOOK_NS / NS_PER_SECOND):
            now_ns = self._clock.now_ns()
            self.look(min(now_ns - last_ns, _STALL_NS))
            last_ns = now_ns

    def look(self, passed_ns: int) -> None:
        """Look once.

        Args:
            passed_ns: since the look before.
        """
        crew, doubted, overdue = self._crew, False, False
        for hand in crew.present():
            with self._lock:
                hand.waited_ns = hand.waited_ns + passed_ns if hand.pending else 0
                hand.broken_ns = hand.broken_ns + passed_ns if hand.broken else 0
                waited_ns, order = hand.waited_ns, hand.pending[0] if hand.pending else None
            if hand.broken_ns > _BLAME_NS and not crew.failed:
                crew.lose(hand, f"cannot go on: {hand.broken.removesuffix('.')}", kill=False)
            if hand.broken or hand.returning:
                continue
            patience_ns = 0 if order is None else crew.patience_ns(order)
            doubted |= waited_ns > patience_ns * 3 // 4
            overdue |= waited_ns > patience_ns
        if not doubted or crew.failed:
            self._inquiry = None
        elif self._inquiry is None:
            self._asked += 1
            able = [hand for hand in crew.present() if not (hand.broken or hand.returning)]
            self._inquiry = Inquiry(self._asked, able)
        else:
            self._inquiry.open_ns += passed_ns
            if overdue and (self._inquiry.answered or self._inquiry.open_ns > _ASKING_NS):
                self._blame(self._inquiry)
                self._inquiry = None

    def _blame(self, inquiry: Inquiry) -> None:
        """End who keeps the others waiting. If it is the leading process, they are in no fault and wait on."""
        crew = self._crew
        leading, hands = crew.place(), crew.present()
        with self._lock:
            hand, says = inquiry.last(leading)
            waited_ns = max(one.waited_ns for one in hands)
            if hand is None:
                for one in hands:
                    one.waited_ns = 0
        if hand is not None:
            did = "has kept the others waiting" if says else "has not answered"
            crew.lose(hand, f"{did} for {waited_ns / NS_PER_SECOND:.0f} s and is ended", kill=True)
            return
        if self._stood != leading:
            self._stood = leading
            self._acquitted.clear()
        self._acquitted.append(waited_ns)
        if len(self._acquitted) >= _ROUNDS and sum(self._acquitted) >= _DESPAIR_NS:
            crew.despair(sum(self._acquitted))
