"""Frames as QOI through FFmpeg. FFmpeg is 17 MiB of a process, so only who stores or reads inputs imports this."""

from typing import Literal

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from engine.messages.frame import RgbImage


def _codec(mode: Literal["r", "w"]) -> VideoCodecContext:
    codec = av.CodecContext.create("qoi", mode)
    assert isinstance(codec, VideoCodecContext)
    codec.thread_count = 1  # with more, frames come late
    return codec


class QoiEncoder:
    """Turn frames into QOI, losslessly."""

    def __init__(self) -> None:
        self._codec: VideoCodecContext | None = None
        self._shape = (0, 0)

    def encode(self, image: RgbImage) -> bytes:
        """Return a frame, uint8 RGB [h, w, 3], as QOI."""
        height, width = image.shape[:2]
        if self._codec is None or self._shape != (height, width):
            self._codec, self._shape = _codec("w"), (height, width)
            self._codec.width, self._codec.height = width, height
            self._codec.pix_fmt = "rgb24"
        picture = av.VideoFrame.from_ndarray(image, format="rgb24")
        return b"".join(bytes(packet) for packet in self._codec.encode(picture))


class QoiDecoder:
    """Turn QOI into frames."""

    def __init__(self) -> None:
        self._codec = _codec("r")

    def decode(self, data: bytes) -> RgbImage | None:
        """Return the frame, read-only; None where the data are not one frame."""
        try:
            pictures = self._codec.decode(av.Packet(data))
        except (av.FFmpegError, ValueError, MemoryError):
            return None
        if len(pictures) != 1:
            return None
        image = np.ascontiguousarray(pictures[0].to_ndarray(format="rgb24"), np.uint8)
        image.setflags(write=False)
        return image
