"""Pictures of any size to the working square, and the colours of UYVY."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.colour import BT601, BT709, NDI, limited_to_rgb
from engine.messages.frame import FRAME_SIZE
from engine.sources.fit import fit, fit_over_black
from engine.sources.framing import framed
from engine.sources.yuv import fit_bgra, fit_bgrx, fit_rgbx, fit_uyvy


@settings(max_examples=40)
@given(st.integers(1, 1300), st.integers(1, 1300), st.sampled_from([(), (1,), (3,), (4,)]))
def test_any_size_becomes_a_contiguous_square_of_its_own(height: int, width: int, channels: tuple[int, ...]) -> None:
    image = np.full((height, width, *channels), 77, np.uint8)
    fitted = fit(image)
    assert fitted.shape[:2] == (FRAME_SIZE, FRAME_SIZE)
    assert fitted.flags.c_contiguous
    assert not np.shares_memory(fitted, image)
    assert fitted.min() == fitted.max() == 77


@pytest.mark.parametrize("size", [(360, 640), (1080, 1920), (1920, 1080), (448, 800), (2160, 3840), (999, 1001)])
def test_the_centre_stays_and_circles_stay_round(size: tuple[int, int]) -> None:
    height, width = size
    image = np.zeros((height, width), np.uint8)
    cv2.circle(image, (width // 2, height // 2), min(size) // 4, 255, -1)
    ys, xs = np.nonzero(fit(image) > 127)
    assert (ys.min() + ys.max()) / 2 == pytest.approx(223.5, abs=1.5)
    assert (xs.min() + xs.max()) / 2 == pytest.approx(223.5, abs=1.5)
    assert np.ptp(ys) == pytest.approx(np.ptp(xs), abs=1.5)
    assert np.ptp(xs) == pytest.approx(FRAME_SIZE / 2, abs=2.5)


def test_cropping_copies_nothing() -> None:
    image = np.zeros((100, 300, 3), np.uint8)
    assert framed(image).base is image


def test_fine_stripes_leave_no_moire() -> None:
    stripes = np.zeros((1792, 1792), np.uint8)
    stripes[:, ::2] = 255
    assert fit(stripes).std() < 2.0


@pytest.mark.parametrize(
    "size", [(360, 640), (448, 448), (720, 1280), (1080, 1920), (1080, 1080), (2160, 3840), (35, 50)]
)
@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (250, 250, 250), (12, 90, 200)])
def test_a_colour_survives_uyvy(size: tuple[int, int], colour: tuple[int, int, int]) -> None:
    height, width = size
    matrix = limited_to_rgb(NDI)
    y, u, v = np.linalg.solve(matrix[:, :3], np.array(colour) - matrix[:, 3])
    packed = np.empty((height, width, 2), np.uint8)
    packed[..., 1] = round(y)
    packed[:, 0::2, 0] = round(u)
    packed[:, 1::2, 0] = round(v)
    fitted = fit_uyvy(packed, NDI)
    assert fitted.shape == (FRAME_SIZE, FRAME_SIZE, 3)
    assert np.abs(fitted.astype(int) - colour).max() <= 3


def test_uyvy_agrees_with_opencv_where_both_know_the_matrix() -> None:
    rng = np.random.default_rng(1)
    smooth = cv2.resize(rng.integers(60, 200, (9, 9, 2), dtype=np.uint8), (448, 448), interpolation=cv2.INTER_CUBIC)
    expected = cv2.cvtColor(smooth, cv2.COLOR_YUV2RGB_UYVY)
    assert np.abs(fit_uyvy(smooth, BT601).astype(int) - expected.astype(int)).mean() < 2.0


@pytest.mark.parametrize("size", [(448, 448), (720, 1280), (35, 50)])
def test_ndi_is_bt_709_at_every_size(size: tuple[int, int]) -> None:
    """ITU-R BT.709-6's own code values of pure red, 63 102 240."""
    packed = np.empty((*size, 2), np.uint8)
    packed[..., 1] = 63
    packed[:, 0::2, 0], packed[:, 1::2, 0] = 102, 240
    assert np.abs(fit_uyvy(packed, NDI).astype(int) - (255, 0, 0)).max() <= 2
    assert NDI is BT709


@pytest.mark.parametrize("size", [(448, 448), (600, 500), (1080, 1920), (100, 130)])
def test_alpha_lies_over_black_and_what_it_hides_does_not_bleed(size: tuple[int, int]) -> None:
    height, width = size
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[:, : width // 2] = (0, 255, 0, 0)
    pixels[:, width // 2 :] = (255, 255, 255, 128)
    for fitted in (fit_bgra(pixels), fit_over_black(pixels)):
        assert (fitted[:, 100] == 0).all()
        assert (fitted[:, 348] == 128).all()
        assert np.ptp(fitted, axis=2).max() == 0  # no green in between
        assert fitted.flags.c_contiguous


@settings(max_examples=30)
@given(st.integers(0, 255), st.integers(0, 255))
def test_alpha_weighs_every_level_exactly(level: int, alpha: int) -> None:
    pixels = np.full((64, 64, 4), level, np.uint8)
    pixels[..., 3] = alpha
    assert np.abs(fit_over_black(pixels) - level * alpha / 255).max() <= 0.5001


def test_opaque_alpha_is_no_alpha() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (300, 400, 4), np.uint8)
    pixels[..., 3] = 255
    assert (fit_bgra(pixels) == fit_bgrx(pixels)).all()
    assert (fit_over_black(pixels) == fit_rgbx(pixels)).all()


def test_four_bytes_lose_the_fourth() -> None:
    pixels = np.empty((600, 500, 4), np.uint8)
    pixels[:] = (10, 20, 30, 99)
    assert (fit_bgrx(pixels) == (30, 20, 10)).all()
    assert (fit_rgbx(pixels) == (10, 20, 30)).all()
