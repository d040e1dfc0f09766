"""Small video files, made through PyAV when a test needs one; each frame tells its number in its grey."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from engine.messages.frame import RgbImage

STEP = 8
"""Grey levels between two frames: more than any codec here loses."""


def write_video(
    path: Path,
    codec: str = "mpeg4",
    frames: int = 12,
    rate: int = 24,
    size: tuple[int, int] = (128, 96),
    pixel_format: str = "yuv420p",
    times_ms: Sequence[int] | None = None,
    rotation: int = 0,
    pixel_aspect: Fraction | None = None,
) -> Path:
    """Write frames whose grey is 16 + STEP n; times_ms gives them uneven times."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = Fraction(1, 1000) if times_ms else Fraction(1, rate)
        if pixel_aspect:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(frames):
            image = np.full((size[1], size[0], 3), 16 + STEP * number, np.uint8)
            image[: size[1] // 8] = 255  # the top is white: which way up?
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixel_format)
            frame.pts = times_ms[number] if times_ms else number
            frame.time_base = stream.codec_context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def number_of(image: RgbImage) -> int:
    """Which frame a picture shows, read in its middle."""
    return round((float(image[224, 224].mean()) - 16.0) / STEP)
