"""`--against diffusers`: the same small model with our cache and without one, side by side.

Without a cache every denoise pass goes over all frames of the window: those of the past, clean, at t = 0, and the
block at hand, under a block-causal mask. Until the window is full that computes the very same latents as the cache
does; from then on the past of the past would be needed too. So both make the same video until then, and are compared;
the last of these chunks is what is timed, in turns. On a CPU one thread works, as it does in the show, and its own time
counts, so that other programs matter little.
"""

import logging
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import torch
from torch import Tensor

from bench.wan.model import card_of, never
from bench.wan.options import WanBenchOptions
from engine.clock import NS_PER_SECOND
from engine.errors import GeneratorError
from engine.folders import models_folder
from engine.generators.base import ChunkKey
from engine.generators.wan.assembly import WanParts, assemble
from engine.generators.wan.cards import Compilation, Graphs, ModelCard, Pace, Precision
from engine.generators.wan.device.numerics import relative_error
from engine.generators.wan.dims import LATENT_CHANNELS, TRAIN_TIMESTEPS, WAN_TINY, LatentGrid, ModelDims
from engine.generators.wan.files.key_names import KeyNaming
from engine.generators.wan.loading.random_weights import in_layout
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.recipes import ContextKind, Recipe
from engine.generators.wan.sampling.noise import draw_noise
from engine.generators.wan.sampling.sampler import BlockRequest, BlockSampler, schedule

_SEED: Final = 0
_TINY_EDGE: Final = 224
"""Pixels, as wan-tiny dreams: at the bench's 64×64 the calls would take longer than the arithmetic."""

_POSITIONS: Final = 1024
"""Of diffusers' rotary tables, its default; made anew, as they hold no weights that could be loaded."""


def compare(options: WanBenchOptions, device: torch.device, report: Callable[[str], None]) -> dict[str, object]:
    """Make the same chunks both ways and print; return the document.

    Raises:
        GeneratorError: diffusers is not installed, or the recipe has no equal without a cache.
    """
    recipe, dims = options.recipe, options.dims
    if recipe.context is not ContextKind.CLEAN_PASS:
        raise GeneratorError(
            "Without a cache there is nothing that equals this context",
            where=recipe.name,
            remedy="Choose self-forcing, causal-forcing or longlive.",
        )
    diffusers = _import_diffusers()
    plain = Pace(Precision.BF16, Compilation.OFF, Graphs.OFF)
    edge = _TINY_EDGE if dims is WAN_TINY else options.edge
    card = replace(card_of(options), edge=edge, depth_branch=False, codec=None, pace=plain)
    model, grid = _assembled(card, device), card.grid
    embedding = torch.randn((1, dims.text_len, dims.text_dim), generator=torch.Generator().manual_seed(_SEED)).to(
        device
    )
    ours = BlockSampler(model, recipe, grid)
    ours.set_prompt(embedding)
    theirs = _Uncached(diffusers, model, recipe, grid, embedding)
    chunks = recipe.window // recipe.block_frames
    errors = []
    for index in range(chunks):
        expected = theirs.make(index)
        value = ours.generate(_request(index), never)
        errors.append(relative_error(value, expected))
        theirs.keep(expected, last=index == chunks - 1)
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(options.chunks):
        times[0].append(_ms(lambda: ours.generate(_request(chunks + turn), never), device))  # noqa: B023
        times[1].append(_ms(lambda: theirs.make(chunks - 1), device))
    cached, uncached = (statistics.median(one) for one in times)
    ratios = sorted(b / a for a, b in zip(*times, strict=True))
    frames = recipe.block_frames
    unit = "ms of one thread" if device.type == "cpu" else "ms"
    report(f"With our cache: {cached:.0f} {unit} a chunk, {len(recipe.steps)} + 1 passes over {frames} latent frames.")
    report(
        f"diffusers {diffusers.__version__} without one: {uncached:.0f} {unit} a chunk, "
        f"{len(recipe.steps)} passes over {recipe.window} latent frames."
    )
    report(
        f"With the cache {uncached / cached:.1f} times as fast ({ratios[0]:.1f} … {ratios[-1]:.1f} in {len(ratios)} "
        f"turns); the same latents to a relative error of {max(errors):.1e} over {chunks} chunks."
    )
    return {
        "recipe": recipe.name,
        "picture": [8 * grid.height, 8 * grid.width],
        "diffusers": str(diffusers.__version__),
        "unit": unit,
        "cached_ms": cached,
        "uncached_ms": uncached,
        "ratio": uncached / cached,
        "ratios": ratios,
        "relative_errors": errors,
    }


