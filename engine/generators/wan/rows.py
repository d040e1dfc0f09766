"""What is done to whole rows of tokens between the matrix products: by torch, or by kernels of our own.

Torch's way serves everywhere and is what the others are measured against; compiled, it is fused by the compiler.
"""

import importlib
from collections.abc import Callable
from typing import Final, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from engine.events import BackendChoice
from engine.generators.wan.attention import relative_error
from engine.generators.wan.rope import rotate

FP8: Final = torch.float8_e4m3fn
FP8_MAX: Final = torch.finfo(FP8).max
FP8_CAPABILITY: Final = (8, 9)
"""The first compute capability with fp8 conversions and matrix units."""

ROWS_TOLERANCE: Final = 5e-3
"""Relative error against torch on the same inputs in float32: the rounding of a result to bf16 costs 1.7e-3, and a
value that sums up differently falls to the other side of a boundary of fp8 once in many thousands."""

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


def choose_rows(
    device: torch.device, dtype: torch.dtype, size: int, heads: int, make: Callable[[], Rows] | None = None
) -> tuple[Rows, BackendChoice]:
    """Our kernels where the device can run them and they are right; else torch. For rows of this size."""
    reason = ""
    if make is None:
        make = _triton
        if device.type != "cuda":
            reason = "needs a CUDA device"
        elif torch.cuda.get_device_capability(device) < FP8_CAPABILITY:
            reason = "the device converts nothing to fp8"
    if not reason:
        try:
            rows = make()
            worst = _worst_error(rows, device, dtype, size, heads)
        except (ImportError, RuntimeError, TypeError, ValueError, AttributeError) as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            reason = f"failed its check: {lines[0][:200]}"
        else:
            if worst <= ROWS_TOLERANCE:
                told = f"relative error {worst:.1e} against torch (limit {ROWS_TOLERANCE:g})"
                return rows, BackendChoice(component="wan row kernels", chosen=rows.name, reason=told)
            reason = f"wrong: relative error {worst:.1e} against torch (limit {ROWS_TOLERANCE:g})"
    plain = TorchRows()
    return plain, BackendChoice(
        component="wan row kernels", chosen=plain.name, reason="serves everywhere", rejected=(("triton", reason),)
    )


def _triton() -> Rows:
    rows: Rows = importlib.import_module("engine.generators.wan.triton_rows").TritonRows()
    return rows


@torch.inference_mode()
def _worst_error(rows: Rows, device: torch.device, dtype: torch.dtype, size: int, heads: int) -> float:
    draw = torch.Generator(device).manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw, device=device)

    frames, tokens = 3, 10
    length, half = frames * tokens, size // heads // 2
    plain = TorchRows()
    x = normal(1, length, size).to(dtype)
    shift, scale, angles = normal(1, frames, 1, size), normal(1, frames, 1, size), normal(length, half)
    apart = normal(1, length, 3 * size).to(dtype)[..., size : 2 * size]
    weight = normal(size).to(dtype)

    def results(of: Rows, kind: torch.dtype) -> list[Tensor]:
        y = x.to(kind)
        out = torch.zeros((1, length, heads, 2 * half), device=device, dtype=kind)
        of.norm_rotate(apart.to(kind), weight, 1e-6, angles.cos(), angles.sin(), out)
        packed = (of.quantise(y), of.quantise_gelu(y), of.quantise_modulated(y, shift, scale, 1e-6))
        return [out, *(values.float() * scales for values, scales in packed)]

    pairs = zip(results(rows, dtype), results(plain, torch.float32), strict=True)
    return max(relative_error(value, expected) for value, expected in pairs)
