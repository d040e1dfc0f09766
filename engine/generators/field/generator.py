"""The generator itself: one call makes one chunk, and replaces the state only when it is complete."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

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
from engine.generators.field import clocks as field_clocks
from engine.generators.field import parameters as p
from engine.generators.field.afterimage import Afterimage
from engine.generators.field.backend import describe
from engine.generators.field.colour import colour_table
from engine.generators.field.forms import FormStage
from engine.generators.field.head import Head
from engine.generators.field.look import blend
from engine.generators.field.materials import Materials, make_tile
from engine.generators.field.mixing import contrast_of, mix_of
from engine.generators.field.noise import Grain, draw, origin_s
from engine.generators.field.raster import CpuRaster, Raster, TorchRaster
from engine.generators.field.senses import LATTICE, Lattice, blank_senses, sense
from engine.generators.field.spec import CHUNK_FRAMES, SPEC
from engine.generators.field.state import FieldState, Senses
from engine.generators.field.traits import TEXTURES, Look, Trait
from engine.messages.events import BackendChoice
from engine.messages.frame import FRAME_SIZE, InputFrame, RgbxImage
from engine.steps import Work, drive, under

_IDS: Final = tuple(p.PARAMETERS)
_REFERENCE_FPS: Final = 30.0
"""Rates of feedback are written per frame at this rate and converted to the request's."""

_DARK_ROOM: Final = 0.35
"""Luminance assumed while there is no input: the field dreams before an even mid-grey."""

_MAX_ADVANCE: Final = 2.0
"""Input frames per output frame that motion is scaled to, at most."""


class FieldGenerator:
    """The built-in generator. Owned by one thread; see VideoGenerator.

    Args:
        device: "cpu", "cuda" or "cuda:N"; None: the first CUDA device if there is one, else the CPU.
        threads: torch's threads on a CPU; None: one. A second thread gains a sixth of the time and
            doubles the CPU time (its barrier spins), which the output process would miss.

    Raises:
        GeneratorError: the device is not there.
    """

    def __init__(self, device: str | None = None, threads: int | None = None) -> None:
        name = device or ("cuda" if torch.cuda.is_available() else "cpu")
        if name.startswith("cuda") and not torch.cuda.is_available():
            raise GeneratorError("There is no CUDA device", where=name, remedy="Choose cpu, or install the driver.")
        self._device = torch.device(name)
        self._threads = threads or 1
        self._backends: tuple[BackendChoice, ...] = ()
        self._stages: _Stages | None = None
        self._aside: _Stages | None = None
        self._state: FieldState | None = None

    @property
    def spec(self) -> GeneratorSpec:
        return SPEC

    def warm_up(self) -> Iterator[float]:
        if self._device.type == "cpu":
            torch.set_num_threads(self._threads)
        tiles = []
        for index in range(TEXTURES):
            tiles.append(make_tile(Trait(index)))
            yield 0.8 * (index + 1) / TEXTURES
        raster: Raster = CpuRaster() if self._device.type == "cpu" else TorchRaster(self._device)
        materials = Materials(tiles)
        self._stages = _Stages(raster, materials)
        yield 0.9
        # The first calls of every operation are slow; they happen here and leave nothing behind.
        self.generate(_rehearsal(), lambda: False)
        # Openings are prepared in pictures of their own, or a chunk in between would paint over them.
        self._aside = _Stages(raster, materials)
        drive(self.prepare(_rehearsal()))
        self.reset()
        self._backends = describe(self._device, self._threads)
        yield 1.0

    def reset(self) -> None:
        self._state = None

    def backends(self) -> tuple[BackendChoice, ...]:
        return self._backends

    def close(self) -> None:
        self._state = None
        self._stages = self._aside = None

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        if self._stages is None:
            raise _not_warmed_up()
        work = self._stages.chunk(request, self._state)
        with torch.inference_mode():
            self._state, images = drive(work, lambda: _stop_if(aborted))
        return Chunk(request.key, images)

    def snapshot(self) -> GeneratorSnapshot:
        return _kept(self._state)

    def restore(self, snapshot: GeneratorSnapshot) -> None:
        if snapshot.generator != SPEC.name or not isinstance(snapshot.state, FieldState | None):
            raise GeneratorError("These caches are another generator's", where=snapshot.generator)
        self._state = snapshot.state

    def prepare(self, request: ChunkRequest) -> Work[Opening]:
        if self._aside is None:
            raise _not_warmed_up()
        # Not across a pause: the mode belongs to the thread.
        state, images = yield from under(torch.inference_mode, self._aside.chunk(request, None))
        with torch.inference_mode():
            after = _kept(state)
        return Opening(request, Chunk(request.key, images), after)


