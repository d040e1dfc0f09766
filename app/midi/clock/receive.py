"""MIDI clock to tempo: 24 ticks per quarter note, smoothed. Pure; the ticks bring their own time."""

from collections import deque
from typing import Final

from app.control.beat_filter import BeatFilter
from app.control.limits import BEATS_PER_BAR, FASTEST_BPM, SLOWEST_BPM
from app.midi.messages.types import Clock, Continue, Message, SongPosition, Start, Stop
from engine.clock import NS_PER_SECOND
from engine.messages.commands import Command, ExternalBeat, Origin, Resync

TICKS_PER_BEAT: Final = 24
TICKS_PER_BAR: Final = TICKS_PER_BEAT * BEATS_PER_BAR
TICKS_PER_SIXTEENTH: Final = 6

WINDOW: Final = 2 * TICKS_PER_BEAT + 1
"""Ticks in a fit: two beats. The jitter of a USB interface (1 ms a tick) becomes some 0.02 bpm at 120, and a change of
tempo is followed within a second."""

FIRST_FIT: Final = TICKS_PER_BEAT // 2 + 1
"""Half a beat is enough to begin with."""

GAP_NS: Final = NS_PER_SECOND // 4
"""250 ms, a tick at 10 bpm, far below the slowest tempo: after such a pause the clock was unplugged or stopped."""

SILENT_NS: Final = NS_PER_SECOND
"""Without a tick for so long, the clock counts as gone."""


class ClockFollower:
    """Follows one sequencer's clock.

    A straight line is fitted through the newest ticks; its slope is the tempo and its value at the last beat's
    tick the beat. Once a start or a song position has told where the bars are, a Resync says so to the engine.
    """

    def __init__(self) -> None:
        self._ticks: deque[int] = deque(maxlen=WINDOW)
        self._position = 0  # the number of the next tick, in ticks from the song's start
        self._bar_news = False
        self._news = BeatFilter()

    @property
    def bpm(self) -> float:
        """The tempo recorded last; 0.0 before."""
        return self._news.bpm

    def ticking(self, now_ns: int) -> bool:
        """Whether the clock has ticked within SILENT_NS."""
        return bool(self._ticks) and now_ns - self._ticks[-1] < SILENT_NS

    def handle(self, message: Message, stamp_ns: int) -> tuple[Command, ...]:
        """Take in a message; an ExternalBeat when tempo or beat have moved noticeably, a Resync when the bar has."""
        match message:
            case Clock():
                return self._tick(stamp_ns)
            case Start():
                self._position, self._bar_news = 0, True
            case Continue():
                self._bar_news = True
            case SongPosition(sixteenths):
                self._position, self._bar_news = sixteenths * TICKS_PER_SIXTEENTH, True
            case Stop():
                self._bar_news = False  # most sequencers go on ticking; the beat goes on from where it was
            case _:
                pass
        return ()

    def _tick(self, stamp_ns: int) -> tuple[Command, ...]:
        if self._ticks and not 0 < stamp_ns - self._ticks[-1] <= GAP_NS:
            self._ticks.clear()
        self._ticks.append(stamp_ns)
        here, self._position = self._position, self._position + 1
        if len(self._ticks) < FIRST_FIT or here % (TICKS_PER_BEAT // 2):
            return ()
        period_ns, last_ns = self._line()
        bpm = 60 * NS_PER_SECOND / (period_ns * TICKS_PER_BEAT)
        if not SLOWEST_BPM <= bpm <= FASTEST_BPM:
            return ()
        commands: list[Command] = []
        beat_ns = round(last_ns - (here % TICKS_PER_BEAT) * period_ns)
        if self._news.is_news(bpm, beat_ns):
            self._news.record(bpm, beat_ns)
            tempo = ExternalBeat(bpm=round(bpm, 2), beat_ns=beat_ns, stamp_ns=stamp_ns, origin=Origin.MIDI)
            commands.append(tempo)
        if self._bar_news:
            self._bar_news = False
            bar_ns = round(last_ns - (here % TICKS_PER_BAR) * period_ns)
            commands.append(Resync(stamp_ns=bar_ns, origin=Origin.MIDI))
        return tuple(commands)

    def _line(self) -> tuple[float, float]:
        """The period of a tick and the smoothed instant of the newest, by least squares."""
        count = len(self._ticks)
        first = self._ticks[0]
        times = [tick - first for tick in self._ticks]
        middle, mean = (count - 1) / 2, sum(times) / count
        spread = count * (count * count - 1) / 12
        slope = sum((index - middle) * (time - mean) for index, time in enumerate(times)) / spread
        return slope, first + mean + slope * middle
