"""Tiny models for the tests, ours and diffusers', filled with the same numbers."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import WanTransformer3DModel, WanVACETransformer3DModel
from torch import Tensor

from engine.generators.wan.attention.base import AttentionBackend
from engine.generators.wan.attention.reference import MathAttention
from engine.generators.wan.dims import WAN_TINY, LatentGrid, ModelDims
from engine.generators.wan.files.checkpoint import Checkpoint
from engine.generators.wan.loading.random_weights import fill_random
from engine.generators.wan.loading.weights import Part, load
from engine.generators.wan.model.blocks import KeyValues
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.recipes import Recipe
from engine.generators.wan.sampling.kv_cache import KVCache

CPU = torch.device("cpu")
SMALL = dataclasses.replace(WAN_TINY, dim=48, ffn_dim=96, heads=2, layers=3, vace_layers=(0, 2), text_len=8)
GRID = LatentGrid(4, 6)


def make_model(
    dims: ModelDims = WAN_TINY,
    *,
    vace: bool = False,
    seed: int = 1,
    attention: AttentionBackend | None = None,
    dtype: torch.dtype = torch.float32,
) -> CausalWan:
    model = CausalWan.empty(dims, attention or MathAttention(), device=CPU, dtype=dtype, vace=vace)
    fill_random(model, seed)
    return model


def load_all(model: CausalWan, path: Path, part: Part = Part.MAIN) -> CausalWan:
    with Checkpoint.open(path) as checkpoint:
        for _ in load(model, checkpoint, part):
            pass
    return model


def make_cache(model: CausalWan, recipe: Recipe, grid: LatentGrid = GRID) -> KVCache:
    return KVCache(model.dims, recipe, grid, device=CPU, dtype=model.dtype)


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def block_of(recipe: Recipe, grid: LatentGrid = GRID, seed: int = 0, *, opens: bool = False) -> Tensor:
    frames = recipe.opening_frames if opens else recipe.block_frames
    return noise(1, 16, frames, grid.height, grid.width, seed=seed)


def make_text(model: CausalWan, seed: int = 7) -> KeyValues:
    """The keys and values of a random prompt, and its zero-padded embedding."""
    out = model.text_buffers()
    model.encode_text(make_embedding(model.dims, seed), out)
    return out


def make_embedding(dims: ModelDims, seed: int = 7) -> Tensor:
    embedding = noise(1, dims.text_len, dims.text_dim, seed=seed)
    embedding[:, dims.text_len // 2 :] = 0.0
    return embedding


def relative(value: Tensor, reference: Tensor) -> float:
    return float((value.double() - reference.double()).norm() / reference.double().norm())


@dataclass(frozen=True)
class Runner:
    """One model, one cache and one prompt: passes over blocks, as the sampler makes them."""

    model: CausalWan
    cache: KVCache
    text: KeyValues

    def passed(self, latents: Tensor, timestep: float, **extra: object) -> Tensor:
        times = torch.full((latents.shape[0], latents.shape[2]), timestep)
        return self.model(latents, times, self.cache.rotation, self.text, self.cache.window(), **extra)


def diffusers_model(dims: ModelDims) -> WanTransformer3DModel:
    return WanTransformer3DModel(**_config(dims)).eval().requires_grad_(False)


def diffusers_vace_model(dims: ModelDims) -> WanVACETransformer3DModel:
    model = WanVACETransformer3DModel(**_config(dims), vace_layers=list(dims.vace_layers), vace_in_channels=96)
    return model.eval().requires_grad_(False)


def _config(dims: ModelDims) -> dict[str, object]:
    return {
        "num_attention_heads": dims.heads,
        "attention_head_dim": dims.head_dim,
        "text_dim": dims.text_dim,
        "freq_dim": dims.freq_dim,
        "ffn_dim": dims.ffn_dim,
        "num_layers": dims.layers,
        "eps": dims.eps,
        "rope_max_seq_len": 4096,  # Wan's own 1024 end before some tests do
    }
