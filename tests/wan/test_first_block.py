"""A video that begins with a longer block: StreamDiffusionV2's two latents, held against other computations."""

import dataclasses

import numpy as np
import pytest
import torch
from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.base import ChunkKey
from engine.generators.graph_capture import CallAgain
from engine.generators.wan.acceleration.graphed_pass import GraphedPass
from engine.generators.wan.codecs.codec import VideoCodec, random_codec
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.codecs.wan_vae import WanVaeConfig
from engine.generators.wan.conditioning import DepthVideo, InputVideo, fitted
from engine.generators.wan.dims import LatentGrid
from engine.generators.wan.files.key_names import KeyNaming
from engine.generators.wan.loading.random_weights import in_layout
from engine.generators.wan.model.blocks import KeyValues
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.recipes import LONGLIVE, STREAMDIFFUSION_V2, ContextKind, Recipe
from engine.generators.wan.sampling.context import opening_recipe
from engine.generators.wan.sampling.kv_cache import KVCache
from engine.generators.wan.sampling.noise import draw_noise
from engine.generators.wan.sampling.sampler import BlockRequest, BlockSampler, EagerPass
from engine.generators.wan.video import _rgbx
from engine.messages.frame import FRAME_SIZE, InputFrame
from tests.wan.cards import small_card
from tests.wan.masked import MaskedAttention, masked
from tests.wan.models import CPU, SMALL, diffusers_model, make_embedding, make_model, noise, relative
from tests.wan.shows import Make, ask, control, never, picture

RECIPE = STREAMDIFFUSION_V2
GRID = LatentGrid(4, 6)
BLOCKS = [2, 1, 1, 1]
"""Latents of each block of a video that just fills the window."""


class TwoFirst(MaskedAttention):
    """Frames see those before them and themselves; the first two see each other."""

    def __init__(self, frames: int) -> None:
        super().__init__(dataclasses.replace(RECIPE, first_block=0), GRID, frames, SMALL.head_dim)
        block = torch.arange(frames).repeat_interleave(GRID.tokens).clamp(min=1)
        self._seen = block[None, :] <= block[:, None]
        self._sink = torch.zeros_like(self._seen)
        self._bias = torch.zeros(())


def source(index: int) -> Tensor:
    return noise(1, 16, BLOCKS[index], GRID.height, GRID.width, seed=40 + index)


def theirs(model: CausalWan, strength: float) -> list[Tensor]:
    """`prepare` and `inference_wo_batch` of StreamDiffusionV2: diffusers over all frames so far, at every step.

    A frame of the past stands at the noise of its last step, which is what their cache keeps of it.
    """
    whole = diffusers_model(SMALL)
    whole.load_state_dict(convert_wan_transformer_to_diffusers(in_layout(model, KeyNaming.WAN)))
    past: list[tuple[Tensor, float]] = []
    made = []
    for index, frames in enumerate(BLOCKS):
        clean = source(index)
        for step, (share, told) in enumerate([(strength, 1000 * strength - 100), (0.5, 500.0)]):
            drawn = torch.empty(clean.shape)
            draw_noise(ChunkKey(5, 0, index), step, drawn)
            noisy = (1 - share) * clean + share * drawn
            video = torch.cat([*(one for one, _ in past), noisy], dim=2)
            times = torch.tensor([[*(time for one, time in past for _ in range(one.shape[2])), *[told] * frames]])
            tokens = times.repeat_interleave(GRID.tokens, dim=1)
            seen = masked(whole, TwoFirst(video.shape[2]))
            velocity = seen(video, tokens, make_embedding(SMALL), return_dict=False)[0][:, :, -frames:]
            clean = noisy - told / 1000 * velocity
        past.append((noisy, told))
        made.append(clean)
    return made


def graphed(model: CausalWan, cache: KVCache, text: KeyValues) -> GraphedPass:
    return GraphedPass(model, cache, text, CallAgain())


def make_sampler(model: CausalWan, *, replayed: bool) -> BlockSampler:
    sampler = BlockSampler(model, RECIPE, GRID, denoise=graphed if replayed else EagerPass)
    sampler.set_prompt(make_embedding(SMALL))
    return sampler


@pytest.mark.parametrize("replayed", [False, True], ids=["plain", "replayed"])
def test_it_is_sampled_as_theirs_is(replayed: bool) -> None:
    """Through two videos of one sampler, the second of which begins by a cut."""
    model = make_model(SMALL)
    sampler, expected = make_sampler(model, replayed=replayed), theirs(model, 0.8)
    for _ in range(2):
        for index, one in enumerate(expected):
            assert sampler.cache.block_frames == BLOCKS[index]
            made = sampler.generate(BlockRequest(key=ChunkKey(5, 0, index), source=source(index), strength=0.8), never)
            assert relative(made, one) < 1e-5, index
        sampler.reset()


def test_all_its_shapes_are_recorded_ahead() -> None:
    model = make_model(SMALL, vace=True)
    sampler = make_sampler(model, replayed=True)
    passes = sampler._pass
    assert isinstance(passes, GraphedPass)
    latents = noise(1, 16, 1, GRID.height, GRID.width)
    list(passes.warm_up(latents, GRID.tokens, depth=True, biased=True, remembers=False))
    recorded = len(passes.shapes)
    assert recorded == 4 * len(sampler.cache.lengths) == 4 * 5
    for index, frames in enumerate([*BLOCKS, 1, 1]):
        block = noise(1, 16, frames, GRID.height, GRID.width, seed=index)
        for past in (1.0, 0.5):
            asked = BlockRequest(key=ChunkKey(1, 0, index), source=block, strength=0.8, past=past)
            work = sampler.steps(asked)
            with torch.inference_mode():
                for _ in range(3):
                    next(work)
            work.close()
        sampler.generate(asked, never)
    assert (len(passes.shapes), passes.late) == (recorded, 0)


