"""Convert the working picture to the sent pixels: size, fit, colour space, layout, master level."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from engine.colour import BLACK_LUMA, NDI, NEUTRAL_CHROMA
from engine.messages.frame import RgbxImage
from engine.messages.picture_format import PictureFormat
from engine.messages.placement import Fit, Upscale
from engine.output.colour import YuvConverter
from engine.output.settings import VideoFormat, WireFormat, WireImage
from engine.output.upscale import EdgeUpscaler

SQUARE: Final = PictureFormat.SQUARE.shape

NEARLY: Final = 100
"""A wide or tall picture that is a hundredth off the canvas's proportions at most fills it: 592×336 is a multiple of
patches, and 16:9 but for three rows."""


MakeBuffer = Callable[[tuple[int, int, int]], WireImage]


def new_buffer(shape: tuple[int, int, int]) -> WireImage:
    """Return memory of a shape."""
    return np.empty(shape, np.uint8)


@dataclass(frozen=True, slots=True)
class Placement:
    """The part of the picture that is seen, and where on the canvas. All in pixels.

    Attributes:
        left, top, width, height: the area of the canvas; left and width are even.
        crop_x, crop_y: what is cut off the picture at the left (= right) and at the top (= bottom).
    """

    left: int
    top: int
    width: int
    height: int
    crop_x: int = 0
    crop_y: int = 0


def place(width: int, height: int, fit: Fit, shape: tuple[int, int] = SQUARE) -> Placement:
    """Place a picture on a canvas; mirrored, it lies where it does with black beside it.

    Args:
        width, height: of the canvas; shape: height and width of the picture.
    """
    rows, columns = shape
    across, down = width * rows, height * columns
    nearly = rows != columns and abs(across - down) * NEARLY <= max(across, down)
    if fit is Fit.STRETCH:
        return Placement(0, 0, width, height)
    if fit in (Fit.FIT, Fit.MIRROR) and not nearly:
        wide = width if across <= down else round(height * columns / rows / 2) * 2
        high = height if across > down else round(width * rows / columns)
        return Placement((width - wide) // 4 * 2, (height - high) // 2, wide, high)
    crop_x = max(round((down - across) / height / 2), 0)
    crop_y = max(round((across - down) / width / 2), 0)
    return Placement(0, 0, width, height, crop_x, crop_y)


class Canvas:
    """Draws pictures of one shape on one canvas. Its scratch buffers make it cheap, and a one-thread object.

    UYVY is converted at the picture's size, before the enlargement: luma then grows to the full size and chroma
    only to its half width. Chroma sits midway between its two luma pixels.

    Args:
        shape: height and width of the pictures.
    """

    def __init__(self, video: VideoFormat, shape: tuple[int, int] = SQUARE) -> None:
        self.video = video
        self.shape = shape
        self._place = place(video.width, video.height, video.fit, shape)
        columns = slice(self._place.left, self._place.left + self._place.width)
        rows = slice(self._place.top, self._place.top + self._place.height)
        whole = (slice(0, video.height), slice(0, video.width))
        self._area = whole if video.fit is Fit.MIRROR else (rows, columns)
        below, right = video.height - rows.stop, video.width - columns.stop
        self._beside = (rows.start, below, columns.start, right)
        self._source = (
            slice(self._place.crop_y, shape[0] - self._place.crop_y),
            slice(self._place.crop_x, shape[1] - self._place.crop_x),
        )
        height, width = shape[0] - 2 * self._place.crop_y, shape[1] - 2 * self._place.crop_x
        self._converter = YuvConverter(height, width, NDI)
        self._packed = np.empty((height, width, 4), np.uint8)
        self._wide_luma = np.empty((self._place.height, self._place.width), np.uint8)
        self._wide_chroma = np.empty((self._place.height, self._place.width // 2, 2), np.uint8)
        self._wide = np.empty((self._place.height, self._place.width, self._channels), np.uint8)
        target = (self._place.height, self._place.width)
        self._edges: EdgeUpscaler | None = None
        if video.upscale is Upscale.EDGES and (target[0] > height or target[1] > width):
            self._edges = EdgeUpscaler((height, width), target)

    @property
    def _channels(self) -> int:
        return 2 if self.video.wire is WireFormat.UYVY else 4

    def black(self, make: MakeBuffer = new_buffer) -> WireImage:
        """Return a new black buffer of this format.

        Args:
            make: returns memory of a shape.
        """
        buffer = make((self.video.height, self.video.width, self._channels))
        self._blacken(buffer)
        return buffer

    def draw(self, picture: RgbxImage, gain: float, out: WireImage) -> None:
        """Convert a picture into a buffer made by `black`; what lies beside the picture stays as it is.

        Args:
            picture: uint8 [h, w, 4] of its shape, R G B X.
            gain: 0..1; 0 is true black.
        """
        area = out[self._area]
        if gain <= 0.0:
            self._blacken(area)
            return
        mirrored = self.video.fit is Fit.MIRROR
        # Four bytes a pixel are enlarged straight into a part of the canvas; merging into one takes far longer.
        enlarged = self.video.wire is not WireFormat.UYVY and self._edges is None
        direct = not mirrored and (area.flags.c_contiguous or enlarged)
        target = area if direct else self._wide
        if self.video.wire is WireFormat.UYVY:
            self._draw_yuv(picture[self._source], gain, target)
        else:
            self._draw_rgb(picture[self._source], gain, target)
        if mirrored:
            self._mirror(target, area)
        elif not direct:
            np.copyto(area, target)

    def _draw_yuv(self, picture: RgbxImage, gain: float, target: WireImage) -> None:
        self._converter.convert(picture, gain)
        if self._edges is not None:
            self._edges.follow(self._converter.luma)
            self._edges.enlarge(self._converter.luma, self._wide_luma)
        else:
            _resize(self._converter.luma, self._wide_luma)
        _resize(self._converter.chroma, self._wide_chroma)
        cv2.merge([self._wide_chroma.reshape(self._wide_luma.shape), self._wide_luma], target)

    def _draw_rgb(self, picture: RgbxImage, gain: float, target: WireImage) -> None:
        if self.video.wire is WireFormat.BGRX:
            cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA, dst=self._packed)
        else:
            np.copyto(self._packed, picture)
        if gain < 1.0:
            dim(self._packed, gain, self._packed)
        if self._edges is not None:
            self._edges.follow(np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGBA2GRAY), np.uint8))
            self._edges.enlarge(self._packed, target)
        else:
            _resize(self._packed, target)

    def _mirror(self, picture: WireImage, out: WireImage) -> None:
        """Fill the canvas with the picture and its mirror images."""
        above, below, left, right = self._beside
        if self.video.wire is not WireFormat.UYVY:
            cv2.copyMakeBorder(picture, above, below, left, right, cv2.BORDER_REFLECT, dst=out)
            return
        # Two pixels share their chroma, so that packed ones cannot be turned round.
        luma = cv2.copyMakeBorder(self._wide_luma, above, below, left, right, cv2.BORDER_REFLECT)
        chroma = cv2.copyMakeBorder(self._wide_chroma, above, below, left // 2, right // 2, cv2.BORDER_REFLECT)
        cv2.merge([chroma.reshape(luma.shape), luma], out)

    def _blacken(self, area: WireImage) -> None:
        fill(area, (NEUTRAL_CHROMA, BLACK_LUMA) if self.video.wire is WireFormat.UYVY else (0, 0, 0, 255))


def fill(area: WireImage, pixel: Sequence[int]) -> None:
    """Write one pixel everywhere, as whole words: ten times as fast as byte by byte, and a blackout is in time.

    Args:
        area: uint8 [h, w, c] of 2 or 4 bytes a pixel, which lie side by side.
    """
    word = np.uint16 if len(pixel) == 2 else np.uint32
    area.view(word)[...] = np.array(pixel, np.uint8).view(word)[0]


def dim(picture: RgbxImage, gain: float, out: RgbxImage) -> None:
    """Scale R G B by gain in 0..1, leaving the fourth byte as it is; out may be the picture itself."""
    alpha = cv2.extractChannel(picture, 3)
    cv2.convertScaleAbs(picture, dst=out, alpha=gain)
    cv2.insertChannel(alpha, out, 3)


def _resize(source: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8]) -> None:
    """Resize source into target: area average where both directions shrink, linear otherwise."""
    height, width = target.shape[:2]
    shrinks = height <= source.shape[0] and width <= source.shape[1]
    cv2.resize(source, (width, height), dst=target, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
