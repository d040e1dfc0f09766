"""What a Link session's time means to us, and ours to it. Pure; the time is given to it."""

from dataclasses import dataclass
from typing import Final

from app.control.beat_filter import BeatFilter
from app.control.echo import InFlight
from app.control.limits import BEATS_PER_BAR, FASTEST_BPM, SLOWEST_BPM
from engine.clock import NS_PER_SECOND
from engine.messages.commands import Command, ExternalBeat, Origin, Resync
from engine.messages.events import TempoChanged

NEAR_BEATS: Final = 0.02
"""A session whose beat is so near (10 ms at 120) is not pulled to ours: all peers would hear the jerk."""


@dataclass(frozen=True, slots=True)
class SessionTime:
    """Where the session stands at an instant: beats since its beginning, at beats a minute, with so many peers."""

    now_ns: int
    bpm: float
    beat: float
    peers: int

    @property
    def period_ns(self) -> float:
        """Length of a beat."""
        return 60 * NS_PER_SECOND / self.bpm


@dataclass(frozen=True, slots=True)
class Pull:
    """What the session is to be told: a tempo, and the beat that it has now; None: it is there already."""

    bpm: float
    beat: float | None


class LinkTalk:
    """One session's talk with the engine."""

    def __init__(self) -> None:
        self._news = BeatFilter()
        self._last: SessionTime | None = None
        self._in_flight: InFlight[float] = InFlight()

    def hear(self, time: SessionTime) -> tuple[Command, ...]:
        """What the engine is told: nothing while we are alone, or of tempos that it does not take."""
        last, self._last = self._last, time
        if not time.peers or not SLOWEST_BPM <= time.bpm <= FASTEST_BPM:
            self._last = None
            return ()
        beat_ns = round(time.now_ns - time.beat % 1.0 * time.period_ns)
        bar_ns = round(time.now_ns - time.beat % BEATS_PER_BAR * time.period_ns)
        commands: list[Command] = []
        if self._news.is_news(time.bpm, beat_ns):
            self._news.record(time.bpm, beat_ns)
            bpm = round(time.bpm, 2)
            commands.append(ExternalBeat(bpm=bpm, beat_ns=beat_ns, stamp_ns=time.now_ns, origin=Origin.LINK))
        if last is None or _moved_bar(last, time):
            commands.append(Resync(stamp_ns=bar_ns, origin=Origin.LINK))
        for _ in commands:
            self._in_flight.sent(round(time.bpm, 2))
        return tuple(commands)

    def say(self, tempo: TempoChanged, time: SessionTime) -> Pull | None:
        """What the session is told of the program's tempo; None if it was the session that set it."""
        if self._in_flight.returned(tempo.bpm):
            return None
        ours = (time.now_ns - tempo.beat_ns) * tempo.bpm / (60 * NS_PER_SECOND)
        away = (ours - time.beat + BEATS_PER_BAR / 2) % BEATS_PER_BAR - BEATS_PER_BAR / 2
        beat = None if abs(away) < NEAR_BEATS else time.beat + away
        self._news.record(tempo.bpm, tempo.beat_ns)
        self._last = SessionTime(time.now_ns, tempo.bpm, time.beat if beat is None else beat, time.peers)
        return Pull(tempo.bpm, beat)


def _moved_bar(last: SessionTime, time: SessionTime) -> bool:
    """The session's beats were counted anew between two looks, and its bars begin elsewhere."""
    passed = (time.now_ns - last.now_ns) / NS_PER_SECOND * (last.bpm + time.bpm) / 120
    return round(time.beat - last.beat - passed) % BEATS_PER_BAR != 0
