"""How well the GUI thread keeps up: how late its regular tick comes, and how long its own work takes."""

from typing import Final

from engine.clock import NS_PER_MS

BUDGET_NS: Final = 16 * NS_PER_MS
"""One frame of a 60 Hz screen: a longer absence is felt as a stuck knob."""


class StallMeter:
    """Hears every tick of the GUI thread's timer.

    A tick that comes late tells that the event loop was busy, or the processor was, when it was due. Event
    dispatchers differ in what they tell of themselves (GLib's never says when it wakes); a timer is
    the same everywhere.

    Args:
        period_ns: how often the timer is set to fire.

    Attributes:
        worst_ns: the greatest lateness of a tick since the last reset.
        over_budget: ticks later than BUDGET_NS since the last reset.
        longest_ns: the longest tick handler or event since the last reset.
        ticks: ticks since the last reset.
    """

    def __init__(self, period_ns: int) -> None:
        self._period_ns = period_ns
        self._last_ns: int | None = None
        self.worst_ns = 0
        self.over_budget = 0
        self.longest_ns = 0
        self.ticks = 0

    def reset(self) -> None:
        """Begin anew: warm-up is over."""
        self.worst_ns = self.over_budget = self.longest_ns = self.ticks = 0
        self._last_ns = None

    def began(self, now_ns: int) -> None:
        """A tick has come."""
        if self._last_ns is not None:
            late = max(0, now_ns - self._last_ns - self._period_ns)
            self.worst_ns = max(self.worst_ns, late)
            self.over_budget += late > BUDGET_NS
        self._last_ns = now_ns
        self.ticks += 1

    def ended(self, now_ns: int) -> None:
        """The tick's own work is done."""
        if self._last_ns is not None:
            self.worked(now_ns - self._last_ns)

    def worked(self, duration_ns: int) -> None:
        """A call on this thread has taken so long."""
        self.longest_ns = max(self.longest_ns, duration_ns)
