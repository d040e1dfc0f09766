"""Features of the sound resampled to the frames of a chunk. Pure."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from engine.messages.audio import NO_SOUND, AudioFeatures, FeatureTrack

STALE_NS: Final = 500_000_000
"""Features older than this tell nothing about now: the sound has gone."""

_DIGITS: Final = 4


def resample(features: Sequence[AudioFeatures], edges_ns: Sequence[int], shown_ns: Sequence[int]) -> FeatureTrack:
    """Return the track of a stretch of sound.

    Levels, bands and onsets are the highest of those heard within a frame's share of the stretch and within the next
    one's, so that none falls between two frames, and what was heard last is not held back for a frame. Where there are
    none the features before hold. Beat and bar are those of the instant at which a frame will be seen.

    Args:
        features: in order of their instants; some from before the stretch may be among them.
        edges_ns: bounds of the frames' shares, ascending, one more than there are frames.
        shown_ns: when each frame will be seen.
    """
    if not features or edges_ns[-1] - features[-1].at_ns > STALE_NS:
        return NO_SOUND
    newest = features[-1]
    shares, held = [], []  # of each frame: what was heard within it, and the last at its end
    index = 0
    for begin_ns, until_ns in pairwise(edges_ns):
        share = []
        while index < len(features) and features[index].at_ns <= until_ns:
            if features[index].at_ns > begin_ns:
                share.append(features[index])
            index += 1
        shares.append(share)
        held.append(features[max(index - 1, 0)])
    shares.append([])
    rows = []
    for position, at_ns in enumerate(shown_ns):
        heard = [*shares[position], *shares[position + 1]] or [held[position]]
        rows.append(_row(heard, heard[-1], newest.phases(at_ns)))
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
