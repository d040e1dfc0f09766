"""What is done to whole rows of tokens between the matrix products: by torch, or by kernels of our own.

Torch's way serves everywhere and is what the others are measured against; compiled, it is fused by the compiler.
"""

import importlib
from collections.abc import Callable
from typing import Final, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from engine.generators.kernel_errors import first_error_line, kernel_errors
from engine.generators.wan.components import ROW_KERNELS
from engine.generators.wan.device.numerics import relative_error
from engine.generators.wan.device.trial import Trial
from engine.generators.wan.dims import ModelDims
from engine.generators.wan.kernels.float8 import FP8, FP8_CAPABILITY, FP8_MAX
from engine.generators.wan.kernels.rope import rotate
from engine.messages.events import BackendChoice

ROWS_TOLERANCE: Final = 5e-3
"""Relative error against torch on the same inputs in float32: the rounding of a result to bf16 costs 1.7e-3, and a
value that sums up differently falls to the other side of a boundary of fp8 once in many thousands."""

_SMALLEST: Final = 1e-12
_PROBE_FRAMES: Final = 3
_PROBE_TOKENS: Final = 10


class RowKernels(Protocol):
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

    def add_modulated(
        self, x: Tensor, y: Tensor, shift: Tensor, scale: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """x + y, like x, and the same of its `modulate`; y like x."""
        ...

    def add_gated_modulated(
        self, x: Tensor, y: Tensor, gate: Tensor, shift: Tensor, scale: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """`add_gated(x, y, gate)`, and the same of its `modulate`; gate like shift."""
        ...

    def add_gated_normed(
        self, x: Tensor, y: Tensor, gate: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        """`add_gated(x, y, gate)`, and the same of its `layer_norm`; gate like shift, weight and bias [C]."""
        ...

    def turn(
        self,
        qk: Tensor,
        weights: tuple[Tensor, Tensor],
        eps: float,
        rotation: tuple[Tensor, Tensor],
        out: tuple[Tensor, Tensor],
    ) -> None:
        """Queries and keys into out: the RMS norm of each over C, then the rotary embedding.

        Args:
            qk: [B, L, 2·C], tokens evenly apart; weights: of the norms, [C] each.
            rotation: cos and sin, float32 [L, D / 2]; out: [B, L, H, D] each, tokens side by side.
        """
        ...


class TorchRows:
    """See `RowKernels`."""

    name = "torch"

    def quantise(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = x.flatten(0, -2)
        scale = x.abs().amax(dim=-1, keepdim=True).float().clamp_min(_SMALLEST) / FP8_MAX
        return (x.float() / scale).clamp(-FP8_MAX, FP8_MAX).to(FP8), scale

    def quantise_gelu(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.quantise(functional.gelu(x, approximate="tanh"))

    def quantise_modulated(self, x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        return self.quantise(modulate(x, shift, scale, eps))

    def add_modulated(
        self, x: Tensor, y: Tensor, shift: Tensor, scale: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        x = x + y
        return x, *self.quantise_modulated(x, shift, scale, eps)

    def add_gated_modulated(
        self, x: Tensor, y: Tensor, gate: Tensor, shift: Tensor, scale: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        x = add_gated(x, y, gate)
        return x, *self.quantise_modulated(x, shift, scale, eps)

    def add_gated_normed(
        self, x: Tensor, y: Tensor, gate: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor]:
        x = add_gated(x, y, gate)
        return x, *self.quantise(layer_norm(x, weight, bias, eps))

    def turn(
        self,
        qk: Tensor,
        weights: tuple[Tensor, Tensor],
        eps: float,
        rotation: tuple[Tensor, Tensor],
        out: tuple[Tensor, Tensor],
    ) -> None:
        for part, weight, place in zip(qk.chunk(2, dim=-1), weights, out, strict=True):
            normed = functional.rms_norm(part.float(), (part.shape[-1],), weight.float(), eps).to(part.dtype)
            place.copy_(rotate(normed.view(place.shape), *rotation))


def modulate(x: Tensor, shift: Tensor, scale: Tensor, eps: float) -> Tensor:
    """LayerNorm without parameters, then scale and shift per latent frame, in float32.

    Args:
        x: [B, L, C]; shift, scale: float32 [B, F, 1, C].
    """
    normed = functional.layer_norm(x.float(), (x.shape[-1],), eps=eps)
    by_frame = normed.view(x.shape[0], shift.shape[1], -1, x.shape[-1])
    return (by_frame * (1.0 + scale) + shift).view(x.shape).to(x.dtype)


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float) -> Tensor:
    """LayerNorm over C, in float32; x [B, L, C], weight and bias [C]."""
    return functional.layer_norm(x.float(), (x.shape[-1],), weight.float(), bias.float(), eps).to(x.dtype)


def add_gated(x: Tensor, y: Tensor, gate: Tensor) -> Tensor:
    """x + gate · y, in float32; x, y [B, L, C], gate float32 [B, F, 1, C]."""
    by_frame = y.float().view(x.shape[0], gate.shape[1], -1, x.shape[-1])
    return (x.float() + (by_frame * gate).view(x.shape)).to(x.dtype)


def choose_rows(
    device: torch.device,
    dtype: torch.dtype,
    dims: ModelDims,
    make: Callable[[], RowKernels] | None = None,
    trial: Trial = Trial(),  # noqa: B008 - frozen
) -> tuple[RowKernels, BackendChoice]:
    """Our kernels where the device can run them and they are right for rows of this model; else torch.

    Runs each kernel on the device, so it costs the seconds that compiling them takes.

    Args:
        make: kernels to try on any device; None: Triton's, on a CUDA device that knows fp8.
        trial: how a show calls them: those that are right only when called alone are not used.
    """
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
            worst = max(_errors(rows, device, dtype, dims, trial))
        except torch.OutOfMemoryError:
            raise
        except kernel_errors() as error:
            reason = f"failed its check: {first_error_line(error)}"
        else:
            told = f"relative error {worst:.1e} against torch (limit {ROWS_TOLERANCE:g})"
            if worst <= ROWS_TOLERANCE:
                return rows, BackendChoice(component=ROW_KERNELS, chosen=rows.name, reason=told)
            reason = f"wrong: {told}"
    plain = TorchRows()
    return plain, BackendChoice(
        component=ROW_KERNELS, chosen=plain.name, reason="serves everywhere", rejected=(("triton", reason),)
    )


def _triton() -> RowKernels:
    rows: RowKernels = importlib.import_module("engine.generators.wan.kernels.triton_rows").TritonRows()
    return rows


@torch.inference_mode()
def _errors(
    rows: RowKernels, device: torch.device, dtype: torch.dtype, dims: ModelDims, trial: Trial
) -> tuple[float, ...]:
    """Relative error of each result against torch in float32 on the same inputs.

    All are called in one function, as the stages of a block are: what is compiled is compiled with others around it.
    Keys go to the head of a longer window, and modulations are rows apart, as a pass has them.
    """
    draw = torch.Generator(device).manual_seed(0)
    size, heads, eps = dims.dim, dims.heads, dims.eps
    length = _PROBE_FRAMES * _PROBE_TOKENS

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw, device=device)

    x, y = normal(1, length, size).to(dtype), normal(1, length, size).to(dtype)
    hidden = 3.0 * normal(1, length, dims.ffn_dim).to(dtype)
    modulation = normal(1, _PROBE_FRAMES, 6, size)
    weight, bias = normal(size).to(dtype), normal(size).to(dtype)
    wide = normal(1, length, 3 * size).to(dtype)
    angles = normal(length, dims.head_dim // 2)
    rotation = (angles.cos(), angles.sin())
    slices = wide[..., : 2 * size], wide[..., : 2 * size].contiguous()  # beside values, and without
    windows = [
        torch.full((1, 2 * length, heads, dims.head_dim), float("nan"), device=device, dtype=dtype) for _ in "ab"
    ]
    keys = [window[:, :length] for window in windows]

    def packed(of: tuple[Tensor, Tensor]) -> Tensor:
        return of[0].float() * of[1]

    def added(of: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        return of[0], packed((of[1], of[2]))

    def stage(
        x: Tensor,
        y: Tensor,
        hidden: Tensor,
        modulation: Tensor,
        weight: Tensor,
        bias: Tensor,
        cos: Tensor,
        sin: Tensor,
        *turned: Tensor,
    ) -> tuple[Tensor, ...]:
        shift, scale, gate = modulation[:, :, :3].chunk(3, dim=2)
        queries = []
        for qk, place in zip(turned[:2], turned[2:], strict=True):
            queries.append(qk.new_full(place.shape, float("nan")))
            rows.turn(qk, (weight, bias), eps, (cos, sin), (queries[-1], place))
        return (
            packed(rows.quantise(x)),
            packed(rows.quantise_gelu(hidden)),
            packed(rows.quantise_modulated(x, shift, scale, eps)),
            *added(rows.add_modulated(x, y, shift, scale, eps)),
            *added(rows.add_gated_modulated(x, y, gate, shift, scale, eps)),
            *added(rows.add_gated_normed(x, y, gate, weight, bias, eps)),
            *queries,
        )

    given = (x, y, hidden, modulation, weight, bias, *rotation, *slices, *keys)
    found = trial.run_all(stage, *given, written=tuple(keys))
    shift, scale, gate = modulation[:, :, :3].chunk(3, dim=2)
    sums = x.float() + y.float(), add_gated(x.float(), y.float(), gate)
    totals = [found[index].float() for index in (3, 5, 7)]
    expected = [
        _requantised(x),
        _requantised(functional.gelu(hidden.float(), approximate="tanh")),
        _requantised(modulate(x.float(), shift, scale, eps)),
        sums[0],
        _requantised(modulate(totals[0], shift, scale, eps)),
        sums[1],
        _requantised(modulate(totals[1], shift, scale, eps)),
        sums[1],
        _requantised(layer_norm(totals[2], weight, bias, eps)),
    ]
    turned = torch.empty((2, 1, length, heads, dims.head_dim), device=device)
    TorchRows().turn(slices[0].float(), (weight, bias), eps, rotation, (turned[0], turned[1]))
    found, expected = (*found, *keys), [*expected, turned[0], turned[0], turned[1], turned[1]]
    return tuple(relative_error(one.float(), right) for one, right in zip(found, expected, strict=True))


def _requantised(x: Tensor) -> Tensor:
    """What is left of x once its rows were in fp8, float32."""
    values, scales = TorchRows().quantise(x.float())
    return values.float() * scales
