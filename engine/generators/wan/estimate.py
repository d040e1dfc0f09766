"""How fast a model will be on a GPU, from its arithmetic and what the GPU reached in a second of trying.

A chunk's time is a sum of four: large products, attention, what blocks move between them, and coding pictures. How
much longer than its floor each takes was fitted to eight figures of an H200 (docs/figures.md), which it gives back to
1 %; tests hold the error on each card that was measured.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import torch
from torch.utils.benchmark import Timer

from engine.generators.wan.arithmetic import Ceilings, Work, pass_work
from engine.generators.wan.cards import FRAMES_PER_LATENT, ModelCard
from engine.generators.wan.codecs.codec import VideoCodec
from engine.generators.wan.codecs.stream import stream_cost
from engine.generators.wan.kernels.matmul_fp8 import fp8_product
from engine.generators.wan.kernels.rows import TorchRows
from engine.generators.wan.memory_plan import outline_codec
from engine.generators.wan.recipes import ContextKind

PRODUCTS_OVER, ATTENTION_OVER = 0.96, 0.98
"""Times their floors, at the rates that large square products reach."""

ACTIVATIONS: Final = 147
"""Bytes moved for each number of a block's tokens, per layer and pass: reads and writes between the products."""

CODEC_OVER: Final = {"TAEHV": 10.4, "Wan": 3.2}
"""Convolutions of few channels reach little of what products do, least of all beside denoising."""

UNTRIED: Final = 0.25
"""How far off it may be, as a share, on kinds of cards that were not measured: other attention, other power limits."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Attributes: chunk_ms: of a whole chunk as the program makes it; fps: pictures a second."""

    chunk_ms: float
    fps: float


def estimate(card: ModelCard, ceilings: Ceilings, *, fp8: bool, with_input: bool = True) -> Estimate:
    """The time of a chunk once the window is full.

    Args:
        ceilings: what the GPU reaches; `linear` in the precision that the model's layers are in.
        fp8: whether those layers are; with_input: whether the source is encoded too.
    """
    recipe, dims, grid = card.recipe, card.dims, card.grid
    context = {
        ContextKind.CLEAN_PASS: 1,
        ContextKind.RECOMPUTE: recipe.past_frames // recipe.block_frames,
        ContextKind.LAST_PASS: 0,
    }[recipe.context]
    depth = card.depth_branch
    denoise, plain = (
        pass_work(dims, recipe, grid, window=recipe.window, vace=vace, weight_bytes=1 if fp8 else 2)
        for vace in (depth, False)
    )
    work = sum([denoise] * len(recipe.steps) + [plain] * context, Work())
    layers = (len(recipe.steps) + context) * dims.layers + depth * len(recipe.steps) * len(dims.vace_layers)
    moved = layers * recipe.block_frames * grid.tokens * dims.dim * ACTIVATIONS
    codec = outline_codec(card)
    encode, decode = (recipe.block_frames * flops for flops in _codec_flops(codec, card.shape))
    over = next(value for name, value in CODEC_OVER.items() if codec.name.startswith(name))
    seconds = (
        PRODUCTS_OVER * max(work.linear / ceilings.linear, work.bytes / ceilings.bandwidth)
        + ATTENTION_OVER * work.attention / ceilings.matrix
        + moved / ceilings.bandwidth
        + over * ((depth + with_input) * encode + decode) / ceilings.matrix
    )
    return Estimate(1e3 * seconds, recipe.block_frames * FRAMES_PER_LATENT / seconds)


@lru_cache(maxsize=16)
def _codec_flops(codec: VideoCodec, shape: tuple[int, int]) -> tuple[float, float]:
    """Of a latent frame, encoded and decoded."""
    encoder, decoder = (stream_cost(network, *shape).flops for network in (codec.encoder, codec.decoder))
    return float(encoder), float(decoder)


def measure_ceilings(device: torch.device, *, fp8: bool) -> Ceilings:
    """What a GPU reaches, in about a second: square products of random numbers, and a copy far beyond its caches.

    On a processor, as small as it can bear: for trying this out.
    """
    large = device.type == "cuda"
    edge, moved, calls = (8192, 1 << 30, 8) if large else (512, 1 << 24, 2)
    dtype = torch.bfloat16 if large else torch.float32
    draw = torch.Generator(device).manual_seed(0)
    a, b = (torch.randn(edge, edge, device=device, generator=draw).to(dtype) for _ in range(2))
    operations = 2.0 * edge**3
    matrix = operations / _seconds("a @ b.t()", calls, a=a, b=b)
    linear = matrix
    if fp8:
        rows = TorchRows()
        (qa, sa), (qb, sb) = rows.quantise(a), rows.quantise(b)
        bias = torch.zeros(edge, device=device, dtype=dtype)
        linear = operations / _seconds(
            "product(qa, sa, qb, sb, bias, dtype)",
            calls,
            product=fp8_product,
            qa=qa,
            sa=sa,
            qb=qb,
            sb=sb,
            bias=bias,
            dtype=dtype,
        )
    source = torch.empty(moved, dtype=torch.int8, device=device).fill_(1)
    target = torch.empty_like(source)
    return Ceilings(matrix, linear, 2.0 * moved / _seconds("target.copy_(source)", calls, source=source, target=target))


def _seconds(call: str, calls: int, **names: object) -> float:
    timer = Timer(call, globals=names)
    timer.timeit(calls)  # kernels are chosen and clocks rise
    return float(timer.timeit(calls).mean)
