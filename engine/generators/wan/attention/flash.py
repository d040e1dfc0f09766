"""FlashAttention as separate packages: 2 (`flash_attn`), 3 (`flash_attn_interface`), 4 (`flash_attn.cute`).

Each is imported when it is asked for; none is a dependency. The classes are ours, so that the three
generations' different ways of returning the log-sum-exp end here.
"""

import importlib
from typing import Any

from torch import Tensor


class _FlashPackage:
    """What the generations share: shapes are ours already, and the function is found by name."""

    name = ""
    module = ""

    def __init__(self) -> None:
        self._call: Any = importlib.import_module(self.module).flash_attn_func

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        result = self._call(q, k, v)
        out: Tensor = result[0] if isinstance(result, tuple) else result
        return out


class FlashAttention2(_FlashPackage):
    """Tri Dao, "FlashAttention-2" (2023)."""

    name = "flash-attention 2"
    module = "flash_attn"

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, lse = self._call(q, k, v, return_attn_probs=True)[:2]
        return out, lse


class FlashAttention3(_FlashPackage):
    """Shah et al., "FlashAttention-3" (2024): Hopper only. Older builds always return the log-sum-exp."""

    name = "flash-attention 3"
    module = "flash_attn_interface"

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        try:
            out, lse = self._call(q, k, v, return_attn_probs=True)[:2]
        except TypeError:
            out, lse = self._call(q, k, v)[:2]
        return out, lse


class FlashAttention4(_FlashPackage):
    """The CuTe-DSL kernels of the same project, written for Blackwell; compiled on the first call per shape."""

    name = "flash-attention 4"
    module = "flash_attn.cute"

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, lse = self._call(q, k, v, return_lse=True)[:2]
        return out, lse
