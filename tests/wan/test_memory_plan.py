"""Memory planned for cards of every size, and proved by simulation: whole models on the meta device, byte by byte."""

import dataclasses
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from engine.errors import GeneratorError, NotEnoughMemoryError
from engine.generators.headroom import headroom
from engine.generators.wan.acceleration.plan import accelerate, tools_of
from engine.generators.wan.acceleration.quantise import Float8Linear, quantise
from engine.generators.wan.arithmetic import Ceilings
from engine.generators.wan.attention.reference import MathAttention
from engine.generators.wan.card_library import load_card, load_cards
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.codecs.stream import stream_cost
from engine.generators.wan.dims import WAN_14B
from engine.generators.wan.estimate import estimate, measure_ceilings
from engine.generators.wan.files.key_names import KeyNaming
from engine.generators.wan.forecast import TRIED, forecasts, forecasts_here
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.kernels.matmul_fp8 import ProductCandidate, ScaledMatmul, emulated_product, fp8_product
from engine.generators.wan.kernels.rows import TorchRows
from engine.generators.wan.loading.random_weights import in_layout, write_checkpoint
from engine.generators.wan.loading.staging import bring, is_staged, large_places, staged_model
from engine.generators.wan.loading.weights import Part
from engine.generators.wan.memory import GIB, MemoryNeed, least_free, model_need, room_in, unplayed_bytes
from engine.generators.wan.memory_plan import (
    FREE_SHARE,
    HOST_FREE,
    SIZES_GB,
    fitting,
    has_fp8,
    least,
    outline_codec,
    plan_memory,
    planned_need,
    variants,
)
from engine.generators.wan.memory_refusal import require_room, with_least
from engine.generators.wan.model.linear import Linear
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.model.vace import Control
from engine.generators.wan.recipes import LONGLIVE, SELF_FORCING
from engine.generators.wan.rehearsal import rehearsal
from engine.generators.wan.sampling.context import opening_recipe
from engine.generators.wan.sampling.renewing_cache import make_cache
from engine.messages.picture_format import PictureFormat
from tests.wan.cards import small_card
from tests.wan.models import CPU, SMALL, load_all, make_model

META = torch.device("meta")
NOTHING = (False, False, 0)
PLANNED = ("wan-1.3b-longlive", "wan-1.3b-causal-2-step", "wan-14b")
LIBRARIES, WORKPLACES = 2 * GIB, 2


