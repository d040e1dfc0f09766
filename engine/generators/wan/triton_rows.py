"""Row kernels in Triton: each row of tokens is read once, kept in registers, and written once in its final form.

The compiler makes loops over each row out of the same formulas, and reads a row once per reduction: at 14B its
kernels take three to five times as long as moving the bytes does. See `rows` for what each one computes.

Every launch is an operator that torch.compile calls as it is. Left to trace the kernels themselves, it hands them
Python's floats as float64; one such epsilon makes a row float64, and from there the device cannot convert to fp8.
Here sizes and epsilons are constants of the compiled kernel.
"""
# mypy: disable-error-code="import-not-found, import-untyped, misc, no-any-return, no-untyped-def"
# mypy: disable-error-code="untyped-decorator, unused-ignore"

import torch
import triton
import triton.language as tl
from torch import Tensor

from engine.generators.wan.rows import FP8, FP8_MAX

# Without annotations: Triton looks a kernel's globals up by value, and knows no Final.
_FP8_MAX = tl.constexpr(FP8_MAX)
_SMALLEST = tl.constexpr(1e-12)


@triton.jit
def _store_scaled(x, mask, out, scale_out, row, columns, SIZE: tl.constexpr):  # noqa: N803 - Triton's manner
    largest = tl.maximum(tl.max(tl.abs(x), axis=0), _SMALLEST)
    tl.store(out + row * SIZE + columns, (x * (_FP8_MAX / largest)).to(out.dtype.element_ty), mask=mask)
    tl.store(scale_out + row, largest / _FP8_MAX)


@triton.jit
def _quantise_row(
    x_in,
    stride,
    out,
    scale_out,
    SIZE: tl.constexpr,  # noqa: N803
    GELU: tl.constexpr,  # noqa: N803
    BLOCK: tl.constexpr,  # noqa: N803
):
    row = tl.program_id(0).to(tl.int64)
    columns = tl.arange(0, BLOCK)
    mask = columns < SIZE
    x = tl.load(x_in + row * stride + columns, mask=mask, other=0.0).to(tl.float32)
    if GELU:  # the tanh form: x · sigmoid(2 · √(2/π) · (x + 0.044715 x³))
        x = x * tl.sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x))
    _store_scaled(x, mask, out, scale_out, row, columns, SIZE)


@triton.jit
def _quantise_normed_row(
    x_in,
    y_in,
    gate,
    gain,
    offset,
    sum_out,
    out,
    scale_out,
    tokens,  # per frame: gate, gain and offset change so often
    gate_stride,
    gain_stride,
    SIZE: tl.constexpr,  # noqa: N803
    EPS: tl.constexpr,  # noqa: N803
    ADDED: tl.constexpr,  # noqa: N803 - whether y is there
    GATED: tl.constexpr,  # noqa: N803 - whether gate is there
    ONE: tl.constexpr,  # noqa: N803 - what is added to gain
    BLOCK: tl.constexpr,  # noqa: N803
):
    row = tl.program_id(0).to(tl.int64)
    frame = row // tokens
    columns = tl.arange(0, BLOCK)
    mask = columns < SIZE
    x = tl.load(x_in + row * SIZE + columns, mask=mask, other=0.0).to(tl.float32)
    if ADDED:
        y = tl.load(y_in + row * SIZE + columns, mask=mask, other=0.0).to(tl.float32)
        if GATED:
            y = y * tl.load(gate + frame * gate_stride + columns, mask=mask, other=0.0)
        rounded = (x + y).to(sum_out.dtype.element_ty)
        tl.store(sum_out + row * SIZE + columns, rounded, mask=mask)
        x = rounded.to(tl.float32)
    x = tl.where(mask, x - tl.sum(x, axis=0) / SIZE, 0.0)
    x = x * tl.rsqrt(tl.sum(x * x, axis=0) / SIZE + EPS)
    at = frame * gain_stride + columns
    multiplier = ONE + tl.load(gain + at, mask=mask, other=0.0).to(tl.float32)
    x = x * multiplier + tl.load(offset + at, mask=mask, other=0.0).to(tl.float32)
    _store_scaled(x, mask, out, scale_out, row, columns, SIZE)


