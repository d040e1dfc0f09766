"""The numbers that change from frame to frame, by place in the block that goes up to the device."""

import math
from collections.abc import Sequence
from enum import IntEnum, auto
from typing import Final

from engine.generators.field.carrying import Carry
from engine.generators.field.lattice import Lattice
from engine.generators.field.mixing import Mix
from engine.generators.field.painter import DARK_ROOM, Scheme
from engine.generators.field.shaping import FULL_RIM, Shape


class Number(IntEnum):
    """What each number is multiplied with, added to, or taken for."""

    # the input
    SEEN = 0  # 1: there is a picture, 0: a dark room
    DARK = auto()  # luminance where there is none
    # the lattice stage
    MIRROR = auto()  # 0 plain .. 1 the left half is the right one's image
    WEDGED = auto()  # 1: a kaleidoscope, 0: none
    WEDGES = auto()  # pairs of wedges in a radian
    WEDGE = auto()  # radians of a pair of wedges
    DEPTH_IN = auto()
    LIGHT_IN = auto()
    MOTION_IN = auto()
    FULL_MOTION = auto()
    FACET = auto()
    WARP = auto()
    BEND = auto()
    # the head: figure
    ENERGY = auto()
    LOW = auto()
    SPREAD = auto()
    DEPTH_SHARE = auto()
    NEARNESS = auto()
    SHADOW = auto()
    # the head: relief
    HEIGHT_MATERIAL = auto()
    HEIGHT_FORM = auto()
    HEIGHT_DEPTH = auto()
    HEIGHT_FIGURE = auto()
    ACROSS = auto()
    DOWN = auto()
    # the head: light
    LIGHT_FORM = auto()
    LIGHT_BASE = auto()
    LIGHT_MATERIAL = auto()
    LIGHT_RELIEF = auto()
    HAZE_NEAR = auto()
    HAZE_BASE = auto()
    HAZE_KEEPS = auto()
    GLOSS_SLOPE = auto()
    GLOSS = auto()
    FIGURE_GAIN = auto()
    GROUND = auto()
    FIGURE_LIGHT = auto()
    FIGURE_LOSS = auto()
    SPARKLE = auto()
    RIM = auto()
    FULL_RIM = auto()
    EDGES = auto()
    MOTION = auto()
    GRAIN = auto()
    GAIN = auto()
    # the head: phase along the palette
    PHASE_FORM = auto()
    PHASE_BASE = auto()
    PHASE_MATERIAL = auto()
    PHASE_FIGURE = auto()
    PHASE_DEPTH = auto()
    PHASE_RELIEF = auto()
    # what is carried
    CURL_X = auto()
    CURL_Y = auto()
    ZOOM = auto()
    SPIN = auto()
    DRIFT_X = auto()
    DRIFT_Y = auto()
    FOLLOW_X = auto()
    FOLLOW_Y = auto()
    PERSIST = auto()
    YIELDS = auto()
    TRAIL = auto()
    LOSS = auto()
    CUT_OUT = auto()
    # what is laid over
    GLOW = auto()


_NOTHING: Final = 0.0


def numbers_of(scheme: Scheme, lattice: Lattice, *, seen: bool) -> Sequence[float]:
    """The numbers of a frame, in the order of Number.

    Args:
        seen: whether there is a picture of the input.
    """
    out = [_NOTHING] * len(Number)
    out[Number.SEEN], out[Number.DARK] = (1.0, 0.0) if seen else (0.0, DARK_ROOM)
    _shape(out, scheme.shape)
    _figure(out, scheme.mix, lattice)
    _light(out, scheme.mix)
    _phase(out, scheme.mix)
    if scheme.carry is not None:
        _carry(out, scheme.carry, lattice)
    out[Number.GLOW] = max(scheme.glow, 0.0)
    return out


def _shape(out: list[float], shape: Shape) -> None:
    out[Number.MIRROR] = min(max(shape.fold, 0.0), 1.0)
    if shape.fold > 1.0:
        out[Number.WEDGED] = 1.0
        out[Number.WEDGES] = shape.fold / (2.0 * math.pi)
        out[Number.WEDGE] = 2.0 * math.pi / shape.fold
    out[Number.DEPTH_IN] = shape.depth
    out[Number.LIGHT_IN] = shape.light
    out[Number.MOTION_IN] = shape.motion
    out[Number.FULL_MOTION] = shape.full_motion
    out[Number.FACET] = shape.facet
    out[Number.WARP] = shape.warp
    out[Number.BEND] = shape.relief


