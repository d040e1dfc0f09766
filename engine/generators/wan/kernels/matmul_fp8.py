"""Scaled fp8 matrix multiplication: torch's own, a Triton kernel, and which of them is used."""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import torch
from torch import Tensor

from engine.generators.graph_capture import CudaRecorder
from engine.generators.kernel_errors import first_error_line, kernel_errors
from engine.generators.wan.components import FP8_PRODUCTS
from engine.generators.wan.device.numerics import relative_error
from engine.generators.wan.device.trial import Trial
from engine.generators.wan.dims import ModelDims
from engine.generators.wan.kernels.float8 import FP8, FP8_CAPABILITY
from engine.messages.events import BackendChoice

Operands = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""a [M, K] in fp8, its scales [M, 1]; b [N, K] in fp8, its scales [N, 1]; bias [N]."""


class ScaledMatmul(Protocol):
    """a·bᵀ + bias of fp8 matrices whose rows are scaled."""

    def __call__(
        self, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, dtype: torch.dtype
    ) -> Tensor:
        """[M, N] in dtype."""
        ...

    def into(self, out: Tensor, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor) -> None:
        """Write the product to out [B, L, H, D]: M = B·L rows of N = H·D numbers, each row contiguous."""
        ...


@dataclass(frozen=True, slots=True)
class PlainProduct:
    """A scaled matmul that allocates its result."""

    multiply: Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, torch.dtype], Tensor]

    def __call__(
        self, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, dtype: torch.dtype
    ) -> Tensor:
        return self.multiply(a, a_scale, b, b_scale, bias, dtype)

    def into(self, out: Tensor, a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor) -> None:
        out.copy_(self.multiply(a, a_scale, b, b_scale, bias, out.dtype).view(out.shape))


PRODUCT_TOLERANCE: Final = 5e-3
"""Relative error against the same operands multiplied in float32: a result rounded to bf16 is off by 1.7e-3, and with
sums kept in the matrix units' own shorter form by 2.7e-3 to 3.3e-3 in all (1.3B and 14B on an H100)."""

WORTH: Final = 0.95
"""A later candidate must take less than 95 % of the best time so far: races of equal kernels end up to 4 % apart, and
the choice would change from start to start."""

_CHECKED_ROWS: Final = 300  # no multiple of any kernel's tile, so that the ragged edge is tried too
_CALLS: Final = 8
_ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class ProductCandidate:
    """A product that may be there.

    Attributes:
        make: imports or compiles it; raises ImportError where a package is missing.
    """

    name: str
    make: Callable[[], ScaledMatmul]


@dataclass(frozen=True, slots=True)
class ProductChoice:
    """What is used: None where nothing is right, and why not."""

    product: ScaledMatmul | None
    told: BackendChoice
    why_not: str = ""


def fp8_unfit(device: torch.device) -> str:
    """Why the device cannot multiply in fp8, or ""."""
    if device.type != "cuda":
        return f"the {device.type} has no fp8 matrix units"
    capability = torch.cuda.get_device_capability(device)
    if capability < FP8_CAPABILITY:
        return f"compute capability {capability[0]}.{capability[1]} has no fp8 matrix units"
    return ""


@torch.library.custom_op("hardcut_wan::library_scaled_product", mutates_args=())
def _scaled_mm(a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, dtype: torch.dtype) -> Tensor:
    """Opaque to the compiler: that of torch 2.11 cannot lower torch's own with a bias that begins inside a tensor."""
    # A private operator: torch's only one for this in the release that the project pins; the check proves it.
    product: Tensor = torch._scaled_mm(  # noqa: SLF001
        a, b.t(), scale_a=a_scale, scale_b=b_scale.t(), bias=bias, out_dtype=dtype, use_fast_accum=True
    )
    return product


@_scaled_mm.register_fake
def _(a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, dtype: torch.dtype) -> Tensor:  # noqa: ARG001
    return a.new_empty((a.shape[0], b.shape[0]), dtype=dtype)


def _emulated(a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, dtype: torch.dtype) -> Tensor:
    return ((a.float() * a_scale) @ (b.float() * b_scale).t() + bias.float()).to(dtype)


