"""Learn: half a second of levels decides which channel is meant, and whether it has a fine half. Pure.

A fader of sixteen bits sends two channels, of which the second runs round for each step of the first.
"""

from dataclasses import dataclass, field
from typing import Final

from app.control.slots import Slot
from app.dmx.bindings import DmxControl
from engine.clock import NS_PER_MS

LISTEN_NS: Final = 500 * NS_PER_MS
"""From the first clear move on; a desk sends some 44 times a second."""

CLEAR: Final = 8
"""Of 255: what trembles by less is not meant."""

ROUNDS: Final = 2
"""How many times as far as its coarse half a fine half runs at least."""


@dataclass(slots=True)
class _Way:
    """How a channel has moved since learning began."""

    last: int
    low: int
    high: int
    run: int = 0

    def take(self, level: int) -> None:
        self.run += abs(level - self.last)
        self.last = level
        self.low, self.high = min(self.low, level), max(self.high, level)


@dataclass(slots=True)
class Learning:
    """Learning for one slot; the dmx thread owns it."""

    slot: Slot
    since_ns: int | None = None
    _ways: dict[tuple[int, int], _Way] = field(default_factory=dict)

    def hear(self, universe: int, data: bytes, now_ns: int) -> None:
        """Take in the levels of a universe; the first ones only say where its channels stand."""
        for channel, level in enumerate(data, 1):
            way = self._ways.get((universe, channel))
            if way is None:
                self._ways[universe, channel] = _Way(level, level, level)
            elif level != way.last:
                way.take(level)
                if self.since_ns is None and way.high - way.low >= CLEAR:
                    self.since_ns = now_ns

    def due_ns(self) -> int | None:
        """When it is decided; None before anything has moved."""
        return None if self.since_ns is None else self.since_ns + LISTEN_NS

    def found(self) -> DmxControl | None:
        """The channel that went furthest, with its fine half if it has one; None while nothing has moved clearly."""
        moved = {place: way for place, way in self._ways.items() if way.run}
        pairs = {
            place
            for place, way in moved.items()
            if (behind := moved.get((place[0], place[1] + 1))) is not None and behind.run >= ROUNDS * way.run
        }
        fine = {(universe, channel + 1) for universe, channel in pairs}
        candidates = {place: way.high - way.low for place, way in moved.items() if place not in fine}
        # A fader of sixteen bits that moved little has a coarse half that hardly moved.
        clear = {place: way for place, way in candidates.items() if way >= CLEAR or place in pairs}
        if not clear:
            return None
        universe, channel = max(clear, key=lambda place: (clear[place], -place[1]))
        return DmxControl(universe, channel, (universe, channel) in pairs)
