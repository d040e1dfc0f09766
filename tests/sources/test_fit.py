"""Pictures of any size to the working square, and the colours of UYVY."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.messages.frame import FRAME_SIZE
from engine.sources.fit import fit, square_crop
from engine.sources.yuv import BT601, BT709, BT2020, fit_bgrx, fit_rgbx, fit_uyvy, limited_to_rgb, weights_for


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
    assert square_crop(image).base is image


def test_fine_stripes_leave_no_moire() -> None:
    stripes = np.zeros((1792, 1792), np.uint8)
    stripes[:, ::2] = 255
    assert fit(stripes).std() < 2.0


@pytest.mark.parametrize(
    ("size", "weights"), [((720, 576), BT601), ((1280, 720), BT709), ((896, 896), BT709), ((3840, 2160), BT2020)]
)
def test_the_matrix_follows_the_size(size: tuple[int, int], weights: tuple[float, float]) -> None:
    assert weights_for(*size) == weights


@pytest.mark.parametrize(
    "size", [(360, 640), (448, 448), (720, 1280), (1080, 1920), (1080, 1080), (2160, 3840), (35, 50)]
)
@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (250, 250, 250), (12, 90, 200)])
def test_a_colour_survives_uyvy(size: tuple[int, int], colour: tuple[int, int, int]) -> None:
    height, width = size
    matrix = limited_to_rgb(weights_for(width, height))
    y, u, v = np.linalg.solve(matrix[:, :3], np.array(colour) - matrix[:, 3])
    packed = np.empty((height, width, 2), np.uint8)
    packed[..., 1] = round(y)
    packed[:, 0::2, 0] = round(u)
    packed[:, 1::2, 0] = round(v)
    fitted = fit_uyvy(packed)
    assert fitted.shape == (FRAME_SIZE, FRAME_SIZE, 3)
    assert np.abs(fitted.astype(int) - colour).max() <= 3


def test_uyvy_agrees_with_opencv_where_both_know_the_matrix() -> None:
    rng = np.random.default_rng(1)
    smooth = cv2.resize(rng.integers(60, 200, (9, 9, 2), dtype=np.uint8), (448, 448), interpolation=cv2.INTER_CUBIC)
    expected = cv2.cvtColor(smooth, cv2.COLOR_YUV2RGB_UYVY)
    assert np.abs(fit_uyvy(smooth).astype(int) - expected.astype(int)).mean() < 2.0


def test_four_bytes_lose_the_fourth() -> None:
    pixels = np.empty((600, 500, 4), np.uint8)
    pixels[:] = (10, 20, 30, 99)
    assert (fit_bgrx(pixels) == (30, 20, 10)).all()
    assert (fit_rgbx(pixels) == (10, 20, 30)).all()
