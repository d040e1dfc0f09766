"""A number drawn into a picture is read back, or not at all."""

import cv2
import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from bench.harness.picture_code import COLUMNS, NUMBERS, draw, read, unwrap

SIZES = st.sampled_from([(448, 448), (720, 1280), (1080, 1920), (896, 896), (64, 64), (100, 130)])
NUMBER = st.integers(0, NUMBERS - 1)


def picture(number: int, size: tuple[int, int], seed: int = 0) -> npt.NDArray[np.uint8]:
    """A number over a coarse random background."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    image = np.asarray(cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC), np.uint8)
    draw(number, image)
    return image


def luminance(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


@given(NUMBER, SIZES)
def test_every_number_at_every_size(number: int, size: tuple[int, int]) -> None:
    assert read(luminance(picture(number, size))) == number


@given(NUMBER, st.integers(0, 99))
def test_through_scaling_noise_and_compression(number: int, seed: int) -> None:
    grey = luminance(picture(number, (448, 448), seed))
    sent = cv2.imdecode(cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 40])[1], cv2.IMREAD_GRAYSCALE)
    larger = cv2.resize(sent, (896, 896), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    noisy = larger + np.random.default_rng(seed).normal(0, 40, larger.shape)
    assert read(noisy.clip(0, 255)) == number


@given(NUMBER, st.floats(0.3, 3.0), st.floats(0.2, 1.0), st.floats(0, 80))
def test_through_any_rising_tone_curve_and_a_vignette(number: int, gamma: float, gain: float, lift: float) -> None:
    grey = luminance(picture(number, (448, 448))) / 255
    across = np.linspace(-1, 1, 448) ** 2
    vignette = 1 - 0.3 * across[None, :] - 0.3 * across[:, None]
    assert read((lift + (255 - lift) * gain * grey**gamma) * vignette) == number


@given(st.integers(0, NUMBERS - 2), st.floats(0, 1))
def test_a_blend_of_two_pictures_is_one_of_them_or_nothing(number: int, share: float) -> None:
    first, second = (luminance(picture(one, (448, 448))).astype(np.float32) for one in (number, number + 1))
    assert read((1 - share) * first + share * second) in (number, number + 1, None)


@given(NUMBER, st.integers(0, COLUMNS - 1))
def test_one_wrong_cell_is_noticed(number: int, column: int) -> None:
    grey = luminance(picture(number, (448, 448)))
    cell = 448 // COLUMNS
    square = grey[7 * cell : 9 * cell, column * cell : (column + 1) * cell]
    square[:] = square[::-1].copy()
    assert read(grey) is None


@given(NUMBER)
def test_a_negative_or_a_mirrored_picture_is_not_read_as_another_number(number: int) -> None:
    grey = luminance(picture(number, (448, 448)))
    assert read(255 - grey) is None


def test_a_picture_without_a_code_is_not_read() -> None:
    assert read(np.full((448, 448), 128, np.uint8)) is None
    ramp = np.tile(np.arange(448) / 448 * 255, (448, 1))
    assert read(ramp) is None


@given(st.integers(0, 100_000), st.integers(0, NUMBERS - 1))
def test_unwrap_finds_the_newest_count_written_so(newest: int, behind: int) -> None:
    count = newest - behind
    assert unwrap(count % NUMBERS, newest) == count
