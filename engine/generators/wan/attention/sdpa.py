"""The kernels that come with torch, each called by its own operator.

`scaled_dot_product_attention` picks among them by itself and does not return the log-sum-exp; calling the
operators leaves no choice to be made behind our back. Their signatures belong to the exact torch release that
the project pins, and the check at load finds out if one of them has changed.
"""

from typing import Any, Final

import torch
from torch import Tensor

_CPU: Final[Any] = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu.default  # noqa: SLF001
_CUDNN: Final[Any] = torch.ops.aten._scaled_dot_product_cudnn_attention.default  # noqa: SLF001
_FLASH: Final[Any] = torch.ops.aten._scaled_dot_product_flash_attention.default  # noqa: SLF001
_EFFICIENT: Final[Any] = torch.ops.aten._scaled_dot_product_efficient_attention.default  # noqa: SLF001


class CpuFlashAttention:
    """torch's blocked CPU kernel."""

    name = "sdpa cpu"

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return self.attend_lse(q, k, v)[0]

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, lse = _CPU(*_heads_first(q, k, v))
        return out.transpose(1, 2), lse


class CudnnAttention:
    """cuDNN's fused kernel: the fastest of torch's own on Hopper and Blackwell."""

    name = "sdpa cudnn"

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        out: Tensor = _CUDNN(*_heads_first(q, k, v), None, False)[0]
        return out.transpose(1, 2)

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, lse = _CUDNN(*_heads_first(q, k, v), None, True)[:2]
        return out.transpose(1, 2), lse.view(lse.shape[:3])  # [B, H, L, 1]


class TorchFlashAttention:
    """torch's build of FlashAttention 2."""

    name = "sdpa flash"

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return self.attend_lse(q, k, v)[0]

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, lse = _FLASH(*_heads_first(q, k, v))[:2]
        return out.transpose(1, 2), lse


class EfficientAttention:
    """torch's memory-efficient kernel: the only fused one that takes float32 on a GPU."""

    name = "sdpa efficient"

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        out: Tensor = _EFFICIENT(*_heads_first(q, k, v), None, False)[0]
        return out.transpose(1, 2)

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        out, lse = _EFFICIENT(*_heads_first(q, k, v), None, True)[:2]
        return out.transpose(1, 2), lse[..., : q.shape[1]]  # padded to a multiple of 32


def _heads_first(q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2)
