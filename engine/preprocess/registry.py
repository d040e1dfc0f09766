"""What makes control maps, by id; describing one imports nothing of it.

Other packages add theirs with entry points of the group `hardcut.depth`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.errors import DepthError
from engine.messages.control_map import MapSettings
from engine.preprocess.base import DepthEstimator
from engine.preprocess.maps.format import (
    CANNY_FORMAT,
    COMPOSITE_FORMAT,
    DEPTH_FORMAT,
    EXTERNAL_FORMAT,
    LINES_FORMAT,
    MATTE_FORMAT,
    MOTION_FORMAT,
    SOFT_EDGE_FORMAT,
    MapFormat,
)
from engine.registry import Entry, Registry, guarded

DEFAULT_DEPTH: Final = "cues"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthEntry(Entry):
    """What can be chosen to make control maps: a depth estimator, or what draws another map.

    Attributes:
        edge: of its maps of square frames, so that the source's own depth comes in the same size.
        format: what the grey of its maps means. Where it is depth, a source's own depth goes before its estimate.
        build: a new instance; must not block: what takes long waits for its first frame, on the depth thread.
    """

    edge: int
    build: Callable[[], DepthEstimator]
    format: MapFormat = DEPTH_FORMAT


def _cues() -> DepthEntry:
    from engine.preprocess.image_cues import MAP_EDGE, CueEstimator

    return DepthEntry(id="cues", label="Image cues", edge=MAP_EDGE, build=CueEstimator)


def _canny() -> DepthEstimator:
    from engine.preprocess.maps.drawn import DrawnEstimator
    from engine.preprocess.maps.edges import CannyDrawing

    return DrawnEstimator(CannyDrawing())


def _soft_edges() -> DepthEstimator:
    from engine.preprocess.maps.drawn import DrawnEstimator
    from engine.preprocess.maps.edges import SoftEdgeDrawing

    return DrawnEstimator(SoftEdgeDrawing())


def _lines() -> DepthEstimator:
    from engine.preprocess.maps.drawn import DrawnEstimator
    from engine.preprocess.maps.edges import LineDrawing

    return DrawnEstimator(LineDrawing())


def _composite() -> DepthEstimator:
    from engine.preprocess.auto import AutoEstimator
    from engine.preprocess.maps.composite import CompositeEstimator

    return CompositeEstimator(AutoEstimator())


def _motion() -> DepthEstimator:
    from engine.preprocess.maps.drawn import DrawnEstimator
    from engine.preprocess.maps.movement import MotionDrawing

    return DrawnEstimator(MotionDrawing())


def _external() -> DepthEstimator:
    from engine.preprocess.maps.drawn import DrawnEstimator
    from engine.preprocess.maps.external import ExternalDrawing

    return DrawnEstimator(ExternalDrawing())


def _person() -> DepthEstimator:
    from engine.preprocess.maps.matte.standing import StandingEstimator

    return StandingEstimator()


def _matte() -> DepthEstimator:
    from engine.preprocess.maps.drawn import DrawnEstimator
    from engine.preprocess.maps.matte.follow import MatteDrawing

    return DrawnEstimator(MatteDrawing())


_HALF: Final = 224
_WHOLE: Final = 448

_BUILT_IN: Final[Mapping[str, Callable[[], DepthEntry]]] = {
    DEFAULT_DEPTH: _cues,
    "person-depth": lambda: DepthEntry(id="person-depth", label="Cues and person", edge=_HALF, build=_person),
    "matte": lambda: DepthEntry(id="matte", label="Person", edge=_HALF, build=_matte, format=MATTE_FORMAT),
    "edges": lambda: DepthEntry(id="edges", label="Edges", edge=_WHOLE, build=_canny, format=CANNY_FORMAT),
    "soft-edges": lambda: DepthEntry(
        id="soft-edges", label="Soft edges", edge=_HALF, build=_soft_edges, format=SOFT_EDGE_FORMAT
    ),
    "lines": lambda: DepthEntry(id="lines", label="Lines", edge=_WHOLE, build=_lines, format=LINES_FORMAT),
    "depth-edges": lambda: DepthEntry(
        id="depth-edges", label="Depth and edges", edge=_HALF, build=_composite, format=COMPOSITE_FORMAT
    ),
    "motion": lambda: DepthEntry(id="motion", label="Motion", edge=_HALF, build=_motion, format=MOTION_FORMAT),
    "external": lambda: DepthEntry(
        id="external", label="The source is the map", edge=_WHOLE, build=_external, format=EXTERNAL_FORMAT
    ),
}

DEPTH: Final = Registry(DepthEntry, "hardcut.depth", lambda: _BUILT_IN)


def build_depth(name: str, settings: Callable[[], MapSettings] = MapSettings) -> DepthEstimator:
    """Build what makes maps under this name, shaped by the settings that hold.

    Of depth, the source's own where a frame carries it, and the estimate where not.

    Raises:
        EngineError: there is no such estimator, or it cannot be made here.
    """
    from engine.preprocess.auto import AutoEstimator  # OpenCV comes with it
    from engine.preprocess.maps.shaping import ShapedEstimator

    entry = find_depth(name)
    made = guarded(entry.build, entry, DepthError)
    return ShapedEstimator(AutoEstimator(made, entry.edge) if entry.format is DEPTH_FORMAT else made, settings)


def find_depth(name: str) -> DepthEntry:
    """The estimator of this name.

    Raises:
        DepthError: there is none.
    """
    entry = DEPTH.find(name)
    if entry is None:
        raise DepthError("There is no such depth estimator", where=name, remedy=f"Known are: {', '.join(DEPTH.ids())}.")
    return entry
