"""The tiny autoencoder against its published form, written anew here over whole videos and published keys."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.generators.wan.codecs.checkpoints import load_codec
from engine.generators.wan.codecs.codec import VideoCodec
from engine.generators.wan.codecs.latent_space import LATENT_MEAN, LATENT_STD
from engine.generators.wan.codecs.taehv import TAEW2_1
from tests.wan.codecs.published import taehv_layout
from tests.wan.codecs.videos import CPU, frames, latents, noise, pushed, relative_error

BOUND = 1e-5
SPLITS = st.lists(st.integers(1, 7), max_size=6)
WIDTHS = (24, 16, 8, 8)
Weights = dict[str, Tensor]


class Published:
    """Layer by layer as in the published network: [T, C, H, W], all frames at once."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights

    def conv(self, name: str, x: Tensor, stride: int = 1) -> Tensor:
        weight = self.weights[f"{name}.weight"]
        return F.conv2d(x, weight, self.weights.get(f"{name}.bias"), stride, weight.shape[-1] // 2)

    def memory(self, name: str, x: Tensor) -> Tensor:
        before = torch.cat((torch.zeros_like(x[:1]), x[:-1]))
        y = self.conv(f"{name}.conv.0", torch.cat((x, before), 1)).relu()
        y = self.conv(f"{name}.conv.2", y).relu()
        return (self.conv(f"{name}.conv.4", y) + x).relu()

    def encode(self, x: Tensor) -> Tensor:
        x = self.conv("encoder.0", x).relu()
        for start, pooled in ((2, 2), (7, 2), (12, 1)):
            count, channels, height, width = x.shape
            x = self.conv(f"encoder.{start}.conv", x.reshape(count // pooled, pooled * channels, height, width))
            x = self.conv(f"encoder.{start + 1}", x, stride=2)
            for index in range(start + 2, start + 5):
                x = self.memory(f"encoder.{index}", x)
        return self.conv("encoder.17", x)

    def decode(self, z: Tensor) -> Tensor:
        x = self.conv("decoder.1", torch.tanh(z / 3) * 3).relu()
        for start in (3, 9, 15):
            for index in range(start, start + 3):
                x = self.memory(f"decoder.{index}", x)
            x = x.repeat_interleave(2, -1).repeat_interleave(2, -2)
            channels = x.shape[1]
            x = self.conv(f"decoder.{start + 4}.conv", x)
            x = x.reshape(-1, channels, *x.shape[2:])
            x = self.conv(f"decoder.{start + 5}", x)
        return self.conv("decoder.22", x.relu()).clamp(0, 1)[3:]


def weights(seed: int = 50) -> Weights:
    return {
        name: noise(seed + index, *shape) * (1.6 / max(torch.Size(shape[1:]).numel(), 40)) ** 0.5
        for index, (name, shape) in enumerate(taehv_layout(12, WIDTHS).items())
    }


@pytest.fixture(scope="module")
def published() -> Published:
    return Published(weights())


@pytest.fixture(scope="module", params=[False, True], ids=["taew2_1", "lighttaew2_1"])
def codec(request: pytest.FixtureRequest, published: Published, tmp_path_factory: pytest.TempPathFactory) -> VideoCodec:
    path = tmp_path_factory.mktemp("tae") / "tae.pth"
    torch.save(published.weights, path)
    return load_codec(path, CPU, torch.float32, raw_latents=request.param)


def in_its_space(codec: VideoCodec, z: Tensor) -> Tensor:
    """Normalised latents as this kind of network wants them."""
    if not codec.decoder.config.raw_latents:
        return z
    mean, std = (torch.tensor(values).view(1, -1, 1, 1, 1) for values in (LATENT_MEAN, LATENT_STD))
    return z * std + mean


@settings(max_examples=10)
@given(sizes=SPLITS)
def test_decoding_in_any_split_equals_the_whole_video(
    codec: VideoCodec, published: Published, sizes: list[int]
) -> None:
    z = latents(5)
    expected = published.decode(in_its_space(codec, z)[0].movedim(0, 1)).movedim(0, 1)[None]
    found = pushed(codec.open_decoder(), z, sizes)
    assert found.shape == expected.shape == (1, 3, 17, 32, 32)
    assert relative_error(found, expected) < BOUND
    assert expected.std() > 0.05


@settings(max_examples=10)
@given(sizes=SPLITS)
def test_encoding_in_any_split_equals_the_whole_video(
    codec: VideoCodec, published: Published, sizes: list[int]
) -> None:
    pixels = frames(12)
    expected = published.encode(pixels[0].movedim(0, 1)).movedim(0, 1)[None]
    found = in_its_space(codec, pushed(codec.open_encoder(), pixels, sizes))
    assert found.shape == expected.shape == (1, 16, 3, 4, 4)
    assert relative_error(found, expected) < BOUND


def test_an_incomplete_group_is_filled_with_its_last_frame(codec: VideoCodec, published: Published) -> None:
    pixels = frames(6)
    filled = torch.cat((pixels, pixels[:, :, -1:], pixels[:, :, -1:]), 2)
    stream = codec.open_encoder()
    found = torch.cat((stream.push(pixels), stream.flush()), 2)
    expected = published.encode(filled[0].movedim(0, 1)).movedim(0, 1)[None]
    assert relative_error(in_its_space(codec, found), expected) < BOUND


def test_two_videos_at_once(codec: VideoCodec, published: Published) -> None:
    z = latents(3, batch=2)
    found = codec.open_decoder().push(z)
    for one, expected in zip(found, in_its_space(codec, z), strict=True):
        assert relative_error(one, published.decode(expected.movedim(0, 1)).movedim(0, 1)) < BOUND


def test_the_full_size_is_the_published_one(tmp_path: Path) -> None:
    layout = taehv_layout(64, (256, 128, 64, 64))
    checkpoint = {name: torch.zeros(shape, dtype=torch.float16) for name, shape in layout.items()}
    torch.save(checkpoint, tmp_path / "taew2_1.pth")
    codec = load_codec(tmp_path / "taew2_1.pth", CPU, torch.bfloat16)
    assert codec.decoder.config == codec.encoder.config == TAEW2_1
    # As worked out layer by layer for a chunk of three latents at 448×448; the published order costs 0.82.
    assert round(3 * codec.open_encoder().flops(448, 448) / 1e12, 2) == 0.36
    assert round(3 * codec.open_decoder().flops(448, 448) / 1e12, 2) == 0.79