fp8_product: Final = PlainProduct(_scaled_mm)
"""On the matrix units, by the library that torch chooses."""

emulated_product: Final = PlainProduct(_emulated)
"""The same numbers in float32, for machines without such units: slower than not quantising at all."""


def _triton(halves: bool) -> ScaledMatmul:
    ours = importlib.import_module("engine.generators.wan.kernels.triton_matmul_fp8")
    product: ScaledMatmul = ours.TritonProduct(halves)
    return product


TORCH_PRODUCT: Final = ProductCandidate("torch", lambda: fp8_product)
CANDIDATES: Final = (
    ProductCandidate("triton, halved tiles", lambda: _triton(True)),
    ProductCandidate("triton", lambda: _triton(False)),
    TORCH_PRODUCT,
)
"""Ours first: side by side with a GPU at its power limit it gains a few percent that a short race does not show. Of
ours the one that cuts tiles where that pays (`product_plan`) before the one that never does: else they are the same."""


def choose_product(
    device: torch.device,
    dtype: torch.dtype,
    dims: ModelDims,
    tokens: int,
    candidates: Sequence[ProductCandidate] = CANDIDATES,
    time: Callable[[ScaledMatmul], float] | None = None,
    trial: Trial = Trial(),  # noqa: B008 - frozen
) -> ProductChoice:
    """Of the candidates that are right on this device, the fastest for the layers of this model.

    Args:
        tokens: rows of a chunk; time: milliseconds of a block's products, measured on the device where it is None.
        trial: how a show calls them; one that is right only when called alone is not used.

    Raises:
        torch.OutOfMemoryError: there is no room to try them.
    """
    measure = time or (lambda product: _block_ms(product, device, dtype, dims, tokens))
    right: list[tuple[ProductCandidate, ScaledMatmul, float]] = []
    rejected: list[tuple[str, str]] = []
    for candidate in candidates:
        try:
            product = candidate.make()
            error = _error(product, device, dtype, dims, tokens, trial)
        except torch.OutOfMemoryError:
            raise
        except kernel_errors() as problem:
            rejected.append((candidate.name, f"failed its check: {first_error_line(problem)}"))
            continue
        if error <= PRODUCT_TOLERANCE:
            right.append((candidate, product, error))
        else:
            rejected.append((candidate.name, f"wrong: relative error {error:.1e} (limit {PRODUCT_TOLERANCE:g})"))
    if not right:
        why = "; ".join(f"{name} {reason}" for name, reason in rejected)
        return ProductChoice(None, _choice("none", "none is right here", rejected), why)
    used, product, error = right[0]
    reason = f"relative error {error:.1e} against math (limit {PRODUCT_TOLERANCE:g})"
    if len(right) > 1:
        taken: list[tuple[float, int]] = []
        for index, (candidate, product, _) in enumerate(right):
            try:
                taken.append((measure(product), index))
            except torch.OutOfMemoryError:
                raise
            except kernel_errors() as problem:
                rejected.append((candidate.name, f"failed its race: {first_error_line(problem)}"))
        if not taken:
            why = "; ".join(f"{name} {reason}" for name, reason in rejected)
            return ProductChoice(None, _choice("none", "none can be replayed here", rejected), why)
        best = taken[0]
        for one in taken[1:]:
            if one[0] < WORTH * best[0]:
                best = one
        used, product, error = right[best[1]]
        reason = (
            f"relative error {error:.1e} against math (limit {PRODUCT_TOLERANCE:g}), "
            f"{best[0]:.2f} ms for the products of a block"
        )
        rejected += [(right[index][0].name, f"takes {ms:.2f} ms") for ms, index in taken if index != best[1]]
    return ProductChoice(product, _choice(used.name, reason, rejected))


def _choice(chosen: str, reason: str, rejected: Sequence[tuple[str, str]]) -> BackendChoice:
    return BackendChoice(component=FP8_PRODUCTS, chosen=chosen, reason=reason, rejected=tuple(rejected))


