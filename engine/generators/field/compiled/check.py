"""Holds the machine code of the loops against the same loops run by the interpreter."""

from typing import Final

import numpy as np

from engine.clock import NS_PER_SECOND
from engine.generators.base import ChunkKey, ChunkRequest, PromptBlend
from engine.generators.field import parameters as p
from engine.generators.field.compiled.painter import INTERPRETED, MACHINE, CompiledPainter, Loops
from engine.generators.field.lattice import Lattice
from engine.generators.field.materials import TILE, Materials
from engine.generators.field.stages import Stages
from engine.generators.field.traits import TEXTURES
from engine.generators.field.trunk import Trunk
from engine.messages.frame import ControlMap, InputFrame, RgbxImage

_WIDTH: Final = 26
_HEIGHT: Final = 21
"""Multiples of nothing; the interpreter needs a second for two frames."""

_FRAMES: Final = 2
"""The second is painted over the first carried along."""

_LEVELS: Final = 2
"""Of 255, that a byte may be off: machine code rounds once where the interpreter rounds twice."""


def check_loops() -> None:
    """Paint two frames both ways.

    Raises:
        AssertionError: they differ.
    """
    one, other = _painted(MACHINE), _painted(INTERPRETED)
    for mine, wanted in zip(one, other, strict=True):
        off = int(np.abs(mine.astype(np.int16) - wanted.astype(np.int16)).max())
        if off > _LEVELS:
            raise AssertionError(f"a picture is off by {off} of 255")


def _painted(loops: Loops) -> tuple[RgbxImage, ...]:
    lattice, trunk = Lattice(_WIDTH, _HEIGHT), Trunk()
    rng = np.random.default_rng(1)
    # Smooth, so that rounding in the places stays rounding in the picture.
    axis = np.arange(TILE, dtype=np.float32) * np.float32(2.0 * np.pi / TILE)
    waves = [np.sin((n + 1) * axis)[:, None] * np.cos((5 - n) * axis)[None, :] for n in range(TEXTURES)]
    materials = Materials(waves)
    stages = Stages(CompiledPainter(lattice, trunk, loops=loops), lattice, trunk, materials, _FRAMES)
    shape = (_HEIGHT, _WIDTH, 3)
    frames = tuple(InputFrame(index, 0, 0, rng.integers(0, 256, shape, np.uint8)) for index in range(_FRAMES))
    depth = rng.random(lattice.shape, dtype=np.float32)
    flow = 0.05 * rng.standard_normal((*lattice.shape, 2), dtype=np.float32)
    request = ChunkRequest(
        key=ChunkKey(0, 0, 0),
        frames=frames,
        control=ControlMap(0, 0, 0, depth, flow),
        now_ns=0,
        period_ns=NS_PER_SECOND // 30,
        values={**p.PARAMETERS.defaults(), p.EDGES: 0.7, p.SYMMETRY: 3.0, p.FEEDBACK: 0.8, p.GRAIN: 0.5},
        prompt=PromptBlend((("neon circuit silhouette haze sparkle iridescent trail", 1.0),)),
    )
    work = stages.chunk(request, None)
    while True:
        try:
            next(work)
        except StopIteration as done:
            _, images = done.value
            return tuple(images)
