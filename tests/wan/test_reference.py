"""A video that begins with a picture of the performer's: what the model is shown, and when it is heeded."""

import dataclasses
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import cv2
import numpy as np
import pytest
import torch
from diffusers import WanVACEPipeline
from torch import Tensor

from engine.errors import SourceError
from engine.generators.base import Chunk, Opening
from engine.generators.registry import find_generator
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.codecs.codec import VideoCodec, random_codec
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.codecs.wan_vae import WanVaeConfig
from engine.generators.wan.conditioning import DepthVideo, PictureEncoder, fitted
from engine.generators.wan.recipes import CAUSAL_FORCING_FRAMEWISE, STREAMDIFFUSION_V2
from engine.generators.wan.reference import ReferencePicture, filling
from engine.generators.wan.video import _rgbx
from engine.messages.commands import Command
from engine.messages.frame import FRAME_SIZE
from engine.messages.reference import Reference, UseReference
from engine.reference_file import read_reference
from engine.session.plain import from_plain, to_plain
from tests.wan.cards import small_card
from tests.wan.models import CPU
from tests.wan.shows import Make, ask, control, never, run, same

CODECS = {
    "wan": random_codec(WanVaeConfig(8), 3, CPU, torch.float32),
    "tiny": random_codec(TaehvConfig(8, (8, 8, 8, 8)), 3, CPU, torch.float32),
}
EACH_CODEC = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
FRAMEWISE = dataclasses.replace(CAUSAL_FORCING_FRAMEWISE, window=6, first_steps=(1000, 500))


def written(folder: Path, seed: int = 1, shape: tuple[int, int] = (300, 400)) -> Path:
    small = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    path = folder / f"{seed}.png"
    cv2.imwrite(str(path), cv2.resize(small, shape[::-1], interpolation=cv2.INTER_CUBIC))
    return path


@pytest.fixture(name="reference")
def _reference(tmp_path: Path) -> Reference:
    return read_reference(written(tmp_path))


def pixels(reference: Reference, card: ModelCard) -> Tensor:
    """[*shape, 3] in 0..1."""
    found = cv2.imdecode(np.frombuffer(reference.png, np.uint8), cv2.IMREAD_COLOR)
    return torch.from_numpy(filling(np.ascontiguousarray(found[..., ::-1]), card.shape)).float() / 255


@EACH_CODEC
@pytest.mark.parametrize("recipe", [None, STREAMDIFFUSION_V2], ids=["three", "two, then one"])
def test_the_branch_is_told_a_first_frame_as_vace_tells_it(
    codec: VideoCodec, recipe: object, reference: Reference
) -> None:
    """Over several blocks both halves are those of whole videos, and the mask is that of diffusers."""
    card = small_card() if recipe is None else small_card(recipe=recipe)
    opening, block = card.recipe.opening_frames, card.recipe.block_frames
    given = ReferencePicture(codec, card).of(reference)
    depth = DepthVideo(codec, card)
    shown = [depth.opening(given.latents, given.after, control(2)).clone()]
    shown += [depth.control(control(2)).clone() for _ in range(2)]
    ours = torch.cat(shown, dim=2)
    latents = opening + 2 * block
    frames, surplus = 4 * latents, 4 - codec.encoder.groups[0]
    ramp = cv2.resize(control(2).depth, card.shape[::-1], interpolation=cv2.INTER_LINEAR)
    maps = torch.from_numpy(ramp)[None, :, :, None].expand(frames, -1, -1, 3).clone()
    stills = torch.full_like(maps, 0.5)
    maps[:4], stills[:4] = 0.5, pixels(reference, card)
    for channel, video in ((0, stills), (16, maps)):
        whole = codec.open_encoder().push(video[surplus:].permute(3, 0, 1, 2)[None])
        assert torch.allclose(ours[:, channel : channel + 16], whole[:, :16], atol=1e-5), channel
    theirs = SimpleNamespace(
        vae_scale_factor_temporal=4,
        vae_scale_factor_spatial=8,
        transformer=SimpleNamespace(config=SimpleNamespace(patch_size=(1, 2, 2))),
    )
    mask = torch.ones(1, 3, frames, *card.shape)
    mask[:, :, :4] = 0.0
    expected = WanVACEPipeline.prepare_masks(theirs, mask, [[]])[0]
    assert torch.equal(ours[0, 32:], expected)


def test_without_a_map_the_rest_is_grey(reference: Reference) -> None:
    codec, card = CODECS["tiny"], small_card()
    given = ReferencePicture(codec, card).of(reference)
    depth = DepthVideo(codec, card)
    plain = depth.opening(given.latents, given.after, None)[:, 16:32].clone()
    grey = codec.open_encoder().push(torch.full((1, 3, 12, *card.shape), 0.5))
    assert torch.allclose(plain, grey[:, :16], atol=1e-6)
    fresh = DepthVideo(codec, card)
    assert torch.equal(depth.control(control(1)), fresh.control(control(1)))  # and a map that comes later begins anew


def test_a_model_that_goes_frame_by_frame_begins_with_the_picture(make: Make, reference: Reference) -> None:
    card = small_card(recipe=FRAMEWISE)
    generator = make(card)
    codec = generator.parts.codec
    latents = ReferencePicture(codec, card).of(reference).latents
    expected = fitted(_rgbx(codec.open_decoder().push(latents))[-1].numpy(), (FRAME_SIZE, FRAME_SIZE))
    for epoch in range(2):
        generator.reset()
        asked = dataclasses.replace(ask(card, 0, epoch), reference=reference)
        assert np.array_equal(generator.generate(asked, never).images[-1], expected)


