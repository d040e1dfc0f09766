"""What the model is shown beside its own past: the anchor of a context that slides, and the half that says nothing."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch

from engine.generators.wan.codecs.codec import VideoCodec, random_codec
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.codecs.wan_vae import WanVaeConfig
from engine.generators.wan.conditioning import DepthVideo, PictureEncoder, fitted, grey_blocks
from engine.generators.wan.video import _rgbx
from engine.messages.frame import FRAME_SIZE
from tests.wan.cards import recomputing, small_card
from tests.wan.models import CPU
from tests.wan.shows import Make, ask, control, never

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
