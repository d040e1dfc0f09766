"""The row kernels themselves, in Triton. See `rows` for what each computes, `triton_rows` for how they are called.

Each row of tokens is read once, kept in registers, and written once in its final form. It comes in tiles A, B and C
behind one another, powers of two as Triton wants them; the last may reach beyond the row.
"""
# mypy: disable-error-code="import-not-found, import-untyped, misc, no-untyped-def, untyped-decorator, unused-ignore"

import triton
import triton.language as tl

from engine.generators.wan.kernels.float8 import FP8_MAX

# Without annotations: Triton looks a kernel's globals up by value, and knows no Final.
_FP8_MAX = tl.constexpr(FP8_MAX)
_SMALLEST = tl.constexpr(1e-12)


@triton.jit
def _load(row, START: tl.constexpr, TILE: tl.constexpr, SIZE: tl.constexpr):  # noqa: N803 - Triton's manner
    columns = START + tl.arange(0, TILE)
    if START + TILE <= SIZE:
        x = tl.load(row + columns)
    else:
        x = tl.load(row + columns, mask=columns < SIZE, other=0.0)
    return x


@triton.jit
def _store(row, x, START: tl.constexpr, TILE: tl.constexpr, SIZE: tl.constexpr):  # noqa: N803
    columns = START + tl.arange(0, TILE)
    if START + TILE <= SIZE:
        tl.store(row + columns, x.to(row.dtype.element_ty))
    else:
        tl.store(row + columns, x.to(row.dtype.element_ty), mask=columns < SIZE)


@triton.jit
def _activated(row, GELU: tl.constexpr, START: tl.constexpr, TILE: tl.constexpr, SIZE: tl.constexpr):  # noqa: N803
    x = _load(row, START, TILE, SIZE).to(tl.float32)
    if GELU:  # the tanh form: x · sigmoid(2 · √(2/π) · (x + 0.044715 x³)), its exponential to base 2
        x = x / (1.0 + tl.exp2(x * (-2.302208198 - 0.1029432396 * x * x)))
    return x


@triton.jit
def quantise_row(
    x_in,
    stride,
    out,
    scale_out,
    SIZE: tl.constexpr,  # noqa: N803
    GELU: tl.constexpr,  # noqa: N803
    A: tl.constexpr,  # noqa: N803
    B: tl.constexpr,  # noqa: N803
    C: tl.constexpr,  # noqa: N803
):
    row = tl.program_id(0).to(tl.int64)
    source = x_in + row * stride
    target = out + row * SIZE
    a = _activated(source, GELU, 0, A, SIZE)
    largest = tl.maximum(tl.max(tl.abs(a), axis=0), _SMALLEST)
    if B > 0:
        b = _activated(source, GELU, A, B, SIZE)
        largest = tl.maximum(largest, tl.max(tl.abs(b), axis=0))
    if C > 0:
        c = _activated(source, GELU, A + B, C, SIZE)
        largest = tl.maximum(largest, tl.max(tl.abs(c), axis=0))
    factor = _FP8_MAX / largest
    _store(target, a * factor, 0, A, SIZE)
    if B > 0:
        _store(target, b * factor, A, B, SIZE)
    if C > 0:
        _store(target, c * factor, A + B, C, SIZE)
    tl.store(scale_out + row, largest / _FP8_MAX)


@triton.jit
def _summed(
    x_row,
    y_row,
    gate,
    sum_row,
    ADDED: tl.constexpr,  # noqa: N803
    GATED: tl.constexpr,  # noqa: N803
    START: tl.constexpr,  # noqa: N803
    TILE: tl.constexpr,  # noqa: N803
    SIZE: tl.constexpr,  # noqa: N803
):
    x = _load(x_row, START, TILE, SIZE).to(tl.float32)
    if ADDED:
        y = _load(y_row, START, TILE, SIZE).to(tl.float32)
        if GATED:
            y = y * _load(gate, START, TILE, SIZE)
        x = (x + y).to(sum_row.dtype.element_ty)
        _store(sum_row, x, START, TILE, SIZE)
        x = x.to(tl.float32)
    return x


@triton.jit
def _centred(x, mean, START: tl.constexpr, TILE: tl.constexpr, SIZE: tl.constexpr):  # noqa: N803
    x = x - mean
    if START + TILE > SIZE:  # what lies behind the row must not count as deviation
        x = tl.where(START + tl.arange(0, TILE) < SIZE, x, 0.0)
    return x


@triton.jit
def _shaped(
    x,
    gain,
    offset,
    ONE: tl.constexpr,  # noqa: N803
    START: tl.constexpr,  # noqa: N803
    TILE: tl.constexpr,  # noqa: N803
    SIZE: tl.constexpr,  # noqa: N803
):
    by = _load(gain, START, TILE, SIZE).to(tl.float32) + ONE
    return x * by + _load(offset, START, TILE, SIZE).to(tl.float32)


