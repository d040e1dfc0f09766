"""The product of matrices in fp8 with scaled rows, in Triton, as an operator. See `products`.

For the few thousand tokens of a chunk a library's kernel wastes more than it gains: on Hopper cuBLAS 13 takes tiles of
128×128 in pairs along the tokens, so that 2352 of them cost as much as 2560, and clears a workspace before every
product. Here one program per multiprocessor works through tiles of 128×256, 2432 tokens wide at that size, all tokens
of a slice of the weights before the next slice, so that weights come from memory once; while one tile is finished, the
next one is loaded (Triton's `flatten`). On an H100 at 14B it is 10 % faster by itself and 5 % at the card's power
limit, see PERFORMANCE.md.
"""
# mypy: disable-error-code="import-not-found, import-untyped, misc, no-any-return, no-untyped-def"
# mypy: disable-error-code="untyped-decorator, unused-ignore"

from typing import Final

import torch
import triton
import triton.language as tl
from torch import Tensor
from triton.tools.tensor_descriptor import TensorDescriptor

_ROWS: Final = 128
_COLUMNS: Final = 256
_WARPS: Final = 8
_STAGES: Final = 3
"""The fastest of 46 ways of cutting and pipelining at three of the four shapes of the 14B, and within half a percent of
it at the fourth, on an H100."""

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
        rows = row + tl.arange(0, ROWS)
        columns = column + tl.arange(0, COLUMNS)
        by_row = tl.load(a_scale + rows, mask=rows < m, other=0.0)
        by_column = tl.load(b_scale + columns, mask=columns < n, other=0.0)
        offset = tl.load(bias + columns, mask=columns < n, other=0.0).to(tl.float32)
        total = total * by_row[:, None] * by_column[None, :] + offset[None, :]
        out.store([row, column], total.to(bias.dtype.element_ty))


@torch.library.custom_op("hardcut_wan::scaled_product", mutates_args=())
def _product(a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor) -> Tensor:
    out = a.new_empty((a.shape[0], b.shape[0]), dtype=bias.dtype)
    _multiply(out, a, a_scale, b, b_scale, bias)
    return out


@_product.register_fake
def _(a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor) -> Tensor:  # noqa: ARG001
    return a.new_empty((a.shape[0], b.shape[0]), dtype=bias.dtype)


@torch.library.custom_op("hardcut_wan::scaled_product_into", mutates_args=("out",))
def _product_into(out: Tensor, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor) -> None:
    _multiply(out.view(a.shape[0], b.shape[0]), a, a_scale, b, b_scale, bias)


@_product_into.register_fake
def _(out: Tensor, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor) -> None:
    """Writes out, and returns nothing."""


def _multiply(out: Tensor, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor) -> None:
    (m, k), n = a.shape, b.shape[0]
    if not all(each.is_contiguous() for each in (out, a, a_scale, b, b_scale)):
        raise ValueError("rows and their scales must lie side by side")
    if out.dtype is not bias.dtype:
        raise ValueError(f"the result comes as {bias.dtype}, not {out.dtype}")
    processors = torch.cuda.get_device_properties(a.device).multi_processor_count
    tiles = triton.cdiv(m, _ROWS) * triton.cdiv(n, _COLUMNS)
    scaled_product[(min(tiles, processors),)](
        TensorDescriptor.from_tensor(a, [_ROWS, _DEPTH]),
        TensorDescriptor.from_tensor(b, [_COLUMNS, _DEPTH]),
        TensorDescriptor.from_tensor(out, [_ROWS, _COLUMNS]),
        a_scale,
        b_scale,
        bias,
        m,
        n,
        K=k,
        ROWS=_ROWS,
        COLUMNS=_COLUMNS,
        DEPTH=_DEPTH,
        PROGRAMS=processors,
        num_warps=_WARPS,
        num_stages=_STAGES,
    )


class TritonProduct:
    """See `products.Product`; dtype must be the bias's.

    Raises:
        ValueError: operands do not lie as they must, or another dtype is asked for.
    """

    def __call__(
        self, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, dtype: torch.dtype
    ) -> Tensor:
        if dtype is not bias.dtype:
            raise ValueError(f"the result comes as {bias.dtype}, not {dtype}")
        product: Tensor = _product(a, a_scale, b, b_scale, bias)
        return product

    def into(self, out: Tensor, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor) -> None:
        if out.is_contiguous():
            _product_into(out, a, a_scale, b, b_scale, bias)
        else:  # of several videos at once, whose places in the window lie apart
            out.copy_(self(a, a_scale, b, b_scale, bias, out.dtype).view(out.shape))
