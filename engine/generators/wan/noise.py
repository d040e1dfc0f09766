"""Gaussian noise as a function of (seed, epoch, chunk, step): the same on every machine and device.

Drawn on the host from Philox (Salmon et al. 2011), a counter-based generator whose key and counter *are* that
tuple: two draws can only meet where the tuples do. torch's own host generator cannot promise that, since it
keeps only the lower 32 bits of a seed.
"""

import numpy as np
import torch
from torch import Tensor

from engine.generators.base import ChunkKey

_WORD = (1 << 64) - 1


def draw_noise(key: ChunkKey, step: int, out: Tensor) -> None:
    """Fill a contiguous float32 tensor on the host with N(0, 1)."""
    source = np.random.Philox(
        key=np.array([key.seed & _WORD, key.epoch & _WORD], np.uint64),
        counter=np.array([0, step & _WORD, key.index & _WORD, 0], np.uint64),
    )
    np.random.Generator(source).standard_normal(dtype=np.float32, out=out.numpy())


class NoiseBuffer:
    """The noise of one chunk, uploaded in one copy that nothing waits for.

    Args:
        steps: how many draws a chunk needs; shape: of one draw.

    Attributes:
        values: float32 [steps, *shape] on the device, at a fixed address.
    """

    def __init__(self, steps: int, shape: tuple[int, ...], device: torch.device) -> None:
        on_gpu = device.type == "cuda"
        self.values = torch.zeros((steps, *shape), device=device)
        self._staging = torch.zeros((steps, *shape), pin_memory=on_gpu) if on_gpu else self.values
        self._uploaded = torch.cuda.Event() if on_gpu else None  # type: ignore[no-untyped-call]

    def fill(self, key: ChunkKey) -> None:
        """Draw all noise of a chunk."""
        if self._uploaded is not None:
            self._uploaded.synchronize()  # the last chunk's upload, long done: the staging memory is free
        for step, values in enumerate(self._staging):
            draw_noise(key, step, values)
        if self._uploaded is not None:
            self.values.copy_(self._staging, non_blocking=True)
            self._uploaded.record()
