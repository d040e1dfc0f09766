"""Sampling: the schedule, cuts, aborts, snapshots, context strategies and what a show would notice."""

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.base import ChunkAbortedError, ChunkKey
from engine.generators.wan.attention.choose import choose_attention
from engine.generators.wan.dims import WAN_TINY, LatentGrid
from engine.generators.wan.model.vace import Control, depth_control
from engine.generators.wan.recipes import KREA, LONGLIVE, RECIPES, SELF_FORCING, STREAMDIFFUSION_V2, Recipe
from engine.generators.wan.sampling.noise import draw_noise
from engine.generators.wan.sampling.sampler import BlockRequest, BlockSampler, schedule
from engine.generators.wan.text.embeddings import check_embedding
from tests.wan.models import CPU, block_of, make_embedding, make_model, noise, relative

GRID = LatentGrid(4, 4)
CONTEXTS = pytest.mark.parametrize("recipe", [LONGLIVE, KREA, STREAMDIFFUSION_V2], ids=lambda recipe: recipe.name)


def never() -> bool:
    return False


def after(calls: int) -> Callable[[], bool]:
    """An abort that comes at the n-th safe point."""
    left = iter(range(calls))
    return lambda: next(left, None) is None


def make_sampler(recipe: Recipe, *, vace: bool = False, seed: int = 1) -> BlockSampler:
    attention, _ = choose_attention(CPU, torch.float32, WAN_TINY)
    sampler = BlockSampler(make_model(vace=vace, seed=seed, attention=attention), recipe, GRID)
    sampler.set_prompt(make_embedding(WAN_TINY))
    return sampler


def request(recipe: Recipe, index: int, epoch: int = 0, *, opens: bool | None = None, **extra: object) -> BlockRequest:
    """The index-th chunk of a scene over a still input picture."""
    return BlockRequest(
        key=ChunkKey(5, epoch, index),
        source=block_of(recipe, GRID, opens=index == 0 if opens is None else opens),
        strength=0.9,
        anchor=lambda: noise(1, 16, 1, GRID.height, GRID.width, seed=99),
        **extra,  # type: ignore[arg-type]
    )


def run(sampler: BlockSampler, recipe: Recipe, chunks: range, epoch: int = 0) -> list[Tensor]:
    return [sampler.generate(request(recipe, index, epoch), never) for index in chunks]


def test_the_published_timesteps() -> None:
    assert [round(1000 * sigma, 1) for sigma in schedule(SELF_FORCING)] == [1000.0, 937.5, 833.3, 625.0]
    assert schedule(STREAMDIFFUSION_V2, 0.8) == pytest.approx((0.7, 0.5))


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=lambda recipe: recipe.name)
def test_less_strength_starts_nearer_to_the_picture(recipe: Recipe) -> None:
    weak, strong = schedule(recipe, 0.3), schedule(recipe)
    assert len(weak) == len(strong) == len(recipe.steps)
    assert all(a < b for a, b in zip(weak, strong, strict=True))
    assert list(weak) == sorted(weak, reverse=True) and weak[-1] > 0.0
    for wrong in (0.0, -1.0, 1.01, float("nan")):
        with pytest.raises(ValueError, match="strength"):
            schedule(recipe, wrong)


def test_noise_is_a_function_of_its_name() -> None:
    def draw(key: ChunkKey, step: int = 0) -> Tensor:
        out = torch.empty(2, 500)
        draw_noise(key, step, out)
        return out

    base = draw(ChunkKey(1, 2, 3))
    assert torch.equal(base, draw(ChunkKey(1, 2, 3)))
    others = [(ChunkKey(1 + 2**32, 2, 3), 0), (ChunkKey(1, 3, 3), 0), (ChunkKey(1, 2, 4), 0), (ChunkKey(1, 2, 3), 1)]
    for key, step in [*others, (ChunkKey(-1, 2**70, 3), 0)]:
        other = draw(key, step)
        assert abs(float(torch.corrcoef(torch.stack((base.flatten(), other.flatten())))[0, 1])) < 0.1
    assert abs(float(base.mean())) < 0.1 and abs(float(base.std()) - 1.0) < 0.1


