"""The filters that are compiled, as plain Python, against OpenCV's and numpy's."""

import math

import cv2
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from engine.preprocess.compiled.cue_loops import enlarge_flow, enlarge_row, fine_energy, inverse_form, patch_colours
from engine.preprocess.compiled.row_filters import box_mean, mirrored, negative_exp, pad_edge, percentile, sample_line

LINES = (9, 200)


def noise(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(4).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("radius", [2, 4, 10])
def test_a_box_is_opencv_s(radius: int) -> None:
    image, out = noise(23, 31), np.zeros((23, 31), np.float32)
    box_mean(image, radius, np.zeros(LINES, np.float32), out)
    diameter = 2 * radius + 1
    np.testing.assert_allclose(out, cv2.blur(image, (diameter, diameter)), atol=1e-5)


def test_sampling_is_opencv_s() -> None:
    image, places = noise(11, 17), noise(11, 17, 2) * 9 + 6
    padded, out = np.zeros(12 * 18, np.float32), np.zeros(17, np.float32)
    pad_edge(image, padded)
    expected = cv2.remap(image, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
    for row in range(11):
        sample_line(padded, 11, 17, places[row, :, 0], places[row, :, 1], out)
        np.testing.assert_allclose(out, expected[row], atol=0.05)  # OpenCV may round places to 1/32 of a pixel


@hypothesis.given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=2, max_size=60), st.floats(0.0, 100.0))
def test_a_percentile_is_numpy_s(values: list[float], percent: float) -> None:
    array = np.array(values, np.float32)
    expected = np.percentile(array, percent)
    found = percentile(array, len(array), percent)
    assert found == pytest.approx(float(expected), rel=1e-4, abs=1e-3 * max(1.0, float(np.ptp(array)) / 100))
    assert sorted(array.tolist()) == sorted(np.array(values, np.float32).tolist())


@hypothesis.given(st.floats(0.0, 1e9, width=32))
def test_the_exponential_is_close(value: float) -> None:
    assert float(negative_exp(np.float32(value))) == pytest.approx(math.exp(-value), abs=1e-6)


@hypothesis.given(st.integers(2, 40), st.integers(-39, 78))
def test_mirroring_is_opencv_s(count: int, index: int) -> None:
    hypothesis.assume(-count < index < 2 * count - 1)
    assert mirrored(index, count) == cv2.borderInterpolate(index, count, cv2.BORDER_REFLECT_101)


def test_enlarging_is_opencv_s() -> None:
    image, flow = noise(7, 9), noise(7, 18)
    expected = cv2.resize(image, (18, 14))
    out = np.zeros(18, np.float32)
    for row in range(14):
        enlarge_row(image, row, np.zeros(11, np.float32), out)
        np.testing.assert_allclose(out, expected[row], atol=1e-6)
    larger = np.zeros((14, 36), np.float32)
    enlarge_flow.python(flow, np.zeros(LINES, np.float32), larger)
    np.testing.assert_allclose(larger.reshape(14, 18, 2), cv2.resize(flow.reshape(7, 9, 2), (18, 14)), atol=1e-6)


def test_detail_is_opencv_s_laplacian() -> None:
    fine = np.random.default_rng(1).integers(0, 256, (18, 26), dtype=np.uint8)
    out = np.zeros((9, 13), np.float32)
    fine_energy(fine, np.zeros(LINES, np.float32), out)
    size = np.abs(cv2.Laplacian(fine, cv2.CV_16S)).astype(np.float32)
    np.testing.assert_allclose(out, cv2.resize(size, (13, 9), interpolation=cv2.INTER_AREA), rtol=1e-5)


def test_colours_of_a_patch_are_its_gaussian() -> None:
    lab = np.random.default_rng(2).integers(0, 256, (12, 14, 3), dtype=np.uint8)
    out, form = np.zeros(9), np.zeros(9, np.float32)
    patch_colours(lab.reshape(12, -1), np.array([2, 9, 3, 14]), out)
    colours = (lab[2:9, 3:14].astype(float) * (100 / 255, 1, 1) - (0, 128, 128)).reshape(-1, 3)
    covariance = np.cov(colours.T, bias=True)
    np.testing.assert_allclose(out[:3], colours.mean(axis=0))
    np.testing.assert_allclose(out[3:], covariance[np.triu_indices(3)], rtol=1e-9)
    inverse_form(out, 36.0, form)
    expected = np.linalg.inv(covariance + 36.0 * np.eye(3))
    np.testing.assert_allclose(form[3:] * (1, 0.5, 0.5, 1, 0.5, 1), expected[np.triu_indices(3)], rtol=1e-5)
