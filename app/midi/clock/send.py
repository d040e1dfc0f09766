"""Tempo to MIDI clock: which tick is due when, and where a song begins. Pure; the time is given to it.

24 ticks a quarter note at absolute deadlines, so that no error adds up. A follower counts ticks, so none is ever left
out or sent twice: when the beat moves, ticks come faster or not at all until they fall on it again.
"""

from dataclasses import dataclass
from typing import Final

from app.midi.clock.receive import TICKS_PER_BAR, TICKS_PER_BEAT, TICKS_PER_SIXTEENTH
from engine.clock import NS_PER_SECOND

SONG_POSITIONS: Final = 1 << 14
"""Sixteenths that a song position can name (14 bits); after as many, 1,024 bars, it begins again."""

ASLEEP_NS: Final = 2 * NS_PER_SECOND
"""Longer than any thread of ours stands still while the machine is awake."""

HURRY: Final = 2
"""Behind its beat the clock runs at most so many times as fast: devices that average over a beat follow that."""


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be sent at an instant.

    Attributes:
        at_ns: its deadline.
        tick: True for a tick of the clock; False for the moment before the first tick of a bar, in which those who
            wait for the bar are started.
        number: of the tick (or of the one that follows), counted from the song's start; negative before it.
    """

    at_ns: int
    tick: bool
    number: int

    @property
    def sixteenths(self) -> int:
        """The song position."""
        return self.number // TICKS_PER_SIXTEENTH % SONG_POSITIONS


class ClockSource:
    """The ticks of the program's tempo. Ask for due, send it, then call sent."""

    def __init__(self) -> None:
        self._tick_ns = 0.0
        self._anchor_ns = 0  # the instant of tick _base
        self._base = 0
        self._number = 0  # the next tick
        self._last_ns = 0  # the deadline of the newest tick
        self._announced = False

    def follow(self, bpm: float, bar_ns: int, now_ns: int) -> None:
        """The tempo is this, and bar_ns is the first beat of some bar."""
        first = not self._tick_ns
        stands = 0.0 if first else self._base + (now_ns - self._anchor_ns) / self._tick_ns
        self._tick_ns = 60 * NS_PER_SECOND / (bpm * TICKS_PER_BEAT)
        self._anchor_ns = bar_ns
        wants = (now_ns - bar_ns) / self._tick_ns
        if first:
            self._base, self._number = 0, int(wants // 1) + 1
            self._begin_song()
            return
        # The same place in the beat, as few ticks away as may be.
        self._base = round((stands - wants) / TICKS_PER_BEAT) * TICKS_PER_BEAT
        if self._base % TICKS_PER_BAR:
            self._begin_song()

    def _begin_song(self) -> None:
        """Count from the next bar."""
        ahead = self._number - self._base
        bar = self._base - (-ahead // TICKS_PER_BAR) * TICKS_PER_BAR
        self._base -= bar
        self._number -= bar
        self._announced = False

    def due(self) -> Due | None:
        """What comes next; None before there is a tempo."""
        if not self._tick_ns:
            return None
        at_ns = self._anchor_ns + round((self._number - self._base) * self._tick_ns)
        at_ns = max(at_ns, self._last_ns + round(self._tick_ns / HURRY))
        if self._number % TICKS_PER_BAR == 0 and not self._announced:
            return Due(at_ns - round(self._tick_ns / (2 * HURRY)), False, self._number)
        return Due(at_ns, True, self._number)

    def wake(self, now_ns: int) -> None:
        """After a pause that no follower can be taken through in ticks (the machine slept) the song begins anew."""
        due = self.due()
        if due is not None and now_ns - due.at_ns > ASLEEP_NS:
            self._number = self._base + int((now_ns - self._anchor_ns) / self._tick_ns) + 1
            self._begin_song()

    def sent(self, due: Due) -> None:
        """Go on to what follows."""
        self._announced = not due.tick
        if due.tick:
            self._number += 1
            self._last_ns = due.at_ns
