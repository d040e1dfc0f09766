"""What the grey of a control map means: a generator that was trained on maps expects one meaning and no other."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class MapFormat:
    """Range and polarity of a kind of map. Every map is float32 in 0..1.

    Attributes:
        name: of the kind, for people.
        dark, bright: what 0 and 1 mean.
        source: what this is taken from, a clause without a full stop.
    """

    name: str
    dark: str
    bright: str
    source: str

    def __str__(self) -> str:
        return f"0 is {self.dark}, 1 is {self.bright}; {self.source}"


DEPTH_FORMAT: Final = MapFormat(
    "Depth", "far", "near", "as VACE's depth annotators: inverse depth over its range (annotators/depth.py)"
)
CANNY_FORMAT: Final = MapFormat(
    "Edges", "no edge", "an edge", "as ControlNet's Canny; VACE was trained on no such map: lines are its nearest kind"
)
SOFT_EDGE_FORMAT: Final = MapFormat(
    "Soft edges", "no edge", "the strongest edges", "as ControlNet's soft edges; VACE was trained on no such map"
)
LINES_FORMAT: Final = MapFormat(
    "Lines", "a line", "paper", "as VACE's scribble annotator: dark lines on white (annotators/scribble.py)"
)
MOTION_FORMAT: Final = MapFormat(
    "Motion", "still", "fast", "speed only; VACE's flow annotator paints direction as colour (annotators/flow.py)"
)
MATTE_FORMAT: Final = MapFormat("Person", "ground", "a person", "as VACE's masks (annotators/salient.py)")
POSE_FORMAT: Final = MapFormat(
    "Pose", "nobody", "a skeleton", "in colour as VACE's pose annotator draws it (annotators/pose.py)"
)
EXTERNAL_FORMAT: Final = MapFormat("External", "black as sent", "white as sent", "the sender's own")
COMPOSITE_FORMAT: Final = MapFormat(
    "Depth and edges", "far, no edge", "near, or an edge", "depth as VACE's, with edges drawn over it"
)