@triton.jit
def _split_row(
    qkv,
    q_weight,
    k_weight,
    cos,
    sin,
    q,
    k,
    v,
    length,
    q_batch,
    k_batch,
    v_batch,
    SIZE: tl.constexpr,  # noqa: N803
    EPS: tl.constexpr,  # noqa: N803
    HALF: tl.constexpr,  # noqa: N803 - of a head: its rotated pairs
    BLOCK: tl.constexpr,  # noqa: N803
):
    row = tl.program_id(0).to(tl.int64)
    part = tl.program_id(1)
    batch = row // length
    token = row % length
    columns = tl.arange(0, BLOCK)
    mask = columns < SIZE
    x = tl.load(qkv + (3 * row + part) * SIZE + columns, mask=mask, other=0.0)
    place = token * SIZE + columns
    if part == 2:
        tl.store(v + batch * v_batch + place, x, mask=mask)
    else:
        wide = x.to(tl.float32)
        normed = wide * tl.rsqrt(tl.sum(wide * wide, axis=0) / SIZE + EPS)
        angle = token * HALF + tl.arange(0, BLOCK // 2) % HALF
        c = tl.load(cos + angle)
        s = tl.load(sin + angle)
        if part == 0:
            weight = tl.load(q_weight + columns, mask=mask, other=0.0).to(tl.float32)
        else:
            weight = tl.load(k_weight + columns, mask=mask, other=0.0).to(tl.float32)
        first, second = tl.split(tl.reshape(normed * weight, (BLOCK // 2, 2)))
        turned = tl.interleave(first * c - second * s, first * s + second * c)
        if part == 0:
            tl.store(q + batch * q_batch + place, turned.to(q.dtype.element_ty), mask=mask)
        else:
            tl.store(k + batch * k_batch + place, turned.to(k.dtype.element_ty), mask=mask)


@torch.library.custom_op("hardcut_wan::quantise_rows", mutates_args=())
def _quantise(x: Tensor, gelu: bool) -> tuple[Tensor, Tensor]:
    rows = x.reshape(-1, x.shape[-1])  # a view wherever rows lie evenly apart
    if rows.stride(1) != 1:
        rows = rows.contiguous()
    packed, scales = _packed_like(x)
    size = rows.shape[1]
    _quantise_row[(rows.shape[0],)](rows, rows.stride(0), packed, scales, SIZE=size, GELU=gelu, **_tile(size))
    return packed, scales


@_quantise.register_fake
def _(x: Tensor, gelu: bool) -> tuple[Tensor, Tensor]:  # noqa: ARG001
    return _packed_like(x)


@torch.library.custom_op("hardcut_wan::quantise_modulated_rows", mutates_args=())
def _quantise_modulated(x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    return _normed(x, None, None, scale, shift, 1.0, eps)[1:]


@_quantise_modulated.register_fake
def _(x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor]:  # noqa: ARG001
    return _packed_like(x)


@torch.library.custom_op("hardcut_wan::add_and_quantise_modulated_rows", mutates_args=())
def _add_modulated(x: Tensor, y: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor, Tensor]:
    return _normed(x, y, None, scale, shift, 1.0, eps)


@_add_modulated.register_fake
def _(x: Tensor, y: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor, Tensor]:  # noqa: ARG001
    return x.new_empty(x.shape), *_packed_like(x)


@torch.library.custom_op("hardcut_wan::add_gated_and_quantise_normed_rows", mutates_args=())
def _add_gated_normed(
    x: Tensor, y: Tensor, gate: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    return _normed(x, y, gate, weight, bias, 0.0, eps)


@_add_gated_normed.register_fake
def _(
    x: Tensor,
    y: Tensor,  # noqa: ARG001
    gate: Tensor,  # noqa: ARG001
    weight: Tensor,  # noqa: ARG001
    bias: Tensor,  # noqa: ARG001
    eps: float,  # noqa: ARG001
) -> tuple[Tensor, Tensor, Tensor]:
    return x.new_empty(x.shape), *_packed_like(x)


def _normed(
    x: Tensor, y: Tensor | None, gate: Tensor | None, gain: Tensor, offset: Tensor, one: float, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """norm(x + gate · y) · (one + gain) + offset in fp8, and before that the sum (new only where there is a y).

    Args:
        gate: [B, F, 1, C]; gain, offset: likewise, or [C].
    """
    x = x.contiguous()
    total = x if y is None else torch.empty_like(x)
    packed, scales = _packed_like(x)
    size, rows = x.shape[-1], scales.shape[0]
    frames = next((each.shape[0] * each.shape[1] for each in (gate, gain) if each is not None and each.dim() > 1), 1)
    gain_stride = _frame_stride(gain)
    if _frame_stride(offset) != gain_stride:
        raise ValueError(f"gain and offset lie {gain.stride()} and {offset.stride()} apart")
    _quantise_normed_row[(rows,)](
        x,
        x if y is None else y.contiguous(),
        x if gate is None else gate,
        gain,
        offset,
        total,
        packed,
        scales,
        rows // frames,
        0 if gate is None else _frame_stride(gate),
        gain_stride,
        SIZE=size,
        EPS=eps,
        ADDED=y is not None,
        GATED=gate is not None,
        ONE=one,
        **_tile(size),
    )
    return total, packed, scales


@torch.library.custom_op("hardcut_wan::split_rows", mutates_args=("q", "k", "v"))
def _split(
    qkv: Tensor,
    q_weight: Tensor,
    k_weight: Tensor,
    eps: float,
    cos: Tensor,
    sin: Tensor,
    q: Tensor,
    k: Tensor,
    v: Tensor,
) -> None:
    qkv = qkv.contiguous()
    batch, length, triple = qkv.shape
    size = triple // 3
    for out in (q, k, v):
        if not out[0].is_contiguous():
            raise ValueError(f"tokens of one video must lie side by side, not {out.stride()} apart")
    _split_row[(batch * length, 3)](
        qkv,
        q_weight,
        k_weight,
        cos,
        sin,
        q,
        k,
        v,
        length,
        q.stride(0),
        k.stride(0),
        v.stride(0),
        SIZE=size,
        EPS=eps,
        HALF=cos.shape[1],
        **_tile(size),
    )


@_split.register_fake
def _(
    qkv: Tensor,
    q_weight: Tensor,
    k_weight: Tensor,
    eps: float,
    cos: Tensor,
    sin: Tensor,
    q: Tensor,
    k: Tensor,
    v: Tensor,
) -> None:
    """Writes q, k and v, and returns nothing."""


class TritonRows:
    """See `rows.Rows`."""

    name = "triton"

    def quantise(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return _quantise(x, False)

    def quantise_gelu(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return _quantise(x, True)

    def quantise_modulated(self, x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        return _quantise_modulated(x, shift, scale, eps)

    def add_modulated(
        self, x: Tensor, y: Tensor, shift: Tensor, scale: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        return _add_modulated(x, y, shift, scale, eps)

    def add_gated_normed(
        self, x: Tensor, y: Tensor, gate: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        return _add_gated_normed(x, y, gate, weight, bias, eps)

    def split(
        self,
        qkv: Tensor,
        weights: tuple[Tensor, Tensor],
        eps: float,
        rotation: tuple[Tensor, Tensor],
        out: tuple[Tensor, Tensor, Tensor],
    ) -> None:
        _split(qkv, *weights, eps, *rotation, *out)


def _packed_like(x: Tensor) -> tuple[Tensor, Tensor]:
    size = x.shape[-1]
    rows = x.numel() // size
    return x.new_empty((rows, size), dtype=FP8), x.new_empty((rows, 1), dtype=torch.float32)


def _frame_stride(by_frame: Tensor) -> int:
    """How far the rows of [B, F, 1, C] lie apart, evenly; 0 for [C], which serves every frame."""
    if by_frame.dim() == 1 and by_frame.is_contiguous():
        return 0
    stride: int = by_frame.stride(1)
    uneven = by_frame.shape[0] > 1 and by_frame.stride(0) != by_frame.shape[1] * stride
    if uneven or by_frame.stride(-1) != 1:
        raise ValueError(f"modulation must come as even rows, not {list(by_frame.shape)} by {by_frame.stride()}")
    return stride


def _tile(size: int) -> dict[str, int]:
    """A whole row at once; 16 to 32 elements for each thread."""
    block = triton.next_power_of_2(size)
    return {"BLOCK": block, "num_warps": min(max(block // 512, 4), 16)}
