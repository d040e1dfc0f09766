"""What FFmpeg decodes, by its tags: against formulas of the standards in float64, and against OpenCV's EXIF."""

import itertools
import threading
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from av.video.frame import VideoFrame

from engine.clock import SystemClock
from engine.errors import SourceError
from engine.messages.frame import RgbImage
from engine.sources.decoded import FrameConverter
from engine.sources.file import FileSource
from tests.sources.heic import box, write_heic

MATRICES = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""AVCOL_SPC_* to the weights of red and blue."""

COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (30, 200, 10), (250, 250, 250), (17, 90, 201)]
CORNERS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}


def played(path: Path) -> RgbImage:
    """The first picture that a file shows."""
    source = FileSource(path, SystemClock(), threading.Event())
    source.open()
    try:
        picture = next(picture for _ in range(50) if (picture := source.read()) is not None)
        return picture.image
    finally:
        source.close()


def ycc(colour: Sequence[float], weights: tuple[float, float], full: bool) -> tuple[int, int, int]:
    """8 bit code values, from the standards' definition."""
    red, green, blue = (level / 255 for level in colour)
    luma = weights[0] * red + (1 - weights[0] - weights[1]) * green + weights[1] * blue
    cb, cr = (blue - luma) / (2 - 2 * weights[1]), (red - luma) / (2 - 2 * weights[0])
    if full:
        return round(255 * luma), min(round(128 + 255 * cb), 255), min(round(128 + 255 * cr), 255)
    return round(16 + 219 * luma), round(128 + 224 * cb), round(128 + 224 * cr)


def frame_of(code: tuple[int, int, int], size: tuple[int, int] = (64, 64)) -> VideoFrame:
    planes = np.empty((3, size[1], size[0]), np.uint8)
    planes[:] = np.array(code)[:, None, None]
    return VideoFrame.from_ndarray(planes.reshape(3 * size[1], size[0]).reshape(3, size[1], size[0]), format="yuv444p")


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", list(MATRICES))
@pytest.mark.parametrize("size", [(64, 64), (1280, 720)])
def test_a_tagged_matrix_and_range_are_obeyed_at_every_size(
    size: tuple[int, int], matrix: int, full: bool, colour: tuple[int, int, int]
) -> None:
    frame = frame_of(ycc(colour, MATRICES[matrix], full), size)
    frame.colorspace, frame.color_range = matrix, 2 if full else 1
    assert np.abs(FrameConverter().convert(frame).astype(int) - colour).max() <= 2


@pytest.mark.parametrize(
    ("size", "weights"), [((720, 576), MATRICES[5]), ((640, 640), MATRICES[1]), ((1280, 720), MATRICES[1])]
)
def test_an_untagged_picture_is_read_as_players_read_it(size: tuple[int, int], weights: tuple[float, float]) -> None:
    for colour in COLOURS:
        image = FrameConverter().convert(frame_of(ycc(colour, weights, full=False), size))
        assert np.abs(image.astype(int) - colour).max() <= 2


# HDR: written from BT.2100-2, BT.2446-1 and BT.2087, in float64.

WEIGHTS_2020 = np.array([0.2627, 0.6780, 0.0593])
TO_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
PQ_TAG, HLG_TAG = 16, 18


def pq_light(code: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    root = code ** (32 / 2523)
    ratio = np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)
    return np.asarray(10000 * ratio ** (16384 / 2610))


