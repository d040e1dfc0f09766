"""The generator itself: one call makes one chunk, and replaces the state only when it is complete."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.clock import NS_PER_SECOND
from engine.errors import GeneratorError
from engine.events import BackendChoice
from engine.frame import FRAME_SIZE, InputFrame, RgbxImage
from engine.generators.base import Chunk, ChunkAbortedError, ChunkRequest, GeneratorSpec
from engine.generators.field import parameters as p
from engine.generators.field.colour import TABLE_HUES, TABLE_LIGHTS, colour_table
from engine.generators.field.currents import carry_matrix, carry_places
from engine.generators.field.head import PLANES, Head, Mix
from engine.generators.field.look import blend
from engine.generators.field.materials import TILE, Materials, make_tile
from engine.generators.field.noise import Draw, Grain, draw, origin_s
from engine.generators.field.places import folded, material_places
from engine.generators.field.raster import CpuRaster, Raster, TorchRaster
from engine.generators.field.senses import LATTICE, Lattice, Senses, blank_senses, sense
from engine.generators.field.spec import CHUNK_FRAMES, SPEC
from engine.generators.field.state import Clocks, FieldState
from engine.generators.field.traits import TEXTURES, Look, Trait
from engine.generators.field.trunk import INPUTS, OUTPUTS, WIDTH, Trunk

_IDS: Final = tuple(p.PARAMETERS)
_INDEX: Final = {name: index for index, name in enumerate(_IDS)}
_REFERENCE_FPS: Final = 30.0
"""Rates of feedback are written per frame at this rate and converted to the request's."""


