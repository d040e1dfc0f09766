"""Chasing a cue list by timecode: which cue belongs to where the timecode is. Pure; the time is given to it.

The timecode arrives as a line (FollowTimecode): where it is, and how fast it runs from there. While it runs forward,
the cue in force is the one with the latest time that it has reached. A cue is asked for once: what a hand calls in
between stays until the timecode reaches the next. A jump leads to the cue in force there, back too; the small steps by
which a line is set right never do.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.errors import EngineError
from engine.messages.cue_lists import CueList
from engine.messages.list_commands import FollowTimecode
from engine.messages.list_events import TimecodeChanged
from engine.messages.timecode import DAY_S

JUMP_NS: Final = 250 * NS_PER_MS
"""Lines that differ by more are two places of the song. A boundary looks ahead by less than a chunk."""

SLOWEST, FASTEST = 0.1, 8.0
"""Speeds that are taken, times real time, either way; 0 is a timecode that stands."""

FARTHEST_NS: Final = 2 * DAY_S * NS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Reached:
    """A cue that the timecode has reached: its index, and when that was due."""

    place: int
    due_ns: int


@dataclass(frozen=True, slots=True)
class TimecodeChase:
    """The timecode, and how far it was followed.

    Attributes:
        line: the newest word of where the timecode is; None before the first.
        reached: index of the cue that was asked for last; None: none yet.
        jumped: the timecode is elsewhere than it was: an earlier cue may be in force.
        seen_ns: up to when cues were looked for.
    """

    line: FollowTimecode | None = None
    reached: int | None = None
    jumped: bool = True
    seen_ns: int = 0

    def follow(self, line: FollowTimecode) -> "TimecodeChase":
        """Return the chase after a new word of where the timecode is.

        Raises:
            EngineError: nothing that plays is there, or runs so fast or so slowly.
        """
        running = math.isfinite(line.speed) and (not line.speed or SLOWEST <= abs(line.speed) <= FASTEST)
        if not running or abs(line.position_ns) > FARTHEST_NS:
            raise EngineError(f"A timecode cannot run at {line.speed:g} times its speed, or lies beyond a day")
        before = self.line
        if before is None or before.speed <= 0.0:
            jumped = True
        else:
            expected_ns = before.position_ns + round((line.stamp_ns - before.stamp_ns) * before.speed)
            jumped = abs(line.position_ns - expected_ns) > JUMP_NS
        return replace(self, line=line, jumped=jumped or self.jumped)

    def restarted(self, place: int) -> "TimecodeChase":
        """Return the chase of another cue list, which stands at a cue; before the first: negative."""
        return replace(self, reached=place if place >= 0 else None, jumped=True)

    def advanced(self, cues: CueList, now_ns: int) -> tuple["TimecodeChase", Reached | None]:
        """Return the chase up to an instant, and the cue that is to be played for it; None: it plays, or none is.

        A cue that the timecode did not pass but jumped behind is due at the jump.
        """
        line = self.line
        if line is None or line.speed <= 0.0:
            return self, None
        position_ns = self._position_ns(cues, line, now_ns)
        times = self._times(cues, line)
        time_ns, place = max(((ns, place) for ns, place in times if ns <= position_ns), default=(0, None))
        here = replace(self, jumped=False, seen_ns=now_ns)
        if place is None:  # before the first, which is to come again
            return (replace(here, reached=None) if self.jumped else here), None
        earlier = any(number == self.reached and ns > time_ns for ns, number in times)
        if place == self.reached or (earlier and not self.jumped):
            return here, None
        passed_ns = now_ns - round((position_ns - time_ns) / line.speed)
        return replace(here, reached=place), Reached(place, min(max(passed_ns, line.stamp_ns), now_ns))

    def next_due_ns(self, cues: CueList) -> int | None:
        """Return when the next cue will be reached; None where none will."""
        line = self.line
        if line is None or line.speed <= 0.0:
            return None
        from_ns = max(self.seen_ns, line.stamp_ns)
        position_ns = self._position_ns(cues, line, from_ns)
        coming = [time_ns for time_ns, _ in self._times(cues, line) if time_ns > position_ns]
        return from_ns + round((min(coming) - position_ns) / line.speed) if coming else None

    @staticmethod
    def _position_ns(cues: CueList, line: FollowTimecode, now_ns: int) -> int:
        """Where in the list's own time the timecode is."""
        return line.position_ns + round((now_ns - line.stamp_ns) * line.speed) + cues.offset_ns(line.rate)

    @staticmethod
    def _times(cues: CueList, line: FollowTimecode) -> list[tuple[int, int]]:
        return [(cue.time.instant_ns(line.rate), place) for place, cue in enumerate(cues.cues) if cue.time is not None]


def timecode_event(line: FollowTimecode, at_ns: int) -> TimecodeChanged:
    """Return the event that shows where the timecode is."""
    return TimecodeChanged(
        at_ns=at_ns,
        position_ns=line.position_ns,
        stamp_ns=line.stamp_ns,
        speed=line.speed,
        rate=line.rate,
        source=line.source,
    )