@triton.jit
def _own_sum(x, TILE: tl.constexpr, THREADS: tl.constexpr):  # noqa: N803
    own: tl.constexpr = min(8, TILE // THREADS)  # side by side, as they are loaded: 16 bytes of bf16
    return tl.sum(tl.sum(tl.reshape(x, (TILE // (THREADS * own), THREADS, own)), axis=2), axis=0)


@triton.jit
def _own_max(x, TILE: tl.constexpr, THREADS: tl.constexpr):  # noqa: N803
    own: tl.constexpr = min(8, TILE // THREADS)
    return tl.max(tl.max(tl.reshape(x, (TILE // (THREADS * own), THREADS, own)), axis=2), axis=0)


@triton.jit
def quantise_normed_row(
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
    A: tl.constexpr,  # noqa: N803
    B: tl.constexpr,  # noqa: N803
    THREADS: tl.constexpr,  # noqa: N803
):
    # Both tiles are first added up within each thread, so that threads meet once per reduction and not twice.
    row = tl.program_id(0)
    frame = row // tokens
    at = row.to(tl.int64) * SIZE
    gate += frame * gate_stride
    gain += frame * gain_stride
    offset += frame * gain_stride
    a = _summed(x_in + at, y_in + at, gate, sum_out + at, ADDED, GATED, 0, A, SIZE)
    own = _own_sum(a, A, THREADS)
    if B > 0:
        b = _summed(x_in + at, y_in + at, gate, sum_out + at, ADDED, GATED, A, B, SIZE)
        own += _own_sum(b, B, THREADS)
    mean = tl.sum(own, axis=0) / SIZE
    a = _centred(a, mean, 0, A, SIZE)
    own = _own_sum(a * a, A, THREADS)
    if B > 0:
        b = _centred(b, mean, A, B, SIZE)
        own += _own_sum(b * b, B, THREADS)
    factor = tl.rsqrt(tl.sum(own, axis=0) / SIZE + EPS)
    a = _shaped(a * factor, gain, offset, ONE, 0, A, SIZE)
    own = _own_max(tl.abs(a), A, THREADS)
    if B > 0:
        b = _shaped(b * factor, gain, offset, ONE, A, B, SIZE)
        own = tl.maximum(own, _own_max(tl.abs(b), B, THREADS))
    largest = tl.maximum(tl.max(own, axis=0), _SMALLEST)
    factor = _FP8_MAX / largest
    _store(out + at, a * factor, 0, A, SIZE)
    if B > 0:
        _store(out + at, b * factor, A, B, SIZE)
    tl.store(scale_out + row, largest / _FP8_MAX)


@triton.jit
def _turned(
    x,
    weight,
    cos,
    sin,
    HALF: tl.constexpr,  # noqa: N803
    START: tl.constexpr,  # noqa: N803
    TILE: tl.constexpr,  # noqa: N803
    SIZE: tl.constexpr,  # noqa: N803
):
    x = x * _load(weight, START, TILE, SIZE).to(tl.float32)
    pair = (START // 2 + tl.arange(0, TILE // 2)) % HALF
    c = tl.load(cos + pair)
    s = tl.load(sin + pair)
    first, second = tl.split(tl.reshape(x, (TILE // 2, 2)))
    return tl.interleave(first * c - second * s, first * s + second * c)


@triton.jit
def _norm_rotate_row(
    source,
    weight,
    cos,
    sin,
    target,
    SIZE: tl.constexpr,  # noqa: N803
    EPS: tl.constexpr,  # noqa: N803
    HALF: tl.constexpr,  # noqa: N803
    A: tl.constexpr,  # noqa: N803
    B: tl.constexpr,  # noqa: N803
):
    a = _load(source, 0, A, SIZE).to(tl.float32)
    squares = tl.sum(a * a, axis=0)
    if B > 0:
        b = _load(source, A, B, SIZE).to(tl.float32)
        squares += tl.sum(b * b, axis=0)
    factor = tl.rsqrt(squares / SIZE + EPS)
    _store(target, _turned(a * factor, weight, cos, sin, HALF, 0, A, SIZE), 0, A, SIZE)
    if B > 0:
        _store(target, _turned(b * factor, weight, cos, sin, HALF, A, B, SIZE), A, B, SIZE)


@triton.jit
def turn_row(
    qk,
    stride,
    q_weight,
    k_weight,
    cos,
    sin,
    q,
    k,
    length,
    q_batch,
    k_batch,
    SIZE: tl.constexpr,  # noqa: N803
    EPS: tl.constexpr,  # noqa: N803
    HALF: tl.constexpr,  # noqa: N803 - of a head: its rotated pairs
    A: tl.constexpr,  # noqa: N803
    B: tl.constexpr,  # noqa: N803
):
    row = tl.program_id(0)
    batch = (row // length).to(tl.int64)
    token = row % length
    cos += token * HALF
    sin += token * HALF
    place = token.to(tl.int64) * SIZE
    source = qk + row.to(tl.int64) * stride
    if tl.program_id(1) == 0:
        _norm_rotate_row(source, q_weight, cos, sin, q + batch * q_batch + place, SIZE, EPS, HALF, A, B)
    else:
        _norm_rotate_row(source + SIZE, k_weight, cos, sin, k + batch * k_batch + place, SIZE, EPS, HALF, A, B)
