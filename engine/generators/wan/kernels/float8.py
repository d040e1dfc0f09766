"""The float8 format of the fast matrix products: e4m3, three bits of mantissa, no infinities."""

from typing import Final

import torch

FP8: Final = torch.float8_e4m3fn
FP8_MAX: Final = torch.finfo(FP8).max
"""448."""
FP8_CAPABILITY: Final = (8, 9)
"""The first compute capability with fp8 conversions and matrix units."""
