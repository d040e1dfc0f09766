"""Convert the working picture to the sent pixels: size, fit, colour space, layout, master level."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.colour import BLACK_LUMA, NDI, NEUTRAL_CHROMA
from engine.messages.frame import FRAME_SIZE, RgbxImage
from engine.messages.placement import Fit, Upscale
from engine.output.colour import YuvConverter
from engine.output.settings import VideoFormat, WireFormat, WireImage
from engine.output.upscale import EdgeUpscaler


@dataclass(frozen=True, slots=True)
class Placement:
    """The part of the 448×448 picture that is seen, and where on the canvas. All in pixels.

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


def place(width: int, height: int, fit: Fit) -> Placement:
    """Place the square picture; mirrored, it lies where it does with black beside it."""
    if fit is Fit.STRETCH:
        return Placement(0, 0, width, height)
    if fit in (Fit.FIT, Fit.MIRROR):
        side = min(width, height)
        return Placement((width - side) // 4 * 2, (height - side) // 2, side, side)
    longest = max(width, height)
    crop_x = round(FRAME_SIZE * (longest - width) / longest / 2)
    crop_y = round(FRAME_SIZE * (longest - height) / longest / 2)
    return Placement(0, 0, width, height, crop_x, crop_y)


class Canvas:
    """Draws pictures in one format. Its scratch buffers make it cheap, and a one-thread object.

    UYVY is converted at 448×448, before the enlargement: luma then grows to the full size and chroma
    only to its half width. Chroma sits midway between its two luma pixels.
    """

    def __init__(self, video: VideoFormat) -> None:
        self.video = video
        self._place = place(video.width, video.height, video.fit)
        columns = slice(self._place.left, self._place.left + self._place.width)
        rows = slice(self._place.top, self._place.top + self._place.height)
        whole = (slice(0, video.height), slice(0, video.width))
        self._area = whole if video.fit is Fit.MIRROR else (rows, columns)
        below, right = video.height - rows.stop, video.width - columns.stop
        self._beside = (rows.start, below, columns.start, right)
        self._source = (
            slice(self._place.crop_y, FRAME_SIZE - self._place.crop_y),
            slice(self._place.crop_x, FRAME_SIZE - self._place.crop_x),
        )
        height, width = FRAME_SIZE - 2 * self._place.crop_y, FRAME_SIZE - 2 * self._place.crop_x
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

    def black(self) -> WireImage:
        """Return a new black buffer of this format."""
        buffer = np.zeros((self.video.height, self.video.width, self._channels), np.uint8)
        self._blacken(buffer)
        return buffer

    def draw(self, picture: RgbxImage, gain: float, out: WireImage) -> None:
        """Convert a picture into a buffer made by `black`; what lies beside the picture stays as it is.

        Args:
            picture: uint8 [448, 448, 4], R G B X.
            gain: 0..1; 0 is true black.
        """
        area = out[self._area]
        if gain <= 0.0:
            self._blacken(area)
            return
        mirrored = self.video.fit is Fit.MIRROR
        whole = area.flags.c_contiguous and not mirrored
        target = area if whole else self._wide
        if self.video.wire is WireFormat.UYVY:
            self._draw_yuv(picture[self._source], gain, target)
        else:
            self._draw_rgb(picture[self._source], gain, target)
        if mirrored:
            self._mirror(target, area)
        elif not whole:
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
        np.copyto(self._packed, picture)
        if self.video.wire is WireFormat.BGRX:
            cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA, dst=self._packed)
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
        if self.video.wire is WireFormat.UYVY:
            area[...] = (NEUTRAL_CHROMA, BLACK_LUMA)
        else:
            area[...] = (0, 0, 0, 255)


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
