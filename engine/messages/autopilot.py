"""What the auto-pilot is asked to do, as frozen data."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Final

from engine.errors import AutoPilotError

MOST_BARS: Final = 64


class AutoPilotTime(Enum):
    """When it acts: every so many bars, or where the sound begins another section, so many bars apart at least."""

    BARS = "bars"
    SECTIONS = "sections"


class AutoPilotWay(Enum):
    """How it goes to the next scene: by cuts, by morphs, or by either."""

    CUT = "cut"
    MORPH = "morph"
    EITHER = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoPilot:
    """A flight.

    Attributes:
        scenes: pairs of a name and a weight > 0: a heavier one comes more often; one that is not there is passed over.
        prompts: morph through the prompts of the playlist instead.
        bars: 1 to 64.
        morph_chunks: length of its morphs in boundaries, >= 1.
        seed: its choices are drawn from it.
    """

    scenes: tuple[tuple[str, float], ...] = ()
    prompts: bool = False
    bars: int = 8
    time: AutoPilotTime = AutoPilotTime.BARS
    way: AutoPilotWay = AutoPilotWay.CUT
    morph_chunks: int = 30
    seed: int = 0


def check_autopilot(flight: AutoPilot) -> AutoPilot:
    """The flight, if every number in it is right.

    Raises:
        AutoPilotError: with what is wrong and what is right.
    """
    if not 1 <= flight.bars <= MOST_BARS:
        raise AutoPilotError(f"The auto-pilot cannot wait {flight.bars} bars", remedy=f"Choose 1 to {MOST_BARS}.")
    if flight.morph_chunks < 1:
        raise AutoPilotError("A morph of the auto-pilot takes one chunk at least")
    for scene, weight in flight.scenes:
        if not (math.isfinite(weight) and weight > 0.0):
            raise AutoPilotError(f"The weight of a scene cannot be {weight:g}", where=scene, remedy="Choose above 0.")
    if not flight.scenes and not flight.prompts:
        raise AutoPilotError("The auto-pilot has nowhere to go", remedy="Put scenes on the pads in front.")
    return flight
