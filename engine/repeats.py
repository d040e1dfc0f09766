"""How often the same is said: what repeats, or comes in floods, must not bury the rest nor cost the show its time."""

from typing import Final

from engine.clock import NS_PER_SECOND

REPEAT_NS: Final = 60 * NS_PER_SECOND
REMEMBERED: Final = 64
"""Sentences; the oldest is forgotten first."""


class Repeats:
    """Which sentences are worth telling: new ones, and known ones once a minute. Its owner guards it."""

    def __init__(self) -> None:
        self._told_ns: dict[str, int] = {}

    def worth_telling(self, text: str, now_ns: int) -> bool:
        """Whether to tell it now; it counts as told then."""
        told_ns = self._told_ns.pop(text, None)
        again = told_ns is None or now_ns - told_ns >= REPEAT_NS
        self._told_ns[text] = now_ns if again or told_ns is None else told_ns
        if len(self._told_ns) > REMEMBERED:
            del self._told_ns[next(iter(self._told_ns))]
        return again

    def forget(self) -> None:
        """What was told is over: it is worth telling again."""
        self._told_ns.clear()


class Flood:
    """Lets so many through in a second and counts the others. Its owner guards it.

    Args:
        per_second: how many; more than a hand makes.
    """

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._since_ns: int | None = None
        self._let_through = 0
        self._held_back = 0

    def admit(self, now_ns: int) -> bool:
        """Whether this one goes through."""
        if self._since_ns is None or now_ns - self._since_ns >= NS_PER_SECOND:
            self._since_ns, self._let_through = now_ns, 0
        self._let_through += 1
        if self._let_through <= self._per_second:
            return True
        self._held_back += 1
        return False

    def held_back(self) -> int:
        """How many did not since the last time this was asked."""
        count, self._held_back = self._held_back, 0
        return count
