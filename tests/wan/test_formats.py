"""The Wan models in every format: positions in two dimensions as diffusers has them, pictures of the format's shape."""

import dataclasses

import numpy as np
import pytest
import torch
from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers

from engine.clock import NS_PER_SECOND
from engine.generators.base import Chunk, ChunkKey, ChunkRequest, PromptBlend
from engine.generators.ranks import Ranks
from engine.generators.registry import build_generator, find_generator
from engine.generators.wan.card_library import load_card, load_cards
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.codecs.codec import random_codec
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.components import MODEL
from engine.generators.wan.files.key_names import KeyNaming
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.loading.random_weights import in_layout
from engine.generators.wan.memory import codec_need, model_need
from engine.generators.wan.parameters import PARAMETERS
from engine.generators.wan.recipes import ContextKind, Recipe
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.picture_format import PictureFormat
from tests.wan.cards import small_card
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
from tests.wan.shows import REPLAYING, run, same

BLOCK = 1
RECIPE = Recipe(name="plain", context=ContextKind.CLEAN_PASS, window=2, block_frames=BLOCK)
NOT_SQUARE = [PictureFormat.WIDE, PictureFormat.TALL]
EACH = pytest.mark.parametrize("picture_format", PictureFormat)


def card_in(picture_format: PictureFormat, card: ModelCard | None = None) -> ModelCard:
    return dataclasses.replace(card or load_card("wan-1.3b"), format=picture_format)


@pytest.mark.parametrize("picture_format", NOT_SQUARE)
def test_block_by_block_equals_diffusers_at_full_size(picture_format: PictureFormat) -> None:
    """At 74×42 latent pixels and upright, behind a past: rows and columns of the rotary grid are not exchanged."""
    grid = card_in(picture_format).grid
    assert (grid.width, grid.height) == ((74, 42) if picture_format is PictureFormat.WIDE else (42, 74))
    assert (grid.columns, grid.rows) == ((37, 21) if picture_format is PictureFormat.WIDE else (21, 37))
    model = make_model(SMALL)
    runner = Runner(model, make_cache(model, RECIPE, grid), make_text(model))
    latents = noise(1, 16, 2 * BLOCK, grid.height, grid.width, seed=3)
    runner.passed(latents[:, :, :BLOCK], 0.0)
    runner.cache.commit()
    value = runner.passed(latents[:, :, BLOCK:], 833.3)

    theirs = diffusers_model(SMALL)
    theirs.load_state_dict(convert_wan_transformer_to_diffusers(in_layout(model, KeyNaming.WAN)))
    times = torch.zeros(1, 2 * BLOCK)
    times[:, -BLOCK:] = 833.3
    whole = masked(theirs, MaskedAttention(RECIPE, grid, 2 * BLOCK, SMALL.head_dim))
    velocity = whole(latents, times.repeat_interleave(grid.tokens, dim=1), make_embedding(SMALL), return_dict=False)[0]
    assert relative(value, velocity[:, :, -BLOCK:]) < 1e-4


@EACH
def test_every_card_dreams_whole_patches_in_the_formats_proportions(picture_format: PictureFormat) -> None:
    for card in load_cards().cards.values():
        height, width = card_in(picture_format, card).shape
        assert height % 16 == width % 16 == 0
        if card.edge == 448:
            assert (height, width) == picture_format.shape
        assert abs(width / height / (picture_format.width / picture_format.height) - 1.0) < 0.06
        square, here = card.grid.tokens, card_in(picture_format, card).grid.tokens
        assert abs(here / square - 1.0) < 0.1


@EACH
def test_memory_is_planned_for_the_formats_own_sizes(picture_format: PictureFormat) -> None:
    square, card = load_card("wan-1.3b"), card_in(picture_format)
    windows = [dict(model_need(one, torch.bfloat16).parts)["windows"] / one.grid.tokens for one in (square, card)]
    assert windows[1] == pytest.approx(windows[0], rel=0.01)
    codec = random_codec(TaehvConfig(encoder_width=8, decoder_widths=(32, 16, 8, 8)), 1, CPU, torch.float32)
    states = [(codec_need(one, codec).bytes - codec.weight_bytes()) / one.grid.tokens for one in (square, card)]
    assert states[1] == pytest.approx(states[0], rel=0.01)


@EACH
def test_a_format_tells_no_weights_from_others(picture_format: PictureFormat) -> None:
    entry = find_generator("wan-tiny")
    assert build_generator(entry, picture_format).spec.weights == entry.describe().weights


@EACH
def test_a_chunk_with_input_and_depth_has_the_formats_shape(picture_format: PictureFormat) -> None:
    card = dataclasses.replace(small_card(), format=picture_format)
    generator = WanGenerator(card, device="cpu")
    for _ in generator.warm_up():
        continue
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (*picture_format.shape, 3), np.uint8)
    depth = np.tile(np.linspace(0, 1, picture_format.width // 2, dtype=np.float32), (picture_format.height // 2, 1))
    made = []
    for index in range(2):
        chunk = generator.generate(
            ChunkRequest(
                key=ChunkKey(1, 1, index),
                frames=tuple(InputFrame(number, 0, 0, image) for number in range(card.chunk_frames)),
                control=ControlMap(index, 0, 0, depth, np.zeros((*depth.shape, 2), np.float32)),
                now_ns=0,
                period_ns=NS_PER_SECOND // 30,
                values=PARAMETERS.defaults(),
                prompt=PromptBlend((("a sea", 1.0),)),
            ),
            lambda: False,
        )
        made.append(chunk.images)
    assert all(one.shape == (*picture_format.shape, 4) for images in made for one in images)
    assert not np.array_equal(made[0][-1], made[1][-1])
    (choice,) = [one for one in generator.backends() if one.component == MODEL]
    assert choice.shapes.endswith(f"{card.shape[1]}×{card.shape[0]}")
    generator.close()


def test_another_format_reads_no_weights_again() -> None:
    """There and back: the model is the same, and so is every picture as from weights that were read for it."""
    square, wide = (small_card(), dataclasses.replace(small_card(), format=PictureFormat.WIDE))
    ranks = Ranks()

    def played(card: ModelCard, ranks: Ranks) -> tuple[WanGenerator, list[Chunk]]:
        generator = WanGenerator(card, device="cpu", tools=REPLAYING, ranks=ranks)
        list(generator.warm_up())
        return generator, run(generator, card, range(3))

    first, squares = played(square, ranks)
    model, texts = first.parts.model, first.parts.texts
    first.leave()
    second, wides = played(wide, ranks)
    assert second.parts.model is model and second.parts.texts is texts
    (choice,) = [one for one in second.backends() if one.component == MODEL]
    assert choice.shapes.endswith(f"{wide.shape[1]}×{wide.shape[0]}")
    second.leave()
    third, again = played(square, ranks)
    assert third.parts.model is model and same(squares, again)
    third.close()
    fresh, expected = played(wide, Ranks())
    assert same(wides, expected)
    fresh.leave()  # nobody comes for it
