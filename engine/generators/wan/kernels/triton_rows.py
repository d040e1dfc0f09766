"""Row kernels in Triton as operators, and the rows that are made of them. See `rows`.

The compiler makes loops over each row out of the same formulas, and reads a row once per reduction: at 14B its
kernels take three to five times as long as moving the bytes does.

torch.compile calls an operator as it is. Left to trace the kernels themselves, it hands them Python's floats as
float64; one such epsilon makes a row float64, and from there the device cannot convert to fp8. Here sizes and
epsilons are constants of the compiled kernel.
"""
# mypy: disable-error-code="import-not-found, import-untyped, misc, no-any-return, no-untyped-def"
# mypy: disable-error-code="untyped-decorator, unused-ignore"

from typing import Final

import torch
import triton
from torch import Tensor

from engine.generators.wan.kernels.float8 import FP8
from engine.generators.wan.kernels.triton_kernels import quantise_normed_row, quantise_row, turn_row

_PLAIN: Final = 32
_NORMED: Final = 8
"""Elements of a row's first tile for each thread, where one value of each is kept and where there are several: fewer,
and what every warp does once costs more than the row; more, and registers run short. The best of 2 to 32 warps at both
sizes of the model, on an H100."""

_WARP: Final = 32


@torch.library.custom_op("hardcut_wan::quantise_rows", mutates_args=())
def _quantise(x: Tensor, gelu: bool) -> tuple[Tensor, Tensor]:
    rows = x.reshape(-1, x.shape[-1])  # a view wherever rows lie evenly apart
    if rows.stride(1) != 1:
        rows = rows.contiguous()
    packed, scales = _packed_like(x)
    size = rows.shape[1]
    quantise_row[(rows.shape[0],)](
        rows, rows.stride(0), packed, scales, SIZE=size, GELU=gelu, **_tiles(size, 3, _PLAIN)
    )
    return packed, scales


@torch.library.custom_op("hardcut_wan::quantise_modulated_rows", mutates_args=())
def _quantise_modulated(x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    return _normed(x, None, None, scale, shift, 1.0, eps)[1:]


@torch.library.custom_op("hardcut_wan::add_and_quantise_modulated_rows", mutates_args=())
def _add_modulated(x: Tensor, y: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor, Tensor]:
    return _normed(x, y, None, scale, shift, 1.0, eps)


@torch.library.custom_op("hardcut_wan::add_gated_and_quantise_modulated_rows", mutates_args=())
def _add_gated_modulated(
    x: Tensor, y: Tensor, gate: Tensor, shift: Tensor, scale: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    return _normed(x, y, gate, scale, shift, 1.0, eps)


@torch.library.custom_op("hardcut_wan::add_gated_and_quantise_normed_rows", mutates_args=())
def _add_gated_normed(
    x: Tensor, y: Tensor, gate: Tensor, weight: Tensor, bias: Tensor, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    return _normed(x, y, gate, weight, bias, 0.0, eps)


def _packed_fake(x: Tensor, *_: object) -> tuple[Tensor, Tensor]:
    return _packed_like(x)


def _summed_fake(x: Tensor, *_: object) -> tuple[Tensor, Tensor, Tensor]:
    return x.new_empty(x.shape), *_packed_like(x)


for _operator in (_quantise, _quantise_modulated):
    _operator.register_fake(_packed_fake)
for _operator in (_add_modulated, _add_gated_modulated, _add_gated_normed):
    _operator.register_fake(_summed_fake)


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
    tiles = _tiles(size, 2, _NORMED)
    quantise_normed_row[(rows,)](
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
        **tiles,
        THREADS=_WARP * tiles["num_warps"],
    )
    return total, packed, scales


@torch.library.custom_op("hardcut_wan::turn_rows", mutates_args=("q", "k"))
def _turn(
    qk: Tensor, q_weight: Tensor, k_weight: Tensor, eps: float, cos: Tensor, sin: Tensor, q: Tensor, k: Tensor
) -> None:
    batch, length, double = qk.shape
    if qk.stride(2) != 1 or (batch > 1 and qk.stride(0) != length * qk.stride(1)):
        qk = qk.contiguous()
    for out in (q, k):
        if not out[0].is_contiguous():
            raise ValueError(f"tokens of one video must lie side by side, not {out.stride()} apart")
    turn_row[(batch * length, 2)](
        qk,
        qk.stride(1),
        q_weight,
        k_weight,
        cos,
        sin,
        q,
        k,
        length,
        q.stride(0),
        k.stride(0),
        SIZE=double // 2,
        EPS=eps,
        HALF=cos.shape[1],
        **_tiles(double // 2, 2, _PLAIN, least=2),
    )


@_turn.register_fake
def _(
    qk: Tensor, q_weight: Tensor, k_weight: Tensor, eps: float, cos: Tensor, sin: Tensor, q: Tensor, k: Tensor
) -> None:
    """Writes q and k, and returns nothing."""


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

    def add_gated_modulated(
        self, x: Tensor, y: Tensor, gate: Tensor, shift: Tensor, scale: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        return _add_gated_modulated(x, y, gate, shift, scale, eps)

    def add_gated_normed(
        self, x: Tensor, y: Tensor, gate: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        return _add_gated_normed(x, y, gate, weight, bias, eps)

    def turn(
        self,
        qk: Tensor,
        weights: tuple[Tensor, Tensor],
        eps: float,
        rotation: tuple[Tensor, Tensor],
        out: tuple[Tensor, Tensor],
    ) -> None:
        _turn(qk, *weights, eps, *rotation, *out)


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


def _tiles(size: int, most: int, per_thread: int, least: int = 1) -> dict[str, int]:
    """Tiles that make up a row: powers of two, as Triton wants them, and only the last with room left over.

    These kernels are short of instructions rather than of bytes, and a row of 5120 in one tile of 8192 wastes a
    third of them: 4096 and 1024 waste none.

    Args:
        most: how many tiles a kernel knows; per_thread: elements of the first one; least: warps.
    """
    found: list[int] = []
    left = size
    while left and len(found) < most - 1:
        found.append(1 << (left.bit_length() - 1))
        left -= found[-1]
    if left:
        found.append(triton.next_power_of_2(left))
    if sum(found) >= triton.next_power_of_2(size):
        found = [triton.next_power_of_2(size)]
    found += [0] * (most - len(found))
    tiles = dict(zip("ABC", found, strict=False))
    return tiles | {"num_warps": min(max(found[0] // per_thread // _WARP, least), 16)}