def _figure(out: list[float], mix: Mix, lattice: Lattice) -> None:
    out[Number.ENERGY] = mix.energy
    out[Number.LOW] = mix.low
    out[Number.SPREAD] = 1.0 / (mix.high - mix.low)
    out[Number.DEPTH_SHARE] = 0.8 * mix.depth
    out[Number.NEARNESS] = min(1.6 * mix.depth, 1.0)
    out[Number.SHADOW] = mix.shadow
    out[Number.HEIGHT_MATERIAL] = 0.9 * mix.detail + 0.1
    out[Number.HEIGHT_FORM] = 1.6 * mix.energy
    out[Number.HEIGHT_DEPTH] = 7.0 * mix.depth
    out[Number.HEIGHT_FIGURE] = 1.1 * mix.structure * mix.energy
    out[Number.ACROSS] = math.cos(mix.relief_angle) / lattice.pixel
    out[Number.DOWN] = math.sin(mix.relief_angle) / lattice.pixel
    out[Number.FULL_RIM] = FULL_RIM / lattice.coarse


def _light(out: list[float], mix: Mix) -> None:
    s = mix.structure
    out[Number.LIGHT_FORM] = mix.energy * (0.34 - 0.16 * mix.detail)
    out[Number.LIGHT_BASE] = 0.42 + 0.06 * mix.energy
    out[Number.LIGHT_MATERIAL] = 0.24 * mix.detail
    out[Number.LIGHT_RELIEF] = 0.55 * mix.relief
    out[Number.HAZE_NEAR] = -0.27 * mix.haze * min(2.0 * mix.depth, 1.0)
    out[Number.HAZE_BASE] = 0.27 * mix.haze
    out[Number.HAZE_KEEPS] = 1.0 - 0.35 * mix.haze
    out[Number.GLOSS_SLOPE] = 2.4 * mix.relief
    out[Number.GLOSS] = 0.9 * mix.gloss
    out[Number.FIGURE_GAIN] = 1.15 * s
    out[Number.GROUND] = 1.0 - 0.35 * s - 0.45 * s * s
    out[Number.FIGURE_LIGHT] = 0.22 * s
    out[Number.FIGURE_LOSS] = 0.06 * s * s
    out[Number.SPARKLE] = 0.8 * mix.sparkle
    out[Number.RIM] = mix.rim
    out[Number.EDGES] = mix.edges
    out[Number.MOTION] = mix.motion
    out[Number.GRAIN] = mix.grain
    out[Number.GAIN] = mix.gain


def _phase(out: list[float], mix: Mix) -> None:
    out[Number.PHASE_FORM] = 0.42 * mix.bands * mix.energy
    out[Number.PHASE_BASE] = mix.palette + 64.0
    out[Number.PHASE_MATERIAL] = 0.09 * mix.bands * mix.detail
    out[Number.PHASE_FIGURE] = mix.structure * (0.10 + 0.22 * mix.bands)
    out[Number.PHASE_DEPTH] = 0.45 * mix.depth * mix.bands
    out[Number.PHASE_RELIEF] = 0.5 * mix.iridescence


def _carry(out: list[float], carry: Carry, lattice: Lattice) -> None:
    unit, width, height = lattice.unit, lattice.width, lattice.height
    out[Number.CURL_X] = carry.swirl * unit * lattice.rows / height / 2.0
    out[Number.CURL_Y] = carry.swirl * unit * lattice.columns / width / 2.0
    out[Number.ZOOM] = carry.zoom
    out[Number.SPIN] = carry.spin
    out[Number.DRIFT_X] = carry.drift_x
    out[Number.DRIFT_Y] = carry.drift_y
    out[Number.FOLLOW_X] = carry.follow * width / unit
    out[Number.FOLLOW_Y] = carry.follow * height / unit
    out[Number.PERSIST] = carry.persist
    out[Number.YIELDS] = carry.persist * carry.yielding
    out[Number.TRAIL] = carry.trail
    out[Number.LOSS] = carry.loss
    out[Number.CUT_OUT] = carry.shadow
