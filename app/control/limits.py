"""How many there are of each thing that a controller can reach, and how far each setting goes."""

from typing import Final

from engine.messages.autopilot import AutoPilotTime, AutoPilotWay
from engine.messages.transitions import Launch

MAX_SLOT: Final = 64
"""Highest number of a knob or pad slot: eight banks of eight knobs, four grids of sixteen pads."""

PADS_PER_BANK: Final = 16
KNOBS_PER_PAGE: Final = 8
MACROS: Final = 8
SNAPSHOTS: Final = 16
BANKS: Final = 8
"""Of bindings on one controller."""

PAGES: Final = 8
"""Banks of pads and pages of knobs that can be turned to from a controller."""

LAUNCHES: Final = (Launch.NOW, Launch.BEAT, Launch.BAR, Launch.TWO_BARS, Launch.FOUR_BARS)

AUTO_BARS: Final = (1, 2, 4, 8, 16, 32)
AUTO_WAYS: Final = (AutoPilotWay.CUT, AutoPilotWay.MORPH, AutoPilotWay.EITHER)
AUTO_TIMES: Final = (AutoPilotTime.BARS, AutoPilotTime.SECTIONS)
AUTO_THROUGH: Final = (False, True)
"""Through the pads in front, or the playlist."""

MORPH_SECONDS: Final = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Lengths of a morph by steps: doubling, because the ear and the eye judge ratios."""

USUAL_MORPH_S: Final = 2.0
SHORTEST_MORPH_S: Final = 0.1
LONGEST_MORPH_S: Final = 120.0

SLOWEST_BPM: Final = 30.0
FASTEST_BPM: Final = 300.0
"""What the engine takes."""

BEATS_PER_BAR: Final = 4