class _Stages:
    """The stages of one frame in their order, with the pictures that they alternate between."""

    def __init__(self, raster: Raster, materials: Materials) -> None:
        self._raster = raster
        self._materials = materials
        lattice = Lattice()
        self._lattice = lattice
        self._forms = FormStage(lattice, raster.device)
        self._head = Head(raster)
        self._after = Afterimage(raster, lattice)
        self._grain = Grain(raster.device)
        self._light = torch.zeros((LATTICE, LATTICE), device=raster.device)
        # One is committed while a chunk under way alternates between the two others.
        shape = (FRAME_SIZE, FRAME_SIZE, 4)
        self._pictures = tuple(torch.zeros(shape, device=raster.device) for _ in range(3))
        self._tile: tuple[Look, Tensor] | None = None
        self._table: tuple[Look, float, float, Tensor] | None = None

    def chunk(
        self, request: ChunkRequest, committed: FieldState | None
    ) -> Work[tuple[FieldState, tuple[RgbxImage, ...]]]:
        """The chunk after `committed`, which is not touched; None: after a reset."""
        goal = np.array([request.values[name] for name in _IDS], np.float64)
        look = blend(request.prompt)
        state = start = committed or _fresh(request.key, goal, look)
        advance = _advance(start.senses, request.frames)
        images: list[RgbxImage] = []
        for position in range(CHUNK_FRAMES):
            share = (position + 1) / CHUNK_FRAMES
            last = position + 1 == CHUNK_FRAMES
            state, image = yield from self._frame(
                state,
                request,
                position=position,
                frame=request.frames[min(position, len(request.frames) - 1)] if request.frames else None,
                advance=advance,
                values=goal if last else start.values + share * (goal - start.values),
                look=start.look.toward(look, share),
                committed=None if committed is None else committed.picture,
            )
            images.append(image)
        return state, tuple(images)

    def _frame(
        self,
        state: FieldState,
        request: ChunkRequest,
        *,
        position: int,
        frame: InputFrame | None,
        advance: float,
        values: npt.NDArray[np.float64],
        look: Look,
        committed: Tensor | None,
    ) -> Work[tuple[FieldState, RgbxImage]]:
        """One frame after `state`; neither it nor the committed picture is touched."""
        yield
        v = dict(zip(_IDS, values.tolist(), strict=True))
        seconds = request.period_ns / NS_PER_SECOND
        luck = draw(request.key, position)

        senses = self._sense(state.senses, request, frame, advance)
        clocks = field_clocks.advanced(state.clocks, v, look, seconds)
        forms = self._forms.shape(v, look, senses, clocks, self._light)
        yield
        self._head.read_forms(forms.planes)
        self._head.read_material(self._tile_of(look), forms.first, forms.second)
        yield
        picture = next(spare for spare in self._pictures if spare is not state.picture and spare is not committed)
        self._head.compose(
            mix_of(v, look, senses, clocks, luck), self._table_of(v, look), self._grain.window(luck), picture
        )
        yield
        if state.picture is not None:
            self._after.mix_in(
                state.picture, picture, self._head.presence, forms.potential, v, look, senses, seconds * _REFERENCE_FPS
            )
        image = self._after.finish(picture, v, look)
        return FieldState(picture=picture, senses=senses, clocks=clocks, values=values, look=look), image

    def _sense(self, before: Senses, request: ChunkRequest, frame: InputFrame | None, advance: float) -> Senses:
        if frame is None:
            self._head.light.fill_(_DARK_ROOM)
            self._head.edge.zero_()
            self._light.fill_(_DARK_ROOM)
        else:
            self._raster.ingest(frame.image, self._head.light, self._head.edge)
            self._raster.shrink(self._head.light, self._light)
        return sense(
            self._lattice,
            before,
            frame=frame,
            control=request.control,
            now_ns=request.now_ns,
            light=self._light.cpu(),
            advance=advance,
        )

    def _tile_of(self, look: Look) -> Tensor:
        if self._tile is not None:
            made_for, tile = self._tile
            if made_for is look or np.array_equal(made_for.traits[:TEXTURES], look.traits[:TEXTURES]):
                return tile
        tile = torch.from_numpy(self._materials.mix(look.traits)).to(self._raster.device)
        self._tile = (look, tile)
        return tile

    def _table_of(self, values: Mapping[str, float], look: Look) -> Tensor:
        hue, contrast = values[p.HUE], contrast_of(values, look)
        if self._table is not None and self._table[0] is look and self._table[1:3] == (hue, contrast):
            return self._table[3]
        table = colour_table(
            look.ramp,
            hue_degrees=hue,
            chroma=look[Trait.CHROMA],
            contrast=contrast,
            dark=look[Trait.DARK],
            gloss=look[Trait.GLOSS],
            cut=look[Trait.CUT],
        )
        on_device = torch.from_numpy(table).to(self._raster.device)
        self._table = (look, hue, contrast, on_device)
        return on_device