def layer_shapes(dims: ModelDims) -> tuple[tuple[int, int], ...]:
    """Inputs and outputs of a block's products in fp8, each as often as it is there."""
    dim, ffn = dims.dim, dims.ffn_dim
    return (dim, 2 * dim), (dim, dim), (dim, dim), (dim, dim), (dim, dim), (dim, ffn), (ffn, dim)


@torch.inference_mode()
def _error(
    product: ScaledMatmul, device: torch.device, dtype: torch.dtype, dims: ModelDims, tokens: int, trial: Trial
) -> float:
    """The worst relative error against float32: over the model's lengths of a sum, whole and in two parts.

    The parts are those of the fused layer before self-attention: the last third goes straight to the window. How a
    product is cut depends on its size, so each of the model's shapes is tried with the tokens of a pass too.
    """
    draw = torch.Generator(device).manual_seed(0)
    worst = 0.0

    def whole(a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor) -> Tensor:
        return product(a, a_scale, b, b_scale, bias, dtype)

    for inputs in (dims.dim, dims.ffn_dim):
        operands = draw_operands(draw, device, dtype, _CHECKED_ROWS, inputs, dims.dim)
        worst = max(worst, relative_error(trial.run(whole, *operands), emulated_product(*operands, torch.float32)))
    a, a_scale, b, b_scale, bias = draw_operands(draw, device, dtype, _CHECKED_ROWS, dims.dim, 3 * dims.dim)
    kept = 2 * dims.dim
    placed = torch.full((1, _CHECKED_ROWS, dims.heads, dims.head_dim), float("nan"), device=device, dtype=dtype)

    def parts(a: Tensor, a_scale: Tensor, b: Tensor, b_scale: Tensor, bias: Tensor, place: Tensor) -> Tensor:
        product.into(place, a, a_scale, b[kept:], b_scale[kept:], bias[kept:])
        return product(a, a_scale, b[:kept], b_scale[:kept], bias[:kept], dtype)

    first = trial.run(parts, a, a_scale, b, b_scale, bias, placed, written=(placed,))
    expected = emulated_product(a, a_scale, b, b_scale, bias, torch.float32)
    for inputs, outputs in dict.fromkeys(layer_shapes(dims)):
        operands = draw_operands(draw, device, dtype, tokens, inputs, outputs)
        worst = max(worst, relative_error(whole(*operands), emulated_product(*operands, torch.float32)))
    return max(
        worst,
        relative_error(first, expected[:, :kept]),
        relative_error(placed.view(-1, dims.dim), expected[:, kept:]),
    )


@torch.inference_mode()
def _block_ms(product: ScaledMatmul, device: torch.device, dtype: torch.dtype, dims: ModelDims, tokens: int) -> float:
    """Milliseconds that the products of one block take: the median of some rounds."""
    draw = torch.Generator(device).manual_seed(0)
    work = [draw_operands(draw, device, dtype, tokens, *shape) for shape in dict.fromkeys(layer_shapes(dims))]
    times = [layer_shapes(dims).count(shape) for shape in dict.fromkeys(layer_shapes(dims))]

    def block() -> None:
        for operands, often in zip(work, times, strict=True):
            for _ in range(often):
                product(*operands, dtype)

    replay = CudaRecorder(device).record(block)  # launched one by one, small ones would take as long as their launches
    found: list[float] = []
    for _ in range(_ROUNDS + 1):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        begin.record(torch.cuda.current_stream(device))
        for _ in range(_CALLS):
            replay()
        end.record(torch.cuda.current_stream(device))
        end.synchronize()
        found.append(begin.elapsed_time(end) / _CALLS)
    return sorted(found[1:])[_ROUNDS // 2]


def draw_operands(
    draw: torch.Generator, device: torch.device, dtype: torch.dtype, rows: int, inputs: int, outputs: int
) -> Operands:
    """Draw the operands of a product of rows × inputs and outputs × inputs, with a bias of dtype."""

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw, device=device)

    a, b = (normal(count, inputs).to(FP8) for count in (rows, outputs))
    a_scale, b_scale = (normal(count, 1).abs() + 0.1 for count in (rows, outputs))
    return a, a_scale, b, b_scale, normal(outputs).to(dtype)
