"""Noise that is a function of (seed, epoch, index, frame) and of nothing else."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
import torch
from torch import Tensor

from engine.generators.base import ChunkKey
from engine.messages.frame import FRAME_SIZE

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


class Grain:
    """A tile of Gaussian noise, read through a window that jumps with every frame."""

    def __init__(self, device: torch.device) -> None:
        side = FRAME_SIZE + _SPARE
        values = np.random.default_rng(0x6772_6169).standard_normal((side, side), dtype=np.float32)
        self._tile = torch.from_numpy(values).to(device)

    def window(self, place: Draw) -> Tensor:
        """float32 [FRAME_SIZE, FRAME_SIZE], a view."""
        return self._tile[place.y : place.y + FRAME_SIZE, place.x : place.x + FRAME_SIZE]