def _stop_if(aborted: Callable[[], bool]) -> None:
    if aborted():
        raise ChunkAbortedError


def _not_warmed_up() -> GeneratorError:
    return GeneratorError("The field was asked for pictures before its warm-up", where=SPEC.name)


def _kept(state: FieldState | None) -> GeneratorSnapshot:
    """A state that the coming frames do not paint over: of all its parts, only the picture is ever used again."""
    if state is None:
        return GeneratorSnapshot(SPEC.name, 0, None)
    picture = None if state.picture is None else state.picture.clone()
    senses = state.senses
    held = [senses.depth, senses.near, senses.flow, *([] if picture is None else [picture])]
    return GeneratorSnapshot(SPEC.name, sum(part.nbytes for part in held), replace(state, picture=picture))


def _fresh(key: ChunkKey, values: npt.NDArray[np.float64], look: Look) -> FieldState:
    return FieldState(
        picture=None, senses=blank_senses(), clocks=field_clocks.started(origin_s(key)), values=values, look=look
    )


def _advance(senses: Senses, frames: tuple[InputFrame, ...]) -> float:
    """Input frames per output frame, as the frame numbers of this chunk and the last one show it."""
    if not frames:
        return 0.0
    before = senses.last_frame_id if senses.last_frame_id >= 0 else frames[0].frame_id - 1
    return min(max((frames[-1].frame_id - before) / len(frames), 0.0), _MAX_ADVANCE)


def _rehearsal() -> ChunkRequest:
    """A request that goes through every stage."""
    image = np.zeros((FRAME_SIZE, FRAME_SIZE, 3), np.uint8)
    return ChunkRequest(
        key=ChunkKey(0, 0, 0),
        frames=tuple(InputFrame(index, 0, 0, image) for index in range(CHUNK_FRAMES)),
        control=None,
        now_ns=0,
        period_ns=NS_PER_SECOND // 30,
        values=p.PARAMETERS.defaults(),
        prompt=PromptBlend((("", 1.0),)),
    )
