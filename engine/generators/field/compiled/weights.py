"""The numbers that the loops read, in one vector, by name: what the head's formula has for constants of a frame."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.generators.field.carrying import Carry
from engine.generators.field.colour import LIGHT_RANGE, TABLE_LIGHTS
from engine.generators.field.lattice import Lattice
from engine.generators.field.mixing import EDGE_FLOOR, EDGE_FULL, Mix
from engine.generators.field.places import Turn
from engine.generators.field.shaping import FULL_RIM as RIM_GAIN
from engine.generators.field.shaping import Shape

# the network's inputs: x = XX x + XY y …
VIEW_XX: Final = 0
VIEW_XY: Final = 1
VIEW_YX: Final = 2
VIEW_YY: Final = 3
IN_DEPTH: Final = 4
IN_LIGHT: Final = 5
IN_MOTION: Final = 6
FULL_MOTION: Final = 7
FACET: Final = 8
WARP: Final = 9
BEND: Final = 10
# the material's places
FIRST_XX: Final = 11
FIRST_XY: Final = 12
FIRST_YX: Final = 13
FIRST_YY: Final = 14
FIRST_X: Final = 15
FIRST_Y: Final = 16
SECOND_XX: Final = 17
SECOND_XY: Final = 18
SECOND_YX: Final = 19
SECOND_YY: Final = 20
SECOND_X: Final = 21
SECOND_Y: Final = 22
# the carried picture's places
CURL_X: Final = 23
CURL_Y: Final = 24
ZOOM: Final = 25
SPIN: Final = 26
DRIFT_X: Final = 27
DRIFT_Y: Final = 28
FOLLOW_X: Final = 29
FOLLOW_Y: Final = 30
UNIT: Final = 31
MIDDLE_X: Final = 32
MIDDLE_Y: Final = 33
# what the lattice adds to height, light, and phase
HEIGHT_PHASE: Final = 34
HEIGHT_DEPTH: Final = 35
LIGHT_FORM: Final = 36
LIGHT_BASE: Final = 37
LIGHT_NEAR: Final = 38
RIM: Final = 39
MOTION: Final = 40
PHASE_FORM: Final = 41
PHASE_DEPTH: Final = 42
PALETTE: Final = 43
# the picture
ENERGY: Final = 44
SEEN_GAIN: Final = 45
SEEN_BASE: Final = 46
NEAR_SHARE: Final = 47
NEAR_PRESENCE: Final = 48
SHADOW: Final = 49
HEIGHT_TEXTURE: Final = 50
HEIGHT_FIGURE: Final = 51
ACROSS: Final = 52
DOWN: Final = 53
LIGHT_TEXTURE: Final = 54
LIGHT_SHADE: Final = 55
GLOSS_SLOPE: Final = 56
GLOSS: Final = 57
FIGURE_GAIN: Final = 58
GROUND: Final = 59
FIGURE_LIGHT: Final = 60
FIGURE_LOSS: Final = 61
SPARKLE: Final = 62
EDGES: Final = 63
GRAIN: Final = 64
TABLE_ROWS: Final = 65
PHASE_TEXTURE: Final = 66
PHASE_FIGURE: Final = 67
PHASE_SHADE: Final = 68
# feedback
PERSIST: Final = 69
YIELDING: Final = 70
TRAIL: Final = 71
LOSS: Final = 72
HIDING: Final = 73
# the input's outlines
EDGE_GAIN: Final = 74
EDGE_BASE: Final = 75
# the step of depth to the next lattice point that has full rim light
FULL_RIM: Final = 76
COUNT: Final = 77

Weights = npt.NDArray[np.float32]


def put_shape(w: Weights, shape: Shape) -> None:
    """What the lattice stage reads."""
    view = shape.view
    w[VIEW_XX : VIEW_YY + 1] = view.xx, view.xy, view.yx, view.yy
    w[IN_DEPTH], w[IN_LIGHT], w[IN_MOTION] = shape.depth, shape.light, shape.motion
    w[FULL_MOTION], w[FACET], w[WARP], w[BEND] = shape.full_motion, shape.facet, shape.warp, shape.relief
    w[FIRST_XX : FIRST_Y + 1] = _six(shape.first)
    w[SECOND_XX : SECOND_Y + 1] = _six(shape.second)


def put_mix(w: Weights, mix: Mix, lattice: Lattice) -> None:
    """What the head reads: the formula of reference.head, with its constants multiplied out."""
    energy, detail, s = mix.energy, mix.detail, mix.structure
    w[ENERGY] = energy
    w[SEEN_GAIN] = 1.0 / (mix.high - mix.low)
    w[SEEN_BASE] = -mix.low / (mix.high - mix.low)
    w[NEAR_SHARE] = 0.8 * mix.depth
    w[NEAR_PRESENCE] = min(1.6 * mix.depth, 1.0)
    w[SHADOW] = mix.shadow
    w[HEIGHT_PHASE] = 1.6 * energy
    w[HEIGHT_DEPTH] = 7.0 * mix.depth
    w[HEIGHT_TEXTURE] = 0.9 * detail + 0.1
    w[HEIGHT_FIGURE] = 1.1 * s * energy
    w[ACROSS] = math.cos(mix.relief_angle) / lattice.pixel
    w[DOWN] = math.sin(mix.relief_angle) / lattice.pixel
    w[FULL_RIM] = RIM_GAIN / lattice.coarse
    clear = 1.0 - 0.35 * mix.haze
    w[LIGHT_FORM] = clear * energy * (0.34 - 0.16 * detail)
    w[LIGHT_BASE] = clear * (0.42 + 0.06 * energy) + 0.27 * mix.haze
    w[LIGHT_NEAR] = -0.27 * mix.haze * min(2.0 * mix.depth, 1.0)
    w[LIGHT_TEXTURE] = clear * 0.24 * detail
    w[LIGHT_SHADE] = clear * 0.55 * mix.relief
    w[GLOSS_SLOPE], w[GLOSS] = 2.4 * mix.relief, 0.9 * mix.gloss
    w[FIGURE_GAIN], w[GROUND] = 1.15 * s, 1.0 - 0.35 * s - 0.45 * s * s
    w[FIGURE_LIGHT], w[FIGURE_LOSS] = 0.22 * s, 0.06 * s * s
    w[SPARKLE], w[EDGES], w[RIM], w[MOTION] = 0.8 * mix.sparkle, mix.edges, mix.rim, mix.motion
    w[EDGE_GAIN], w[EDGE_BASE] = 1.0 / (255.0 * (EDGE_FULL - EDGE_FLOOR)), -EDGE_FLOOR / (EDGE_FULL - EDGE_FLOOR)
    w[GRAIN] = mix.grain
    w[TABLE_ROWS] = mix.gain * (TABLE_LIGHTS - 1) / LIGHT_RANGE
    w[PHASE_FORM] = 0.42 * mix.bands * energy
    w[PHASE_DEPTH] = 0.45 * mix.depth * mix.bands
    w[PALETTE] = mix.palette
    w[PHASE_TEXTURE] = 0.09 * mix.bands * detail
    w[PHASE_FIGURE] = s * (0.10 + 0.22 * mix.bands)
    w[PHASE_SHADE] = 0.5 * mix.iridescence


def put_carry(w: Weights, carry: Carry, lattice: Lattice) -> None:
    """What feedback reads."""
    unit, width, height = lattice.unit, lattice.width, lattice.height
    w[CURL_X] = carry.swirl * unit * lattice.rows / height / 2.0
    w[CURL_Y] = carry.swirl * unit * lattice.columns / width / 2.0
    w[ZOOM], w[SPIN], w[DRIFT_X], w[DRIFT_Y] = carry.zoom, carry.spin, carry.drift_x, carry.drift_y
    w[FOLLOW_X], w[FOLLOW_Y] = carry.follow * width / unit, carry.follow * height / unit
    w[UNIT], w[MIDDLE_X], w[MIDDLE_Y] = unit, width / 2.0 - 0.5, height / 2.0 - 0.5
    w[PERSIST], w[YIELDING] = carry.persist, carry.persist * carry.yielding
    w[TRAIL], w[LOSS], w[HIDING] = carry.trail, carry.loss, carry.shadow


def _six(turn: Turn) -> tuple[float, ...]:
    return turn.xx, turn.xy, turn.yx, turn.yy, turn.x0, turn.y0
