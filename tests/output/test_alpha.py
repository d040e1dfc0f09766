"""Pictures with alpha: the matte lies where its picture does, premultiplied is straight times alpha, over is over."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.messages.alpha import AlphaOut
from engine.messages.picture_format import PictureFormat
from engine.messages.placement import Fit
from engine.output.alpha_canvas import canvas_for
from engine.output.canvas import place
from engine.output.logo import LogoCanvas, stamp_of
from engine.output.over import Stamp, lay_over
from engine.output.settings import VideoFormat, WireFormat, WireImage

SIZES = ((448, 448), (896, 896), (1280, 720), (320, 448))
Array = npt.NDArray[np.uint8]


def smooth(seed: int) -> Array:
    """A picture and a matte without fine detail, so that resizing before and after multiplying is alike."""
    small = np.random.default_rng(seed).integers(0, 256, (7, 7, 4), np.uint8)
    return np.asarray(cv2.resize(small, (448, 448), interpolation=cv2.INTER_LINEAR))


def drawn(picture: Array, gain: float, video: VideoFormat) -> WireImage:
    canvas = canvas_for(video)
    out = canvas.black()
    canvas.draw(picture, gain, out)
    return out


def form(alpha: AlphaOut, size: tuple[int, int], fit: Fit = Fit.FIT) -> VideoFormat:
    wire = WireFormat.UYVA if alpha.value.startswith("uyva") else WireFormat.BGRA
    return VideoFormat(width=size[0], height=size[1], fit=fit, wire=wire, alpha=alpha)


def plane(image: WireImage, video: VideoFormat) -> Array:
    if video.wire is WireFormat.UYVA:
        return image[video.height :].reshape(video.height, video.width)
    return image[..., 3]


@pytest.mark.parametrize("fit", list(Fit))
@pytest.mark.parametrize("size", SIZES)
def test_both_layouts_carry_the_same_alpha_and_the_opaque_colours(size: tuple[int, int], fit: Fit) -> None:
    picture = smooth(3)
    planar, packed = form(AlphaOut.UYVA, size, fit), form(AlphaOut.BGRA, size, fit)
    one, other = drawn(picture, 1.0, planar), drawn(picture, 1.0, packed)
    assert np.abs(plane(one, planar).astype(int) - plane(other, packed)).max() <= 1
    opaque = drawn(picture, 1.0, replace(planar, wire=WireFormat.UYVY, alpha=AlphaOut.OFF))
    assert (one[: size[1]] == opaque).all()
    colours = drawn(picture, 1.0, replace(packed, wire=WireFormat.BGRX, alpha=AlphaOut.OFF))
    assert (other[..., :3] == colours[..., :3]).all()
    if fit is Fit.STRETCH:
        whole = cv2.resize(picture[..., 3], size, interpolation=cv2.INTER_LINEAR)
        if size[0] >= 448 and size[1] >= 448:
            assert np.abs(plane(one, planar).astype(int) - whole).max() <= 1


@pytest.mark.parametrize("gain", [1.0, 0.4])
@pytest.mark.parametrize("size", SIZES[:3])
def test_premultiplied_is_straight_times_alpha(size: tuple[int, int], gain: float) -> None:
    picture = smooth(5)
    straight = drawn(picture, gain, form(AlphaOut.BGRA, size)).astype(float)
    multiplied = drawn(picture, gain, form(AlphaOut.BGRA_PREMULTIPLIED, size)).astype(float)
    assert (straight[..., 3] == multiplied[..., 3]).all()
    share = drawn(picture, 1.0, form(AlphaOut.BGRA, size))[..., 3:] / 255
    assert np.abs(straight[..., :3] * share - multiplied[..., :3]).max() <= 4


@pytest.mark.parametrize("alpha", list(AlphaOut)[1:])
def test_black_leaves_nothing(alpha: AlphaOut) -> None:
    video = form(alpha, (640, 448))
    out = drawn(smooth(1), 0.0, video)
    assert not plane(out, video).any()
    assert (out[: video.height] == ((128, 16) if video.wire is WireFormat.UYVA else 0)).all()


def test_a_picture_whose_matte_is_whole_is_the_opaque_one() -> None:
    picture = smooth(2)
    picture[..., 3] = 255
    for alpha in list(AlphaOut)[1:]:
        video = form(alpha, (896, 896))
        out = drawn(picture, 1.0, video)
        opaque = WireFormat.UYVY if video.wire is WireFormat.UYVA else WireFormat.BGRX
        assert (out[: video.height] == drawn(picture, 1.0, replace(video, wire=opaque, alpha=AlphaOut.OFF))).all()
        assert (plane(out, video) == 255).all()


@pytest.mark.parametrize("size", [(1280, 720), (896, 896)])
def test_a_wide_picture_takes_its_matte_along(size: tuple[int, int]) -> None:
    picture = cv2.resize(smooth(4), (592, 336), interpolation=cv2.INTER_AREA)
    found = []
    for alpha in (AlphaOut.UYVA, AlphaOut.BGRA):
        video = form(alpha, size)
        canvas = canvas_for(video, (336, 592))
        out = canvas.black()
        canvas.draw(picture, 1.0, out)
        found.append(plane(out, video).astype(int))
    assert np.abs(found[0] - found[1]).max() <= 1
    middle = found[0][size[1] // 2]
    assert np.abs(middle - cv2.resize(picture[..., 3], (size[0], 336))[168]).max() <= 3


def stamp(logo: Array, size: float, x: float, y: float, canvas: LogoCanvas) -> Stamp:
    found = stamp_of(logo, size, x, y, canvas)
    assert found is not None
    return found


def over(colour: Array, alpha: float, below: Array) -> npt.NDArray[np.float64]:
    return colour * alpha + below * (1 - alpha)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 255), st.integers(0, 255), st.sampled_from([WireFormat.BGRX, WireFormat.RGBX]))
def test_a_logo_lies_over_opaque_pictures(level: int, alpha: int, wire: WireFormat) -> None:
    logo = np.full((20, 20, 4), level, np.uint8)
    logo[..., 3] = alpha
    video = VideoFormat(width=64, height=64, wire=wire)
    image = np.full((64, 64, 4), 100, np.uint8)
    image[..., 3] = 255
    lay_over(stamp(logo, 0.5, 0.0, 1.0, LogoCanvas(wire, 64, 64)), image, video)
    inside, outside = image[32:, :32, :3], image[:32, :, :3]
    assert (outside == 100).all()
    assert (image[..., 3] == 255).all()
    assert np.abs(inside - over(np.uint8(level), alpha / 255, np.uint8(100))).max() <= 1.5
    if alpha == 0:
        assert (inside == 100).all()


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 255), st.integers(1, 255), st.integers(0, 255))
def test_straight_and_premultiplied_pictures_get_the_same_logo(level: int, alpha: int, below: int) -> None:
    logo = np.full((8, 8, 4), level, np.uint8)
    logo[..., 3] = alpha
    found = []
    for mode in (AlphaOut.BGRA, AlphaOut.BGRA_PREMULTIPLIED):
        video = form(mode, (16, 16))
        image = np.full((16, 16, 4), 100, np.uint8)
        image[..., 3] = below
        if mode.premultiplied:
            image[..., :3] = round(100 * below / 255)
        lay_over(stamp(logo, 1.0, 0.5, 0.5, LogoCanvas(video.wire, 16, 16)), image, video)
        colour, whole = image[8, 8, :3].astype(float), image[8, 8, 3] / 255
        found.append((colour if mode.premultiplied else colour * whole, whole))
    assert found[0][1] == found[1][1]
    assert np.abs(found[0][0] - found[1][0]).max() <= 3


def test_a_logo_is_the_same_in_every_layout() -> None:
    logo = np.zeros((40, 80, 4), np.uint8)
    logo[..., 0], logo[..., 3] = 220, 200
    grey = np.full((448, 448, 4), 128, np.uint8)
    grey[..., 3] = 255
    shown = {}
    for wire in (WireFormat.UYVY, WireFormat.BGRX):
        video = VideoFormat(width=448, height=448, wire=wire)
        image = drawn(grey, 1.0, video)
        lay_over(stamp(logo, 0.5, 1.0, 1.0, LogoCanvas(wire, 448, 448)), image, video)
        way = cv2.COLOR_YUV2BGR_UYVY if wire is WireFormat.UYVY else cv2.COLOR_BGRA2BGR
        shown[wire] = cv2.cvtColor(image, way)
    packed, planar = shown[WireFormat.BGRX].astype(int), shown[WireFormat.UYVY].astype(int)
    assert np.abs(packed[440, 440] - (28, 28, 200)).max() <= 1
    # OpenCV reads UYVY by BT.601: the red differs, where it lies does not.
    assert ((abs(packed - 128).max(axis=2) > 20) == (abs(planar - 128).max(axis=2) > 20)).mean() > 0.999


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([*SIZES, (1920, 1080), (720, 1280)]),
    st.sampled_from(Fit),
    st.sampled_from([one.shape for one in PictureFormat]),
    st.tuples(st.floats(0.05, 1), st.floats(0, 1), st.floats(0, 1)),
)
def test_the_window_shows_the_logo_where_the_canvas_has_it(
    size: tuple[int, int], fit: Fit, shape: tuple[int, int], where: tuple[float, float, float]
) -> None:
    logo = np.full((40, 80, 4), 255, np.uint8)
    video = VideoFormat(width=size[0], height=size[1], fit=fit, wire=WireFormat.BGRX)
    lies = place(*size, fit, shape)
    inside = slice(lies.top, lies.top + lies.height), slice(lies.left, lies.left + lies.width)
    canvas, black = canvas_for(video, shape), np.zeros((*shape, 4), np.uint8)
    sent, seen = canvas.black(), canvas.black()
    canvas.draw(black, 1.0, sent)
    lay_over(stamp(logo, *where, LogoCanvas(video.wire, *size)), sent, video)
    found = stamp_of(logo, *where, LogoCanvas(WireFormat.RGBX, *size, shape, fit))
    if found is not None:
        lay_over(found, black, VideoFormat(width=shape[1], height=shape[0], wire=WireFormat.RGBX))
    canvas.draw(black, 1.0, seen)
    differ = abs(sent[inside][..., 0].astype(int) - seen[inside][..., 0]) > 128
    pixel = max(lies.width / shape[1], lies.height / shape[0], 1.0)  # of the picture, on the canvas
    edges = 2 * (2 * pixel + 2) * (lies.width + lies.height)
    assert differ.sum() <= min(edges, 0.04 * differ.size)
