"""The cache against one forward pass over the whole video under an explicit mask, and its own promises."""

import dataclasses

import pytest
import torch
from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.dims import LatentGrid
from engine.generators.wan.files.key_names import KeyNaming
from engine.generators.wan.kernels.rope import RotaryTables, rotate
from engine.generators.wan.loading.random_weights import in_layout
from engine.generators.wan.recipes import ContextKind, Recipe
from engine.generators.wan.sampling.kv_cache import KVCache
from tests.wan.masked import MaskedAttention, masked
from tests.wan.models import (
    CPU,
    SMALL,
    Runner,
    diffusers_model,
    make_cache,
    make_embedding,
    make_model,
    make_text,
    noise,
    relative,
)

TOLERANCE = 1e-4
GRID = LatentGrid(2, 4)
CLEAN = ContextKind.CLEAN_PASS
PLAIN = Recipe(name="plain", context=CLEAN, window=9)
SINK = Recipe(name="sink", context=CLEAN, window=12, sink=3, bias_exempt=1)
TINY = dataclasses.replace(SMALL, dim=12, heads=1, layers=2, vace_layers=(0,))
SINGLE = Recipe(name="single", context=CLEAN, window=6, sink=3, block_frames=1, bias_exempt=1)


def video(recipe: Recipe, blocks: int, seed: int = 3) -> Tensor:
    return noise(1, 16, blocks * recipe.block_frames, GRID.height, GRID.width, seed=seed)


def runner_for(recipe: Recipe) -> Runner:
    model = make_model(SMALL)
    return Runner(model, make_cache(model, recipe, GRID), make_text(model))


def commit_all(runner: Runner, recipe: Recipe, latents: Tensor) -> None:
    for start in range(0, latents.shape[2], recipe.block_frames):
        runner.passed(latents[:, :, start : start + recipe.block_frames], 0.0)
        runner.cache.commit()


def all_at_once(runner: Runner, recipe: Recipe, latents: Tensor, last: float, log_past: float = 0.0) -> Tensor:
    """diffusers over all frames: t = 0 but for the last block."""
    frames = latents.shape[2]
    processor = MaskedAttention(recipe, GRID, frames, SMALL.head_dim, log_past)
    theirs = diffusers_model(SMALL)
    theirs.load_state_dict(convert_wan_transformer_to_diffusers(in_layout(runner.model, KeyNaming.WAN)))
    times = torch.zeros(1, frames)
    times[:, -recipe.block_frames :] = last
    per_token = times.repeat_interleave(GRID.tokens, dim=1)
    velocity: Tensor = masked(theirs, processor)(latents, per_token, make_embedding(SMALL), return_dict=False)[0]
    return velocity


def reference(runner: Runner, recipe: Recipe, latents: Tensor, last: float, log_past: float = 0.0) -> Tensor:
    """The velocity of the last block."""
    return all_at_once(runner, recipe, latents, last, log_past)[:, :, -recipe.block_frames :]


@pytest.mark.parametrize(
    ("recipe", "blocks"), [(PLAIN, 350), (SINK, 350), (SINGLE, 200)], ids=lambda value: getattr(value, "name", value)
)
def test_chunk_by_chunk_equals_all_at_once(recipe: Recipe, blocks: int) -> None:
    """Far beyond the window, and beyond the 1024 positions of Wan's own tables."""
    latents = video(recipe, blocks)
    runner = runner_for(recipe)
    commit_all(runner, recipe, latents[:, :, : -recipe.block_frames])
    value = runner.passed(latents[:, :, -recipe.block_frames :], 833.3)
    assert relative(value, reference(runner, recipe, latents, 833.3)) < TOLERANCE


