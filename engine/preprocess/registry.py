"""The depth estimators by id; describing one imports nothing of it.

Other packages add theirs with entry points of the group `hardcut.depth`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.errors import DepthError
from engine.preprocess.base import DepthEstimator
from engine.registry import Entry, Registry, guarded

DEFAULT_DEPTH: Final = "cues"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthEntry(Entry):
    """A depth estimator that can be chosen.

    Attributes:
        edge: height and width of its maps, so that the source's own depth comes in the same size.
        build: a new instance; must not block: what takes long waits for its first frame, on the depth thread.
    """

    edge: int
    build: Callable[[], DepthEstimator]


def _cues() -> DepthEntry:
    from engine.preprocess.image_cues import MAP_EDGE, CueEstimator

    return DepthEntry(id="cues", label="Image cues", edge=MAP_EDGE, build=CueEstimator)


_BUILT_IN: Final = {DEFAULT_DEPTH: _cues}

DEPTH: Final = Registry(DepthEntry, "hardcut.depth", lambda: _BUILT_IN)


def build_depth(name: str) -> DepthEstimator:
    """The source's own depth where a frame carries it, and the estimate of this name where not.

    Raises:
        EngineError: there is no such estimator, or it cannot be made here.
    """
    from engine.preprocess.auto import AutoEstimator  # OpenCV comes with it

    entry = find_depth(name)
    return AutoEstimator(guarded(entry.build, entry, DepthError), entry.edge)


def find_depth(name: str) -> DepthEntry:
    """The estimator of this name.

    Raises:
        DepthError: there is none.
    """
    entry = DEPTH.find(name)
    if entry is None:
        raise DepthError("There is no such depth estimator", where=name, remedy=f"Known are: {', '.join(DEPTH.ids())}.")
    return entry