@CONTEXTS
def test_a_cut_equals_a_fresh_start(recipe: Recipe) -> None:
    worn, fresh = make_sampler(recipe), make_sampler(recipe)
    run(worn, recipe, range(7))
    worn.reset()
    for a, b in zip(run(worn, recipe, range(7), 1), run(fresh, recipe, range(7), 1), strict=True):
        assert torch.equal(a, b)


@CONTEXTS
def test_a_snapshot_goes_on_bit_by_bit(recipe: Recipe) -> None:
    sampler = make_sampler(recipe)
    run(sampler, recipe, range(5))
    kept = sampler.snapshot()
    straight = run(sampler, recipe, range(5, 9))
    sampler.reset()
    run(sampler, recipe, range(3), 4)  # another scene in between
    sampler.restore(kept)
    for a, b in zip(straight, run(sampler, recipe, range(5, 9)), strict=True):
        assert torch.equal(a, b)


@CONTEXTS
@pytest.mark.parametrize("chunks", [0, 1, 6])
def test_an_abandoned_chunk_leaves_no_trace(recipe: Recipe, chunks: int) -> None:
    disturbed, calm = make_sampler(recipe), make_sampler(recipe)
    run(disturbed, recipe, range(chunks))
    run(calm, recipe, range(chunks))
    for point in range(len(recipe.steps) + 2):  # before the context, before each step, before the clean pass
        before = disturbed.snapshot()
        with pytest.raises(ChunkAbortedError):
            disturbed.generate(request(recipe, 77, opens=not chunks), after(point))
        if recipe is not KREA:  # whose cache is scratch
            now = disturbed.snapshot()
            tensors = zip(
                (*before.cache.past, before.cache.sink_keys), (*now.cache.past, now.cache.sink_keys), strict=True
            )
            assert all(torch.equal(a, b) for a, b in tensors)
    expected, value = (sampler.generate(request(recipe, chunks), never) for sampler in (calm, disturbed))
    assert torch.equal(value, expected)


def test_every_pass_has_the_same_shapes_and_addresses() -> None:
    """What a captured graph needs: from window-full on, nothing moves between chunks, steps or passes."""
    seen: list[tuple[object, ...]] = []

    def noted(latents: Tensor, *inputs: object) -> None:
        tensors = (each for one in inputs for each in (one if isinstance(one, tuple) else (one,)))
        addresses = ((one.shape, one.data_ptr()) for one in tensors if isinstance(one, Tensor))
        seen.append((latents.shape, *addresses))

    def denoise(*inputs: Any) -> Tensor:
        noted(*inputs)
        return denoise_of(*inputs)

    def forward_kv(*inputs: Any) -> None:
        noted(*inputs)
        forward_kv_of(*inputs)

    model = make_model()
    denoise_of, forward_kv_of = model.forward, model.forward_kv
    model.forward, model.forward_kv = denoise, forward_kv  # type: ignore[method-assign]
    sampler = BlockSampler(model, LONGLIVE, GRID)
    sampler.set_prompt(make_embedding(WAN_TINY))
    run(sampler, LONGLIVE, range(8))
    assert len(seen) == 8 * 5
    assert len(set(seen)) == len(sampler.cache.lengths)
    assert len(set(seen[15:])) == 1


def test_a_still_input_does_not_drift_apart() -> None:
    """The same input and noise chunk after chunk: once the window is full, neither size nor seams grow."""
    sampler = make_sampler(SELF_FORCING)
    blocks = [sampler.generate(request(SELF_FORCING, 0), never) for _ in range(30)]
    seams = [float((b[:, :, 0] - a[:, :, -1]).norm()) for a, b in itertools.pairwise(blocks)]
    sizes = [float(block.norm()) for block in blocks]
    steps = [relative(b, a) for a, b in itertools.pairwise(blocks)]
    assert max(seams[20:]) < 1.05 * max(seams[8:20])
    assert max(sizes[20:]) < 1.05 * max(sizes[8:20])
    assert max(steps[20:]) <= 1.05 * max(steps[8:20])
    assert all(bool(block.isfinite().all()) for block in blocks)


def test_a_day_ends_no_video() -> None:
    sampler = make_sampler(LONGLIVE)
    run(sampler, LONGLIVE, range(6))
    sampler.cache._position += 3_000_000
    sampler.cache._tables.move_to(sampler.cache.position)
    sampler.cache._place_sink()
    assert all(bool(block.isfinite().all()) for block in run(sampler, LONGLIVE, range(6, 12)))


