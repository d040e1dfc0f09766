"""The pace of chunks: morphs are set in seconds and carried out in chunk boundaries."""

from dataclasses import dataclass
from typing import Final

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.stats import Stats

USUAL_CHUNK_NS: Final = 400 * NS_PER_MS
"""Twelve frames at 30 a second: the pace until one is measured."""


@dataclass(frozen=True, slots=True)
class ChunkPace:
    """How often a chunk boundary comes.

    Attributes:
        period_ns: the estimate; 0 while nothing was measured.
        last: (at_ns, chunks) of the newest figures; None before the first.
    """

    period_ns: int = 0
    last: tuple[int, int] | None = None

    def after(self, stats: Stats) -> "ChunkPace":
        """The pace after the figures of one second."""
        newest = stats.at_ns, stats.chunks
        if self.last is None or stats.chunks <= self.last[1]:
            return ChunkPace(self.period_ns, newest)
        period_ns = (stats.at_ns - self.last[0]) // (stats.chunks - self.last[1])
        # Half of the old estimate: one second holds only two or three boundaries.
        return ChunkPace((self.period_ns + period_ns) // 2 if self.period_ns else period_ns, newest)

    def chunks(self, seconds: float) -> int:
        """How many chunk boundaries come in this time, at least one."""
        return max(1, round(seconds * NS_PER_SECOND / (self.period_ns or USUAL_CHUNK_NS)))
