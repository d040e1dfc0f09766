"""What is done to whole rows of tokens between the matrix products; compiled, the compiler fuses it."""

from typing import Final, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from engine.generators.wan.rope import rotate

FP8: Final = torch.float8_e4m3fn
FP8_MAX: Final = torch.finfo(FP8).max
FP8_CAPABILITY: Final = (8, 9)
"""The first compute capability with fp8 conversions and matrix units."""

_SMALLEST: Final = 1e-12


class Rows(Protocol):
    """Kernels over rows. x is [..., L, C]; a row in fp8 comes as [M, C], with float32 scales [M, 1]."""

    @property
    def name(self) -> str: ...

    def quantise(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """fp8 and scales, whose product is nearly x."""
        ...

    def quantise_gelu(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The same of gelu(x), in its tanh form."""
        ...

    def quantise_modulated(self, x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        """The same of `modulate(x, shift, scale, eps)`; shift, scale float32 [B, F, 1, C]."""
        ...

    def norm_rotate(self, x: Tensor, weight: Tensor, eps: float, cos: Tensor, sin: Tensor, out: Tensor) -> None:
        """RMS norm over C, then rotary embedding of every head, into out.

        Args:
            x: [B, L, C], rows that may lie apart; cos, sin: float32 [L, D / 2]; out: [B, L, H, D].
        """
        ...


class TorchRows:
    """See `Rows`."""

    name = "torch"

    def quantise(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = x.flatten(0, -2)
        scale = x.abs().amax(dim=-1, keepdim=True).float().clamp_min(_SMALLEST) / FP8_MAX
        return (x.float() / scale).clamp(-FP8_MAX, FP8_MAX).to(FP8), scale

    def quantise_gelu(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.quantise(functional.gelu(x, approximate="tanh"))

    def quantise_modulated(self, x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        return self.quantise(modulate(x, shift, scale, eps))

    def norm_rotate(self, x: Tensor, weight: Tensor, eps: float, cos: Tensor, sin: Tensor, out: Tensor) -> None:
        normed = functional.rms_norm(x.float(), (x.shape[-1],), weight.float(), eps).to(x.dtype)
        out.copy_(rotate(normed.view(out.shape), cos, sin))


def modulate(x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> Tensor:
    """LayerNorm without parameters, then scale and shift per latent frame, in float32.

    Args:
        x: [B, L, C]; shift, scale: float32 [B, F, 1, C].
    """
    normed = functional.layer_norm(x.float(), (x.shape[-1],), eps=eps)
    by_frame = normed.view(x.shape[0], shift.shape[1], -1, x.shape[-1])
    return (by_frame * (1.0 + scale) + shift).view(x.shape).to(x.dtype)