@pytest.mark.parametrize("recipe", [None, FRAMEWISE, STREAMDIFFUSION_V2], ids=["depth", "frames", "two latents"])
def test_it_is_heeded_by_a_beginning_alone(recipe: object, make: Make, reference: Reference, tmp_path: Path) -> None:
    card = small_card() if recipe is None else small_card(recipe=recipe)
    generator = make(card)

    def begun_with(picture: Reference | None, then: Reference | None = reference) -> list[Chunk]:
        """Three chunks after a cut, the first of them asked for with one picture, the others with another."""
        generator.reset()
        asked = [dataclasses.replace(ask(card, index), reference=then if index else picture) for index in range(3)]
        return [generator.generate(one, never) for one in asked]

    plain = run(generator, card, range(3))
    assert same(plain, begun_with(None))  # chosen while a video plays, it waits for the next cut
    shown = begun_with(reference)
    assert not same(plain[:1], shown[:1]) and not same(plain[1:], shown[1:])  # and what goes on from it goes on
    assert not same(shown[:1], begun_with(read_reference(written(tmp_path, seed=2)))[:1])
    assert same(shown, begun_with(reference, None))
    opening: Opening | None = None
    work = generator.prepare(dataclasses.replace(ask(card, 0), reference=reference))
    while opening is None:
        try:
            next(work)
        except StopIteration as done:
            opening = done.value
    generator.restore(opening.after)
    following = generator.generate(dataclasses.replace(ask(card, 1), reference=reference), never)
    assert same(shown[:2], [opening.chunk, following])


def test_a_model_that_cannot_says_so_once(make: Make, reference: Reference) -> None:
    card = small_card(depth_branch=False)
    generator = make(card)
    assert not generator.spec.takes_reference and find_generator("wan-tiny").describe().takes_reference
    asked = [dataclasses.replace(ask(card, index), reference=reference) for index in range(2)]
    notes = [generator.generate(one, never).notes for one in asked]
    assert [len(told) for told in notes] == [1, 0]
    assert "cannot begin with a picture" in notes[0][0].text


def test_a_picture_travels_with_its_command(reference: Reference) -> None:
    command = UseReference(stamp_ns=1, reference=reference)
    again = from_plain(Command, to_plain(command))
    assert again == command and again.reference.digest == reference.digest  # type: ignore[attr-defined]


def test_pictures_are_read_as_small_as_they_may_be(tmp_path: Path) -> None:
    for shape, kept in (((1400, 1000), (829, 592)), ((3000, 600), (1184, 592)), ((90, 70), (90, 70))):
        found = cv2.imdecode(np.frombuffer(read_reference(written(tmp_path, shape=shape)).png, np.uint8), -1)
        assert found.shape == (*kept, 3)
    whole = np.arange(60, dtype=np.uint8).reshape(10, 6)[..., None].repeat(3, axis=2)
    assert np.array_equal(filling(whole, (10, 6)), whole)
    assert np.array_equal(filling(whole, (6, 6)), whole[2:8])


@pytest.mark.parametrize("content", [None, b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_what_is_no_picture_is_said(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match="cannot be used"):
        read_reference(path)
    with pytest.raises(SourceError, match="cannot be used"):
        read_reference(tmp_path)


class CountedEncoder(PictureEncoder):
    """Tells what it is given."""

    pushes: ClassVar[list[int]] = []

    def encode(self, video: Tensor, latents: int = 0) -> Tensor:
        self.pushes.append(latents)
        return super().encode(video, latents)


@EACH_CODEC
def test_it_is_encoded_latent_by_latent_to_the_same_bits(codec: VideoCodec, reference: Reference) -> None:
    card = small_card()
    spread, at_once = ReferencePicture(codec, card), ReferencePicture(codec, card)
    steps = 1
    while not spread.advance(reference):
        steps += 1
    assert steps == 1 + card.recipe.opening_frames
    frames = torch.full((4 * card.recipe.opening_frames, *card.shape, 3), 0.5)
    frames[:4] = pixels(reference, card)
    encoder = PictureEncoder(codec, card)
    whole = encoder.encode(frames, card.recipe.opening_frames)
    for found in (spread.of(reference), at_once.of(reference)):
        assert torch.allclose(found.latents, whole, atol=1e-6)
        assert found.after.latents == encoder.latents
    assert torch.equal(spread.of(reference).latents, at_once.of(reference).latents)


def test_no_chunk_waits_for_more_than_a_latent_of_it(
    make: Make, reference: Reference, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.generators.wan.reference.PictureEncoder", CountedEncoder)
    CountedEncoder.pushes.clear()
    card = small_card()
    generator, count = make(card), card.recipe.opening_frames
    run(generator, card, range(1))
    pushes = []
    for index in range(1, count + 3):
        before = len(CountedEncoder.pushes)
        generator.generate(dataclasses.replace(ask(card, index), reference=reference), never)
        pushes.append(CountedEncoder.pushes[before:])
    assert pushes == [[], *[[1]] * count, []]  # the first step reads it
    generator.reset()
    generator.generate(dataclasses.replace(ask(card, 0, 1), reference=reference), never)
    assert len(CountedEncoder.pushes) == count  # the cut finds it there
    other, steps = read_reference(written(tmp_path, seed=2)), [0]
    for _ in generator.prepare(dataclasses.replace(ask(card, 0, 2), reference=other)):
        steps.append(len(CountedEncoder.pushes) - count)
    assert max(b - a for a, b in pairwise(steps)) == 1 and steps[-1] == count  # nor does an opening that is prepared
