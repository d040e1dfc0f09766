"""How long to wait before what failed is started again: at first hardly, then longer and longer, for ever."""

from typing import Final

from engine.clock import NS_PER_SECOND

FIRST_NS: Final = NS_PER_SECOND // 2
"""Short enough that a passing fault is hardly noticed."""

LONGEST_NS: Final = 30 * NS_PER_SECOND
"""Rare enough to cost nothing, often enough for a show of some hours."""

SOUND_NS: Final = 60 * NS_PER_SECOND
"""What ran for so long was well: its next fault is a first one again."""


class Backoff:
    """Pauses that double from first_ns to longest_ns, and begin anew after a run of sound_ns.

    Args:
        first_ns, longest_ns, sound_ns: nanoseconds; see the constants of this module.
    """

    def __init__(self, first_ns: int = FIRST_NS, longest_ns: int = LONGEST_NS, sound_ns: int = SOUND_NS) -> None:
        self._first_ns = first_ns
        self._longest_ns = longest_ns
        self._sound_ns = sound_ns
        self._next_ns = first_ns

    def pause_ns(self, ran_ns: int) -> int:
        """Return the pause after a run that failed, nanoseconds.

        Args:
            ran_ns: how long it ran.
        """
        if ran_ns >= self._sound_ns:
            self._next_ns = self._first_ns
        pause_ns = self._next_ns
        self._next_ns = min(2 * pause_ns, self._longest_ns)
        return pause_ns
