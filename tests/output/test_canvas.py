"""What goes on the wire, against an independent reference in float64 written from the standards."""

from fractions import Fraction

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from engine.messages.placement import Fit, Upscale
from engine.output.canvas import Canvas, Placement, dim, place
from engine.output.settings import VideoFormat, WireFormat


def picture(seed: int = 1) -> npt.NDArray[np.uint8]:
    """A smooth picture with every colour in it."""
    coarse = np.random.default_rng(seed).integers(0, 256, (7, 7, 4), np.uint8)
    image = cv2.resize(coarse, (448, 448), interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    image[..., 3] = 255
    return image


def flat(red: int, green: int, blue: int) -> npt.NDArray[np.uint8]:
    image = np.empty((448, 448, 4), np.uint8)
    image[...] = (red, green, blue, 255)
    return image


def reference(rgb: npt.NDArray[np.float64], red: float, blue: float) -> npt.NDArray[np.float64]:
    """BT.601 (0.299, 0.114) or BT.709 (0.2126, 0.0722), 8 bit limited range: Y, Cb, Cr in float64."""
    r, g, b = (rgb[..., index] / 255 for index in range(3))
    luma = red * r + (1 - red - blue) * g + blue * b
    return np.stack(
        [16 + 219 * luma, 128 + 224 * (b - luma) / (2 - 2 * blue), 128 + 224 * (r - luma) / (2 - 2 * red)], axis=-1
    )


def enlarged(image: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.float64]:
    """Linear interpolation with pixel centres at half integers, in float64."""

    def axis(size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        position = np.clip((np.arange(size) + 0.5) * 448 / size - 0.5, 0, 447)
        low = np.floor(position).astype(np.int64)
        return low, np.minimum(low + 1, 447), position - low

    top, bottom, down = axis(height)
    left, right, across = axis(width)
    source = image.astype(np.float64)
    rows = source[top] * (1 - down)[:, None, None] + source[bottom] * down[:, None, None]
    return rows[:, left] * (1 - across)[None, :, None] + rows[:, right] * across[None, :, None]


def planes(wire: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """UYVY to Y, Cb, Cr, each chroma sample standing for its two pixels."""
    chroma = wire[..., 0].astype(np.float64)
    return np.stack(
        [wire[..., 1].astype(np.float64), chroma[:, 0::2].repeat(2, axis=1), chroma[:, 1::2].repeat(2, axis=1)], axis=-1
    )


def drawn(image: npt.NDArray[np.uint8], video: VideoFormat, gain: float = 1.0) -> npt.NDArray[np.uint8]:
    canvas = Canvas(video)
    out = canvas.black()
    canvas.draw(image, gain, out)
    return out


@pytest.mark.parametrize("size", [896, 448, 512, 576, 722, 2160])
def test_uyvy_is_bt_709_at_every_size(size: int) -> None:
    image = picture()
    got = planes(drawn(image, VideoFormat(width=size, height=size, upscale=Upscale.SMOOTH)))
    wanted = reference(enlarged(image, size, size), 0.2126, 0.0722)
    assert np.abs(got[..., 0] - wanted[..., 0]).max() <= 1.6  # two roundings: of the colours, of the enlargement
    halves = (wanted[:, 0::2, 1:] + wanted[:, 1::2, 1:]) / 2
    assert np.abs(got[:, 0::2, 1:] - halves).max() <= 2.5


@pytest.mark.parametrize(
    ("colour", "yuv"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((255, 255, 255), (235, 128, 128)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
        ((128, 128, 128), (126, 128, 128)),
    ],
)
def test_the_primaries_have_the_code_values_of_bt_709(colour: tuple[int, int, int], yuv: tuple[int, int, int]) -> None:
    got = planes(drawn(flat(*colour), VideoFormat()))
    assert (got == yuv).all()


@pytest.mark.parametrize("gain", [0.0, 0.004, 0.25, 0.5, 1.0])
def test_the_level_fades_to_true_black(gain: float) -> None:
    got = planes(drawn(flat(200, 40, 90), VideoFormat(), gain))[0, 0]
    wanted = reference(np.array([200.0, 40.0, 90.0]) * gain, 0.2126, 0.0722)
    assert np.abs(got - wanted).max() <= 0.5001


def test_after_a_blackout_the_same_buffer_is_whole_again() -> None:
    canvas = Canvas(VideoFormat(width=1280, height=720))
    out = canvas.black()
    canvas.draw(picture(), 1.0, out)
    before = out.copy()
    canvas.draw(picture(), 0.0, out)
    assert (planes(out) == (16, 128, 128)).all()
    canvas.draw(picture(), 1.0, out)
    assert (out == before).all()


def test_fit_shows_the_whole_picture_between_black_bars() -> None:
    wire = planes(drawn(flat(255, 255, 255), VideoFormat(width=1280, height=720)))
    assert (wire[:, 280:1000, 0] == 235).all()
    assert (wire[:, :280] == (16, 128, 128)).all()
    assert (wire[:, 1000:] == (16, 128, 128)).all()


def test_fill_covers_everything_and_keeps_the_centre() -> None:
    image = flat(255, 255, 255)
    image[:98, :, :3] = 0
    image[-98:, :, :3] = 0
    wire = planes(drawn(image, VideoFormat(width=1280, height=720, fit=Fit.FILL)))
    assert (wire == (235, 128, 128)).all()


@pytest.mark.parametrize(
    ("width", "height", "fit", "placement"),
    [
        (896, 896, Fit.FIT, Placement(0, 0, 896, 896)),
        (1280, 720, Fit.FIT, Placement(280, 0, 720, 720)),
        (720, 1280, Fit.FIT, Placement(0, 280, 720, 720)),
        (1082, 1080, Fit.FIT, Placement(0, 0, 1080, 1080)),
        (1280, 720, Fit.FILL, Placement(0, 0, 1280, 720, 0, 98)),
        (720, 1280, Fit.FILL, Placement(0, 0, 720, 1280, 98, 0)),
        (1280, 720, Fit.STRETCH, Placement(0, 0, 1280, 720)),
        (1280, 720, Fit.MIRROR, Placement(280, 0, 720, 720)),
    ],
)
def test_where_the_picture_goes(width: int, height: int, fit: Fit, placement: Placement) -> None:
    assert place(width, height, fit) == placement


@pytest.mark.parametrize("wire", list(WireFormat))
@pytest.mark.parametrize("fit", list(Fit))
@pytest.mark.parametrize(("width", "height"), [(16, 16), (4096, 16), (18, 1000), (640, 360), (450, 446)])
def test_every_even_size_can_be_drawn(width: int, height: int, fit: Fit, wire: WireFormat) -> None:
    video = VideoFormat(width=width, height=height, rate=Fraction(24), fit=fit, wire=wire)
    out = drawn(flat(255, 255, 255), video)
    assert out.shape == (height, width, 2 if wire is WireFormat.UYVY else 4)
    assert out[height // 2, width // 2, 1] == (235 if wire is WireFormat.UYVY else 255)


@pytest.mark.parametrize(("wire", "order"), [(WireFormat.RGBX, [0, 1, 2]), (WireFormat.BGRX, [2, 1, 0])])
def test_four_byte_formats_keep_the_colours(wire: WireFormat, order: list[int]) -> None:
    image = picture()
    out = drawn(image, VideoFormat(wire=wire, upscale=Upscale.SMOOTH))
    assert np.abs(out[..., order] - enlarged(image, 896, 896)[..., :3]).max() <= 1.0
    assert (out[..., 3] == 255).all()
    half = drawn(flat(100, 60, 20), VideoFormat(wire=wire), 0.5)
    assert half[0, 0, order].tolist() == [50, 30, 10]


def test_dimming_leaves_the_fourth_byte_opaque() -> None:
    out = np.empty((448, 448, 4), np.uint8)
    dim(flat(200, 100, 50), 0.1, out)
    assert out[5, 5].tolist() == [20, 10, 5, 255]


@pytest.mark.parametrize("wire", list(WireFormat))
@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (2000, 448)])
def test_mirrored_the_picture_goes_on_beyond_its_edges(wire: WireFormat, size: tuple[int, int]) -> None:
    width, height = size
    alike = {"width": width, "height": height, "wire": wire}
    plain = drawn(picture(), VideoFormat(fit=Fit.FIT, **alike))
    mirrored = drawn(picture(), VideoFormat(fit=Fit.MIRROR, **alike))
    at = place(width, height, Fit.FIT)
    inside = (slice(at.top, at.top + at.height), slice(at.left, at.left + at.width))
    assert (mirrored[inside] == plain[inside]).all()
    if wire is WireFormat.UYVY:
        mirrored, plain = planes(mirrored), planes(plain)
    reach = 40
    if at.left:
        before, behind = mirrored[:, at.left - reach : at.left], mirrored[:, at.left : at.left + reach]
        assert (before == behind[:, ::-1]).all()
    else:
        above, below = mirrored[at.top - reach : at.top], mirrored[at.top : at.top + reach]
        assert (above == below[::-1]).all()


def test_mirrored_blackout_is_black_everywhere() -> None:
    canvas = Canvas(VideoFormat(width=1280, height=720, fit=Fit.MIRROR))
    out = canvas.black()
    canvas.draw(picture(), 1.0, out)
    canvas.draw(picture(), 0.0, out)
    assert (planes(out) == (16, 128, 128)).all()