@pytest.mark.parametrize("recipe", [PLAIN, SINK, SINGLE], ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("blocks", [1, 2, 3, 4, 5, 6, 9])
def test_while_the_window_fills(recipe: Recipe, blocks: int) -> None:
    latents = video(recipe, blocks)
    runner = runner_for(recipe)
    commit_all(runner, recipe, latents[:, :, : -recipe.block_frames])
    value = runner.passed(latents[:, :, -recipe.block_frames :], 625.0)
    assert relative(value, reference(runner, recipe, latents, 625.0)) < TOLERANCE


@pytest.mark.parametrize("blocks", [2, 9])
@pytest.mark.parametrize("recipe", [PLAIN, SINK, SINGLE], ids=lambda recipe: recipe.name)
def test_a_biased_past_equals_a_mask(recipe: Recipe, blocks: int) -> None:
    latents = video(recipe, blocks)
    runner = runner_for(recipe)
    commit_all(runner, recipe, latents[:, :, : -recipe.block_frames])
    last = latents[:, :, -recipe.block_frames :]
    biased = runner.passed(last, 625.0, bias=runner.cache.bias(torch.tensor(-1.5)))
    assert relative(biased, reference(runner, recipe, latents, 625.0, -1.5)) < TOLERANCE
    plain = runner.passed(last, 625.0)
    assert relative(runner.passed(last, 625.0, bias=runner.cache.bias(torch.tensor(0.0))), plain) < 1e-5
    if recipe is not SINGLE or blocks > 2:  # of a single frame of context, the exempt one is all there is
        assert relative(biased, plain) > 1e-3


@pytest.mark.parametrize("position", [1023 * 3, 10**7 * 3])
def test_positions_never_run_out(position: int) -> None:
    """A video that begins at a late position is the same video: scores depend on differences of positions."""
    latents = video(PLAIN, 9)
    near, far = runner_for(PLAIN), runner_for(PLAIN)
    far.cache._position = position
    far.cache._tables.move_to(position)
    for runner in (near, far):
        commit_all(runner, PLAIN, latents[:, :, :-3])
    last = latents[:, :, -3:]
    assert relative(far.passed(last, 625.0), near.passed(last, 625.0)) < 1e-5


def test_a_day_of_show_with_a_sink() -> None:
    """The sink, turned by a day's worth of frames, stands where it stood before."""
    runner, late = runner_for(SINK), runner_for(SINK)
    commit_all(runner, SINK, video(SINK, 9))
    kept = runner.cache.snapshot()
    jump = 500_001 * 3
    keys = rotate(kept.past.k, *late.cache._tables.shift(jump))
    late.cache.restore(dataclasses.replace(kept, past=kept.past._replace(k=keys), position=kept.position + jump))
    # The sink's slots, three frames of two tokens behind the block's own, and what time rotates of them.
    late.cache._keys[:, :, 6:12, :, : 2 * SMALL.rope_pairs[0]].zero_()
    late.cache._place_sink()
    last = video(SINK, 1, seed=9)
    assert relative(late.passed(last, 625.0), runner.passed(last, 625.0)) < 1e-5


def test_the_tables_are_exact_at_any_position() -> None:
    tables = RotaryTables(SMALL, GRID, 3, CPU)
    for position in (0, 1024, 10**9):
        tables.move_to(position)
        time = SMALL.rope_pairs[0]
        angles = (position + 2) / 10000.0 ** (torch.arange(time).double() / time)
        assert torch.allclose(tables.cos[-1, :time], angles.cos().float(), atol=1e-6)
        assert torch.allclose(tables.sin[-1, :time], angles.sin().float(), atol=1e-6)


def test_it_allocates_once_and_knows_how_much() -> None:
    runner = runner_for(SINK)
    addresses = [tensor.data_ptr() for tensor in (*runner.cache.window(), *runner.cache.rotation)]
    size = runner.cache.bytes()
    assert size == KVCache.bytes_for(SMALL, SINK, GRID, torch.float32)
    lengths = []
    for index in range(9):
        runner.passed(video(SINK, 1, seed=index), 0.0)
        lengths.append(runner.cache.window().k.shape[2])
        runner.cache.commit()
    assert tuple(dict.fromkeys(lengths)) == runner.cache.lengths
    assert lengths[3:] == [runner.cache.lengths[-1]] * 6
    assert runner.cache.bytes() == size
    assert [tensor.data_ptr() for tensor in (*runner.cache.window(), *runner.cache.rotation)] == addresses


def test_denoise_passes_touch_only_the_blocks_own_slots() -> None:
    runner = runner_for(SINK)
    commit_all(runner, SINK, video(SINK, 7))
    before = runner.cache.snapshot()
    for timestep in (1000.0, 625.0):
        runner.passed(video(SINK, 1, seed=5), timestep)
    after = runner.cache.snapshot()
    assert all(
        torch.equal(a, b) for a, b in zip((*before.past, before.sink_keys), (*after.past, after.sink_keys), strict=True)
    )


@pytest.mark.parametrize("log_bias", [None, -1.5])
def test_a_pass_that_makes_the_past_leaves_what_a_whole_one_leaves(log_bias: float | None) -> None:
    runner = runner_for(SINK)
    *past, latents = video(SINK, 5).split(SINK.block_frames, dim=2)
    commit_all(runner, SINK, torch.cat(past, dim=2))
    bias = None if log_bias is None else runner.cache.bias(torch.tensor(log_bias))
    window = runner.cache.window()
    runner.passed(latents, 0.0, bias=bias)
    expected = [one.clone() for one in window]
    for one in window:
        one[:, :, : GRID.tokens * SINK.block_frames] = float("nan")
    times = torch.zeros(1, SINK.block_frames)
    runner.model.forward_kv(latents, times, runner.cache.rotation, runner.text, window, bias)
    assert all(torch.equal(one, other) for one, other in zip(window, expected, strict=True))


def test_a_snapshot_goes_on_bit_by_bit() -> None:
    straight, resumed = runner_for(SINK), runner_for(SINK)
    latents = video(SINK, 12)
    commit_all(straight, SINK, latents[:, :, :15])
    kept = straight.cache.snapshot()
    assert kept.bytes() > 0
    commit_all(resumed, SINK, video(SINK, 4, seed=8))  # another scene, which the snapshot replaces
    resumed.cache.restore(kept)
    for runner in (straight, resumed):
        commit_all(runner, SINK, latents[:, :, 15:33])
    last = latents[:, :, 33:]
    assert torch.equal(straight.passed(last, 937.5), resumed.passed(last, 937.5))


def test_a_snapshot_of_another_shape_is_refused() -> None:
    runner = runner_for(SINK)
    commit_all(runner, SINK, video(SINK, 2))
    other = KVCache(SMALL, PLAIN, GRID, device=CPU, dtype=torch.float32)
    with pytest.raises(GeneratorError, match="Arm the scene again"):
        other.restore(runner.cache.snapshot())


@pytest.mark.parametrize(("window", "sink", "block"), [(10, 0, 3), (12, 4, 3), (3, 3, 3), (2, 0, 3)])
def test_windows_that_blocks_cannot_fill_are_refused(window: int, sink: int, block: int) -> None:
    with pytest.raises(GeneratorError):
        Recipe(name="odd", context=CLEAN, window=window, sink=sink, block_frames=block)


@given(
    block=st.integers(1, 3),
    sinks=st.integers(0, 2),
    rolls=st.integers(1, 4),
    events=st.lists(st.sampled_from(["commit", "commit", "commit", "reset", "keep", "restore"]), max_size=30),
)
def test_the_window_holds_the_sink_and_the_newest(block: int, sinks: int, rolls: int, events: list[str]) -> None:
    """Against a list of frames, through any sequence of chunks, cuts and swaps."""
    recipe = Recipe(
        name="any", context=CLEAN, window=block * (1 + sinks + rolls), sink=block * sinks, block_frames=block
    )
    cache = KVCache(TINY, recipe, LatentGrid(2, 2), device=CPU, dtype=torch.float32)
    seen: list[int] = []
    number = 0
    kept, kept_seen = cache.snapshot(), list(seen)
    for event in events:
        match event:
            case "commit":
                frames = list(range(number, number + block))
                number += block
                cache.window().v[:, :, :block] = torch.tensor(frames, dtype=torch.float32)[:, None, None]
                cache.commit()
                seen += frames
            case "reset":
                cache.reset()
                seen = []
            case "keep":
                kept, kept_seen = cache.snapshot(), list(seen)
            case "restore":
                cache.restore(kept)
                seen = list(kept_seen)
        rolling = seen[recipe.sink :]
        expected = seen[: recipe.sink] + rolling[max(len(rolling) - block * rolls, 0) :]
        assert sorted(cache.window().v[-1, 0, block:, 0, 0].int().tolist()) == sorted(expected)
        assert cache.position == len(seen) and cache.frames == len(expected)
