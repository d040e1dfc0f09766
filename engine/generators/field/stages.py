"""One chunk: from a request and the state before it to pictures and the state after it."""

from collections.abc import Mapping
from typing import Final, Generic

import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_SECOND
from engine.generators.base import ChunkKey, ChunkRequest
from engine.generators.field import clocks as field_clocks
from engine.generators.field import parameters as p
from engine.generators.field.carrying import carry_of, glow_of
from engine.generators.field.colour import colour_table
from engine.generators.field.lattice import Lattice, Plane
from engine.generators.field.look import blend
from engine.generators.field.materials import Materials
from engine.generators.field.mixing import contrast_of, mix_of
from engine.generators.field.noise import draw, origin_s
from engine.generators.field.painter import F, Fetch, Painter, Scheme, at_hand
from engine.generators.field.senses import blank_senses, on_lattice, sense
from engine.generators.field.shaping import shape_of
from engine.generators.field.state import FieldState, P, Senses
from engine.generators.field.traits import TEXTURES, Look, Trait
from engine.generators.field.trunk import Trunk
from engine.messages.frame import ControlMap, InputFrame, RgbxImage
from engine.steps import Work

_IDS: Final = tuple(p.PARAMETERS)
_PLACES: Final = {name: place for place, name in enumerate(_IDS)}
_REFERENCE_FPS: Final = 30.0
"""Rates of feedback are written per frame at this rate and converted to the request's."""

_MAX_ADVANCE: Final = 2.0
"""Input frames per output frame that motion is scaled to, at most."""


class Stages(Generic[P, F]):
    """The stages of one frame in their order, with the pictures that they alternate between.

    Args:
        chunk_frames: frames of a chunk.
    """

    def __init__(
        self,
        painter: Painter[P, F],
        lattice: Lattice,
        trunk: Trunk,
        materials: Materials,
        chunk_frames: int,
        fetch: Fetch[F] = at_hand,
    ) -> None:
        self._chunk_frames = chunk_frames
        self._painter = painter
        self._fetch = fetch
        self._lattice = lattice
        self._trunk = trunk
        self._materials = materials
        # One is committed while a chunk under way alternates between the two others.
        self._pictures = tuple(painter.blank() for _ in range(3))
        self._tile: tuple[Look, Plane] | None = None
        self._table: tuple[Look, float, float, npt.NDArray[np.float32]] | None = None

    def chunk(
        self, request: ChunkRequest, committed: FieldState[P] | None
    ) -> Work[tuple[FieldState[P], tuple[RgbxImage, ...]]]:
        """The chunk after `committed`, which is not touched; None: after a reset."""
        goal = np.array([request.values[name] for name in _IDS], np.float64)
        tracks = [(_PLACES[name], track) for name, track in request.tracks.items() if name in _PLACES]
        look = blend(request.prompt)
        state = start = committed or self._fresh(request.key, goal, look)
        advance = _advance(start.senses, request.frames)
        control = on_lattice(self._lattice, request.control)
        frames: list[F] = []
        for position in range(self._chunk_frames):
            share = (position + 1) / self._chunk_frames
            last = position + 1 == self._chunk_frames
            values = goal.copy() if last else start.values + share * (goal - start.values)
            for place, track in tracks:
                values[place] = track[position]
            state, painted = yield from self._frame(
                state,
                request,
                position=position,
                frame=request.frames[min(position, len(request.frames) - 1)] if request.frames else None,
                control=control,
                advance=advance,
                values=values,
                look=start.look.toward(look, share),
                committed=None if committed is None else committed.picture,
            )
            frames.append(painted)
        return state, self._fetch(frames)

    def _frame(
        self,
        state: FieldState[P],
        request: ChunkRequest,
        *,
        position: int,
        frame: InputFrame | None,
        control: ControlMap | None,
        advance: float,
        values: npt.NDArray[np.float64],
        look: Look,
        committed: P | None,
    ) -> Work[tuple[FieldState[P], F]]:
        """One frame after `state`; neither it nor the committed picture is touched."""
        yield
        v = dict(zip(_IDS, values.tolist(), strict=True))
        seconds = request.period_ns / NS_PER_SECOND
        luck = draw(request.key, position)
        light = self._painter.see(None if frame is None else frame.image)
        senses = sense(
            self._lattice,
            state.senses,
            frame=frame,
            control=control,
            now_ns=request.now_ns,
            light=light,
            advance=advance,
            left=self._chunk_frames - position,
        )
        clocks = field_clocks.advanced(state.clocks, v, look, seconds)
        yield
        tile, table = self._tile_of(look), self._table_of(v, look)
        yield
        scheme = Scheme(
            senses=senses,
            light=light,
            shape=shape_of(self._trunk, v, look, senses, clocks),
            mix=mix_of(v, look, senses, clocks, luck),
            carry=None if state.picture is None else carry_of(v, look, senses, seconds * _REFERENCE_FPS),
            glow=glow_of(v, look),
            luck=luck,
            tile=tile,
            table=table,
        )
        picture = next(spare for spare in self._pictures if spare is not state.picture and spare is not committed)
        painted = yield from self._painter.paint(scheme, state.picture, picture)
        return FieldState(picture=picture, senses=senses, clocks=clocks, values=values, look=look), painted

    def _fresh(self, key: ChunkKey, values: npt.NDArray[np.float64], look: Look) -> FieldState[P]:
        clocks = field_clocks.started(origin_s(key))
        return FieldState(picture=None, senses=blank_senses(self._lattice), clocks=clocks, values=values, look=look)

    def _tile_of(self, look: Look) -> Plane:
        if self._tile is not None:
            made_for, tile = self._tile
            if made_for is look or np.array_equal(made_for.traits[:TEXTURES], look.traits[:TEXTURES]):
                return tile
        tile = self._materials.mix(look.traits)
        self._tile = (look, tile)
        return tile

    def _table_of(self, values: Mapping[str, float], look: Look) -> npt.NDArray[np.float32]:
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
        self._table = (look, hue, contrast, table)
        return table


def _advance(senses: Senses, frames: tuple[InputFrame, ...]) -> float:
    """Input frames per output frame, as the frame numbers of this chunk and the last one show it."""
    if not frames:
        return 0.0
    before = senses.last_frame_id if senses.last_frame_id >= 0 else frames[0].frame_id - 1
    return min(max((frames[-1].frame_id - before) / len(frames), 0.0), _MAX_ADVANCE)
