"""From the working picture, with the matte as its fourth byte, to pixels with alpha that go out.

Beside the picture it is transparent. The gain dims colour and alpha alike, so that a blackout leaves nothing, and a
receiver that heeds no alpha sees black too.
"""

from dataclasses import replace

import cv2
import numpy as np

from engine.colour import BLACK_LUMA, NEUTRAL_CHROMA
from engine.messages.alpha import AlphaOut
from engine.messages.frame import RgbxImage
from engine.messages.placement import Fit
from engine.output.canvas import SQUARE, Canvas, MakeBuffer, dim, fill, new_buffer, place
from engine.output.settings import VideoFormat, WireFormat, WireImage


class AlphaCanvas:
    """Draws pictures of one shape in one format with alpha, UYVA or BGRA. A one-thread object.

    Args:
        shape: height and width of the pictures.
    """

    def __init__(self, video: VideoFormat, shape: tuple[int, int] = SQUARE) -> None:
        self.video = video
        self.shape = shape
        self._planar = video.wire is WireFormat.UYVA
        opaque = WireFormat.UYVY if self._planar else WireFormat.BGRX
        self._colour = Canvas(replace(video, wire=opaque, alpha=AlphaOut.OFF), shape)

    def black(self, make: MakeBuffer = new_buffer) -> WireImage:
        """Return a new buffer of this format, black and transparent.

        UYVA: uint8 [height * 3 / 2, width, 2], the picture's rows of (chroma, luma) and behind them the alpha's.

        Args:
            make: returns memory of a shape.
        """
        video = self.video
        rows, channels = (video.height * 3 // 2, 2) if self._planar else (video.height, 4)
        buffer = make((rows, video.width, channels))
        self._blacken(buffer)
        return buffer

    def draw(self, picture: RgbxImage, gain: float, out: WireImage) -> None:
        """Convert a picture into a buffer made by `black`.

        Args:
            picture: uint8 [h, w, 4] of its shape, R G B and a straight alpha.
            gain: 0..1; 0 is black and transparent.
        """
        if gain <= 0.0:
            self._blacken(out)
            return
        alpha = np.asarray(cv2.extractChannel(picture, 3), np.uint8)
        if self.video.alpha.premultiplied:
            picture = _premultiplied(picture, alpha)
        if self._planar:
            self._colour.draw(picture, gain, out[: self.video.height])
            self._draw_plane(alpha, gain, out[self.video.height :].reshape(self.video.height, self.video.width))
        elif gain < 1.0:
            dimmed = np.empty_like(picture)
            dim(picture, gain, dimmed)
            cv2.insertChannel(cv2.convertScaleAbs(alpha, alpha=gain), dimmed, 3)
            self._colour.draw(dimmed, 1.0, out)
        else:
            self._colour.draw(picture, 1.0, out)

    def _draw_plane(self, alpha: WireImage, gain: float, out: WireImage) -> None:
        """Bring the alpha to the canvas as its picture is brought there."""
        video, where = self.video, place(self.video.width, self.video.height, self.video.fit, self.shape)
        edge_y, edge_x = alpha.shape
        seen = alpha[where.crop_y : edge_y - where.crop_y, where.crop_x : edge_x - where.crop_x]
        if gain < 1.0:
            seen = np.asarray(cv2.convertScaleAbs(seen, alpha=gain), np.uint8)
        shrinks = where.width <= seen.shape[1] and where.height <= seen.shape[0]
        way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        wide = np.asarray(cv2.resize(seen, (where.width, where.height), interpolation=way), np.uint8)
        below, right = video.height - where.top - where.height, video.width - where.left - where.width
        if video.fit is Fit.MIRROR:
            out[...] = cv2.copyMakeBorder(wide, where.top, below, where.left, right, cv2.BORDER_REFLECT)
            return
        out[where.top : where.top + where.height, where.left : where.left + where.width] = wide

    def _blacken(self, out: WireImage) -> None:
        if not self._planar:
            out[...] = 0
            return
        fill(out[: self.video.height], (NEUTRAL_CHROMA, BLACK_LUMA))
        out[self.video.height :] = 0


def _premultiplied(picture: RgbxImage, alpha: WireImage) -> RgbxImage:
    """Return the colours multiplied by the alpha, which stays."""
    weights = cv2.merge([alpha, alpha, alpha, np.full_like(alpha, 255)])
    return np.asarray(cv2.multiply(picture, weights, scale=1.0 / 255.0), np.uint8)


def canvas_for(video: VideoFormat, shape: tuple[int, int] = SQUARE) -> "Canvas | AlphaCanvas":
    """Return what draws pictures of a height and width in a format."""
    kind = AlphaCanvas if video.wire in (WireFormat.UYVA, WireFormat.BGRA) else Canvas
    return kind(video, shape)
