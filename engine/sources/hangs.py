"""How long a call into a driver, a disk or a network is waited for, and what is told of one that hangs. Pure.

A thread in such a call cannot be ended. It is left behind, with what it holds, and its source is opened anew on
another; should it return, it closes what it has and ends.
"""

from enum import Enum
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.errors import SourceError
from engine.sources.spec import SourceSpec

TOLD_NS: Final = 8 * NS_PER_SECOND
"""NDI looks for a sender for five seconds, a stream is given up after five, webcams mostly open within three."""

FIRST_NS: Final = 60 * NS_PER_SECOND
LONGEST_NS: Final = 480 * NS_PER_SECOND
"""A source is opened anew after the first, and after twice as long each further time, up to the longest. Some drivers
take twenty seconds, and so do large animations."""

LOOK_NS: Final = NS_PER_SECOND
"""What passes between two looks counts for no more: a program that was stopped has waited for nothing."""

MOST_LEFT: Final = 4
"""Threads that may be left in such calls before no other is begun by itself."""

MOST_CHOSEN: Final = 12
"""The same for one source that is chosen again and again."""


class Step(Enum):
    """What to do about a call."""

    WAIT = "nothing"
    TELL = "tell that it hangs"
    LEAVE = "leave its thread behind"
    STAY = "tell that it is waited for, as too many hang"


class CallWatch:
    """Watch the calls of one capture thread, by looks. Whoever owns it locks it.

    Args:
        tries: how often its source was left in a call before.
    """

    def __init__(self, tries: int = 0) -> None:
        self.tries = tries
        self._call = 0
        self._last_ns = 0
        self._waited_ns = 0
        self._told = Step.WAIT

    @property
    def hangs(self) -> bool:
        """Return whether a call was told to hang, and has not returned."""
        return self._told is not Step.WAIT

    @property
    def patience_ns(self) -> int:
        """Return how long a call is waited for, in ns."""
        return min(FIRST_NS << min(self.tries, 8), LONGEST_NS)

    def look(self, call: int, now_ns: int, left: int) -> Step:
        """Look what the thread is in.

        Args:
            call: number of the call; 0: in none.
            left: how many threads left behind have not returned.
        """
        if call == 0 or call != self._call:
            self._call, self._last_ns, self._waited_ns, self._told = call, now_ns, 0, Step.WAIT
            return Step.WAIT
        self._waited_ns += min(max(now_ns - self._last_ns, 0), LOOK_NS)
        self._last_ns = now_ns
        step = Step.WAIT
        if self._waited_ns >= self.patience_ns:
            step = Step.STAY if left >= MOST_LEFT else Step.LEAVE
        elif self._waited_ns >= TOLD_NS:
            step = Step.TELL
        if step is self._told:
            return Step.WAIT
        self._told = step
        return step

    def describe(self, step: Step, spec: SourceSpec, *, opening: bool, given_up: bool) -> str:
        """Describe a call that hangs, and what comes of it, for the performer.

        Args:
            opening: it is the one that opens the source, else one that reads it.
            given_up: it is not tried again by itself.
        """
        seconds = (TOLD_NS if step is Step.TELL else self.patience_ns) // NS_PER_SECOND
        what = f"The source has {'not opened' if opening else 'given no answer'} for {seconds} s"
        patience = self.patience_ns // NS_PER_SECOND
        if given_up:
            then = f"It is waited for, {patience} s at most" if step is Step.TELL else "It is given up"
        elif step is Step.TELL:
            then = f"It is opened anew after {patience} s"
        elif step is Step.LEAVE:
            then = "It is opened anew now"
        else:
            then = "It has hung too often to be opened anew by itself"
        return str(SourceError(what, where=str(spec), remedy=f"{then}. {REMEDY}"))


REMEDY: Final = "Check its cable, disk or sender, choose it again, or choose another."


def too_often(spec: SourceSpec) -> SourceError:
    """Return the refusal of a source that has been chosen while many calls for it hang."""
    return SourceError(
        f"{MOST_CHOSEN} tries to open this source hang",
        where=str(spec),
        remedy="Unplug it and plug it in again, choose another, or start Hardcut again.",
    )
