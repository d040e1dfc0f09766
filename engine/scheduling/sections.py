"""Where the sound begins another section: its features against what they have been for a while.

A novelty in the sense of Foote (ICME 2000), reduced to what can be known at once: the distance between a fast and a
slow average of loudness, eight bands and flux.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.clock import NS_PER_SECOND
from engine.messages.audio import BAND_IDS, FEATURE_IDS, FeatureTrack

FAST_S: Final = 1.5
SLOW_S: Final = 12.0
"""A section lasts longer than twice the slow average remembers, a fill shorter than the fast one."""

NEW_FROM: Final = 0.12
SETTLED_BELOW: Final = 0.06
"""Mean distance of the averages, in features of 0..1: above the first it is another section, below the second it has
become the usual one."""

WARM_UP_S: Final = 8.0

_PLACES: Final = tuple(FEATURE_IDS.index(name) for name in ("level", "flux", *BAND_IDS))


@dataclass(frozen=True, slots=True)
class SectionEar:
    """What it has heard so far.

    Attributes:
        fast, slow: averages of the features; () before the first.
        heard_s: for how long it has listened.
        novelty: distance of the averages, 0..1.
        new: another section has begun here.
        settled: what is heard is the usual.
    """

    fast: tuple[float, ...] = ()
    slow: tuple[float, ...] = ()
    heard_s: float = 0.0
    novelty: float = 0.0
    new: bool = False
    settled: bool = True

    def after(self, sound: FeatureTrack, length_ns: int) -> "SectionEar":
        """Listen on for a chunk; silence without an input is not listened to."""
        if not sound:
            return replace(self, new=False)
        now = tuple(sum(row[place] for row in sound.rows) / len(sound.rows) for place in _PLACES)
        passed_s = length_ns / NS_PER_SECOND
        fast, slow = _toward(self.fast, now, passed_s / FAST_S), _toward(self.slow, now, passed_s / SLOW_S)
        novelty = sum(abs(one - other) for one, other in zip(fast, slow, strict=True)) / len(now)
        heard_s = self.heard_s + passed_s
        new = self.settled and heard_s > WARM_UP_S and novelty > NEW_FROM
        settled = novelty < SETTLED_BELOW or (self.settled and not new)
        return SectionEar(fast, slow, heard_s, novelty, new, settled)


def _toward(average: Sequence[float], now: Sequence[float], share: float) -> tuple[float, ...]:
    if not average:
        return tuple(now)
    weight = -math.expm1(-share)
    return tuple(one + (other - one) * weight for one, other in zip(average, now, strict=True))
