"""How long the GUI thread was away from its event loop."""

from typing import Final

from engine.clock import NS_PER_MS

BUDGET_NS: Final = 16 * NS_PER_MS
"""One frame of a 60 Hz screen: a longer absence is felt as a stuck knob."""


class StallMeter:
    """Measures each turn of an event loop, from waking up to going back to sleep.

    Attributes:
        worst_ns: the longest turn since the last reset.
        over_budget: turns longer than BUDGET_NS since the last reset.
        turns: turns since the last reset.
    """

    def __init__(self) -> None:
        self.worst_ns = 0
        self.over_budget = 0
        self.turns = 0
        self.busy_ns = 0
        self._woke_ns: int | None = None

    def reset(self) -> None:
        """Begin anew: warm-up is over."""
        self.worst_ns = self.over_budget = self.turns = self.busy_ns = 0

    def woke(self, now_ns: int) -> None:
        """The loop woke up and begins to handle events."""
        if self._woke_ns is None:
            self._woke_ns = now_ns

    def slept(self, now_ns: int) -> None:
        """The loop has handled its events and waits."""
        if self._woke_ns is None:
            return
        turn = now_ns - self._woke_ns
        self._woke_ns = None
        self.turns += 1
        self.busy_ns += turn
        self.worst_ns = max(self.worst_ns, turn)
        self.over_budget += turn > BUDGET_NS
