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
    """Noise on the device, one draw per denoise step, at fixed addresses.

    Each is drawn just before its step is launched, while the device still works on the step before.

    Args:
        steps: draws per chunk; shape: of one draw.
    """

    def __init__(self, steps: int, shape: tuple[int, ...], device: torch.device) -> None:
        on_gpu = device.type == "cuda"
        self._values = torch.zeros((steps, *shape), device=device)
        self._staging = torch.zeros((steps, *shape), pin_memory=True) if on_gpu else self._values
        self._uploads = [_event() for _ in range(steps)] if on_gpu else []

    def draw(self, key: ChunkKey, step: int) -> Tensor:
        """The noise of one step of a chunk, float32 [*shape]; overwritten by the next chunk's."""
        if self._uploads:
            self._uploads[step].synchronize()  # the last chunk's upload, long done: its staging memory is free
        draw_noise(key, step, self._staging[step])
        if self._uploads:
            self._values[step].copy_(self._staging[step], non_blocking=True)
            self._uploads[step].record()
        return self._values[step]


def _event() -> torch.cuda.Event:
    return torch.cuda.Event()  # type: ignore[no-untyped-call]
