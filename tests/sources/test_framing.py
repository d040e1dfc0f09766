"""Which part of a picture fills the working square."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import SystemClock
from engine.colour import NDI
from engine.messages.events import SourceChanged
from engine.messages.frame import FRAME_SIZE, InputFrame
from engine.messages.framing import CENTRE, FrameWay, Framing
from engine.sources.fit import fit, fit_over_black
from engine.sources.framing import frame_by, framed, framing
from engine.sources.manager import SourceManager
from engine.sources.registry import parse_source
from engine.sources.yuv import fit_uyvy

Image = npt.NDArray[np.uint8]


@pytest.fixture(autouse=True)
def _centre_again() -> Iterator[None]:
    yield
    frame_by(CENTRE)


def thirds(height: int, width: int) -> Image:
    """A wide picture: red, green and blue thirds."""
    image = np.zeros((height, width, 3), np.uint8)
    for index in range(3):
        image[:, index * width // 3 : (index + 1) * width // 3, index] = 200
    return image


@pytest.mark.parametrize(("x", "channel"), [(0.0, 0), (0.5, 1), (1.0, 2)])
def test_a_crop_lies_where_it_is_put(x: float, channel: int) -> None:
    frame_by(Framing(x=x))
    assert (fit(thirds(300, 900))[..., channel] == 200).all()


def test_whole_shows_all_of_it_between_black() -> None:
    frame_by(Framing(FrameWay.WHOLE))
    image = fit(thirds(300, 900))
    assert image.shape == (FRAME_SIZE, FRAME_SIZE, 3)
    assert not image[:140].any() and not image[-140:].any()
    assert [int(image[224, x].argmax()) for x in (40, 224, 400)] == [0, 1, 2]


def test_stretch_shows_all_of_it_out_of_shape() -> None:
    frame_by(Framing(FrameWay.STRETCH))
    image = fit(thirds(300, 900))
    assert [int(image[0, x].argmax()) for x in (40, 224, 400)] == [0, 1, 2]
    assert image[0].any() and image[-1].any()


@given(
    st.sampled_from(FrameWay),
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(2, 99),
    st.integers(1, 60),
    st.sampled_from([1, 2]),
)
def test_every_framing_of_every_shape_is_a_square_or_the_whole(
    way: FrameWay, x: float, y: float, height: int, half_width: int, step: int
) -> None:
    frame_by(Framing(way, x, y))
    image = np.ones((height, 2 * half_width), np.uint8)
    part = framed(image, step=step)
    if way is FrameWay.STRETCH:
        assert part.shape == image.shape
    else:
        assert part.shape[0] == part.shape[1]
    if way is FrameWay.WHOLE:
        assert part.sum() == image.size


@pytest.mark.parametrize("way", list(FrameWay))
def test_uyvy_is_framed_as_rgb_is(way: FrameWay) -> None:
    rgb = np.asarray(cv2.resize(thirds(300, 900), (904, 300)), np.uint8)
    frame_by(Framing(way, x=0.2))
    wanted = fit(rgb).astype(int)
    luma = 16 + rgb.astype(float) @ np.array([0.2126, 0.7152, 0.0722]) * 219 / 255
    r, b = rgb[..., 0] / 255, rgb[..., 2] / 255
    y = (luma - 16) / 219
    cb, cr = 128 + 224 * (b - y) / 1.8556, 128 + 224 * (r - y) / 1.5748
    uyvy = np.empty((300, 904, 2), np.uint8)
    uyvy[..., 1] = np.rint(luma)
    uyvy[:, 0::2, 0], uyvy[:, 1::2, 0] = np.rint(cb[:, 0::2]), np.rint(cr[:, 0::2])
    error = np.abs(fit_uyvy(uyvy, NDI).astype(int) - wanted)
    assert np.quantile(error, 0.95) <= 4  # the rest lies where colours meet: chroma is half as wide


def test_over_black_is_framed_too() -> None:
    frame_by(Framing(FrameWay.WHOLE))
    image = np.dstack([thirds(300, 900), np.full((300, 900), 128, np.uint8)])
    over = fit_over_black(image)
    assert over[224, 40].tolist() == [100, 0, 0]
    assert not over[0].any()


def test_another_thread_has_its_own() -> None:
    frame_by(Framing(FrameWay.WHOLE))
    seen: list[Framing] = []
    thread = threading.Thread(target=lambda: seen.append(framing()))
    thread.start()
    thread.join()
    assert seen == [CENTRE]


def test_a_position_outside_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not at 1\.5"):
        Framing(x=1.5)


def test_a_still_picture_on_air_is_framed_anew(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    cv2.imwrite(str(path), thirds(300, 900)[..., ::-1])
    frames: list[InputFrame] = []
    told: list[SourceChanged] = []
    manager = SourceManager(SystemClock(), told.append, frames.append)
    try:
        manager.select(parse_source(f"file:{path}"))
        _await(lambda: bool(frames))
        assert (frames[-1].image[..., 1] == 200).all()
        manager.frame_by(Framing(x=1.0))
        _await(lambda: bool((frames[-1].image[..., 2] == 200).all()))
        assert told[-1].framing == Framing(x=1.0)
    finally:
        manager.close()


def _await(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
