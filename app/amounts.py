"""Bytes, and how fast they come, for people."""

from collections import deque
from typing import Final

from engine.clock import NS_PER_SECOND

PACE_NS: Final = 10 * NS_PER_SECOND
"""A rate over ten seconds: shorter ones jump about, longer ones lag behind the network."""

_UNITS: Final = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


class Pace:
    """How fast something goes that is told how far it is."""

    def __init__(self) -> None:
        self._marks: deque[tuple[int, int]] = deque()

    def add(self, now_ns: int, done: int) -> None:
        """Note how many bytes are done."""
        if self._marks and done < self._marks[-1][1]:
            self._marks.clear()  # something began anew
        self._marks.append((now_ns, done))
        while len(self._marks) > 2 and now_ns - self._marks[1][0] > PACE_NS:
            self._marks.popleft()

    @property
    def rate(self) -> float:
        """Bytes a second; 0 where it is not known."""
        if not self._marks:
            return 0.0
        (first_ns, first), (last_ns, last) = self._marks[0], self._marks[-1]
        return (last - first) * NS_PER_SECOND / (last_ns - first_ns) if last_ns > first_ns else 0.0


def size(count: float) -> str:
    """Format bytes for people, as download pages count them: "9.5 GB"."""
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count:.0f} B"


def span(seconds: float) -> str:
    """Format a time that is left: "40 s", "2 min", "1.5 h"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
