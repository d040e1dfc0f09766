"""How fast a model will be on a GPU, from its arithmetic and what the GPU reached in a second of trying.

A chunk's time is a sum of five: large products, attention, what blocks move between them, coding pictures, and waiting
where the program waits for each chunk. Products and attention are counted in whole waves of tiles, as multiprocessors
work through them: 784 tokens of 1.3B are 84 tiles of attention for 132. At the rates that large square products reach
they need no factor; two numbers were fitted to ten figures of an H200 (docs/figures.md), which come out to 3 %, and
those of the codecs were measured by themselves. Tests hold the error on each. A least time for each layer, fitted too,
came out as nothing.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import torch
from torch.utils.benchmark import Timer

from engine.generators.wan.arithmetic import Ceilings, multiprocessors, pass_work
from engine.generators.wan.cards import FRAMES_PER_LATENT, ModelCard
from engine.generators.wan.codecs.codec import VideoCodec
from engine.generators.wan.codecs.stream import stream_cost
from engine.generators.wan.kernels.matmul_fp8 import fp8_product, layer_shapes
from engine.generators.wan.kernels.product_plan import TILE, product_waves
from engine.generators.wan.kernels.rows import TorchRows
from engine.generators.wan.memory_plan import outline_codec
from engine.generators.wan.recipes import ContextKind

ACTIVATIONS: Final = 130
"""Bytes moved for each number of a block's tokens, per layer and pass: reads and writes between the products."""

CODEC_OVER: Final = {"TAEHV": 4.5, "Wan": 3.2}
"""Convolutions of few channels reach little of what products do. TAEHV's, by the stages of a chunk: encoding takes 6.5
times its floor, and decoding beside a pass makes that 2.4 to 3.3 times decoding's floor longer."""

WAITING_S: Final = 5.5e-3
"""Between two chunks of which the second begins when the first has come."""

ATTENTION_ROWS: Final = 128
"""Queries of one head that a multiprocessor has at a time (FlashAttention 2 and 3, heads of 128 numbers)."""

UNTRIED: Final = 0.25
"""How far off it may be, as a share, on kinds of cards that were not measured: other attention, other power limits."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Attributes: chunk_ms: of a whole chunk as the program makes it; fps: pictures a second."""

    chunk_ms: float
    fps: float


def estimate(
    card: ModelCard, ceilings: Ceilings, *, fp8: bool, as_played: bool = True, halves: bool = True
) -> Estimate:
    """The time of a chunk once the window is full.

    Args:
        ceilings: what the GPU reaches; `linear` in the precision that the model's layers are in.
        fp8: whether those layers are.
        as_played: the source is encoded too, and each chunk waited for; otherwise the bare model.
        halves: whether products in fp8 may end in halves of tiles, see `product_plan`.
    """
    recipe, dims, tokens = card.recipe, card.dims, card.recipe.block_frames * card.grid.tokens
    context = {
        ContextKind.CLEAN_PASS: 1,
        ContextKind.RECOMPUTE: recipe.past_frames // recipe.block_frames,
        ContextKind.LAST_PASS: 0,
    }[recipe.context]
    steps, depth, units = len(recipe.steps), card.depth_branch, ceilings.multiprocessors

    def products_s(shapes: tuple[tuple[int, int], ...]) -> float:
        """Of a block."""
        slices = sum(
            inputs * product_waves(tokens, outputs, units, halves=halves and fp8) for inputs, outputs in shapes
        )
        return 2.0 * TILE[0] * TILE[1] * slices * units / ceilings.linear

    def attention_s(keys: int) -> float:
        """Of a block: of so many keys, and of the words."""
        waves = -(-dims.heads * -(-tokens // ATTENTION_ROWS) // units)
        return 4.0 * ATTENTION_ROWS * dims.head_dim * waves * (keys + dims.text_len) * units / ceilings.matrix

    blocks, hints = (steps + context) * dims.layers, depth * steps * len(dims.vace_layers)
    shapes = layer_shapes(dims)
    products = blocks * products_s(shapes) + hints * products_s((*shapes, (dims.dim, dims.dim)))
    attention = blocks * attention_s(recipe.window * card.grid.tokens) + hints * attention_s(tokens)
    denoise, plain = (
        pass_work(dims, recipe, card.grid, window=recipe.window, vace=vace, weight_bytes=1 if fp8 else 2)
        for vace in (depth, False)
    )
    least_moved = steps * denoise.bytes + context * plain.bytes
    moved = (blocks + hints) * tokens * dims.dim * ACTIVATIONS
    codec = outline_codec(card)
    encode, decode = (recipe.block_frames * flops for flops in _codec_flops(codec, card.shape))
    over = next(value for name, value in CODEC_OVER.items() if codec.name.startswith(name))
    seconds = (
        max(products, least_moved / ceilings.bandwidth)
        + attention
        + moved / ceilings.bandwidth
        + over * ((depth + as_played) * encode + decode) / ceilings.matrix
        + as_played * WAITING_S
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
    bandwidth = 2.0 * moved / _seconds("target.copy_(source)", calls, source=source, target=target)
    return Ceilings(matrix, linear, bandwidth, multiprocessors(device))


def _seconds(call: str, calls: int, **names: object) -> float:
    timer = Timer(call, globals=names)
    timer.timeit(calls)  # kernels are chosen and clocks rise
    return float(timer.timeit(calls).mean)
