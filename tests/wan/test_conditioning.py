"""What the model is shown beside its own past: the anchor of a context that slides, and the half that says nothing."""

import dataclasses
import itertools
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from diffusers import WanVACEPipeline

from engine.generators.wan.codecs.codec import VideoCodec, random_codec
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.codecs.wan_vae import WanVaeConfig
from engine.generators.wan.conditioning import DepthVideo, InputVideo, PictureEncoder, fitted, grey_blocks
from engine.generators.wan.kept_source import mask_channels
from engine.generators.wan.recipes import CAUSAL_FORCING_FRAMEWISE
from engine.generators.wan.video import _rgbx
from engine.messages.frame import FRAME_SIZE
from tests.wan.cards import recomputing, small_card
from tests.wan.models import CPU
from tests.wan.shows import Make, ask, control, never, picture

CODECS = {
    "wan": random_codec(WanVaeConfig(8), 3, CPU, torch.float32),
    "tiny": random_codec(TaehvConfig(8, (8, 8, 8, 8)), 3, CPU, torch.float32),
}
EACH_CODEC = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
LONG = 12


@pytest.mark.parametrize("window", [6, 9])
def test_the_anchor_is_the_last_picture_of_the_latent_that_it_replaces(make: Make, window: int) -> None:
    """Of twelve pictures number 3; of the nine that follow a cut, the opening latent's only one, held for four."""
    card = small_card(recipe=dataclasses.replace(recomputing(), window=window), depth_branch=False)
    generator = make(card)
    show = generator._running()
    shown = []
    for index in range(4):
        shown.append(generator.generate(ask(card, index), never).images)
        oldest = max(index + 2 - window // card.recipe.block_frames, 0)
        anchor = fitted(_rgbx(show._lasts[0])[0].numpy(), (FRAME_SIZE, FRAME_SIZE))
        same = [place for place, image in enumerate(shown[oldest]) if np.array_equal(anchor, image)]
        assert same == ([3] if oldest else [0, 1, 2, 3])


@EACH_CODEC
def test_a_grey_video_is_kept_block_by_block_until_it_settles(codec: VideoCodec) -> None:
    card = small_card()
    blocks = grey_blocks(PictureEncoder(codec, card))
    encoder = PictureEncoder(codec, card)
    for index in range(LONG):
        kept = blocks[min(index, len(blocks) - 1)]
        assert torch.equal(kept, encoder.encode_grey()), index
    assert 1 < len(blocks) < LONG
    assert all(not torch.equal(a, b) for a, b in itertools.pairwise(blocks))


@EACH_CODEC
def test_the_inactive_half_is_that_of_the_block_at_hand(codec: VideoCodec) -> None:
    """Through a break, an abandoned block and a snapshot."""
    card = small_card()
    depth, grey = DepthVideo(codec, card), PictureEncoder(codec, card)

    def inactive() -> torch.Tensor:
        return depth.control(control(1))[:, :16].clone()

    for _ in range(3):
        assert torch.equal(inactive(), grey.encode_grey())
    state = depth.state()
    expected = grey.encode_grey()
    for _ in range(2):
        assert torch.equal(inactive(), expected)
        depth.restore(state)
    depth.leave_out()
    grey.reset()
    assert torch.equal(inactive(), grey.encode_grey())


def test_masks_are_laid_out_as_diffusers_does() -> None:
    kept = torch.rand(12, 32, 48, generator=torch.Generator().manual_seed(3)) > 0.5
    theirs = SimpleNamespace(
        vae_scale_factor_temporal=4,
        vae_scale_factor_spatial=8,
        transformer=SimpleNamespace(config=SimpleNamespace(patch_size=(1, 2, 2))),
    )
    mask = (~kept).float()[None, None].expand(1, 3, -1, -1, -1)
    expected = WanVACEPipeline.prepare_masks(theirs, mask, [[]])[0]
    assert torch.equal(mask_channels(kept), expected)


@EACH_CODEC
def test_what_is_near_stays_and_the_rest_is_dreamt(codec: VideoCodec) -> None:
    """Both halves are those of streams of their own; nothing near is a map alone, through a snapshot and a break."""
    card = small_card()
    depth, maps, source = DepthVideo(codec, card), PictureEncoder(codec, card), PictureEncoder(codec, card)
    frames = [picture(seed) for seed in range(card.chunk_frames)]
    plain = DepthVideo(codec, card).control(control(2)).clone()

    def both() -> torch.Tensor:
        """Of the map that rises to 1 from left to right: the right half stays."""
        ramp = torch.from_numpy(cv2.resize(control(2).depth, (card.edge, card.edge), interpolation=cv2.INTER_LINEAR))
        near = ramp > 0.5
        shown_map = torch.where(near, torch.tensor(0.5), ramp)[None, :, :, None].expand(card.chunk_frames, -1, -1, 3)
        pixels = torch.stack([torch.from_numpy(fitted(one.image, card.shape)).float() / 255 for one in frames])
        shown_source = torch.where(near[None, :, :, None], pixels, torch.tensor(0.5))
        return torch.cat((source.encode(shown_source).clone(), maps.encode(shown_map).clone()), dim=1)

    for _ in range(2):
        ours = depth.control(control(2), frames, 0.5)
        assert torch.allclose(ours[:, :32], both(), atol=1e-5)
        assert 0.4 < float(ours[:, 32:].mean()) < 0.6
    state, expected = depth.state(), both()
    for _ in range(2):
        assert torch.allclose(depth.control(control(2), frames, 0.5)[:, :32], expected, atol=1e-5)
        depth.restore(state)
    assert state.kept is not None and state.bytes > depth.state().depth.nbytes  # type: ignore[union-attr]
    depth.leave_out()
    assert torch.equal(depth.control(control(2), frames, 0.0), plain)


def test_a_video_by_frames_begins_with_the_sources_picture(make: Make) -> None:
    recipe = dataclasses.replace(CAUSAL_FORCING_FRAMEWISE, window=6, first_steps=(1000, 500))
    card = small_card(recipe=recipe)
    generator = make(card)
    given = generator.generate(ask(card, 0, first=1.0), never).images
    dreamt_on = generator.generate(ask(card, 1, first=1.0), never).images
    codec = generator.parts.codec
    frames = ask(card, 0).frames
    latents = InputVideo(codec, card).latents(frames)
    expected = fitted(_rgbx(codec.open_decoder().push(latents))[-1].numpy(), (FRAME_SIZE, FRAME_SIZE))
    assert np.array_equal(given[-1], expected)
    generator.reset()
    opening = generator.generate(ask(card, 0), never).images
    assert not np.array_equal(opening[-1], expected) and len(opening) == 4
    other = generator.generate(ask(card, 1, first=1.0), never).images  # only a beginning is a first frame
    assert not np.array_equal(other[-1], dreamt_on[-1])


def test_a_drawn_map_is_followed_in_its_colours() -> None:
    codec, card = CODECS["tiny"], small_card()
    grey = np.tile(np.linspace(0, 255, 64, dtype=np.uint8), (64, 1))
    plain = dataclasses.replace(control(0), depth=np.multiply(grey, np.float32(1 / 255)))
    drawn = dataclasses.replace(plain, drawing=np.repeat(grey[..., None], 3, axis=2))
    coloured = dataclasses.replace(plain, drawing=np.stack((grey, grey.T, 255 - grey), axis=-1))
    wanted, same, other = (DepthVideo(codec, card).control(one).clone() for one in (plain, drawn, coloured))
    assert (wanted - same).abs().max() < 0.05 * wanted.abs().max()
    assert (wanted - other).abs().max() > 0.1 * wanted.abs().max()
    video = DepthVideo(codec, card)
    video.control(plain)
    assert torch.isfinite(video.control(coloured)).all()  # from grey to colour
