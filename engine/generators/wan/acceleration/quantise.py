"""fp8 for the big matrix products, guarded: what it costs in accuracy is measured at load, layer by layer.

Weights and activations are float8 e4m3, each with one scale per row: a row's largest value becomes the format's
largest (448). Rows of activations are scaled anew in every call. Three bits of mantissa are off by 2.6 % (root mean
square) per operand, so a product is off by about 4 % on any data without outliers that crush a row; that is what
the bounds below tell apart. Embeddings, time, text, head and all attention stay in the model's dtype.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor, nn

from engine.errors import GeneratorError
from engine.generators.wan.components import LINEAR_LAYERS
from engine.generators.wan.device.numerics import relative_error
from engine.generators.wan.dims import CONTROL_CHANNELS, LATENT_CHANNELS, LatentGrid
from engine.generators.wan.kernels.matmul_fp8 import ScaledMatmul, fp8_product, fp8_unfit
from engine.generators.wan.kernels.rows import RowKernels, TorchRows, add_gated
from engine.generators.wan.loading.staging import bring, large_places
from engine.generators.wan.model.blocks import Block, DeferredResidual
from engine.generators.wan.model.linear import Addition, Linear
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.model.vace import Control
from engine.generators.wan.recipes import ContextKind, Recipe
from engine.generators.wan.sampling.kv_cache import KVCache
from engine.messages.events import BackendChoice

LAYER_BOUND: Final = 0.06
"""Relative error of one layer's output; √2 · 2.6 % is what the format itself costs."""

BLOCK_BOUND: Final = 0.12
"""Relative error of what a block adds to its input: six layers in a row, whose errors add up as squares."""

_PROBE_GRID: Final = LatentGrid(16, 16)
_PROBE_RECIPE: Final = Recipe(name="probe", context=ContextKind.CLEAN_PASS, window=3)
_PROBE_TIMESTEP: Final = 900.0


