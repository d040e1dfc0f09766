"""The generator itself: one call makes one chunk, and replaces the state only when it is complete."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.clock import NS_PER_SECOND
from engine.errors import GeneratorError
from engine.generators.base import (
    Chunk,
    ChunkAbortedError,
    ChunkKey,
    ChunkRequest,
    GeneratorSnapshot,
    GeneratorSpec,
    Opening,
    PromptBlend,
)
from engine.generators.field import parameters as p
from engine.generators.field.choice import Method, make_painters, pick_device
from engine.generators.field.lattice import Plane
from engine.generators.field.levels import Levels
from engine.generators.field.materials import Materials
from engine.generators.field.painter import Painter
from engine.generators.field.spec import CHUNK_FRAMES, SPEC
from engine.generators.field.state import FieldState
from engine.generators.field.tile_store import tiles
from engine.generators.field.trunk import Trunk
from engine.messages.events import BackendChoice
from engine.messages.frame import FRAME_SIZE, InputFrame
from engine.steps import Work, drive

if TYPE_CHECKING:
    from engine.generators.field.choice import Record


class FieldGenerator:
    """The built-in generator. Owned by one thread; see VideoGenerator.

    Args:
        device: "cpu", "cuda", "xpu" or "mps", with ":N" for another than the first; None: the first CUDA (or ROCm)
            device if there is one, else the CPU.
        threads: torch's threads on a CPU; None: one. A second thread gains a sixth of the time and
            doubles the CPU time (its barrier spins), which the output process would miss.
        method: how pictures are computed.
        width, height: of the pictures, in pixels; those of the input are the same.
        chunk_frames: pictures per call.
        record: see make_painters.

    Raises:
        GeneratorError: the device is not there.
    """

    def __init__(
        self,
        device: str | None = None,
        threads: int | None = None,
        *,
        method: Method = Method.BEST,
        width: int = FRAME_SIZE,
        height: int = FRAME_SIZE,
        record: "Record | None" = None,
        chunk_frames: int = CHUNK_FRAMES,
    ) -> None:
        self._spec = replace(SPEC, chunk_frames=chunk_frames)
        self._device = pick_device(device)
        self._threads = threads or 1
        self._method = method
        self._record = record
        self._size = (width, height)
        self._painter: Painter[Any, Any] | None = None
        self._stages: Levels[Any, Any] | None = None
        self._aside: Levels[Any, Any] | None = None
        self._state: FieldState[Any] | None = None
        self._backends: tuple[BackendChoice, ...] = ()

    @property
    def spec(self) -> GeneratorSpec:
        return self._spec

    def warm_up(self) -> Iterator[float]:
        trunk = Trunk()
        yield 0.0
        make_painter = make_painters(self._device, self._threads, self._method, trunk, self._record)
        yield 0.2
        made: list[Plane] = []
        for share, made in tiles():  # noqa: B007 - the last counts
            yield 0.2 + 0.7 * share
        materials = Materials(made)
        self._stages = Levels(*self._size, trunk, materials, make_painter, self._spec.chunk_frames)
        self._painter = painter = self._stages.painter
        # The first calls of every operation are slow; they happen here and leave nothing behind.
        self.generate(self._rehearsal(), lambda: False)
        # Openings are prepared in pictures of their own, or a chunk in between would paint over them.
        self._aside = Levels(*self._size, trunk, materials, make_painter, self._spec.chunk_frames)
        drive(self.prepare(self._rehearsal()))
        self.reset()
        self._backends = painter.backends()
        yield 1.0

    def reset(self) -> None:
        self._state = None

    def backends(self) -> tuple[BackendChoice, ...]:
        return self._backends

    def close(self) -> None:
        self._state = None
        self._stages = self._aside = self._painter = None

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        if self._stages is None:
            raise _not_warmed_up()
        work = self._stages.chunk(request, self._state)
        self._state, images = drive(work, lambda: _stop_if(aborted))
        return Chunk(request.key, images)

    def snapshot(self) -> GeneratorSnapshot:
        return self._kept(self._state)

    def restore(self, snapshot: GeneratorSnapshot) -> None:
        if snapshot.generator != SPEC.name or not isinstance(snapshot.state, FieldState | None):
            raise GeneratorError("These caches are another generator's", where=snapshot.generator)
        self._state = snapshot.state

    def prepare(self, request: ChunkRequest) -> Work[Opening]:
        if self._aside is None:
            raise _not_warmed_up()
        state, images = yield from self._aside.chunk(request, None)
        return Opening(request, Chunk(request.key, images), self._kept(state))

    def _kept(self, state: FieldState[Any] | None) -> GeneratorSnapshot:
        """A state that the coming frames do not paint over: of all its parts, only the picture is ever used again."""
        if state is None or self._painter is None:
            return GeneratorSnapshot(SPEC.name, 0, None)
        picture = None if state.picture is None else self._painter.keep(state.picture)
        senses = state.senses
        held = [senses.depth, senses.near, senses.flow, *([] if picture is None else [picture])]
        return GeneratorSnapshot(SPEC.name, sum(part.nbytes for part in held), replace(state, picture=picture))

    def _rehearsal(self) -> ChunkRequest:
        """A request that goes through every stage."""
        image = np.zeros((self._size[1], self._size[0], 3), np.uint8)
        return ChunkRequest(
            key=ChunkKey(0, 0, 0),
            frames=tuple(InputFrame(index, 0, 0, image) for index in range(self._spec.chunk_frames)),
            control=None,
            now_ns=0,
            period_ns=NS_PER_SECOND // 30,
            values=p.PARAMETERS.defaults(),
            prompt=PromptBlend((("", 1.0),)),
        )


def _stop_if(aborted: Callable[[], bool]) -> None:
    if aborted():
        raise ChunkAbortedError


def _not_warmed_up() -> GeneratorError:
    return GeneratorError("The field was asked for pictures before its warm-up", where=SPEC.name)