class FieldGenerator:
    """The built-in generator. Owned by one thread; see VideoGenerator."""

    def __init__(self, device: str | None = None, threads: int | None = None) -> None:
        name = device or ("cuda" if torch.cuda.is_available() else "cpu")
        if name.startswith("cuda") and not torch.cuda.is_available():
            raise GeneratorError("There is no CUDA device", where=name, remedy="Choose cpu, or install the driver.")
        self._device = torch.device(name)
        self._threads = threads or 1
        self._backends: tuple[BackendChoice, ...] = ()
        self._state: FieldState | None = None
        self._ready = False

    @property
    def spec(self) -> GeneratorSpec:
        return SPEC

    def warm_up(self) -> Iterator[float]:
        on_cpu = self._device.type == "cpu"
        if on_cpu:
            torch.set_num_threads(self._threads)
        tiles = []
        for index in range(TEXTURES):
            tiles.append(make_tile(Trait(index)))
            yield 0.8 * (index + 1) / TEXTURES
        self._materials = Materials(tiles)
        self._raster: Raster = CpuRaster() if on_cpu else TorchRaster(self._device)
        self._lattice = Lattice()
        self._trunk = Trunk(LATTICE * LATTICE, self._device)
        self._head = Head(self._raster)
        self._grain = Grain(self._device)
        self._inputs = torch.zeros((INPUTS, LATTICE * LATTICE), device=self._device)
        self._planes = torch.zeros((PLANES, LATTICE, LATTICE), device=self._device)
        self._light = torch.zeros((LATTICE, LATTICE), device=self._device)
        side = FRAME_SIZE
        # One picture may be committed while a chunk under way alternates between the two others.
        self._pictures = [torch.zeros((side, side, 4), device=self._device) for _ in range(3)]
        self._carried = torch.zeros((side, side, 4), device=self._device)
        self._work = torch.zeros((side, side, 4), device=self._device)
        self._keep = torch.zeros((side, side), device=self._device)
        self._tile_of: Look | None = None
        self._table_key: object = None
        self._ready = True
        yield 0.9
        self._backends = self._describe()
        yield 1.0

    def reset(self) -> None:
        self._state = None

    def backends(self) -> tuple[BackendChoice, ...]:
        return self._backends

    def close(self) -> None:
        self._state = None
        self._ready = False

    # ---- one chunk ----

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        if not self._ready:
            raise GeneratorError("The field has not been warmed up")
        goal = np.array([request.values[name] for name in _IDS], np.float64)
        look = blend(request.prompt)
        state = self._state or self._fresh(request, goal, look)
        from_values, from_look = state.values, state.look
        images: list[RgbxImage] = []
        with torch.inference_mode():
            for position in range(CHUNK_FRAMES):
                if aborted():
                    raise ChunkAbortedError
                share = (position + 1) / CHUNK_FRAMES
                values = goal if position + 1 == CHUNK_FRAMES else from_values + share * (goal - from_values)
                state, image = self._frame(
                    state, request, position, values, from_look.toward(look, share), aborted
                )
                images.append(image)
        self._state = state
        return Chunk(request.key, tuple(images))

    def _fresh(self, request: ChunkRequest, values: npt.NDArray[np.float64], look: Look) -> FieldState:
        clocks = Clocks(
            form_s=origin_s(request.key), angle=0.0, pulse=0.0, drift=np.zeros(2), shear=np.zeros(2), palette=0.0
        )
        return FieldState(picture=None, senses=blank_senses(), clocks=clocks, values=values, look=look)

    def _frame(
        self,
        state: FieldState,
        request: ChunkRequest,
        position: int,
        values: npt.NDArray[np.float64],
        look: Look,
        aborted: Callable[[], bool],
    ) -> tuple[FieldState, RgbxImage]:
        v = {name: float(values[index]) for name, index in _INDEX.items()}
        seconds = request.period_ns / NS_PER_SECOND
        rate = seconds * _REFERENCE_FPS
        luck = draw(request.key, position)
        frame = request.frames[min(position, len(request.frames) - 1)] if request.frames else None

        senses = self._sense(state.senses, request, frame)
        clocks = _advanced(state.clocks, v, look, seconds)
        self._fill_lattice(v, look, senses, clocks, has_input=frame is not None)
        if aborted():
            raise ChunkAbortedError
        picture = self._spare_picture(state.picture)
        mix = _mix(v, look, senses, clocks, luck)
        self._head.compose(mix, self._table(v, look), self._grain.window(luck), picture)
        if aborted():
            raise ChunkAbortedError
        if state.picture is not None:
            self._feed_back(state.picture, picture, v, look, senses, rate)
        image = self._finish(picture, v, look)
        return FieldState(picture=picture, senses=senses, clocks=clocks, values=values, look=look), image

    def _sense(self, before: Senses, request: ChunkRequest, frame: InputFrame | None) -> Senses:
        head = self._head
        if frame is None:
            head.light.fill_(0.35)
            head.edge.zero_()
            self._light.fill_(0.35)
            advance = 0.0
        else:
            self._raster.ingest(frame.image, head.light, head.edge)
            self._raster.shrink(head.light, self._light)
            known = self._state.senses.last_frame_id if self._state is not None else -1
            count = len(request.frames)
            newest = request.frames[-1].frame_id
            oldest = known if known >= 0 else request.frames[0].frame_id - 1
            advance = min(max((newest - oldest) / count, 0.0), 2.0)
        return sense(
            self._lattice,
            before,
            frame=frame,
            control=request.control,
            now_ns=request.now_ns,
            light=self._light.cpu(),
            advance=advance,
        )

    def _fill_lattice(self, v: Mapping[str, float], look: Look, senses: Senses, clocks: Clocks, *, has_input: bool) -> None:
        """Run the network on the lattice and enlarge what the head reads."""
        x, y = folded(self._lattice, min(v[p.SYMMETRY] + look[Trait.FOLD], 12.0))
        size = 2.0 ** ((0.5 - v[p.SCALE]) * 3.4)
        cos, sin = math.cos(0.5 * clocks.angle), math.sin(0.5 * clocks.angle)
        reach = size * 2.0 ** look[Trait.FREQUENCY] * 1.15
        wide, tall = 2.0 ** (-0.7 * look[Trait.STRETCH]), 2.0 ** (0.7 * look[Trait.STRETCH])
        depth = senses.depth.to(self._device)
        weight = v[p.DEPTH] * senses.trust
        bend = v[p.WARP]
        flow = senses.flow.numpy()
        speed = np.sqrt((flow * flow).sum(-1))
        motion = torch.from_numpy(np.minimum(speed * 40.0, 1.0)).to(self._device) * senses.trust
        inputs = self._inputs.view(INPUTS, LATTICE, LATTICE)
        inputs[0].copy_(torch.from_numpy((cos * x - sin * y) * np.float32(reach * wide)))
        inputs[1].copy_(torch.from_numpy((sin * x + cos * y) * np.float32(reach * tall)))
        torch.sub(depth, 0.5, out=inputs[2]).mul_(2.2 * weight * (0.4 + bend))
        torch.sub(self._light, 0.35, out=inputs[3]).mul_(1.6 * v[p.STRUCTURE] * (0.25 + bend) * float(has_input))
        torch.mul(motion, 0.9 * v[p.ENERGY] * v[p.FLOW], out=inputs[4])
        out = self._trunk.evaluate(self._inputs, look.latent, clocks.form_s, look[Trait.FACET])
        self._trunk_out = out.view(OUTPUTS, LATTICE, LATTICE)

        near = senses.near.to(self._device)
        planes = self._planes
        planes[0].copy_(self._trunk_out[0])
        planes[1].copy_(self._trunk_out[1])
        planes[2].copy_(self._trunk_out[2])
        planes[3].copy_(depth)
        planes[4].copy_(near)
        down, across = torch.gradient(depth)
        torch.sqrt(down * down + across * across, out=planes[5])
        planes[5].mul_(9.0).clamp_(0.0, 1.0)
        planes[6].copy_(motion)
        self._raster.enlarge(planes, self._head.features)

        warp = (bend * (0.25 + 0.9 * look[Trait.TURBULENCE]) * 0.75) * self._trunk_out[4:6].cpu().numpy()
        relief = (senses.depth.numpy() - 0.5) * np.float32(0.45 * weight)
        zoom = size * 0.36 * 2.0 ** look[Trait.FINE]
        first = material_places(
            x, y, zoom=zoom, angle=clocks.angle, stretch=look[Trait.STRETCH],
            bend_x=warp[0] - relief * x, bend_y=warp[1] - relief * y, drift=clocks.drift,
        )
        second = material_places(
            x, y, zoom=zoom * 0.43, angle=0.6 - 0.7 * clocks.angle, stretch=0.6 * look[Trait.STRETCH],
            bend_x=-0.8 * warp[1] - relief * x, bend_y=0.8 * warp[0] - relief * y, drift=clocks.shear,
        )
        self._head.read_material(self._tile(look), torch.from_numpy(first).to(self._device), torch.from_numpy(second).to(self._device))

    def _tile(self, look: Look) -> Tensor:
        if self._tile_of is not look:
            if self._tile_of is None or not np.array_equal(self._tile_of.traits[:TEXTURES], look.traits[:TEXTURES]):
                self._tile_now = torch.from_numpy(self._materials.mix(look.traits)).to(self._device)
            self._tile_of = look
        return self._tile_now

    def _table(self, v: Mapping[str, float], look: Look) -> Tensor:
        key = (look, v[p.HUE], v[p.CONTRAST])
        if self._table_key is None or self._table_key != key:
            table = colour_table(
                look.ramp,
                hue_degrees=v[p.HUE],
                chroma=look[Trait.CHROMA],
                contrast=min(max(2.4 * (v[p.CONTRAST] - 0.5) + 0.6 * look[Trait.CONTRAST], -1.4), 1.8),
                dark=look[Trait.DARK],
                gloss=look[Trait.GLOSS],
                cut=look[Trait.CUT],
            )
            self._table_now = torch.from_numpy(table).to(self._device)
            self._table_key = key
        return self._table_now

    def _spare_picture(self, last: Tensor | None) -> Tensor:
        committed = self._state.picture if self._state is not None else None
        return next(picture for picture in self._pictures if picture is not last and picture is not committed)

    def _feed_back(
        self, last: Tensor, picture: Tensor, v: Mapping[str, float], look: Look, senses: Senses, rate: float
    ) -> None:
        """Carry the last picture along the currents and mix it into the new one, in place."""
        amount = v[p.FEEDBACK]
        if amount <= 0.0:
            return
        pace = rate * v[p.SPEED]
        flow = v[p.FLOW]
        places = carry_places(
            self._lattice,
            potential=self._trunk_out[3].cpu().numpy(),
            flow=senses.flow.numpy(),
            swirl=pace * flow * (0.1 + 0.9 * look[Trait.SWIRL]) * 0.022,
            follow=flow * 1.8 * senses.trust,
            zoom=pace * 0.045 * min(max(v[p.ZOOM] + look[Trait.ZOOM], -1.5), 1.5),
            spin=pace * 0.04 * min(max(v[p.SPIN] + look[Trait.SPIN], -1.5), 1.5),
            drift=(pace * flow * 0.016 * look[Trait.DRIFT_X], -pace * flow * 0.016 * look[Trait.DRIFT_Y]),
        )
        self._raster.enlarge_places(torch.from_numpy(places).to(self._device), self._head.places)
        self._raster.carry(last, self._head.places, self._carried)
        matrix = carry_matrix(
            turn=rate * 0.10 * look[Trait.TURN], warmth=look[Trait.WARMTH], device=self._device
        )
        self._raster.recolour(self._carried, matrix, self._work)
        # What lies on the figure gives way to the new frame, or the silhouette would smear.
        persist = min(amount**0.8 * (0.45 + 0.75 * look[Trait.PERSIST]), 0.965) ** rate
        keep = self._keep
        torch.mul(self._head.presence, -0.75 * v[p.STRUCTURE] * (1.0 - 0.5 * amount), out=keep)
        keep.add_(1.0).mul_(persist)
        self._raster.spread(keep, self._carried)
        torch.lerp(picture, self._work, self._carried, out=self._carried)
        trail = min(amount**0.5 * (0.62 + 0.36 * look[Trait.TRAIL]), 0.975) ** rate
        self._work.mul_(trail).sub_(0.004 * rate)
        torch.maximum(self._carried, self._work, out=picture)

    def _finish(self, picture: Tensor, v: Mapping[str, float], look: Look) -> RgbxImage:
        glow = 1.3 * v[p.GLOW] * (0.35 + 1.3 * look[Trait.GLOW])
        if glow <= 0.0:
            return self._raster.to_bytes(picture)
        self._raster.halo(picture, self._work)
        # Screen, not sum: light on light never burns out.
        torch.sub(1.0, picture, out=self._carried)
        self._carried.mul_(self._work.mul_(glow).clamp_(0.0, 1.0)).add_(picture)
        return self._raster.to_bytes(self._carried)

    def _describe(self) -> tuple[BackendChoice, ...]:
        shape = f"[{OUTPUTS}<-{WIDTH}<-{WIDTH}<-{INPUTS}] x {LATTICE}x{LATTICE}"
        return (BackendChoice(component="field trunk", chosen=f"torch {self._device}", reason="", shapes=shape),)


