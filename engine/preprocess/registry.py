"""What makes control maps, by id; describing one imports nothing of it.

Other packages add theirs with entry points of the group `hardcut.depth`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Final

from engine.errors import DepthError
from engine.messages.control_map import MapSettings
from engine.preprocess.base import DepthEstimator
from engine.preprocess.learned.cards import FOLDER_PREFIX, DepthCard, DepthKind, depth_cards
from engine.preprocess.maps.format import (
    CANNY_FORMAT,
    COMPOSITE_FORMAT,
    DEPTH_FORMAT,
    EXTERNAL_FORMAT,
    LINES_FORMAT,
    MATTE_FORMAT,
    MOTION_FORMAT,
    POSE_FORMAT,
    SOFT_EDGE_FORMAT,
    MapFormat,
)
from engine.registry import Entry, Registry, guarded

STAND_IN_DEPTH: Final = "cues"
"""Steps in where another fails: needs nothing and takes the least."""

DEFAULT_DEPTH: Final = "person-depth"
"""Nearer to the truth than the cues alone wherever there is a person, and the cues where there is none."""

SECOND_SOURCE: Final = "external:"
"""Before a source, written as on the command line: its pictures are the maps of another source's."""


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
    from engine.preprocess.compiled.estimator import cue_estimator
    from engine.preprocess.image_cues import MAP_EDGE

    return DepthEntry(id="cues", label="Image cues", edge=MAP_EDGE, build=cue_estimator)


def _canny() -> DepthEstimator:
    from engine.preprocess.compiled.edge_finder import edge_finder
    from engine.preprocess.maps.drawn import DrawnEstimator
    from engine.preprocess.maps.edges import CannyDrawing

    return DrawnEstimator(CannyDrawing(edge_finder()))


def _soft_edges() -> DepthEstimator:
    from engine.preprocess.maps.drawn import DrawnEstimator
    from engine.preprocess.maps.edges import SoftEdgeDrawing

    return DrawnEstimator(SoftEdgeDrawing())


def _lines() -> DepthEstimator:
    from engine.preprocess.maps.drawn import DrawnEstimator
    from engine.preprocess.maps.edges import LineDrawing

    return DrawnEstimator(LineDrawing())


def _composite() -> DepthEstimator:
    from engine.preprocess.maps.composite import CompositeEstimator

    return CompositeEstimator()


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


def _pose() -> DepthEstimator:
    from engine.preprocess.maps.landmarks import LandmarkFinder
    from engine.preprocess.maps.pose import PoseEstimator

    return PoseEstimator(LandmarkFinder)


_HALF: Final = 224
_WHOLE: Final = 448

_BUILT_IN: Final[Mapping[str, Callable[[], DepthEntry]]] = {
    STAND_IN_DEPTH: _cues,
    DEFAULT_DEPTH: lambda: DepthEntry(id=DEFAULT_DEPTH, label="Cues and person", edge=_HALF, build=_person),
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
    "pose": lambda: DepthEntry(id="pose", label="Pose", edge=_HALF, build=_pose, format=POSE_FORMAT),
    "external": lambda: DepthEntry(
        id="external", label="Source itself", edge=_WHOLE, build=_external, format=EXTERNAL_FORMAT
    ),
}


def _learned(card: DepthCard) -> DepthEntry:
    from engine.folders import models_folder

    def build() -> DepthEstimator:
        from engine.preprocess.learned.estimator import learned_estimator

        return learned_estimator(card)

    needs = "" if not card.missing(models_folder()) else f"hardcut models fetch {card.name}"
    return DepthEntry(id=card.name, label=card.label, edge=_HALF, build=build, needs=needs)


@cache
def _cards() -> Mapping[str, Callable[[], DepthEntry]]:
    cards = depth_cards()[0].items()
    return {name: partial(_learned, card) for name, card in cards if card.kind is not DepthKind.POSE}


DEPTH: Final = Registry(DepthEntry, "hardcut.depth", lambda: {**_BUILT_IN, **_cards()})


def depth_card_faults() -> tuple[DepthError, ...]:
    """Return an error for each card of a learned model that is left out."""
    return depth_cards()[1]


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
    """The estimator of this name: an id, `model:FOLDER` for a folder of transformers', or `external:SOURCE`.

    Raises:
        DepthError: there is none.
    """
    if name.startswith(FOLDER_PREFIX):
        return _in_folder(name)
    if name.startswith(SECOND_SOURCE):
        return _second_source(name)
    entry = DEPTH.find(name)
    if entry is None:
        known = ", ".join((*DEPTH.ids(), f"{FOLDER_PREFIX}FOLDER", f"{SECOND_SOURCE}SOURCE"))
        raise DepthError("There is no such depth estimator", where=name, remedy=f"Known are: {known}.")
    return entry


def _second_source(name: str) -> DepthEntry:
    def build() -> DepthEstimator:
        raise DepthError("A second source is opened by the program, which is not running here", where=name)

    label = f"Map from {name.removeprefix(SECOND_SOURCE)}"
    return DepthEntry(id="external", label=label, edge=_WHOLE, build=build, format=EXTERNAL_FORMAT)


def _in_folder(name: str) -> DepthEntry:
    folder = Path(name.removeprefix(FOLDER_PREFIX)).expanduser()
    if not (folder / "config.json").is_file():
        raise DepthError(
            "No depth model of transformers lies in this folder",
            where=str(folder),
            remedy="It must hold config.json and model.safetensors.",
        )

    def build() -> DepthEstimator:
        from engine.preprocess.learned.estimator import folder_estimator

        return folder_estimator(folder)

    return DepthEntry(id="model", label=folder.name, edge=_HALF, build=build)
