"""The product of matrices in fp8 with scaled rows, in Triton, as an operator. See `products`.

For the few thousand tokens of a chunk a library's kernel wastes more than it gains: on Hopper cuBLAS 13 takes tiles of
128×128 in pairs along the tokens, so that 2352 of them cost as much as 2560, and clears a workspace before every
product. Here one program per multiprocessor works through tiles of 128×256, 2432 tokens wide at that size, all tokens
of a slice of the weights before the next slice, so that weights come from memory once; while one tile is finished, the
next one is loaded (Triton's `flatten`). On an H100 at 14B it is 10 % faster by itself and 5 % at the card's power
limit, see PERFORMANCE.md.

Where the last wave of tiles would be nearly empty, tiles of half the height fill it: see `product_plan`.
"""
# mypy: disable-error-code="import-not-found, import-untyped, misc, no-any-return, no-untyped-def"
# mypy: disable-error-code="untyped-decorator, unused-ignore"

from dataclasses import dataclass
from typing import Final

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.tools.tensor_descriptor import TensorDescriptor

from engine.generators.wan.kernels.product_plan import TILE, plan_product

_WARPS: Final = 8
_STAGES: Final = 3
"""The fastest of 46 ways of cutting and pipelining at three of the four shapes of the 14B, and within half a percent of
it at the fourth, on an H100."""

_HALF_STAGES: Final = 4
"""Half a tile is multiplied in half the time, so that one more step must be on its way; it fits the same memory."""

_DEPTH: Final = 128
"""Elements of a row that are multiplied at once: what one swizzled line of shared memory holds, 128 bytes."""


