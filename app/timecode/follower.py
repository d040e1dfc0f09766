"""Readings to one steady line: jitter is smoothed, a jump is followed, a drop-out is bridged. Pure."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.commands import Origin
from engine.messages.list_commands import FollowTimecode
from engine.messages.timecode import TimecodeRate, TimecodeReading

FREEWHEEL_NS: Final = 2 * NS_PER_SECOND
"""So long the line runs on without a reading: over a damaged piece of tape, not over a stop at the end of a song."""

WINDOW: Final = 30
"""Readings that a line is laid through: a second of LTC, two and a half of MIDI timecode."""

NEAR_NS: Final = 50 * NS_PER_MS
"""A reading so near to the line belongs to it: more than a frame, less than any jump that is meant."""

NEWS_NS: Final = 10 * NS_PER_MS
"""A line that differs by less from what was told last is no news; no cue is timed more finely."""

SLOWEST, FASTEST = 0.5, 2.0
"""Speeds that are followed; what is read faster or slower is no timecode that plays."""

TOO_FAR_NS: Final = 500 * NS_PER_MS
"""Two readings further apart tell no speed."""


@dataclass(frozen=True, slots=True)
class _Place:
    at_ns: int
    position_ns: int


class TimecodeFollower:
    """Follows one source at a time; another one takes its place when it has been silent for FREEWHEEL_NS."""

    def __init__(self) -> None:
        self._source = ""
        self._rate = TimecodeRate.EBU
        self._places: deque[_Place] = deque(maxlen=WINDOW)
        self._stray: _Place | None = None
        self._heard_ns = 0
        self._told: FollowTimecode | None = None

    @property
    def told(self) -> FollowTimecode | None:
        """The line that was told last; None before the first."""
        return self._told

    def hear(self, source: str, reading: TimecodeReading) -> FollowTimecode | None:
        """Take in a reading of a source; return the line if it is news."""
        self._rest(reading.at_ns)
        if self._source not in ("", source):
            return None
        place = _Place(reading.at_ns, reading.rate.instant_ns(reading.frame))
        if reading.standing:
            self._source, self._rate, self._heard_ns = source, reading.rate, reading.at_ns
            self._forget()
            return self._tell(place, 0.0)
        if self._places and abs(place.position_ns - self._expected_ns(place.at_ns)) <= NEAR_NS:
            self._source, self._rate, self._heard_ns = source, reading.rate, reading.at_ns
            self._stray = None
            self._places.append(place)
            return self._told_anew(place.at_ns)
        # One reading elsewhere may be a wrong bit; two that fit each other are a place.
        before, self._stray = self._stray, place
        if before is None or not 0 < place.at_ns - before.at_ns <= TOO_FAR_NS:
            return None
        speed = (place.position_ns - before.position_ns) / (place.at_ns - before.at_ns)
        if abs(speed) > FASTEST or SLOWEST > abs(speed) > 1 - SLOWEST:
            return None
        self._source, self._rate, self._heard_ns = source, reading.rate, reading.at_ns
        self._forget()
        if abs(speed) >= SLOWEST:
            self._places.extend((before, place))
        return self._tell(place, speed if abs(speed) >= SLOWEST else 0.0)

    def tick(self, now_ns: int) -> FollowTimecode | None:
        """Return the line that stands, if the source has been silent for too long."""
        if not self._is_silent(now_ns):
            return None
        last = self._told
        self._rest(now_ns)
        if last is None or last.speed == 0.0:
            return None
        place = _Place(now_ns, last.position_ns + round((now_ns - last.stamp_ns) * last.speed))
        return self._tell(place, 0.0, last.source)

    def due_ns(self) -> int | None:
        """When to tick; None while nothing is followed."""
        return self._heard_ns + FREEWHEEL_NS if self._source else None

    def _is_silent(self, now_ns: int) -> bool:
        return bool(self._source) and now_ns - self._heard_ns >= FREEWHEEL_NS

    def _rest(self, now_ns: int) -> None:
        """A source that has been silent for so long that another may take its place is forgotten."""
        if self._is_silent(now_ns):
            self._source = ""
            self._forget()

    def _forget(self) -> None:
        self._places.clear()
        self._stray = None

    def _expected_ns(self, at_ns: int) -> int:
        middle, speed = self._line()
        return middle.position_ns + round((at_ns - middle.at_ns) * speed)

    def _line(self) -> tuple[_Place, float]:
        """The middle of the readings and their slope, by least squares."""
        count = len(self._places)
        first = self._places[0]
        times = [place.at_ns - first.at_ns for place in self._places]
        ways = [place.position_ns - first.position_ns for place in self._places]
        mean, way = sum(times) / count, sum(ways) / count
        spread = sum((time - mean) ** 2 for time in times)
        slope = (
            sum((time - mean) * (one - way) for time, one in zip(times, ways, strict=True)) / spread if spread else 0.0
        )
        if not SLOWEST <= abs(slope) <= FASTEST:  # of readings that came at once; what was told holds
            slope = self._told.speed if self._told is not None and self._told.speed else 1.0
        return _Place(first.at_ns + round(mean), first.position_ns + round(way)), slope

    def _told_anew(self, at_ns: int) -> FollowTimecode | None:
        """Lay the line anew; return it if what was told has come too far away from it."""
        place = _Place(at_ns, self._expected_ns(at_ns))
        _, speed = self._line()
        told = self._told
        if told is not None and told.source == self._source and told.speed:
            shown_ns = told.position_ns + round((at_ns - told.stamp_ns) * told.speed)
            if abs(shown_ns - place.position_ns) < NEWS_NS and told.rate is self._rate:
                return None
        return self._tell(place, speed)

    def _tell(self, place: _Place, speed: float, source: str = "") -> FollowTimecode:
        self._told = FollowTimecode(
            stamp_ns=place.at_ns,
            origin=Origin.TIMECODE,
            position_ns=place.position_ns,
            speed=speed,
            rate=self._rate,
            source=source or self._source,
        )
        return self._told
