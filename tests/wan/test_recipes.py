"""What each family is sampled by, beyond its steps and window: held against what its repository computes."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

from engine.errors import GeneratorError
from engine.generators.base import ChunkKey
from engine.generators.wan.cards import read_card
from engine.generators.wan.codecs.codec import random_codec
from engine.generators.wan.codecs.latent_space import normalise
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.conditioning import InputVideo
from engine.generators.wan.dims import WAN_TINY
from engine.generators.wan.motion_noise import noise_in_motion
from engine.generators.wan.recipes import (
    CAUSAL_FORCING_FRAMEWISE,
    KREA,
    LONGLIVE,
    SELF_FORCING,
    STREAMDIFFUSION_V2,
    ContextKind,
    Recipe,
)
from engine.generators.wan.sampling.renewing_cache import RenewingCache
from engine.generators.wan.sampling.sampler import BlockRequest, BlockSampler, denoise_schedule
from tests.wan.cards import small_card
from tests.wan.models import CPU, GRID, make_embedding, make_model, noise
from tests.wan.shows import Make, ask, never, picture, run, same


def told(sampler: BlockSampler) -> list[tuple[float, bool]]:
    """Collects the timestep of every pass and whether its past is biased; of the past's own passes, minus one."""
    found: list[tuple[float, bool]] = []
    plain = sampler._pass

    class Listening:
        def __call__(self, latents: Tensor, times: Tensor, control: object, bias: object) -> Tensor:
            found.append((round(float(times[0, 0]), 1), bias is not None))
            return plain(latents, times, control, bias)  # type: ignore[arg-type]

        def forward_kv(self, latents: Tensor, times: Tensor, bias: object) -> None:
            found.append((-1.0, bias is not None))
            plain.forward_kv(latents, times, bias)  # type: ignore[arg-type]

    sampler._pass = Listening()  # type: ignore[assignment]
    return found


def make_sampler(recipe: object) -> BlockSampler:
    sampler = BlockSampler(make_model(), recipe, GRID)  # type: ignore[arg-type]
    sampler.set_prompt(make_embedding(WAN_TINY), "gold")
    return sampler


def test_the_first_block_frame_by_frame_has_steps_of_its_own() -> None:
    """Causal-Forcing++: denoising_step_list_first_chunk, then denoising_step_list and the clean pass."""
    sampler = make_sampler(CAUSAL_FORCING_FRAMEWISE)
    passes = told(sampler)
    for index in range(3):
        sampler.generate(BlockRequest(key=ChunkKey(1, 0, index)), never)
    first, other = [1000.0, 937.5, 833.3, 625.0, -1.0], [1000.0, 833.3, -1.0]
    assert [time for time, _ in passes] == [*first, *other, *other]
    sampler.reset()
    passes.clear()
    sampler.generate(BlockRequest(key=ChunkKey(1, 1, 0), past=0.5), never)
    assert passes == [*((time, True) for time in first[:-1]), (-1.0, False)]  # what is remembered was seen in full


def test_kreas_fifth_step_is_its_schedules_last_entry() -> None:
    """FlowMatchScheduler(shift=5, sigma_min=0, extra_one_step=True): the entry nearest to 0 stands at 0.001."""
    sigmas = torch.linspace(1.0, 0.0, 1001)[:-1].double()
    shifted = 5 * sigmas / (1 + 4 * sigmas)
    step = denoise_schedule(KREA, steps=(1000, 750, 500, 250, 0))[-1]
    assert step.told == 0.0
    assert step.sigma == step.noise == pytest.approx(float(shifted[-1]), rel=1e-4)


@pytest.mark.parametrize("scale", [0.6, 0.8, 1.0])
def test_streamdiffusion_is_told_less_noise_than_there_is(scale: float) -> None:
    """current_step = int(1000 · noise_scale) − 100; the steps after it as they stand."""
    first, second = denoise_schedule(STREAMDIFFUSION_V2, scale)
    assert first.noise == scale
    assert first.told == pytest.approx(1000 * scale - 100) and first.sigma == pytest.approx(first.told / 1000)
    if scale >= 0.8:
        assert (second.noise, second.sigma, second.told) == (0.5, 0.5, 500.0)
    assert second.told < first.told


def test_noise_falls_in_motion_as_theirs_does() -> None:
    frames = [picture(seed) for seed in range(9)]
    frames[5] = frames[6] = frames[7] = frames[8]  # the last chunk hardly moves
    video = torch.from_numpy(np.stack([frame.image for frame in frames])).double() / 127.5 - 1.0
    ours, state, theirs = 0.0, None, 0.8
    for start in (1, 5):
        now, before = video[start : start + 4], video[start - 1 : start + 3]
        change = torch.sqrt(((now - before) ** 2).mean(dim=(1, 2, 3))).max() / 0.2
        theirs = (0.8 - 0.1 * float(change.clamp(0, 1))) * 0.9 + theirs * 0.1
        if state is None:
            _, state = noise_in_motion(0.8, frames[:1], 0.1, None)
            state = dataclasses.replace(state, noise=0.8)
        ours, state = noise_in_motion(0.8, frames[start : start + 4], 0.1, state)
        assert ours == pytest.approx(theirs, abs=1e-6)
    assert 0.7 < ours < 0.8


