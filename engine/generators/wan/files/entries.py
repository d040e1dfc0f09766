"""What a file says of one tensor, and the kinds of numbers that are read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

DTYPES: Final = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
"""Kinds of numbers by the names that safetensors gives them; others are in no file of weights known here."""

PLAIN: Final = "Choose one whose numbers are bfloat16, float16, float32 or fp8 (e4m3, e5m2)."
"""What to do about the others."""


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """What a file says of one tensor; `read` takes it to a device, in this dtype."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    read: Callable[[torch.device], Tensor]

    @property
    def bytes(self) -> int:
        return torch.Size(self.shape).numel() * self.dtype.itemsize


def all_finite(tensor: Tensor) -> bool:
    """Whether every value is a number; without a second tensor of its size, fp8 apart."""
    if tensor.numel() == 0 or not tensor.is_floating_point():
        return True
    if tensor.dtype.itemsize == 1:
        tensor = tensor.float()  # torch counts no fp8
    low, high = torch.aminmax(tensor)  # NaN wins both
    return bool((low.isfinite() & high.isfinite()).item())