@pytest.mark.parametrize("first", [2, 3])
def test_a_longer_first_block_becomes_the_past_frame_by_frame(first: int) -> None:
    """Where the sink ends within it, and in a cache that is just large enough to be prepared aside."""
    recipe = dataclasses.replace(RECIPE, positions=None, sink=first - 1, window=first + 3, first_block=first)
    for one in (recipe, opening_recipe(recipe)):
        cache = KVCache(SMALL, one, GRID, device=CPU, dtype=torch.float32)
        assert cache.bytes() == KVCache.bytes_for(SMALL, one, GRID, torch.float32)
        shape = (SMALL.layers, 1, first * GRID.tokens, SMALL.heads, SMALL.head_dim)
        keys, values = noise(*shape, seed=1), noise(*shape, seed=2)
        for _ in range(2):
            window = cache.window()
            assert window.k.shape[2] == first * GRID.tokens == cache.lengths[0]
            window.k.copy_(keys)
            window.v.copy_(values)
            cache.commit()
            after = cache.window()
            assert torch.equal(after.k[:, :, GRID.tokens :], keys)
            assert torch.equal(after.v[:, :, GRID.tokens :], values)
            assert (cache.position, cache.frames, cache.block_frames) == (first, first, 1)
            cache.reset()


def test_first_blocks_that_cannot_be_are_refused() -> None:
    plain = dataclasses.replace(LONGLIVE, recache=False)
    for recipe, first in ((RECIPE, 6), (LONGLIVE, 6), (plain, 4), (plain, 12)):
        with pytest.raises(GeneratorError, match="block"):
            dataclasses.replace(recipe, first_block=first)
    assert isinstance(dataclasses.replace(plain, first_block=6), Recipe)
    with pytest.raises(GeneratorError, match="stays as it was made"):
        dataclasses.replace(RECIPE, context=ContextKind.RECOMPUTE)


CODECS = {
    "wan": random_codec(WanVaeConfig(8), 3, CPU, torch.float32),
    "tiny": random_codec(TaehvConfig(8, (8, 8, 8, 8)), 3, CPU, torch.float32),
}
EACH_CODEC = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)


def pixels(frames: list[InputFrame], shape: tuple[int, int]) -> Tensor:
    """[1, 3, T, *shape] in 0..1."""
    pictures = np.stack([fitted(one.image, shape) for one in frames])
    return torch.from_numpy(pictures).permute(3, 0, 1, 2)[None].float() / 255


@EACH_CODEC
def test_the_source_is_coded_as_one_video_from_its_five_pictures_on(codec: VideoCodec) -> None:
    """The chunk's oldest picture stands for those before it; a break in the middle begins with one latent."""
    card = small_card(recipe=dataclasses.replace(RECIPE, source=None))
    frames = [picture(seed) for seed in range(12)]
    ours = InputVideo(codec, card)
    latents = torch.cat([ours.latents(frames[:4], 2).clone(), ours.latents(frames[4:8]).clone()], dim=2)
    whole = [frames[0]] * 4 + frames[:8]
    whole = whole[4 - codec.encoder.groups[0] :]
    expected = codec.open_encoder().push(pixels(whole, card.shape))
    assert latents.shape[2] == 3 and torch.allclose(latents, expected, atol=1e-5)
    ours.leave_out()
    again = ours.latents(frames[8:])
    alone = codec.open_encoder().push(pixels(frames[8:][4 - codec.encoder.groups[0] :], card.shape))
    assert again.shape[2] == 1 and torch.allclose(again, alone, atol=1e-5)


@EACH_CODEC
def test_depth_and_masks_are_of_both_latents(codec: VideoCodec) -> None:
    card = small_card(recipe=RECIPE)
    frames = [picture(seed) for seed in range(4)]
    for keep in (0.0, 0.5):
        longer, plain = DepthVideo(codec, card), DepthVideo(codec, card)
        opening = longer.control(control(2), frames, keep, 2).clone()
        assert opening.shape[2] == 2
        stills = frames if not keep else [frames[0]] * 4
        apart = [plain.control(control(2), one, keep).clone() for one in (stills, frames)]
        assert torch.allclose(opening, torch.cat(apart, dim=2), atol=1e-5)
        following = longer.control(control(2), frames, keep), plain.control(control(2), frames, keep)
        assert torch.allclose(*following, atol=1e-5)


def test_the_newest_four_of_its_five_pictures_are_shown(make: Make) -> None:
    card = small_card(recipe=RECIPE)
    generator = make(card)
    video, made = generator.video, []
    steps = video.sampler.steps

    def listening(request: BlockRequest) -> object:
        clean = yield from steps(request)
        made.append(clean.clone())
        return clean

    video.sampler.steps = listening  # type: ignore[method-assign, assignment]
    chunks = [generator.generate(ask(card, index), never).images for index in range(2)]
    assert [one.shape[2] for one in made] == [2, 1]
    pictures = _rgbx(generator.parts.codec.open_decoder().push(torch.cat(made, dim=2))).numpy()
    assert len(pictures) == 9
    for image, expected in zip((*chunks[0], *chunks[1]), pictures[1:], strict=True):
        assert np.abs(image.astype(int) - fitted(expected, (FRAME_SIZE, FRAME_SIZE))).max() <= 1