def test_its_source_is_shown_by_the_vaes_own_latents() -> None:
    card = small_card(recipe=STREAMDIFFUSION_V2)
    plain = dataclasses.replace(card, recipe=dataclasses.replace(STREAMDIFFUSION_V2, source=None))
    codec = random_codec(TaehvConfig(8, (8, 8, 8, 8)), 3, CPU, torch.float32)
    frames = [picture(seed) for seed in range(4)]
    raw, normal = (InputVideo(codec, one).latents(frames) for one in (card, plain))
    assert torch.allclose(normalise()(raw), normal, atol=1e-5)


class TheirCache:
    """StreamDiffusionV2's cache of one layer, by lists: a frame's slot, its position and its tokens."""

    def __init__(self) -> None:
        self.keys: list[Tensor] = []
        self.values: list[Tensor] = []
        self.ring = [3, 4]
        self.position = 0

    def take(self, key: Tensor, value: Tensor, threshold: float) -> None:
        self.position = self.position + 1 if self.position + 1 < 50 else 5
        if len(self.keys) < 5:
            self.keys.append(key)
            self.values.append(value)
            return
        alike = [
            (
                cosine_similarity(k.mean(0).flatten(), key.mean(0).flatten(), dim=0)
                + cosine_similarity(v.mean(0).flatten(), value.mean(0).flatten(), dim=0)
            )
            / 2
            for k, v in zip(self.keys[:3], self.values[:3], strict=True)
        ]
        if min(alike) < threshold:
            slot = alike.index(min(alike))
        else:
            slot = self.ring.pop(0)
            self.ring.append(slot)
        self.keys[slot], self.values[slot] = key, value


