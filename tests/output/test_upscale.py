"""Enlarging that keeps edges, against the stage rendered at the larger size."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.output.upscale import EdgeUpscaler
from engine.sources.stage import StageRenderer
from engine.sources.stage.view import Lens

Image = npt.NDArray[np.uint8]


def enlarged(luma: Image, edge: int) -> Image:
    upscaler = EdgeUpscaler((luma.shape[0], luma.shape[1]), (edge, edge))
    out = np.empty((edge, edge), np.uint8)
    upscaler.follow(luma)
    upscaler.enlarge(luma, out)
    return out


def luma_of(rgb: Image) -> Image:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def psnr(one: Image, other: Image) -> float:
    error = np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2)
    return float(10 * np.log10(255.0**2 / error))


def ssim(one: Image, other: Image) -> float:
    """Wang et al. 2004, with their window of 11 pixels and sigma 1.5."""
    a, b = one.astype(np.float64), other.astype(np.float64)

    def mean(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(cv2.GaussianBlur(x, (11, 11), 1.5))

    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    at, bt = mean(a), mean(b)
    var_a, var_b, both = mean(a * a) - at * at, mean(b * b) - bt * bt, mean(a * b) - at * bt
    similar = (2 * at * bt + first) * (2 * both + second)
    return float((similar / ((at * at + bt * bt + first) * (var_a + var_b + second))).mean())


@pytest.mark.parametrize(("edge", "gain_db"), [(896, 0.25), (1088, 0.2)])
def test_it_is_nearer_to_the_truth_than_cubic(edge: int, gain_db: float) -> None:
    """1088 lines: the stage renders multiples of sixteen, and 1080 is none."""
    large, small = StageRenderer(0, lens=Lens(edge, edge)), StageRenderer(0)
    gains: list[tuple[float, float]] = []
    for seconds in (1.3, 15.2):
        truth, picture = luma_of(large.render(seconds)[0]), luma_of(small.render(seconds)[0])
        ours = enlarged(picture, edge)
        cubic = np.asarray(cv2.resize(picture, (edge, edge), interpolation=cv2.INTER_CUBIC), np.uint8)
        gains.append((psnr(ours, truth) - psnr(cubic, truth), ssim(ours, truth) - ssim(cubic, truth)))
    decibels, similarity = np.mean(gains, axis=0)
    assert decibels >= gain_db
    assert similarity >= 0.001


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_nothing_is_darker_or_lighter_than_its_surroundings(seed: int) -> None:
    luma = np.random.default_rng(seed).integers(0, 256, (32, 48), np.uint8)
    out = enlarged(luma, 97)
    assert luma.min() <= out.min() and out.max() <= luma.max()


def test_a_flat_picture_stays_as_it_is() -> None:
    assert (enlarged(np.full((64, 64), 77, np.uint8), 130) == 77).all()


def test_colours_are_enlarged_channel_by_channel() -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 32, 4), np.uint8)
    upscaler = EdgeUpscaler((32, 32), (64, 64))
    out, alone = np.empty((64, 64, 4), np.uint8), np.empty((64, 64), np.uint8)
    upscaler.follow(image[..., 1].copy())
    upscaler.enlarge(image, out)
    for channel in range(4):
        upscaler.enlarge(image[..., channel].copy(), alone)
        assert np.abs(out[..., channel].astype(int) - alone).max() <= 1