def _assembled(card: ModelCard, device: torch.device) -> CausalWan:
    """Assemble the model of a card as the program does, in float32."""
    with torch.no_grad():
        work = assemble(card, models_folder(), device, dtype=torch.float32)
        while True:
            try:
                next(work)
            except StopIteration as done:
                parts: WanParts = done.value
                return parts.model


class _Uncached:
    """diffusers' transformer over the whole video so far, for every pass."""

    def __init__(self, diffusers: Any, model: CausalWan, recipe: Recipe, grid: LatentGrid, embedding: Tensor) -> None:
        self._recipe = recipe
        self._grid = grid
        self._embedding = embedding
        self._shape = (1, LATENT_CHANNELS, recipe.block_frames, grid.height, grid.width)
        self._past = torch.zeros((1, LATENT_CHANNELS, 0, grid.height, grid.width), device=model.device)
        with torch.device("meta"):
            self._model: Any = diffusers.WanTransformer3DModel(**_configuration(model.dims))
        self._model.load_state_dict(in_layout(model, KeyNaming.DIFFUSERS), strict=True, assign=True)
        self._model.rope = type(self._model.rope)(model.dims.head_dim, (1, 2, 2), _POSITIONS).to(model.device)
        self._model.eval().requires_grad_(False)
        self._processors = [_Masked(diffusers) for _ in self._model.blocks]
        for block, processor in zip(self._model.blocks, self._processors, strict=True):
            block.attn1.processor = processor

    @torch.inference_mode()
    def make(self, index: int) -> Tensor:
        """Return the clean latents of a block that follows the kept ones."""
        frames = self._past.shape[2] + self._recipe.block_frames
        tokens = self._grid.tokens
        block = torch.arange(frames, device=self._past.device).repeat_interleave(tokens) // self._recipe.block_frames
        for processor in self._processors:
            processor.mask = block[:, None] >= block[None, :]
        times = torch.zeros((1, frames * tokens), device=self._past.device)
        clean = torch.zeros(self._shape, device=self._past.device)
        for step, sigma in enumerate(schedule(self._recipe)):
            noise = torch.empty(self._shape)
            draw_noise(_request(index).key, step, noise)
            noisy = torch.lerp(clean, noise.to(clean.device), sigma)
            times[:, -self._recipe.block_frames * tokens :] = sigma * TRAIN_TIMESTEPS
            video = torch.cat((self._past, noisy), dim=2)
            velocity = self._model(video, times, self._embedding, return_dict=False)[0]
            clean = noisy - sigma * velocity[:, :, -self._recipe.block_frames :]
        return clean

    def keep(self, clean: Tensor, *, last: bool) -> None:
        """Append a block to the past; the last one stands for the block at hand, and is not kept."""
        if not last:
            self._past = torch.cat((self._past, clean), dim=2)


class _Masked:
    """diffusers' own attention, with a mask: its transformer takes none."""

    _attention_backend = None
    _parallel_config = None

    def __init__(self, diffusers: Any) -> None:
        self._plain = diffusers.models.transformers.transformer_wan.WanAttnProcessor()
        self.mask: Tensor | None = None

    def __call__(
        self,
        attn: Any,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor | None,
        attention_mask: Tensor | None,
        rotary_emb: Any,
    ) -> Any:
        mask = self.mask if attention_mask is None else attention_mask
        return self._plain(attn, hidden_states, encoder_hidden_states, mask, rotary_emb)


_TALKERS: Final = ("torch.utils._pytree", "torchao")
"""They tell of extensions for GPUs that do not load on a CPU, where diffusers finds torchao and imports it unasked."""


def _import_diffusers() -> Any:
    for name in _TALKERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    try:
        import diffusers
        import diffusers.models.transformers.transformer_wan
    except ImportError as error:
        raise GeneratorError(
            "The comparison needs diffusers, which is not installed",
            remedy="Install it with: pip install 'hardcut[test]'.",
        ) from error
    return diffusers


def _configuration(dims: ModelDims) -> dict[str, object]:
    return {
        "num_attention_heads": dims.heads,
        "attention_head_dim": dims.head_dim,
        "text_dim": dims.text_dim,
        "freq_dim": dims.freq_dim,
        "ffn_dim": dims.ffn_dim,
        "num_layers": dims.layers,
        "eps": dims.eps,
    }


def _request(index: int) -> BlockRequest:
    return BlockRequest(key=ChunkKey(_SEED, 0, index))


def _ms(work: Callable[[], object], device: torch.device) -> float:
    clock = time.thread_time_ns if device.type == "cpu" else time.perf_counter_ns
    start_ns = clock()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return (clock() - start_ns) / NS_PER_SECOND * 1e3