@triton.jit
def scaled_product(
    a_rows,
    b_rows,
    out,
    a_scale,
    b_scale,
    bias,
    m,
    n,
    K: tl.constexpr,  # noqa: N803 - Triton's manner
    ROWS: tl.constexpr,  # noqa: N803
    COLUMNS: tl.constexpr,  # noqa: N803
    DEPTH: tl.constexpr,  # noqa: N803
    PROGRAMS: tl.constexpr,  # noqa: N803
):
    tiles_m = tl.cdiv(m, ROWS)
    for tile in tl.range(tl.program_id(0), tiles_m * tl.cdiv(n, COLUMNS), PROGRAMS, flatten=True):
        row = (tile % tiles_m) * ROWS
        column = (tile // tiles_m) * COLUMNS
        total = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
        for k in range(tl.cdiv(K, DEPTH)):  # beyond the end of a row there are zeros
            total = tl.dot(a_rows.load([row, k * DEPTH]), b_rows.load([column, k * DEPTH]).T, total)
        out.store([row, column], _finish(total, row, column, a_scale, b_scale, bias, m, n, ROWS, COLUMNS))


@triton.jit
def _finish(total, row, column, a_scale, b_scale, bias, m, n, ROWS: tl.constexpr, COLUMNS: tl.constexpr):  # noqa: N803
    """Scale the sums of a tile and add the bias."""
    rows = row + tl.arange(0, ROWS)
    columns = column + tl.arange(0, COLUMNS)
    by_row = tl.load(a_scale + rows, mask=rows < m, other=0.0)
    by_column = tl.load(b_scale + columns, mask=columns < n, other=0.0)
    offset = tl.load(bias + columns, mask=columns < n, other=0.0).to(tl.float32)
    return (total * by_row[:, None] * by_column[None, :] + offset[None, :]).to(bias.dtype.element_ty)


@triton.jit(do_not_specialize=["bands", "whole", "cut", "halves"])
def halved_product(
    a_rows,
    a_half_rows,
    b_rows,
    out,
    out_halves,
    a_scale,
    b_scale,
    bias,
    m,
    n,
    bands,
    whole,
    cut,
    halves,
    K: tl.constexpr,  # noqa: N803
    ROWS: tl.constexpr,  # noqa: N803
    COLUMNS: tl.constexpr,  # noqa: N803
    DEPTH: tl.constexpr,  # noqa: N803
    PROGRAMS: tl.constexpr,  # noqa: N803
    HALF_STAGES: tl.constexpr,  # noqa: N803
):
    """The same sums in the same order, dealt out as a `product_plan.Plan` says; launched as PROGRAMS programs."""
    program = tl.program_id(0)
    for tile in tl.range(program, whole, PROGRAMS, flatten=True):
        row = (tile % bands) * ROWS
        column = (tile // bands) * COLUMNS
        total = tl.zeros((ROWS, COLUMNS), dtype=tl.float32)
        for k in range(tl.cdiv(K, DEPTH)):
            total = tl.dot(a_rows.load([row, k * DEPTH]), b_rows.load([column, k * DEPTH]).T, total)
        out.store([row, column], _finish(total, row, column, a_scale, b_scale, bias, m, n, ROWS, COLUMNS))

    busy = whole % PROGRAMS  # with a tile of the last wave
    HALF: tl.constexpr = ROWS // 2  # noqa: N806
    last = tl.cdiv(n, COLUMNS) - 1
    first = halves if program < busy else program - busy
    for half in tl.range(first, halves, PROGRAMS - busy, num_stages=HALF_STAGES, flatten=True):
        tile = whole + half // 2
        band = tl.where(half < cut, tile % tl.maximum(bands, 1), bands)
        row = band * ROWS + tl.where(half < cut, half % 2, 0) * HALF
        column = tl.where(half < cut, tile // tl.maximum(bands, 1), last - (half - cut)) * COLUMNS
        total = tl.zeros((HALF, COLUMNS), dtype=tl.float32)
        for k in range(tl.cdiv(K, DEPTH)):
            total = tl.dot(a_half_rows.load([row, k * DEPTH]), b_rows.load([column, k * DEPTH]).T, total)
        out_halves.store([row, column], _finish(total, row, column, a_scale, b_scale, bias, m, n, HALF, COLUMNS))


@torch.library.custom_op("hardcut_wan::scaled_product", mutates_args=())
def _product(a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, halves: bool) -> Tensor:
    out = a.new_empty((a.shape[0], b.shape[0]), dtype=bias.dtype)
    _multiply(out, a, a_scale, b, b_scale, bias, halves)
    return out


@_product.register_fake
def _(a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, halves: bool) -> Tensor:  # noqa: ARG001
    return a.new_empty((a.shape[0], b.shape[0]), dtype=bias.dtype)


@torch.library.custom_op("hardcut_wan::scaled_product_into", mutates_args=("out",))
def _product_into(
    out: Tensor, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, halves: bool
) -> None:
    _multiply(out.view(a.shape[0], b.shape[0]), a, a_scale, b, b_scale, bias, halves)


@_product_into.register_fake
def _(out: Tensor, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, halves: bool) -> None:
    """Writes out, and returns nothing."""


def _multiply(out: Tensor, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, halves: bool) -> None:
    if not all(each.is_contiguous() for each in (out, a, a_scale, b, b_scale)):
        raise ValueError("rows and their scales must lie side by side")
    if out.dtype is not bias.dtype:
        raise ValueError(f"the result comes as {bias.dtype}, not {out.dtype}")
    processors = torch.cuda.get_device_properties(a.device).multi_processor_count
    launch(out, a, a_scale, b, b_scale, bias, processors, halves)


def launch(
    out: Tensor,
    a: Tensor,
    a_scale: Tensor,
    b: Tensor,
    b_scale: Tensor,
    bias: Tensor,
    programs: int,
    halves: bool,
    tile: tuple[int, int, int] = (*TILE, _DEPTH),
) -> None:
    """Launch one product.

    Args:
        out: [M, N], contiguous as the others are; see `matmul_fp8.Operands`.
        programs: multiprocessors; halves: whether tiles may be cut, see `product_plan`.
        tile: rows, columns, and elements of a row that are multiplied at once.
    """
    (m, k), n = a.shape, b.shape[0]
    rows, columns, depth = tile
    plan = plan_product(m, n, rows, columns, programs) if halves else None
    a_rows = TensorDescriptor.from_tensor(a, [rows, depth])
    b_rows = TensorDescriptor.from_tensor(b, [columns, depth])
    places = TensorDescriptor.from_tensor(out, [rows, columns])
    if plan is None:
        scaled_product[(min(triton.cdiv(m, rows) * triton.cdiv(n, columns), programs),)](
            a_rows,
            b_rows,
            places,
            a_scale,
            b_scale,
            bias,
            m,
            n,
            K=k,
            ROWS=rows,
            COLUMNS=columns,
            DEPTH=depth,
            PROGRAMS=programs,
            num_warps=_WARPS,
            num_stages=_STAGES,
        )
        return
    halved_product[(programs,)](
        a_rows,
        TensorDescriptor.from_tensor(a, [rows // 2, depth]),
        b_rows,
        places,
        TensorDescriptor.from_tensor(out, [rows // 2, columns]),
        a_scale,
        b_scale,
        bias,
        m,
        n,
        plan.bands,
        plan.whole,
        plan.cut,
        plan.halves,
        K=k,
        ROWS=rows,
        COLUMNS=columns,
        DEPTH=depth,
        PROGRAMS=programs,
        HALF_STAGES=_HALF_STAGES,
        num_warps=_WARPS,
        num_stages=_STAGES,
    )


@dataclass(frozen=True, slots=True)
class TritonProduct:
    """See `matmul_fp8.ScaledMatmul`; dtype must be the bias's.

    Attributes:
        halves: whether tiles may be cut, see `product_plan`; the sums are the same to the bit.

    Raises:
        ValueError: operands do not lie as they must, or another dtype is asked for.
    """

    halves: bool

    def __call__(
        self, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, dtype: torch.dtype
    ) -> Tensor:
        if dtype is not bias.dtype:
            raise ValueError(f"the result comes as {bias.dtype}, not {dtype}")
        product: Tensor = _product(a, a_scale, b, b_scale, bias, self.halves)
        return product

    def into(self, out: Tensor, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor) -> None:
        if out.is_contiguous():
            _product_into(out, a, a_scale, b, b_scale, bias, self.halves)
        else:  # of several videos at once, whose places in the window lie apart
            out.copy_(self(a, a_scale, b, b_scale, bias, out.dtype).view(out.shape))
