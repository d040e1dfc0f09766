"""Features of the sound resampled to the frames of a chunk. Pure."""

from collections.abc import Sequence
from typing import Final

from engine.messages.audio import NO_SOUND, AudioFeatures, FeatureTrack

STALE_NS: Final = 500_000_000
"""Features older than this tell nothing about now: the sound has gone."""

_DIGITS: Final = 4


def resample(features: Sequence[AudioFeatures], edges_ns: Sequence[int], shown_ns: Sequence[int]) -> FeatureTrack:
    """Return the track of a stretch of sound.

    Levels, bands and onsets are the highest of those heard within a frame's share of the stretch, so that none falls
    between two frames; where a share is empty the features before it hold. Beat and bar are those of the instant at
    which a frame will be seen.

    Args:
        features: in order of their instants; some from before the stretch may be among them.
        edges_ns: bounds of the frames' shares, ascending, one more than there are frames.
        shown_ns: when each frame will be seen.
    """
    if not features or edges_ns[-1] - features[-1].at_ns > STALE_NS:
        return NO_SOUND
    newest = features[-1]
    rows = []
    index, held = 0, features[0]
    for position, until_ns in enumerate(edges_ns[1:]):
        heard = []
        while index < len(features) and features[index].at_ns <= until_ns:
            if features[index].at_ns > edges_ns[position]:
                heard.append(features[index])
            held = features[index]
            index += 1
        rows.append(_row(heard or [held], held, newest.phases(shown_ns[position])))
    return FeatureTrack(tuple(rows))


def split(begin_ns: int, end_ns: int, frames: int) -> tuple[int, ...]:
    """Return the bounds of equal shares of a stretch of time: frames + 1 instants."""
    return tuple(begin_ns + (end_ns - begin_ns) * index // frames for index in range(frames + 1))


def _row(heard: Sequence[AudioFeatures], last: AudioFeatures, phases: tuple[float, float]) -> tuple[float, ...]:
    bands = (max(values) for values in zip(*(one.bands for one in heard), strict=True))
    values = (
        max(one.level for one in heard),
        max(one.peak for one in heard),
        *bands,
        last.centroid,
        max(one.flux for one in heard),
        max(one.kick for one in heard),
        max(one.snare for one in heard),
        max(one.hat for one in heard),
        *phases,
    )
    return tuple(round(value, _DIGITS) for value in values)
