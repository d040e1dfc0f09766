"""Noise that is a function of (seed, epoch, index, frame) and of nothing else."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.generators.base import ChunkKey

_SPARE: Final = 256
"""Texels by which the noise tile exceeds a picture: 65,536 different windows."""


@dataclass(frozen=True, slots=True)
class Draw:
    """The random numbers of one frame: a window of the noise tile and one uniform number in 0..1."""

    x: int
    y: int
    uniform: float


def draw(key: ChunkKey, frame: int) -> Draw:
    """The draw of one frame (BLAKE2b of the key: the same on every machine)."""
    text = f"{key.seed}/{key.epoch}/{key.index}/{frame}"
    digest = blake2b(text.encode("ascii"), digest_size=8).digest()
    return Draw(digest[0], digest[1], int.from_bytes(digest[4:8], "little") / 2.0**32)


def origin_s(key: ChunkKey) -> float:
    """Where the field's clock starts after a cut, in seconds: no two cuts open on the same picture."""
    digest = blake2b(f"{key.seed}/{key.epoch}".encode("ascii"), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little") / 2.0**32 * 600.0


@lru_cache(maxsize=2)
def grain_tile(width: int, height: int) -> npt.NDArray[np.float32]:
    """Gaussian noise, float32 [height + 256, width + 256], read through a window that jumps with every frame.

    The same array for all who ask; nobody writes it.
    """
    generator = np.random.default_rng(0x6772_6169)
    return generator.standard_normal((height + _SPARE, width + _SPARE), dtype=np.float32)
