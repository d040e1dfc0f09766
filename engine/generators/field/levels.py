"""The stages of every level of quality, and the way from one to another: what is carried is resampled, never reset."""

from collections.abc import Callable
from dataclasses import replace
from typing import Generic

from engine.generators.base import ChunkRequest
from engine.generators.field.lattice import Lattice
from engine.generators.field.materials import Materials
from engine.generators.field.painter import F, Fetch, Painter
from engine.generators.field.quality import Level, level_of
from engine.generators.field.senses import senses_on
from engine.generators.field.stages import Stages
from engine.generators.field.state import FieldState, P
from engine.generators.field.trunk import Trunk
from engine.messages.frame import RgbxImage
from engine.steps import Work

MakePainter = Callable[[Lattice], tuple[Painter[P, F], Fetch[F]]]
"""Makes a painter for a lattice, and what fetches its frames; see make_painters."""


class Levels(Generic[P, F]):
    """Owned by one thread. Each level is made when it is first asked for, within a chunk: that takes some milliseconds.

    Args:
        width, height: of the frames.
        chunk_frames: frames of a chunk.
    """

    def __init__(
        self,
        width: int,
        height: int,
        trunk: Trunk,
        materials: Materials,
        make_painter: "MakePainter[P, F]",
        chunk_frames: int,
    ) -> None:
        self._chunk_frames = chunk_frames
        self._size = (width, height)
        self._trunk = trunk
        self._materials = materials
        self._make_painter = make_painter
        self._made: dict[Level, tuple[Lattice, Painter[P, F], Stages[P, F]]] = {}

    @property
    def painter(self) -> Painter[P, F]:
        """The painter of full quality."""
        return self._level(Level())[1]

    def chunk(
        self, request: ChunkRequest, committed: FieldState[P] | None
    ) -> Work[tuple[FieldState[P], tuple[RgbxImage, ...]]]:
        """The chunk after `committed`, at the request's level; see Stages.chunk. `committed` may be of any level."""
        lattice, painter, stages = self._level(level_of(request.quality))
        return stages.chunk(request, None if committed is None else _adopted(committed, lattice, painter))

    def _level(self, level: Level) -> tuple[Lattice, Painter[P, F], Stages[P, F]]:
        if level not in self._made:
            lattice = level.lattice(*self._size)
            painter, fetch = self._make_painter(lattice)
            stages = Stages(painter, lattice, self._trunk, self._materials, self._chunk_frames, fetch)
            self._made[level] = lattice, painter, stages
        return self._made[level]


def _adopted(state: FieldState[P], lattice: Lattice, painter: Painter[P, F]) -> FieldState[P]:
    """A state of whatever level on a lattice; itself where it fits."""
    senses = senses_on(lattice, state.senses)
    picture = None if state.picture is None else painter.adopted(state.picture)
    if picture is state.picture and senses is state.senses:
        return state
    return replace(state, picture=picture, senses=senses)
