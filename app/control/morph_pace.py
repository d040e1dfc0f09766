"""How long a morph takes: told in seconds, carried out in chunks."""

from typing import Final

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.events import Stats

USUAL_CHUNK_NS: Final = 400 * NS_PER_MS
"""Twelve frames at 30 a second: the pace until one is measured."""

USUAL_S: Final = 2.0
"""As long as the window's, before either is changed."""


class MorphPace:
    """A length, and the pace at which chunks come.

    Attributes:
        seconds: how long morphs take.
    """

    def __init__(self, seconds: float = USUAL_S) -> None:
        self.seconds = seconds
        self._chunk_ns = 0
        self._last: Stats | None = None

    @property
    def chunks(self) -> int:
        """The length in chunk boundaries, at least one."""
        return max(1, round(self.seconds * NS_PER_SECOND / (self._chunk_ns or USUAL_CHUNK_NS)))

    def take(self, stats: Stats) -> None:
        """Take the figures of one second."""
        last, self._last = self._last, stats
        if last is not None and stats.chunks > last.chunks:
            chunk_ns = (stats.at_ns - last.at_ns) // (stats.chunks - last.chunks)
            # Half of the old estimate: one second holds only two or three boundaries.
            self._chunk_ns = (self._chunk_ns + chunk_ns) // 2 if self._chunk_ns else chunk_ns
