"""Sound to picture in parts: hearing, the wait for a boundary, the frame in its chunk, making it, the way out. Pure.

The parts are means, so that they add up. Kicks know nothing of boundaries: the mean wait for one is half of what lies
between two.
"""

import statistics
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from engine.clock import NS_PER_MS
from engine.messages.audio import FEATURE_IDS
from engine.session.records import ChunkRecord, Record

ROSE: Final = 0.3
"""By so much the feature of a kick rises where it is one."""


@dataclass(frozen=True, slots=True)
class Known:
    """A kick at the boundary that first had it among what it heard.

    Attributes:
        boundary_ms: from the kick to the boundary.
        frame_ms: how far from the chunk's first frame the one lies that shows it first.
        every_ms: from this boundary to the next.
    """

    boundary_ms: float
    frame_ms: float
    every_ms: float


@dataclass(frozen=True, slots=True)
class Parts:
    """Means in milliseconds.

    Attributes:
        hearing: from the kick until it has been told; waiting: from then to the boundary.
        frame: the frames of the chunk before the one that shows it; making: the chunk.
        output: the rest: the queue, until its frame is due, the sender and the receiver.
    """

    hearing: float
    waiting: float
    frame: float
    making: float
    output: float


def known(struck_ns: Sequence[int], records: Iterable[Record], within_ns: int) -> list[Known | None]:
    """Return for each kick the boundary that knew of it, None where none did in time."""
    kick = FEATURE_IDS.index("kick")
    heard = [
        (one, [row[kick] for row in one.sound.rows]) for one in records if isinstance(one, ChunkRecord) and one.sound
    ]
    risen: list[tuple[int, float, float]] = []
    for number, ((_, before), (one, levels)) in enumerate(pairwise(heard), 1):
        frame = next((place for place, level in enumerate(levels) if level > max(before) + ROSE), None)
        if frame is not None:
            after = heard[min(number + 1, len(heard) - 1)][0]
            every_ms = (after.begun_ns - one.begun_ns) / NS_PER_MS
            risen.append((one.begun_ns, frame * one.period_ns / NS_PER_MS, every_ms))
    found: list[Known | None] = []
    for at_ns in struck_ns:
        place = bisect_left(risen, (at_ns,))
        if place < len(risen) and risen[place][0] - at_ns < within_ns:
            begun_ns, frame_ms, every_ms = risen[place]
            found.append(Known((begun_ns - at_ns) / NS_PER_MS, frame_ms, every_ms))
        else:
            found.append(None)
    return found


def parts(boundaries: Sequence[Known | None], pictures: Sequence[float | None], making_ms: float) -> Parts | None:
    """Return the parts of the way of those kicks that were both heard and seen; None where none was.

    Args:
        boundaries, pictures: of each kick, the latter in milliseconds from it.
        making_ms: what a chunk takes.
    """
    both = [(one, seen) for one, seen in zip(boundaries, pictures, strict=True) if one is not None and seen is not None]
    if not both:
        return None
    boundary, seen = (
        statistics.mean(values) for values in zip(*((one.boundary_ms, ms) for one, ms in both), strict=True)
    )
    frame = statistics.mean(one.frame_ms for one, _ in both)
    waiting = statistics.median(one.every_ms for one, _ in both) / 2
    return Parts(boundary - waiting, waiting, frame, making_ms, seen - boundary - frame - making_ms)