def _smoothstep(low: float, high: float, value: float) -> float:
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


def _advanced(clocks: Clocks, v: Mapping[str, float], look: Look, seconds: float) -> Clocks:
    pace = 2.0 ** look[Trait.PACE]
    step = seconds * v[p.SPEED] * pace
    lively = 0.25 + 0.75 * min(v[p.ENERGY] / 0.55, 1.6)
    drift = np.array([-look[Trait.DRIFT_X], look[Trait.DRIFT_Y]]) * 0.22
    return Clocks(
        form_s=clocks.form_s + step * lively,
        angle=clocks.angle + step * 0.55 * (v[p.SPIN] + look[Trait.SPIN]),
        pulse=clocks.pulse + seconds * v[p.SPEED] * 2.0 * 2.0 ** (0.5 * look[Trait.PACE]),
        drift=clocks.drift + step * (drift + np.array([0.010, 0.006])),
        shear=clocks.shear + step * (0.6 * drift - np.array([0.016, 0.011])),
        palette=math.fmod(clocks.palette + step * 0.012 * (0.5 + look[Trait.BANDS]), 1.0),
    )


def _mix(v: Mapping[str, float], look: Look, senses: Senses, clocks: Clocks, luck: Draw) -> Mix:
    energy = min((v[p.ENERGY] / 0.55) ** 0.8, 1.5)
    trusted = v[p.DEPTH] * senses.trust
    beat = 0.5 + 0.5 * math.cos(2.0 * math.pi * clocks.pulse)
    gain = 1.0 + look[Trait.PULSE] * energy * 0.28 * (beat**3 - 0.3)
    gain *= 1.0 - 0.45 * look[Trait.FLICKER] * min(energy, 1.0) * luck.uniform**3
    return Mix(
        energy=energy,
        detail=look[Trait.DETAIL],
        relief=look[Trait.RELIEF] * min(energy, 1.2),
        gloss=look[Trait.GLOSS],
        relief_angle=0.8 + 0.35 * math.sin(0.21 * clocks.form_s),
        bands=look[Trait.BANDS],
        palette=clocks.palette,
        iridescence=look[Trait.IRIDESCENCE] * min(energy, 1.0),
        structure=v[p.STRUCTURE],
        depth=trusted,
        shadow=_smoothstep(0.2, 0.7, look[Trait.SHADOW]),
        low=senses.low,
        high=senses.high,
        rim=trusted * (0.06 + 1.0 * look[Trait.RIM]),
        edges=v[p.EDGES] * (0.3 + 1.5 * look[Trait.EDGE]),
        motion=0.5 * v[p.ENERGY] * v[p.FLOW],
        haze=look[Trait.HAZE],
        sparkle=look[Trait.SPARKLE] * min(energy, 1.0),
        gain=gain,
        grain=0.22 * v[p.GRAIN],
    )