class Float8Linear(Linear):
    """A linear layer in fp8 that takes the place of another, adapters included. It has no `weight` to load into."""

    packed: Tensor
    scale: Tensor

    def __init__(self, source: Linear, product: ScaledMatmul, rows: RowKernels, placed: int = 0) -> None:
        """Quantise a layer.

        Args:
            placed: how many of its last outputs `after_modulation` writes to a place of their own.
        """
        nn.Module.__init__(self)
        self.in_features, self.out_features = source.in_features, source.out_features
        packed, scale = TorchRows().quantise(source.weight.detach())
        self.register_buffer("packed", packed, persistent=False)
        self.register_buffer("scale", scale, persistent=False)
        self.bias = source.bias
        self._kept = self.out_features - placed
        self.adapters = source.adapters
        self._product = product
        self._rows = rows

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - nn.Linear's own name
        y = self._multiply(self._rows.quantise(input), input)
        for adapter in self.adapters:
            assert isinstance(adapter, Addition)
            adapter.add_to(y, input)
        return y

    def after_gelu(self, x: Tensor) -> Tensor:
        if len(self.adapters):  # they read what the layer reads, in full precision
            return super().after_gelu(x)
        return self._multiply(self._rows.quantise_gelu(x), x)

    def after_modulation(self, x: Tensor, shift: Tensor, scale: Tensor, eps: float, place: Tensor) -> Tensor:
        if len(self.adapters):
            return super().after_modulation(x, shift, scale, eps, place)
        return self._part(self._rows.quantise_modulated(x, shift, scale, eps), x, place)

    def after_sum(self, x: Tensor, y: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        if len(self.adapters):
            return super().after_sum(x, y, shift, scale, eps)
        x, *quantised = self._rows.add_modulated(x, y, shift, scale, eps)
        return x, self._multiply((quantised[0], quantised[1]), x)

    def after_gated_modulation(
        self, x: Tensor, y: Tensor, gate: Tensor, shift: Tensor, scale: Tensor, eps: float, place: Tensor
    ) -> tuple[Tensor, Tensor]:
        if len(self.adapters):
            return super().after_gated_modulation(x, y, gate, shift, scale, eps, place)
        x, *quantised = self._rows.add_gated_modulated(x, y, gate, shift, scale, eps)
        return x, self._part((quantised[0], quantised[1]), x, place)

    def after_gated_sum(
        self, x: Tensor, y: Tensor, gate: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> tuple[Tensor, Tensor]:
        if len(self.adapters):
            return super().after_gated_sum(x, y, gate, weight, bias, eps)
        x, *quantised = self._rows.add_gated_normed(x, y, gate, weight, bias, eps)
        return x, self._multiply((quantised[0], quantised[1]), x)

    def _multiply(self, quantised: tuple[Tensor, Tensor], like: Tensor) -> Tensor:
        y = self._product(*quantised, self.packed, self.scale, self.bias, like.dtype)
        return y.view(*like.shape[:-1], self.out_features)

    def _part(self, quantised: tuple[Tensor, Tensor], like: Tensor, place: Tensor) -> Tensor:
        """Two products, the second straight to its place."""
        kept = self._kept
        self._product.into(place, *quantised, self.packed[kept:], self.scale[kept:], self.bias[kept:])
        y = self._product(*quantised, self.packed[:kept], self.scale[:kept], self.bias[:kept], like.dtype)
        return y.view(*like.shape[:-1], kept)


@dataclass(frozen=True, slots=True)
class LayerError:
    """What fp8 costs one layer: relative error of its output against the model's own dtype, on the same input.

    Attributes:
        kept: the layer stays as it was; reason says why, or is "".
    """

    name: str
    error: float
    kept: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PrecisionReport:
    """What became of the model.

    Attributes:
        layers: all that were tried, in order.
        blocks: by block, the error of what it adds to its input with its fp8 layers in place.
    """

    layers: tuple[LayerError, ...]
    blocks: tuple[tuple[str, float], ...]

    @property
    def kept(self) -> tuple[LayerError, ...]:
        return tuple(layer for layer in self.layers if layer.kept)

    def choice(self) -> BackendChoice:
        """The decision, told."""
        done = [layer for layer in self.layers if not layer.kept]
        worst = max((layer.error for layer in done), default=0.0)
        block = max((error for _, error in self.blocks), default=0.0)
        return BackendChoice(
            component=LINEAR_LAYERS,
            chosen=f"fp8 per row in {len(done)} of {len(self.layers)}",
            reason=f"relative error per layer ≤ {worst:.1e} (limit {LAYER_BOUND:g}), "
            f"per block ≤ {block:.1e} (limit {BLOCK_BOUND:g})",
            rejected=tuple((f"fp8 in {layer.name}", layer.reason) for layer in self.kept),
        )


def quantise(
    model: CausalWan,
    product: ScaledMatmul = fp8_product,
    rows: RowKernels | None = None,
    *,
    layer_bound: float = LAYER_BOUND,
    block_bound: float = BLOCK_BOUND,
) -> PrecisionReport:
    """Put fp8 layers into every block where they are accurate enough. After loading, before compiling.

    One pass of the model over random latents runs with a hook behind every block: there its layers are replaced
    one after another, each on the input that it has just had, and then the block is run again as a whole.
    The old weights go as the pass moves on, so memory never rises by more than one block; where large layers wait on
    the host (`loading.staging`), each block's come when it is its turn.

    Raises:
        GeneratorError: the device cannot do it at all.
    """
    if product is fp8_product and (reason := fp8_unfit(model.device)):
        raise GeneratorError(f"The model cannot run in fp8: {reason}", remedy="Choose bf16.")
    rows = rows or TorchRows()
    layers: list[LayerError] = []
    blocks: list[tuple[str, float]] = []
    inputs: dict[nn.Module, Tensor] = {}
    hooks: list[Any] = []

    def behind(name: str, block: nn.Module, arguments: tuple[Any, ...], out: DeferredResidual) -> None:
        assert isinstance(block, Block)
        places = list(large_places(block))
        tried = [
            _replace(
                f"{name}.{label}",
                parent,
                child,
                inputs,
                partial(Float8Linear, product=product, rows=rows, placed=model.dims.dim if child == "qkv" else 0),
                layer_bound,
            )
            for label, parent, child in places
        ]
        for module in list(inputs):
            inputs.pop(module)
        error = relative_error(_added(block.forward(*arguments), arguments[0]), _added(out, arguments[0]))
        if error > block_bound:
            for (_, parent, child), (_, before) in zip(places, tried, strict=True):
                setattr(parent, child, before)
            reason = f"its block would be off by {error:.1e} (limit {block_bound:g})"
            tried = [(LayerError(one.name, one.error, True, one.reason or reason), kept) for one, kept in tried]
            error = 0.0
        layers.extend(one for one, _ in tried)
        blocks.append((name, error))

    def remember(layer: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        inputs[layer] = arguments[0]

    for name, block in _named_blocks(model):
        hooks.append(block.register_forward_pre_hook(lambda one, _: bring(one, model.device)))
        for _, parent, child in large_places(block):
            hooks.append(getattr(parent, child).register_forward_pre_hook(remember))
        hooks.append(block.register_forward_hook(partial(behind, name)))
    try:
        _probe(model)
    finally:
        for hook in hooks:
            hook.remove()
    return PrecisionReport(tuple(layers), tuple(blocks))


def _added(out: DeferredResidual, state: Tensor | DeferredResidual) -> Tensor:
    """What a block adds to its input, in float32."""
    before = state if isinstance(state, Tensor) else add_gated(*state)
    return add_gated(*out).float() - before.float()


def _replace(
    name: str,
    parent: nn.Module,
    child: str,
    inputs: dict[nn.Module, Tensor],
    pack: Callable[[Linear], Linear],
    bound: float,
) -> tuple[LayerError, Linear]:
    """Replace one layer if that is accurate enough; what came of it, and the layer as it was."""
    layer: Linear = getattr(parent, child)
    x = inputs[layer]
    packed = pack(layer)
    error = relative_error(packed(x), Linear.forward(layer, x))
    if error > bound:
        return LayerError(name, error, True, f"relative error {error:.1e} (limit {bound:g})"), layer
    setattr(parent, child, packed)
    return LayerError(name, error, False), layer


@torch.inference_mode()
def _probe(model: CausalWan) -> None:
    """One pass over random latents, the depth branch included."""
    device, dims = model.device, model.dims
    draw = torch.Generator(device).manual_seed(0)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw, device=device)

    frames, height, width = _PROBE_RECIPE.block_frames, _PROBE_GRID.height, _PROBE_GRID.width
    cache = KVCache(dims, _PROBE_RECIPE, _PROBE_GRID, device=device, dtype=model.dtype)
    text = model.text_buffers()
    model.encode_text(normal(1, dims.text_len, dims.text_dim), text)
    control = None
    if model.vace is not None:
        tokens = model.vace.embed(normal(1, CONTROL_CHANNELS, frames, height, width))
        control = Control(tokens, torch.ones((), device=device))
    times = torch.full((1, frames), _PROBE_TIMESTEP, device=device)
    model(normal(1, LATENT_CHANNELS, frames, height, width), times, cache.rotation, text, cache.window(), control)


def _named_blocks(model: CausalWan) -> Iterator[tuple[str, Block]]:
    for index, block in enumerate(model.all_blocks()):
        branch = index - model.dims.layers
        yield (f"blocks.{index}" if branch < 0 else f"vace_blocks.{branch}"), block
