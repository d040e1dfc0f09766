"""FlashAttention as separate packages: 2 (`flash_attn`), 3 (`flash_attn_interface`), 4 (`flash_attn.cute`).

Each is imported when it is asked for; none is a dependency. The classes are ours, so that the three
generations' different ways of returning the log-sum-exp end here (signatures as in flash-attn 2.8, fa3-fwd 0.0.3
and flash-attn-4 4.0.0b36).
"""

import importlib
from types import ModuleType
from typing import Any

from torch import Tensor


class _FlashPackage:
    """What the generations share: shapes are ours already, and the function is found by name."""

    name = ""
    modules: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._call: Any = _first_of(self.modules).flash_attn_func

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        result = self._call(q, k, v)
        out: Tensor = result[0] if isinstance(result, tuple) else result
        return out


class FlashAttention2(_FlashPackage):
    """Tri Dao, "FlashAttention-2" (2023)."""

    name = "flash-attention 2"
    modules = ("flash_attn",)

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, lse = self._call(q, k, v, return_attn_probs=True)[:2]
        return out, lse


class FlashAttention3(_FlashPackage):
    """Shah et al., "FlashAttention-3" (2024): Hopper only. Older builds always return the log-sum-exp.

    The project itself publishes no built package; `fa3-fwd` is its forward pass, built for CUDA 13 and any torch
    from 2.10 on.
    """

    name = "flash-attention 3"
    modules = ("flash_attn_interface", "fa3_fwd_interface")

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        try:
            out, lse = self._call(q, k, v, return_attn_probs=True)[:2]
        except TypeError:
            out, lse = self._call(q, k, v)[:2]
        return out, lse


class FlashAttention4(_FlashPackage):
    """The CuTe-DSL kernels of the same project, for Hopper and Blackwell; compiled on the first call per shape."""

    name = "flash-attention 4"
    modules = ("flash_attn.cute",)

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, lse = self._call(q, k, v, return_lse=True)[:2]
        return out, lse


def _first_of(names: tuple[str, ...]) -> ModuleType:
    """The first of these modules that is there.

    Raises:
        ImportError: none is.
    """
    for name in names[:-1]:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            """The next one may be."""
    return importlib.import_module(names[-1])