class FlashLike:
    """Attention that keeps no scores, without numbers."""

    name = "outline"

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        del k, v
        return torch.empty_like(q)

    def attend_lse(self, q: Tensor, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        return self.attend(q, k, v), torch.empty(q.shape[0], q.shape[2], q.shape[1], device=q.device)


class MostBytes(TorchDispatchMode):
    """The most memory that was alive at once, without what was there before."""

    def __init__(self, before: list[Tensor]) -> None:
        super().__init__()
        self._before = {tensor.untyped_storage()._cdata for tensor in before}
        self._alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self.bytes = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        out = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            if isinstance(tensor, Tensor) and (storage := tensor.untyped_storage())._cdata not in self._before:
                ref = StorageWeakRef(storage)
                self._alive.setdefault(ref.cdata, (ref, storage.nbytes()))
        self._alive = {key: one for key, one in self._alive.items() if not one[0].expired()}
        self.bytes = max(self.bytes, sum(size for _, size in self._alive.values()))
        return out


def simulated(card: ModelCard, *, fp8: bool) -> int:
    """Bytes of a model that plays: what is really allocated, and what a pass needs on top."""
    with META:
        model = CausalWan(card.dims, FlashLike(), vace=card.depth_branch).to(torch.bfloat16)
    weights = sum(parameter.nbytes for parameter in model.parameters())
    if fp8:
        large = [part for block in model.all_blocks() for part in block.modules() if isinstance(part, Linear)]
        with META:
            packed = [Float8Linear(layer, fp8_product, TorchRows()) for layer in large]
        weights -= sum(layer.weight.nbytes for layer in large)
        weights += sum(buffer.nbytes for layer in packed for buffer in layer.buffers())
    text = sum(tensor.nbytes for tensor in model.text_buffers())
    caches = [
        make_cache(recipe, card.dims, card.grid, device=META, dtype=torch.bfloat16).bytes()
        for recipe in (card.recipe, opening_recipe(card.recipe))[: 2 if card.prepares else 1]
    ]
    shows = len(caches)
    coding = outline_codec(card).weight_bytes() + coding_states(card)
    return weights + sum(caches) + shows * text + WORKPLACES * most_of_a_pass(card) + coding + LIBRARIES


def coding_states(card: ModelCard) -> int:
    """Of the codec's streams."""
    codec = outline_codec(card)
    streams = [stream_cost(one, card.edge, card.edge).state_bytes for one in (codec.encoder, codec.decoder)]
    encoders = 2 if card.depth_branch else 1
    return (2 if card.prepares else 1) * (2 * encoders * streams[0] + streams[1])


def most_of_a_pass(card: ModelCard) -> int:
    """What a pass needs on top: of four layers, since later ones take the place of those before."""
    dims = dataclasses.replace(card.dims, layers=4, vace_layers=(0, 2))
    with META:
        model = CausalWan(dims, FlashLike(), vace=card.depth_branch).to(torch.bfloat16)
    text = model.text_buffers()
    kept = make_cache(card.recipe, dims, card.grid, device=META, dtype=torch.bfloat16)
    block, tokens = card.recipe.block_frames, card.recipe.block_frames * card.grid.tokens
    latents = torch.empty(1, 16, block, card.grid.height, card.grid.width, device=META)
    times = torch.empty(1, block, device=META)
    branch = torch.empty(1, tokens, dims.dim, device=META, dtype=torch.bfloat16)
    control = Control(branch, torch.empty((), device=META))
    window = kept.prefix(card.recipe.window * card.grid.tokens)
    before = [*model.parameters(), *text, *window, *kept.rotation, latents, times, *control]
    with torch.inference_mode(), MostBytes(before) as most:
        model(latents, times, kept.rotation, text, window, control if card.depth_branch else None)
    return most.bytes


@cache
def simulated_as_planned(card: ModelCard, fp8: bool) -> int:
    return simulated(card, fp8=fp8)


@pytest.mark.parametrize("name", PLANNED)
def test_what_is_planned_fits_by_every_byte(name: str) -> None:
    card = load_card(name)
    for fp8 in (False, True):
        kept: tuple[bool, bool, int] = NOTHING
        for gigabytes in SIZES_GB:
            free = int(gigabytes * FREE_SHARE * GIB)
            plan = plan_memory(card, free, HOST_FREE, fp8=fp8)
            if plan is None:
                assert kept == NOTHING
                continue
            one = plan.card
            real = simulated_as_planned(one, fp8)
            planned = sum(size for _, size in plan.need.parts)
            assert real <= planned <= plan.need.bytes <= free
            assert planned < 1.25 * real  # nor is a card refused for memory that it would not use
            assert plan.text is not None and plan.text.fits
            if plan.text.device.type == "cuda":
                assert plan.text.bytes + planned <= free
            assert (one.depth_branch, one.prepares, one.recipe.window) >= kept
            kept = one.depth_branch, one.prepares, one.recipe.window
            assert bool(plan.changes) == (plan.card is not card)
        assert kept == (card.depth_branch, True, card.recipe.window)  # the largest has room for all of it


def test_a_staged_model_is_quantised_as_any_other(tmp_path: Path) -> None:
    """The large layers wait elsewhere, are loaded there, and come when it is their turn."""
    plain = make_model(SMALL, vace=True)
    path = tmp_path / "model.safetensors"
    write_checkpoint(path, in_layout(plain, KeyNaming.WAN))
    staged = staged_model(SMALL, MathAttention(), device=CPU, dtype=torch.float32, vace=True)
    load_all(staged, path)
    load_all(staged, path, Part.BRANCH)
    where = staged_model(SMALL, MathAttention(), device=META, dtype=torch.float32, vace=True)
    assert is_staged(where) and not is_staged(staged)
    kept = sum(parameter.nbytes for parameter in where.parameters() if parameter.device == CPU)
    blocks = [*where.all_blocks()]
    assert kept == sum(
        getattr(parent, child).weight.nbytes + getattr(parent, child).bias.nbytes
        for block in blocks
        for _, parent, child in large_places(block)
    )
    bring(blocks[0], META)
    assert sum(parameter.nbytes for parameter in where.parameters() if parameter.device == CPU) < kept
    reports = [quantise(model, emulated_product, TorchRows()) for model in (plain, staged)]
    assert reports[0] == reports[1] and len(reports[0].layers) == 6 * len(blocks)


def test_a_staged_model_without_a_product_says_that_there_is_no_room() -> None:
    """Its card leaves the precision to us: there is nothing to write into it."""

    def absent() -> ScaledMatmul:
        raise RuntimeError("no such unit")

    model = staged_model(SMALL, MathAttention(), device=META, dtype=torch.bfloat16, vace=True)
    tools = dataclasses.replace(tools_of(CPU), products=(ProductCandidate("units", absent),))
    with pytest.raises(NotEnoughMemoryError) as caught:
        list(accelerate(model, None, small_card(), tools))
    told = str(caught.value)
    assert "room on the GPU only in fp8" in told and "In bfloat16 it needs more memory: close other" in told
    assert "no such unit" in told and "demands" not in told and "auto" not in told


def test_variants_give_up_the_codec_then_frames_then_openings_then_depth() -> None:
    card = load_card("wan-1.3b-longlive")
    assert [(one.depth_branch, one.prepares, one.recipe.window) for one, _ in variants(card)] == [
        (depth, prepares, window) for depth in (True, False) for prepares in (True, False) for window in (12, 9)
    ]
    *_, (smallest, told) = variants(card)
    assert smallest.depth is None
    assert told == ("it plays without depth", "no pad is armed", "it sees 9 latent frames instead of 12")
    krea = load_card("wan-14b")
    assert [(one.depth_branch, one.prepares, one.codec == krea.codec) for one, _ in variants(krea)] == [
        (depth, prepares, full) for depth in (True, False) for prepares in (True, False) for full in (True, False)
    ]
    assert fitting(card, lambda _: False) is None
    assert all(one.recipe.name == "krea" for one, _ in variants(load_card("wan-14b")))


H200 = Ceilings(760e12, 1430e12, 4.2e12, 132)
"""The middle of what the program measured on such cards: 610 to 794, 1262 to 1480, 4.2 to 4.3."""
HALF = dataclasses.replace(H200, linear=H200.matrix)


@pytest.mark.parametrize("name", PLANNED[:2])
def test_what_a_hasty_show_has_not_taken_yet_is_no_room_for_scenes(name: str) -> None:
    """Reckoned before the first pass, there is no more room than is left behind the recorded ones."""
    card, free = load_card(name), 80 * GIB
    coming = unplayed_bytes(card, outline_codec(card), torch.bfloat16, torch.device("cuda"))
    taken = LIBRARIES + WORKPLACES * most_of_a_pass(card) + coding_states(card)
    assert taken <= coming < 1.5 * taken
    assert 0 < room_in(free, coming) <= room_in(free - taken, 0)
    assert room_in(coming, coming) == 0


def of(name: str, *, depth: bool, **recipe: object) -> ModelCard:
    """A card with the tiny codec, as its figures were taken."""
    card = load_card("wan-1.3b-longlive")
    return dataclasses.replace(
        card,
        dims=WAN_14B if name == "14B" else card.dims,
        recipe=dataclasses.replace(SELF_FORCING if name == "14B" else LONGLIVE, **recipe),  # type: ignore[arg-type]
        depth_branch=depth,
    )


FRAMEWISE = load_card("wan-1.3b-causal-2-step")
MEASURED = [  # docs/figures.md: ms a chunk on an H200, bare or as the program plays; the estimate's error in percent
    (of("14B", depth=False, window=6), True, False, 355.6, 1.7),
    (of("14B", depth=True, window=6), True, False, 419.6, -0.2),
    (of("14B", depth=True, window=6), True, True, 426.5, 0.0),
    (of("1.3B", depth=False), True, False, 80.7, -0.6),
    (of("1.3B", depth=True), True, False, 106.5, -2.8),
    (of("1.3B", depth=True), True, True, 111.3, -0.1),
    (of("1.3B", depth=False), False, False, 101.8, 0.3),
    (of("1.3B", depth=True), False, True, 139.5, 2.0),
    (dataclasses.replace(FRAMEWISE, depth_branch=False), True, False, 32.26, 2.4),
    (FRAMEWISE, True, True, 45.70, -0.7),
]
ON_H100 = [  # FPS of the bare model on an H100, whose memory makes some 3 TB/s
    (of("14B", depth=False, window=6), True, 33.2, -7.7),
    (of("14B", depth=True, window=6), True, 28.3, -6.5),
    (of("1.3B", depth=False), True, 146.0, -5.4),
    (of("1.3B", depth=False), False, 116.5, -5.4),
]


def test_estimates_are_right_on_the_cards_that_were_measured() -> None:
    """As far as is written beside each figure. All were taken when products were of whole tiles."""
    for card, fp8, as_played, ms, percent in MEASURED:
        found = estimate(card, H200 if fp8 else HALF, fp8=fp8, as_played=as_played, halves=False)
        assert 100.0 * (found.chunk_ms / ms - 1.0) == pytest.approx(percent, abs=0.2)
        assert found.fps == pytest.approx(4e3 * card.recipe.block_frames / found.chunk_ms)
        assert abs(percent) <= 3.0
    for card, fp8, fps, percent in ON_H100:
        ceilings = dataclasses.replace(H200 if fp8 else HALF, bandwidth=3.0e12)
        found = estimate(card, ceilings, fp8=fp8, as_played=False, halves=False)
        assert 100.0 * (found.fps / fps - 1.0) == pytest.approx(percent, abs=0.2)
        assert abs(percent) <= 100.0 * TRIED


def test_small_blocks_leave_multiprocessors_idle() -> None:
    """12 heads of 784 queries are 84 tiles of attention: more multiprocessors of the same rate each change nothing."""
    few, many = (
        Ceilings(each * 5.7e12, each * 1e20, 1e20, each)  # attention and coding alone
        for each in (84, 132)
    )
    for card, same in ((FRAMEWISE, True), (of("1.3B", depth=False), False)):
        bare = dataclasses.replace(card, depth_branch=False)
        slower, faster = (estimate(bare, one, fp8=True, as_played=False).chunk_ms for one in (few, many))
        assert (slower / faster < 1.05) is same
    whole, halved = (estimate(FRAMEWISE, H200, fp8=True, halves=halves).fps for halves in (False, True))
    assert whole < halved < 1.1 * whole


@pytest.mark.parametrize("capability", [(8, 6), (8, 9)])
def test_every_model_has_a_forecast_on_every_card(capability: tuple[int, int], tmp_path: Path) -> None:
    found = {one.name: one for one in forecasts(H200, 23 * GIB, HOST_FREE, capability, tmp_path)}
    assert set(found) == {card.name for card in load_cards().cards.values() if not card.random_weights}
    longlive, large = found["wan-1.3b-longlive"], found["wan-14b"]
    assert longlive.plan is not None and longlive.plan.fp8 == (capability != (8, 6))
    assert "FPS, by estimate" in longlive.sentence() and "still to be fetched" in longlive.sentence()
    assert large.plan is None and large.sentence() == (
        f"wan-14b does not fit into this GPU: it needs {'34.6' if capability == (8, 6) else '23.5'} GiB at least, if "
        "it plays without depth, no pad is armed and it codes its pictures with the tiny autoencoder."
    )
    assert not list(forecasts_here(tmp_path)) or torch.cuda.is_available()


def test_estimates_follow_the_card() -> None:
    slow = Ceilings(70e12, 140e12, 0.5e12, 40)
    fps = {name: estimate(load_card(name), slow, fp8=True).fps for name in PLANNED}
    assert fps["wan-1.3b-causal-2-step"] > fps["wan-1.3b-longlive"] > fps["wan-14b"] > 0.0
    assert all(estimate(load_card(name), H200, fp8=True).fps > 4 * fps[name] for name in PLANNED)
    rates = measure_ceilings(CPU, fp8=False)
    assert min(rates.matrix, rates.linear, rates.bandwidth) > 0.0 and rates.multiprocessors == 1
    assert set(PLANNED) <= set(load_cards().cards)


def test_the_fullest_of_several_gpus_decides() -> None:
    assert least_free(30, (), 5) == 30 and least_free(30, (20, 40), 5) == 25 and least_free(30, (28,), 5) == 30
    card = load_card("wan-14b")
    alone, shared = (dict(model_need(card, torch.bfloat16, fp8=True, ranks=ranks).parts) for ranks in (1, 2))
    assert shared.pop("windows") == pytest.approx(alone.pop("windows") / 2, rel=1e-3)
    assert shared == alone  # weights and words are whole in each

    def need_of(one: ModelCard) -> MemoryNeed:
        return model_need(one, torch.bfloat16, fp8=True, ranks=2)

    whole = need_of(card).bytes
    assert fitting(card, lambda one: need_of(one).bytes <= least_free(2 * whole, (whole,), 0)) == (card, ())
    found = fitting(card, lambda one: need_of(one).bytes <= least_free(2 * whole, (whole - GIB // 64, whole), 0))
    assert found is not None and found[1]


def test_the_14b_fits_into_32_gb_with_depth() -> None:
    """In fp8, with the tiny codec and without openings; in 24 GB nothing of it does, and it says how much it lacks."""
    card = load_card("wan-14b")
    plan = plan_memory(card, int(32 * FREE_SHARE * GIB), HOST_FREE, fp8=True)
    assert plan is not None and plan.coded_small and plan.card.depth_branch and not plan.card.prepares
    assert plan.sentence() == (
        "27.1 GiB in fp8, window 6, tiny codec, no pad armed, text encoder in bfloat16 on the host"
    )
    unstaged = plan_memory(card, int(32 * FREE_SHARE * GIB), 20 * GIB, fp8=True)  # its layers cannot wait there
    assert unstaged is not None and not unstaged.card.depth_branch and unstaged.need.bytes > 26 * GIB
    small = plan_memory(card, plan.need.bytes - GIB, HOST_FREE, fp8=True)
    assert small is not None and not small.card.depth_branch and small.card.prepares is False
    need_of = planned_need(card, HOST_FREE, fp8=True)
    need, less = least(card, need_of)
    assert 24 * FREE_SHARE * GIB < need.bytes < 24 * GIB and len(less) == 3
    assert fitting(card, lambda one: need_of(one).bytes <= need.bytes) is not None


def test_a_refusal_says_with_how_little_it_would_play_and_what_fits(tmp_path: Path) -> None:
    card = load_card("wan-14b")
    need_of = planned_need(card, HOST_FREE, fp8=True)
    with pytest.raises(NotEnoughMemoryError) as caught:
        require_room(
            card, need_of(card), 22 * GIB, torch.device("cuda:0"), tmp_path, "A hint.",
            least_told=with_least(card, need_of),
        )  # fmt: skip
    told = str(caught.value)
    assert "needs 39.3 GiB" in told and "23.5 GiB at least, if it plays without depth, no pad is armed and" in told
    assert "and 22.0 GiB are free" in told and "A hint. Close other programs" in told
    assert "fetch one that fits: hardcut models fetch wan-1.3b-longlive." in told


def test_without_memory_for_openings_a_show_plays_and_says_why_no_pad_is_armed(
    make: Callable[[ModelCard], WanGenerator],
) -> None:
    generator = make(dataclasses.replace(small_card(), prepares=False))
    request = rehearsal(generator.spec.chunk_frames, 0, PictureFormat.SQUARE)
    assert len(generator.generate(request, lambda: False).images) == generator.spec.chunk_frames
    with pytest.raises(GeneratorError, match="no memory to make openings ahead"):
        next(generator.prepare(request))


@pytest.mark.skipif(torch.cuda.is_available(), reason="There is a GPU.")
def test_headroom_is_what_the_model_cannot_do_without() -> None:
    room = headroom("wan-14b")
    assert room is not None and room.place == "the processor" and room.needs == model_need(
        load_card("wan-14b"), torch.float32
    ).bytes  # fmt: skip
    assert headroom("field") is None
    card = load_card("wan-14b")
    assert has_fp8(card, (8, 9)) and not has_fp8(card, (8, 6))
