"""The Wan VAE against diffusers' AutoencoderKLWan, an implementation that knows nothing of ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKLWan
from diffusers.loaders.single_file_utils import convert_wan_vae_to_diffusers
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.generators.wan.codecs.checkpoints import load_codec
from engine.generators.wan.codecs.codec import VideoCodec, build_codec, random_codec
from engine.generators.wan.codecs.latent_space import LATENT_MEAN, LATENT_STD
from engine.generators.wan.codecs.layouts import CodecLayout, our_names
from engine.generators.wan.codecs.wan_vae import LIGHT_VAE, WAN_VAE, WanVaeConfig
from tests.wan.codecs.published import wan_layout
from tests.wan.codecs.videos import CPU, frames, latents, noise, pushed, relative_error

BOUND = 1e-4
SPLITS = st.lists(st.integers(1, 7), max_size=6)


def reference(width: int, seed: int) -> AutoencoderKLWan:
    """diffusers' VAE with random weights, gains included."""
    model = AutoencoderKLWan(base_dim=width).eval().requires_grad_(False)
    for index, (name, parameter) in enumerate(model.named_parameters()):
        fan_in = parameter[0].numel() if parameter.ndim > 1 else 100
        scale, centre = (0.1, 1.0) if name.endswith("gamma") else (fan_in**-0.5, 0.0)
        parameter.copy_(noise(seed + index, *parameter.shape) * scale + centre)
    return model


@pytest.fixture(scope="module", params=[16, LIGHT_VAE.width], ids=["width 16", "LightVAE"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[VideoCodec, AutoencoderKLWan]]:
    """Our codec and diffusers' with the same weights, ours loaded from diffusers' layout."""
    model = reference(request.param, 100)
    path = tmp_path_factory.mktemp("vae") / "diffusion_pytorch_model.pth"
    torch.save(model.state_dict(), path)
    yield load_codec(path, CPU, torch.float32), model


def per_channel(values: tuple[float, ...]) -> Tensor:
    return torch.tensor(values).view(1, -1, 1, 1, 1)


def reference_latents(model: AutoencoderKLWan, pixels: Tensor) -> Tensor:
    with torch.no_grad():
        mode = model.encode(pixels * 2 - 1).latent_dist.mode()
    return (mode - per_channel(LATENT_MEAN)) / per_channel(LATENT_STD)


def reference_frames(model: AutoencoderKLWan, z: Tensor) -> Tensor:
    with torch.no_grad():
        return model.decode(z * per_channel(LATENT_STD) + per_channel(LATENT_MEAN)).sample / 2 + 0.5


@settings(max_examples=6)
@given(sizes=SPLITS)
def test_encoding_in_any_split_equals_diffusers(pair: tuple[VideoCodec, AutoencoderKLWan], sizes: list[int]) -> None:
    codec, model = pair
    pixels = frames(13)
    found = pushed(codec.open_encoder(), pixels, sizes)
    expected = reference_latents(model, pixels)
    assert found.shape == expected.shape == (1, 16, 4, 4, 4)
    assert relative_error(found, expected) < BOUND


@settings(max_examples=6)
@given(sizes=SPLITS)
def test_decoding_in_any_split_equals_diffusers(pair: tuple[VideoCodec, AutoencoderKLWan], sizes: list[int]) -> None:
    codec, model = pair
    z = latents(5)
    found = pushed(codec.open_decoder(), z, sizes)
    expected = reference_frames(model, z)
    assert found.shape == expected.shape == (1, 3, 17, 32, 32)
    assert relative_error(found, expected) < BOUND
    assert 0.001 < (expected == 0).float().mean() + (expected == 1).float().mean() < 0.5  # clamped here and there


def test_a_picture_wider_than_high_and_two_videos_at_once(pair: tuple[VideoCodec, AutoencoderKLWan]) -> None:
    codec, model = pair
    pixels = noise(5, 2, 3, 5, 16, 40).mul(0.2).add(0.5)
    assert relative_error(codec.open_encoder().push(pixels), reference_latents(model, pixels)) < BOUND
    z = noise(6, 2, 16, 3, 2, 5)
    assert relative_error(codec.open_decoder().push(z), reference_frames(model, z)) < BOUND


def test_an_incomplete_group_is_filled_with_its_last_frame(pair: tuple[VideoCodec, AutoencoderKLWan]) -> None:
    codec, model = pair
    pixels = frames(7)
    filled = torch.cat((pixels, pixels[:, :, -1:], pixels[:, :, -1:]), 2)
    stream = codec.open_encoder()
    found = torch.cat((stream.push(pixels), stream.flush()), 2)
    assert relative_error(found, reference_latents(model, filled)) < BOUND


def test_a_still_video_settles_and_stays(pair: tuple[VideoCodec, AutoencoderKLWan]) -> None:
    """Nothing creeps in at group boundaries: the same latent over and over ends in the same frames over and over.

    Some 35 latents are seen by a frame: 11 convolutions at the latents' rate look back by 2 each, and so on.
    """
    codec, _ = pair
    stream = codec.open_decoder()
    still = latents(1, edge=2)
    seen = [stream.push(still) for _ in range(48)]
    assert torch.equal(seen[-1], seen[-2])
    assert torch.equal(seen[-1], seen[-8])


def test_the_original_layout_loads_through_ours_and_through_diffusers_converter(tmp_path: Path) -> None:
    checkpoint = {
        name: noise(index, *shape) * 0.05 + (1 if name.endswith("gamma") else 0)
        for index, (name, shape) in enumerate(wan_layout(16).items())
    }
    torch.save(checkpoint, tmp_path / "Wan2.1_VAE.pth")
    codec = load_codec(tmp_path / "Wan2.1_VAE.pth", CPU, torch.float32)
    model = AutoencoderKLWan(base_dim=16).eval()
    model.load_state_dict(convert_wan_vae_to_diffusers(dict(checkpoint)), strict=True)
    pixels, z = frames(9), latents(3)
    assert relative_error(codec.open_encoder().push(pixels), reference_latents(model, pixels)) < BOUND
    assert relative_error(codec.open_decoder().push(z), reference_frames(model, z)) < BOUND


def test_both_layouts_of_the_full_size_name_the_same_tensors() -> None:
    with torch.device("meta"):
        diffusers = AutoencoderKLWan().state_dict()
    original = wan_layout(96)
    assert our_names(CodecLayout.WAN, original).keys() == our_names(CodecLayout.DIFFUSERS, diffusers).keys()
    assert len(original) == len(diffusers) == 194


def test_the_light_vae_is_a_sixteenth_of_the_work() -> None:
    """Widths ×¼ make 1/16 of the multiplications, but for the first and last layer."""
    with torch.device("meta"):
        full, light = (build_codec(config) for config in (WAN_VAE, LIGHT_VAE))
    for direction in ("encode", "decode"):
        ratio = costs(full, direction) / costs(light, direction)
        assert 15 < ratio < 16.1
    # As worked out layer by layer for a chunk of three latents at 448×448.
    assert round(3 * costs(full, "decode") / 1e12, 1) == 20.4
    assert round(3 * costs(full, "encode") / 1e12, 1) == 12.1


def costs(codec: VideoCodec, direction: str) -> int:
    stream = codec.open_encoder() if direction == "encode" else codec.open_decoder()
    return stream.flops(448, 448)


def test_random_weights_depend_on_the_seed_alone() -> None:
    one, same, other = (
        random_codec(WanVaeConfig(4), seed, CPU, torch.float32).decoder.state_dict() for seed in (1, 1, 2)
    )
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one)