def test_dipping_the_past_forgets_it() -> None:
    outputs = []
    for past in (1.0, 0.999999, 0.05):
        sampler = make_sampler(LONGLIVE)
        run(sampler, LONGLIVE, range(6))
        outputs.append(sampler.generate(request(LONGLIVE, 6, past=past), never))
    alone = make_sampler(LONGLIVE).generate(request(LONGLIVE, 6), never)
    assert relative(outputs[1], outputs[0]) < 1e-4
    assert relative(outputs[2], alone) < relative(outputs[0], alone)
    with pytest.raises(ValueError, match="past"):
        make_sampler(LONGLIVE).generate(request(LONGLIVE, 0, past=0.0), never)


def test_depth_acts_by_its_scale_and_costs_nothing_off() -> None:
    outputs = {}
    for scale in (None, 0.0, 1.0):
        sampler = make_sampler(LONGLIVE, vace=True)
        branch = sampler._model.vace
        assert branch is not None
        depth = depth_control(
            block_of(LONGLIVE, GRID, 4), block_of(LONGLIVE, GRID, 5) * 0.0, torch.empty(1, 96, 3, 4, 4)
        )
        control = None if scale is None else Control(branch.embed(depth), torch.tensor(scale))
        calls = counted(branch.blocks)
        outputs[scale] = sampler.generate(request(LONGLIVE, 0, control=control), never)
        assert len(calls) == (0 if scale is None else len(WAN_TINY.vace_layers) * len(LONGLIVE.steps))
    assert torch.equal(outputs[0.0], outputs[None])
    assert relative(outputs[1.0], outputs[0.0]) > 0.01


def counted(blocks: torch.nn.ModuleList) -> list[int]:
    """Grows by one with every call of one of the blocks."""
    calls: list[int] = []
    for block in blocks:
        block.register_forward_hook(lambda *_: calls.append(1))
    return calls


def test_a_new_prompt_keeps_the_past() -> None:
    sampler = make_sampler(LONGLIVE)
    run(sampler, LONGLIVE, range(5))
    kept = sampler.snapshot()
    sampler.set_prompt(make_embedding(WAN_TINY, seed=8))
    assert torch.equal(kept.cache.past.k, sampler.snapshot().cache.past.k)
    new = sampler.generate(request(LONGLIVE, 5), never)
    sampler.set_prompt(make_embedding(WAN_TINY))
    sampler.restore(kept)
    assert relative(new, sampler.generate(request(LONGLIVE, 5), never)) > 1e-3


def test_kreas_context_asks_for_its_anchor_once_it_slides() -> None:
    sampler = make_sampler(KREA)
    asked: list[int] = []

    def anchor() -> Tensor:
        asked.append(len(made))
        return noise(1, 16, 1, GRID.height, GRID.width, seed=99)

    made: list[Tensor] = []
    for index in range(4):
        made.append(sampler.generate(dataclasses.replace(request(KREA, index), anchor=anchor), never))
    assert asked == [2, 3]
    with pytest.raises(GeneratorError, match="oldest frame was not encoded"):
        sampler.generate(dataclasses.replace(request(KREA, 4), anchor=None), never)


def test_a_picture_that_is_needed_or_does_not_fit_is_said() -> None:
    with pytest.raises(GeneratorError, match="there is none"):
        make_sampler(STREAMDIFFUSION_V2).generate(BlockRequest(key=ChunkKey(0, 0, 0), strength=0.9), never)
    with pytest.raises(ValueError, match="source is"):
        make_sampler(LONGLIVE).generate(BlockRequest(key=ChunkKey(0, 0, 0), source=torch.zeros(1, 16, 2, 4, 4)), never)


def test_embeddings_are_checked_where_they_are_made() -> None:
    check_embedding(make_embedding(WAN_TINY), WAN_TINY)
    with pytest.raises(GeneratorError, match="text encoder"):
        check_embedding(torch.zeros(1, 512, 4096), WAN_TINY)
    spoiled = make_embedding(WAN_TINY)
    spoiled[0, 0, 0] = float("nan")
    with pytest.raises(GeneratorError, match="no numbers"):
        check_embedding(spoiled, WAN_TINY)