def hlg_light(code: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    return np.asarray(1000 * scene * (scene @ WEIGHTS_2020) ** 0.2)


def as_sdr(light: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    luminance = light @ WEIGHTS_2020
    if luminance == 0:
        return np.zeros(3)
    knee = 58.535046 / 0.83802
    if luminance < knee:
        shown = 0.83802 * luminance
    else:
        shown = 15.09968 * np.log(luminance / knee - 0.74204) + 78.99439
    linear = TO_709 @ (light * shown / 100 / luminance)
    return np.asarray(255 * np.clip(linear, 0, 1) ** (1 / 2.4))


def hdr_frame(code: Sequence[float], transfer: int) -> VideoFrame:
    """R' G' B' in 0..1 as BT.2020 Y'CbCr of 10 bit limited range."""
    red, _, blue = code
    luma = float(np.array(code) @ WEIGHTS_2020)
    levels = (64 + 876 * luma, 512 + 896 * (blue - luma) / 1.8814, 512 + 896 * (red - luma) / 1.4746)
    planes = np.empty((3, 64, 64), np.uint16)
    planes[:] = np.round(levels)[:, None, None]
    frame = VideoFrame(64, 64, "yuv444p10le")
    for plane, levels_of in zip(frame.planes, planes, strict=True):
        rows = np.zeros((64, plane.line_size // 2), np.uint16)
        rows[:, :64] = levels_of
        plane.update(rows.tobytes())
    frame.colorspace, frame.color_range, frame.color_trc, frame.color_primaries = 9, 1, transfer, 9
    return frame


GREYS = [(level,) * 3 for level in (0.0, 0.1, 0.2, 0.35, 0.5, 0.58, 0.7, 1.0)]


@pytest.mark.parametrize("code", [*GREYS, (0.5, 0.3, 0.2), (0.35, 0.5, 0.4), (0.3, 0.3, 0.5)])
@pytest.mark.parametrize("transfer", [PQ_TAG, HLG_TAG])
def test_hdr_is_tone_mapped_by_the_report(transfer: int, code: tuple[float, float, float]) -> None:
    light = (pq_light if transfer == PQ_TAG else hlg_light)(np.array(code))
    image = FrameConverter().convert(hdr_frame(code, transfer)).astype(float)
    assert np.abs(image - as_sdr(light)).max() <= 3


@pytest.mark.parametrize(("transfer", "white"), [(PQ_TAG, 0.58), (HLG_TAG, 0.75)])
def test_hdr_reference_white_is_about_white(transfer: int, white: float) -> None:
    """Report ITU-R BT.2408: 203 cd/m² are PQ 58 % and HLG 75 %."""
    image = FrameConverter().convert(hdr_frame((white,) * 3, transfer))
    assert image.min() >= 235
    assert np.ptp(image) <= 1


def test_a_wide_gamut_is_brought_to_bt_709() -> None:
    linear = np.linalg.inv(TO_709) @ (0.8, 0.3, 0.1)
    image = FrameConverter().convert(hdr_frame(tuple(linear ** (1 / 2.4)), transfer=1))
    assert np.abs(image - 255 * np.array((0.8, 0.3, 0.1)) ** (1 / 2.4)).max() <= 3


# Which way up.


def quadrants(image: RgbImage) -> list[str]:
    """The nearest of CORNERS' names at the middle of each quadrant, row by row."""
    return [
        min(CORNERS, key=lambda name: float(np.abs(image[y, x].astype(int) - CORNERS[name]).sum()))
        for y, x in itertools.product((112, 336), repeat=2)
    ]


def four_corners(size: int = 64) -> RgbImage:
    image = np.empty((size, size, 3), np.uint8)
    for (y, x), colour in zip(itertools.product((0, size // 2), repeat=2), CORNERS.values(), strict=True):
        image[y : y + size // 2, x : x + size // 2] = colour
    return image


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_exif(tmp_path: Path, orientation: int) -> None:
    tiff = b"MM\0*\0\0\0\x08" + b"\0\x01" + b"\x01\x12\0\x03\0\0\0\x01" + bytes((0, orientation, 0, 0)) + b"\0\0\0\0"
    app1 = b"\xff\xe1" + (len(tiff) + 8).to_bytes(2, "big") + b"Exif\0\0" + tiff
    encoded = cv2.imencode(".jpg", np.ascontiguousarray(four_corners()[..., ::-1]))[1].tobytes()
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded[:2] + app1 + encoded[2:])
    reference = cv2.imread(str(path))  # OpenCV obeys EXIF
    assert reference is not None
    wanted = quadrants(cv2.resize(np.ascontiguousarray(reference[..., ::-1]), (448, 448)).astype(np.uint8))
    assert quadrants(played(path)) == wanted


ONE, PERSPECTIVE = 1 << 16, 1 << 30


@pytest.mark.parametrize(
    ("matrix", "wanted"),
    [
        ((1, 0, 0, 1), "red green blue white"),
        ((-1, 0, 0, 1), "green red white blue"),
        ((1, 0, 0, -1), "blue white red green"),
        ((-1, 0, 0, -1), "white blue green red"),
        ((0, 1, 1, 0), "red blue green white"),
        ((0, 1, -1, 0), "blue red white green"),
        ((0, -1, 1, 0), "green white red blue"),
        ((0, -1, -1, 0), "white green blue red"),
    ],
)
def test_every_display_matrix(tmp_path: Path, matrix: tuple[int, int, int, int], wanted: str) -> None:
    """A stored (x, y) is shown at (a x + c y, b x + d y): ISO/IEC 14496-12, 6.2.2."""
    a, b, c, d = (ONE * part for part in matrix)
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv444p"
        stream.set_display_matrix((a, b, 0, c, d, 0, 0, 0, PERSPECTIVE))
        frame = VideoFrame.from_ndarray(four_corners(), format="rgb24").reformat(format="yuv444p")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert quadrants(played(path)) == wanted.split()


@pytest.mark.parametrize(
    ("turn", "wanted"),
    [
        (b"", "red green blue white"),
        (box("irot", b"\1"), "green white red blue"),  # a quarter turn counter-clockwise
        (box("imir", b"\1"), "green red white blue"),  # left against right
        (box("imir", b"\0"), "blue white red green"),
    ],
)
def test_a_picture_of_tiles_is_whole(tmp_path: Path, turn: bytes, wanted: str) -> None:
    image = np.ascontiguousarray(np.pad(four_corners(288), ((0, 0), (40, 40), (0, 0)), mode="edge"))
    shown = played(write_heic(tmp_path / "a.heic", image, 128, turn))
    assert quadrants(shown) == wanted.split()
    assert shown.shape == (448, 448, 3)


def test_tiles_that_do_not_fit_are_told(tmp_path: Path) -> None:
    path = write_heic(tmp_path / "a.heic", four_corners(256), 128)
    data = path.read_bytes()
    at = data.index(b"idat") + 4
    path.write_bytes(data[: at + 3] + b"\7" + data[at + 4 :])  # eight columns
    with pytest.raises(SourceError, match=r"cannot be (put together|read)"):
        played(path)


# Alpha.


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format", "levels"),
    [
        ("a.png", "png", "rgba", 1),
        ("a.mov", "qtrle", "argb", 1),
        ("b.mov", "prores_ks", "yuva444p10le", 4),
        ("a.webm", "libvpx-vp9", "yuva420p", 4),
        ("b.webm", "libvpx", "yuva420p", 4),
        ("a.mkv", "ffv1", "yuva444p", 3),
        ("a.webp", "libwebp", "bgra", 3),
    ],
)
def test_alpha_is_laid_over_black(tmp_path: Path, name: str, codec: str, pixel_format: str, levels: int) -> None:
    """Opaque red; fully transparent with a hidden green; white at a half, straight; opaque blue."""
    image = np.zeros((128, 128, 4), np.uint8)
    image[:64, :64] = (255, 0, 0, 255)
    image[:64, 64:] = (0, 255, 0, 0)
    image[64:, :64] = (255, 255, 255, 128)
    image[64:, 64:] = (0, 0, 255, 255)
    path = tmp_path / name
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width = stream.height = 128
        stream.pix_fmt = pixel_format
        stream.options = (
            {"qmin": "0", "qmax": "4", "crf": "4", "b": "4M", "auto-alt-ref": "0"} if codec.startswith("libvpx") else {}
        )
        for number in range(1 if name.endswith(("png", "webp")) else 3):
            frame = VideoFrame.from_ndarray(image, format="rgba").reformat(format=pixel_format)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    shown = played(path).astype(int)
    wanted = {(112, 112): (255, 0, 0), (112, 336): (0, 0, 0), (336, 112): (128, 128, 128), (336, 336): (0, 0, 255)}
    for at, colour in wanted.items():
        assert np.abs(shown[at] - colour).max() <= levels, (at, shown[at])


def test_a_palette_may_be_transparent(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    image = np.zeros((64, 64, 4), np.uint8)
    image[:, :32] = (255, 0, 0, 255)
    image[:, 32:] = (0, 255, 0, 0)
    animation = cv2.Animation()
    animation.frames = [np.ascontiguousarray(image[..., [2, 1, 0, 3]])] * 2
    animation.durations = np.array([40, 40])
    assert cv2.imwriteanimation(str(path), animation)
    shown = played(path)
    assert np.abs(shown[224, 100].astype(int) - (255, 0, 0)).max() <= 4  # the writer chooses its palette
    assert shown[224, 340].tolist() == [0, 0, 0]
