"""Wan as a generator of the program: what comes out, what a cut and an abort do to it."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from engine.clock import NS_PER_SECOND
from engine.errors import GeneratorError
from engine.generators.base import (
    Chunk,
    ChunkAbortedError,
    Preparing,
    PromptBlend,
    Snapshotting,
)
from engine.generators.registry import find_generator
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.spec import spec_of
from engine.messages.frame import FRAME_SIZE, RgbxImage
from tests.wan.cards import lora_card, small_card
from tests.wan.shows import KINDS, REPLAYING, Make, after, ask, distance, never, run, same


@KINDS
def test_every_chunk_is_whole(make: Make, card: ModelCard) -> None:
    generator = make(card)
    assert generator.spec.chunk_frames == card.chunk_frames
    chunks = run(generator, card, range(3))
    for chunk in chunks:
        assert len(chunk.images) == card.chunk_frames
        for image in chunk.images:
            assert image.shape == (FRAME_SIZE, FRAME_SIZE, 4) and image.dtype == np.uint8
            assert image.flags["C_CONTIGUOUS"] and bool((image[..., 3] == 255).all())
    opening = chunks[0].images
    if card.recipe.first_block:
        assert len({image.tobytes() for image in opening}) == 4  # the newest four of five
    else:
        assert all(image is opening[0] for image in opening[:4])  # the first latent is one picture, held
    assert len({image.tobytes() for image in chunks[1].images}) == card.chunk_frames
    before: list[RgbxImage] = [image.copy() for image in chunks[0].images]
    run(generator, card, range(3, 5))
    assert all(np.array_equal(a, b) for a, b in zip(before, chunks[0].images, strict=True))  # nobody wrote them again


@KINDS
def test_a_cut_equals_a_fresh_start(make: Make, card: ModelCard) -> None:
    worn, fresh = make(card), make(card)
    run(worn, card, range(4))
    worn.reset()
    assert same(run(worn, card, range(4), 1), run(fresh, card, range(4), 1))


@KINDS
def test_an_abandoned_chunk_leaves_no_trace(make: Make, card: ModelCard) -> None:
    disturbed, calm = make(card), make(card)
    for chunks in (0, 2):
        disturbed.reset()
        calm.reset()
        run(disturbed, card, range(chunks))
        run(calm, card, range(chunks))
        for point in range(len(card.recipe.steps) + 2):
            with pytest.raises(ChunkAbortedError):
                disturbed.generate(ask(card, 50 + point, prompt="another thing", depth=0.0), after(point))
        assert same(run(disturbed, card, range(chunks, chunks + 2)), run(calm, card, range(chunks, chunks + 2)))


@KINDS
def test_a_snapshot_goes_on_byte_by_byte(make: Make, card: ModelCard) -> None:
    generator = make(card)
    assert isinstance(generator, Snapshotting)
    run(generator, card, range(3))
    kept = generator.snapshot()
    assert kept.bytes > 100_000
    straight = run(generator, card, range(3, 6))
    for _ in range(2):
        generator.reset()
        run(generator, card, range(2), 9)
        generator.restore(kept)
        assert same(straight, run(generator, card, range(3, 6)))
    with pytest.raises(GeneratorError, match="another generator"):
        generator.restore(dataclasses.replace(kept, generator="field"))


@KINDS
def test_an_opening_made_aside_is_the_one_that_a_cut_makes(make: Make, card: ModelCard) -> None:
    generator, alone = make(card), make(card)
    assert isinstance(generator, Preparing)
    run(generator, card, range(2))
    run(alone, card, range(2))
    abandoned = generator.prepare(ask(card, 0, 5, prompt="never seen"))
    next(abandoned)
    next(abandoned)
    abandoned.close()
    work = generator.prepare(ask(card, 0, 8, prompt="sea"))
    between, opening = [], None
    for index in range(2, 5):  # chunks of the show between its steps
        next(work)
        between += run(generator, card, range(index, index + 1))
    while opening is None:
        try:
            next(work)
        except StopIteration as done:
            opening = done.value
    assert same(between, run(alone, card, range(2, 5)))  # which notice nothing of it
    alone.reset()
    expected = [alone.generate(ask(card, index, 8, "sea"), never) for index in range(3)]
    generator.restore(opening.after)
    shown = [opening.chunk, *(generator.generate(ask(card, index, 8, "sea"), never) for index in (1, 2))]
    assert same(shown, expected)


def test_the_seed_and_the_variation_make_another_dream(make: Make) -> None:
    card = small_card()
    generator = make(card)
    first = generator.generate(ask(card, 0), never)
    generator.reset()
    varied = generator.generate(ask(card, 0, variation=1.0), never)
    assert distance(first, varied) > 3.0


def test_the_less_strength_the_more_the_input_counts(make: Make) -> None:
    card = small_card()
    generator = make(card)

    def influence(strength: float) -> float:
        """How far two inputs are told apart."""
        dreams = []
        for frames in (ask(card, 0).frames, ask(card, 70).frames, ()):
            generator.reset()
            request = dataclasses.replace(ask(card, 0, strength=strength), frames=frames)
            dreams.append(generator.generate(request, never))
        if strength == 1.0:
            assert distance(dreams[0], dreams[2]) == 0.0  # with or without a source
        return distance(dreams[0], dreams[1])

    near, between, free = (influence(strength) for strength in (0.05, 0.6, 1.0))
    assert near > 2.0 * between > 0.0
    assert free == 0.0


def test_depth_costs_nothing_when_off(make: Make) -> None:
    card = small_card()
    generator = make(card)
    branch = generator._running()._parts.model.vace
    assert branch is not None
    calls: list[int] = []
    for block in branch.blocks:
        block.register_forward_hook(lambda *_: calls.append(1))
    off = generator.generate(ask(card, 0, depth=0.0), never)
    stale = dataclasses.replace(ask(card, 1), now_ns=5 * NS_PER_SECOND)
    generator.generate(stale, never)
    generator.generate(dataclasses.replace(ask(card, 2), control=None), never)
    assert not calls
    generator.reset()
    on = generator.generate(ask(card, 0, depth=1.0), never)
    assert len(calls) == len(card.dims.vace_layers) * len(card.recipe.steps)
    assert distance(on, off) > 0.5


def test_a_morph_is_continuous_and_ends_at_its_prompt(make: Make) -> None:
    """The same chunk again and again under weights that move: no step is larger than a fraction of the way."""
    card = small_card()
    generator = make(card)
    dreams = []
    for step in range(9):
        generator.reset()
        weight = step / 8
        parts = (("molten gold", 1.0 - weight), ("deep sea", weight))
        dreams.append(generator.generate(dataclasses.replace(ask(card, 0), prompt=PromptBlend(parts)), never))
    generator.reset()
    target = generator.generate(ask(card, 0, prompt="deep sea"), never)
    whole = distance(dreams[0], dreams[-1])
    steps = [distance(a, b) for a, b in itertools.pairwise(dreams)]
    assert whole > 0.05
    assert max(steps) < 0.7 * whole
    assert distance(dreams[-1], target) == 0.0


def test_letting_go_of_the_past_changes_the_next_chunk(make: Make) -> None:
    card = small_card()
    generator = make(card)
    run(generator, card, range(3))
    kept = generator.snapshot()
    heeded = generator.generate(ask(card, 3), never)
    generator.restore(kept)
    dipped = generator.generate(dataclasses.replace(ask(card, 3), past_bias=0.0), never)
    generator.restore(kept)
    turned = generator.generate(ask(card, 3, past=0.0), never)
    assert distance(heeded, dipped) > 0.1
    assert distance(dipped, turned) == 0.0


def test_it_tells_how_it_computes(make: Make) -> None:
    choices = {choice.component: choice for choice in make(small_card()).backends()}
    assert set(choices) >= {"wan model", "wan attention", "wan codec", "wan text"}
    assert "random weights" in choices["wan model"].chosen
    assert choices["wan text"].chosen.startswith("stand-in")


def test_what_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARDCUT_MODELS", str(tmp_path))
    with pytest.raises(GeneratorError, match=r"Fetch checkpoints/self_forcing_dmd\.pt from huggingface\.co/gdhe17"):
        find_generator("wan-1.3b").build()
    with pytest.raises(GeneratorError, match="before its warm-up"):
        WanGenerator(small_card(), device="cpu").generate(ask(small_card(), 0), never)


def test_values_that_are_no_numbers_end_the_chunk(make: Make) -> None:
    card = small_card()
    generator = make(card)
    head = generator._running()._parts.model.head
    assert isinstance(head, nn.Linear)
    with torch.inference_mode():
        head.bias.fill_(float("nan"))
    with pytest.raises(GeneratorError, match="no numbers"):
        generator.generate(ask(card, 0), never)


def test_a_live_lora_is_turned_and_equals_the_merged_one_in_full(tmp_path: Path) -> None:
    chunks: dict[str, list[Chunk]] = {}
    for name, card in (
        ("none", small_card()),
        ("merged", lora_card(tmp_path / "merged", live=False)),
        ("live", lora_card(tmp_path / "live", live=True)),
    ):
        generator = WanGenerator(card, folder=tmp_path / name, device="cpu", tools=REPLAYING)
        list(generator.warm_up())
        for scale in (0.0, 1.0, 1.5):
            generator.reset()
            chunks[f"{name} {scale:g}"] = [generator.generate(ask(card, 0, lora=scale), never)]
        told = {choice.component: choice.chosen for choice in generator.backends()}
        if name != "none":
            assert told["wan LoRA"] == f"{name}, 8 layers of style.safetensors"
        generator.close()

    def apart(a: str, b: str) -> float:
        return distance(chunks[a][0], chunks[b][0])

    assert apart("merged 0", "merged 1.5") == 0.0  # merged, it is not turned
    assert apart("live 0", "none 1") == 0.0
    assert apart("live 1", "merged 1") < 0.05 < 0.5 < apart("live 1", "live 0")
    assert apart("live 1.5", "live 0") > apart("live 1", "live 0")


def test_a_lora_of_another_model_is_left_out_and_told(tmp_path: Path) -> None:
    card = lora_card(tmp_path, live=True, strange=True)
    generator = WanGenerator(card, folder=tmp_path, device="cpu")
    list(generator.warm_up())
    notes = [generator.generate(ask(card, index), never).notes for index in range(2)]
    assert [len(told) for told in notes] == [1, 0]
    assert notes[0][0].text.startswith("The model plays without its LoRA. This LoRA is not for the tiny model")
    choice = next(one for one in generator.backends() if one.component == "wan LoRA")
    assert choice.chosen == "none" and choice.rejected[0][0] == "style.safetensors"
    generator.close()


def test_a_live_lora_begins_at_the_scale_of_its_card(tmp_path: Path) -> None:
    for scale, begins, says in ((0.4, 0.4, ()), (2.5, 1.5, ("at 2.5, further than its knob goes: it begins at 1.5",))):
        card = lora_card(tmp_path, live=True, scale=scale)
        generator = WanGenerator(card, folder=tmp_path, device="cpu")
        assert generator.spec.parameters["wan.lora"].default == begins
        assert generator.spec.parameters["wan.lora2"].default == 1.0
        list(generator.warm_up())
        told = [note.text for note in generator.generate(ask(card, 0, lora=begins), never).notes]
        assert len(told) == len(says) and all(part in text for part, text in zip(says, told, strict=True))
        choice = next(one for one in generator.backends() if one.component == "wan LoRA")
        assert choice.chosen == f"live from {begins:g}, 8 layers of style.safetensors"
        generator.close()


def test_a_lora_that_is_missing_or_partly_strange_does_not_stop_the_show(tmp_path: Path) -> None:
    card = lora_card(tmp_path, live=False)
    path = card.loras[0].file.path(tmp_path)
    tensors = load_file(path)
    save_file({**tensors, "lora_te1_text_model.alpha": torch.ones(1)}, path)
    for says in ("what fits plays. Left out is lora_te1_text_model.alpha (of the text", "Its file is not there"):
        card.require_files(tmp_path)
        generator = WanGenerator(card, folder=tmp_path, device="cpu")
        list(generator.warm_up())
        [note] = generator.generate(ask(card, 0), never).notes
        assert says in note.text
        choice = next(one for one in generator.backends() if one.component == "wan LoRA")
        assert (choice.chosen == "none") == (says == "Its file is not there") and choice.rejected
        generator.close()
        path.unlink(missing_ok=True)
    assert card.missing(tmp_path) == (card.loras[0].file,)  # it is still fetched with the rest


def test_other_weights_have_another_fingerprint(tmp_path: Path) -> None:
    card = lora_card(tmp_path, live=True)
    spec = spec_of(card, tmp_path)
    assert spec.weights and spec == spec_of(card, tmp_path)
    assert spec.weights != spec_of(small_card(), tmp_path).weights
    path = tmp_path / "someone/style/style.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert spec_of(card, tmp_path).weights != spec.weights
    assert spec_of(lora_card(tmp_path, live=False), tmp_path).weights != spec.weights