@pytest.mark.parametrize("threshold", [-1.1, 0.2, 0.6])
def test_a_sink_is_renewed_where_the_picture_has_left_it(threshold: float) -> None:
    assert STREAMDIFFUSION_V2.positions is not None
    fixed = dataclasses.replace(STREAMDIFFUSION_V2.positions, renew_below=threshold)
    recipe = dataclasses.replace(STREAMDIFFUSION_V2, positions=fixed)
    cache = RenewingCache(WAN_TINY, recipe, GRID, device=CPU, dtype=torch.float32)
    theirs = [TheirCache() for _ in range(WAN_TINY.layers)]
    tokens, middle = GRID.tokens, None
    for index in range(60):
        drifting = torch.cat([noise(WAN_TINY.layers, 1, 1, 4, 32, seed=index // 4) * 2] * tokens, dim=2)
        new = [drifting + 0.5 * noise(*drifting.shape, seed=1000 + index + part) for part in (0, 500)]
        for layer, one in enumerate(theirs):
            one.take(new[0][layer, 0], new[1][layer, 0], threshold)
        window = cache.prefix(cache.block_frames * tokens)
        place = slice(index * tokens, (index + 1) * tokens) if index < 2 else slice(None)  # the first two together
        window.k[:, :, place] = new[0]
        window.v[:, :, place] = new[1]
        if not index:
            continue
        cache.commit()
        for layer, one in enumerate(theirs):
            ours = cache.window().k[layer, 0, tokens:]
            assert torch.equal(ours, torch.cat(one.keys)), (index, layer)
        assert cache._place_of(cache.position) == theirs[0].position
        if index == 30:
            middle = cache.snapshot(), [list(one.ring) for one in theirs]
    assert middle is not None
    cache.restore(middle[0])
    assert [int(turn) + 3 for turn in cache._turns] == [ring[0] for ring in middle[1]]
    assert cache.position == 31


def spoken(sampler: BlockSampler, words: str) -> None:
    sampler.set_prompt(make_embedding(WAN_TINY, seed=len(words)), words)


def played(sampler: BlockSampler, indices: range) -> list[Tensor]:
    return [sampler.generate(BlockRequest(key=ChunkKey(1, 0, index)), never) for index in indices]


def in_one_chunk(recipe: Recipe, past: list[Tensor], index: int) -> Tensor:
    """The block of this index after a past that was made under the words of "rain", all in one."""
    sampler = make_sampler(dataclasses.replace(recipe, recache=False))
    spoken(sampler, "rain")
    for block in past:
        sampler._pass.forward_kv(block, torch.zeros(1, 3), None)
        sampler.cache.commit()
    return played(sampler, range(index, index + 1))[0]


@pytest.mark.parametrize("first", [5, 6], ids=["ring in order", "ring turned"])
@pytest.mark.parametrize(
    "recipe",
    [
        LONGLIVE,
        dataclasses.replace(LONGLIVE, window=18, sink=6),
        dataclasses.replace(SELF_FORCING, window=9, recache=True),
    ],
    ids=["longlive", "two sinks", "no sink"],
)
def test_the_past_is_made_anew_a_block_a_chunk_once_the_words_stay(recipe: Recipe, first: int) -> None:
    """At its end it equals what is made anew in one chunk, whose latents were the same."""
    sampler = make_sampler(recipe)
    made = played(sampler, range(first))
    spoken(sampler, "rain")
    blocks, sinks = recipe.past_frames // 3, recipe.sink // 3
    lengths = []
    for index in range(first, first + blocks + 2):
        passes = told(sampler)
        made += played(sampler, range(index, index + 1))
        lengths.append([time for time, _ in passes].count(-1.0))
    assert lengths == [1, *[2] * blocks, 1]  # a morph's words may still be changing in the first
    last = first + blocks
    assert torch.allclose(
        made[last], in_one_chunk(recipe, made[:sinks] + made[last - blocks + sinks : last], last), atol=1e-5
    )


def test_a_change_of_words_while_the_past_is_made_anew_begins_it_again_and_a_cut_ends_it() -> None:
    sampler = make_sampler(LONGLIVE)
    first = played(sampler, range(5))[0]
    spoken(sampler, "mist")
    made = played(sampler, range(5, 8))  # left at its second pass
    spoken(sampler, "rain")
    made += played(sampler, range(8, 12))
    expected = in_one_chunk(LONGLIVE, [first, made[4], made[5]], 11)
    assert torch.allclose(made[6], expected, atol=1e-5)
    spoken(sampler, "gold!")
    played(sampler, range(12, 14))
    sampler.reset()
    fresh = make_sampler(LONGLIVE)
    spoken(fresh, "gold!")
    passes = told(sampler)
    assert all(torch.equal(a, b) for a, b in zip(played(sampler, range(6)), played(fresh, range(6)), strict=True))
    assert [time for time, _ in passes].count(-1.0) == 6


def test_old_words_that_come_back_are_taken_up_too() -> None:
    sampler = make_sampler(LONGLIVE)
    spoken(sampler, "rain")
    sink = played(sampler, range(5))[0]
    spoken(sampler, "mist")
    played(sampler, range(5, 7))  # the sink is made anew
    spoken(sampler, "rain")
    made = played(sampler, range(7, 11))
    assert torch.allclose(made[3], in_one_chunk(LONGLIVE, [sink, made[1], made[2]], 10), atol=1e-5)


def test_a_chunk_abandoned_while_words_change_leaves_no_trace() -> None:
    sampler, untouched = make_sampler(LONGLIVE), make_sampler(LONGLIVE)
    for one in (sampler, untouched):
        for index in range(4):
            one.generate(BlockRequest(key=ChunkKey(1, 0, index)), never)
        one.set_prompt(make_embedding(WAN_TINY, seed=8), "rain")
    for index in (4, 5, 6, 7):
        for point in (1, 3):
            work = sampler.steps(BlockRequest(key=ChunkKey(1, 0, index)))
            with torch.inference_mode():
                for _ in range(point):
                    next(work)
            work.close()
        ours, theirs = (one.generate(BlockRequest(key=ChunkKey(1, 0, index)), never) for one in (sampler, untouched))
        assert torch.equal(ours, theirs)
        kept = sampler.snapshot()
        following = played(sampler, range(index + 1, index + 3))
        sampler.reset()
        sampler.restore(kept)
        again = played(sampler, range(index + 1, index + 3))
        assert all(torch.equal(a, b) for a, b in zip(again, following, strict=True))
        sampler.restore(kept)


def test_a_card_chooses_sink_window_and_context(tmp_path: Path) -> None:
    head = 'label = "x"\ndims = "tiny"\nrandom_weights = true\n'

    def recipe(text: str) -> object:
        (tmp_path / "mine.toml").write_text(head + text)
        return read_card(tmp_path / "mine.toml").recipe

    assert recipe('recipe = "self-forcing"\nsink = 3') == dataclasses.replace(SELF_FORCING, sink=3)
    anchored = recipe('recipe = "self-forcing"\nwindow = 6\ncontext = "recompute"')
    assert anchored == dataclasses.replace(SELF_FORCING, window=6, context=ContextKind.RECOMPUTE)
    assert recipe('recipe = "longlive"\nrecache = false') == dataclasses.replace(LONGLIVE, recache=False)
    polished = recipe('recipe = "krea"\nsteps = [1000, 750, 500, 250, 0]')
    assert polished == dataclasses.replace(KREA, steps=(1000, 750, 500, 250, 0))
    for wrong in ('context = "whole"', 'context = "recompute"\nrecache = true', "sink = 2", "steps = 3", "steps = [0]"):
        with pytest.raises(GeneratorError):
            recipe(f'recipe = "longlive"\n{wrong}')


def test_a_show_of_streamdiffusion_follows_motion_and_goes_on_from_a_snapshot(make: Make) -> None:
    card = small_card(recipe=STREAMDIFFUSION_V2)
    generator = make(card)
    first = run(generator, card, range(3))
    kept = generator.snapshot()
    following = run(generator, card, range(3, 6))
    generator.restore(kept)
    assert same(run(generator, card, range(3, 6)), following)
    generator.reset()
    assert same(run(generator, card, range(3)), first)
    video = generator.video
    assert video._input._motion is not None and video._input._motion.noise < 0.8
    generator.generate(ask(card, 6, strength=1.0), never)
    assert video._input._motion is None
