"""Row kernels in Triton: each row of tokens is read once, kept in registers, and written once in its final form.

The compiler makes loops over each row out of the same formulas, and reads a row once per reduction: at 14B its
kernels take three to five times as long as moving the bytes does. See `rows` for what each one computes.
"""
# mypy: disable-error-code="import-not-found, import-untyped, misc, untyped-decorator, no-untyped-def, unused-ignore"

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from engine.generators.wan.rows import FP8, FP8_MAX

# Without annotations: the compiler writes these globals anew, and annotations would need their imports there.
_FP8_MAX = tl.constexpr(FP8_MAX)
_SMALLEST = tl.constexpr(1e-12)


@triton.jit
def _store_scaled(x, mask, out, scale_out, row, columns, size):
    scale = tl.maximum(tl.max(tl.abs(x), axis=0), _SMALLEST) / _FP8_MAX
    tl.store(out + row * size + columns, (x / scale).to(tl.float8e4nv), mask=mask)
    tl.store(scale_out + row, scale)


@triton.jit
def _quantise(x_in, out, scale_out, size, GELU: tl.constexpr, BLOCK: tl.constexpr):  # noqa: N803 - Triton's manner
    row = tl.program_id(0)
    columns = tl.arange(0, BLOCK)
    mask = columns < size
    x = tl.load(x_in + row * size + columns, mask=mask, other=0.0).to(tl.float32)
    if GELU:  # the tanh form: x · sigmoid(2 · √(2/π) · (x + 0.044715 x³))
        x = x * tl.sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x))
    _store_scaled(x, mask, out, scale_out, row, columns, size)


@triton.jit
def _quantise_modulated(x_in, shift, scale, out, scale_out, size, tokens, eps, BLOCK: tl.constexpr):  # noqa: N803
    row = tl.program_id(0)
    columns = tl.arange(0, BLOCK)
    mask = columns < size
    x = tl.load(x_in + row * size + columns, mask=mask, other=0.0).to(tl.float32)
    x = tl.where(mask, x - tl.sum(x, axis=0) / size, 0.0)
    x = x * tl.rsqrt(tl.sum(x * x, axis=0) / size + eps)
    at = (row // tokens) * size + columns
    x = x * (1.0 + tl.load(scale + at, mask=mask, other=0.0)) + tl.load(shift + at, mask=mask, other=0.0)
    _store_scaled(x, mask, out, scale_out, row, columns, size)


@triton.jit
def _norm_rotate(
    x_in,
    weight,
    cos,
    sin,
    out,
    size,
    stride,
    length,
    batch_stride,
    eps,
    HALF: tl.constexpr,  # noqa: N803
    BLOCK: tl.constexpr,  # noqa: N803
):
    row = tl.program_id(0)
    columns = tl.arange(0, BLOCK)
    mask = columns < size
    x = tl.load(x_in + row * stride + columns, mask=mask, other=0.0).to(tl.float32)
    x = x * tl.rsqrt(tl.sum(x * x, axis=0) / size + eps)
    x = x * tl.load(weight + columns, mask=mask, other=0.0).to(tl.float32)
    first, second = tl.split(tl.reshape(x, (BLOCK // 2, 2)))
    token = row % length
    angle = token * HALF + tl.arange(0, BLOCK // 2) % HALF
    c = tl.load(cos + angle)
    s = tl.load(sin + angle)
    turned = tl.interleave(first * c - second * s, first * s + second * c)
    place = out + (row // length) * batch_stride + token * size + columns
    tl.store(place, turned.to(out.dtype.element_ty), mask=mask)


class TritonRows:
    """See `rows.Rows`."""

    name = "triton"

    def quantise(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self._plain(x, gelu=False)

    def quantise_gelu(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self._plain(x, gelu=True)

    def quantise_modulated(self, x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        x = x.contiguous()
        size, out, scales = _outputs(x)
        rows = scales.shape[0]
        tokens = rows // (shift.numel() // size)
        _kernel(_quantise_modulated, rows)(
            x, shift.contiguous(), scale.contiguous(), out, scales, size, tokens, eps, **_block(size)
        )
        return out, scales

    def norm_rotate(self, x: Tensor, weight: Tensor, eps: float, cos: Tensor, sin: Tensor, out: Tensor) -> None:
        batch, length, size = x.shape
        _kernel(_norm_rotate, batch * length)(
            x, weight, cos, sin, out, size, x.stride(1), length, out.stride(0), eps, HALF=cos.shape[1], **_block(size)
        )

    def _plain(self, x: Tensor, *, gelu: bool) -> tuple[Tensor, Tensor]:
        x = x.contiguous()
        size, out, scales = _outputs(x)
        _kernel(_quantise, scales.shape[0])(x, out, scales, size, GELU=gelu, **_block(size))
        return out, scales


def _outputs(x: Tensor) -> tuple[int, Tensor, Tensor]:
    size = x.shape[-1]
    rows = x.numel() // size
    return (
        size,
        torch.empty((rows, size), device=x.device, dtype=FP8),
        torch.empty((rows, 1), device=x.device, dtype=torch.float32),
    )


def _kernel(kernel: Any, rows: int) -> Any:
    return kernel[(rows,)]


def _block(size: int) -> dict[str, int]:
    """A whole row at once; 16 to 32 elements for each thread."""
    block = triton.next_power_of_2(size)
    return {"BLOCK": block, "num_warps": min(max(block // 512, 4), 16)}
