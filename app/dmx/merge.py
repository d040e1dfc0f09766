"""The sources of each universe as one: of those with the highest priority, the highest level of each channel. Pure.

Source: ANSI E1.31-2018, sections 6.2.3 (priority), 6.7.1 (a source is lost after 2.5 s), 6.7.2 (sequence numbers).
Art-Net has no priority: its sources count as 100, the usual one of E1.31. It may be silent for longer: an unchanged
universe is sent again every four seconds at the latest, and is kept for ten (Art-Net 4, ArtDmx).
"""

from dataclasses import dataclass
from typing import Final

from app.dmx.packets import CHANNELS, Levels, Protocol
from engine.clock import NS_PER_SECOND

LOST_NS: Final = {Protocol.SACN: 5 * NS_PER_SECOND // 2, Protocol.ART_NET: 10 * NS_PER_SECOND}
LATE: Final = 20
"""A packet is late, and thrown away, if its number is so far behind the last; further back, the source began anew."""

MAX_SOURCES: Final = 16
MAX_UNIVERSES: Final = 256

SourceKey = tuple[Protocol, bytes, str]
"""Protocol, CID and host: two consoles behind one CID do not take turns."""


@dataclass(slots=True)
class _Source:
    levels: Levels
    heard_ns: int
    named: bool


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source as the performer sees it: who it is, its universes, its priority."""

    name: str
    protocol: Protocol
    universes: tuple[int, ...]
    priority: int


class Merge:
    """Every universe that is heard. One thread calls it."""

    def __init__(self) -> None:
        self._universes: dict[int, dict[SourceKey, _Source]] = {}

    def hear(self, levels: Levels, host: str, now_ns: int, *, named: bool = False) -> bool:
        """Take in what a source says; False if it is late, or there is no room for it.

        Where there is no more room, a source makes some that is not named: in its universe the one not heard for
        longest, else the universe that was heard first.

        Args:
            named: its very address may speak, and no source without a name takes its place.
        """
        key = levels.protocol, levels.source, host
        sources = self._universes.get(levels.universe)
        if sources is None:
            if len(self._universes) >= MAX_UNIVERSES and not self._make_room(named):
                return False
            sources = self._universes[levels.universe] = {}
        before = sources.get(key)
        if before is not None and _is_late(before.levels.sequence, levels.sequence):
            return False
        if levels.ended:
            sources.pop(key, None)
            return True
        if before is None and len(sources) >= MAX_SOURCES:
            oldest = min(sources, key=lambda one: (sources[one].named, sources[one].heard_ns))
            if sources[oldest].named and not named:
                return False
            del sources[oldest]
        sources[key] = _Source(levels, now_ns, named)
        return True

    def _make_room(self, named: bool) -> bool:
        """Leave a universe of which no source is named, or any for one that is named; False if there is none."""
        unnamed = (
            universe for universe, sources in self._universes.items() if not any(one.named for one in sources.values())
        )
        left = next(unnamed, None)
        if left is None and named:
            left = next(iter(self._universes))
        if left is None:
            return False
        del self._universes[left]
        return True

    def forget_lost(self, now_ns: int) -> frozenset[int]:
        """Forget the sources that are silent for too long; return the universes that they were heard in."""
        touched: set[int] = set()
        for universe, sources in tuple(self._universes.items()):
            for key in [key for key, one in sources.items() if now_ns - one.heard_ns >= LOST_NS[key[0]]]:
                del sources[key]
                touched.add(universe)
            if not sources:
                del self._universes[universe]
        return frozenset(touched)

    def due_ns(self) -> int | None:
        """When the next source may be lost; None while there is none."""
        due = [one.heard_ns + LOST_NS[key[0]] for sources in self._universes.values() for key, one in sources.items()]
        return min(due, default=None)

    def merged(self, universe: int) -> bytes | None:
        """The levels of a universe, as many as any source has; None while there is no source."""
        sources = self._universes.get(universe)
        if not sources:
            return None
        highest = max(one.levels.priority for one in sources.values())
        heard = [one.levels.data for one in sources.values() if one.levels.priority == highest]
        if len(heard) == 1:
            return heard[0]
        length = min(max(map(len, heard)), CHANNELS)
        return bytes(map(max, zip(*(data.ljust(length, b"\0") for data in heard), strict=True)))

    def sources(self) -> tuple[SourceView, ...]:
        """Every source, in the order in which they were first heard."""
        found: dict[SourceKey, SourceView] = {}
        for universe, sources in sorted(self._universes.items()):
            for key, one in sources.items():
                before = found.get(key)
                universes = (*before.universes, universe) if before is not None else (universe,)
                found[key] = SourceView(one.levels.name or key[2], key[0], universes, one.levels.priority)
        return tuple(found.values())


def _is_late(before: int | None, now: int | None) -> bool:
    if before is None or now is None:
        return False
    behind = (before - now) % 256
    return behind < LATE
