"""Which H.264 encoder writes a film on this machine: each is tried for real before it is chosen.

Hardware first; a codec that a library lists may still find no device, or refuse the size. Then x264 with the best
preset at which this machine, as busy as it is now, takes well under a frame's time for a frame.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from engine.clock import NS_PER_SECOND
from engine.errors import OutputError

TICKS: Final = 90_000
"""Of a film's clock per second, as in MPEG: every usual rate is a whole number of them, or nearly."""

TRIAL_FRAMES: Final = 6
SMALL_TRIAL: Final = 640 * 360
"""Pixels of a trial that measures."""

SHARE: Final = 0.5
"""Of a frame's time that x264 may take: the show's load comes and goes, and the encoder's with the picture."""

BT709: Final = 1
LIMITED_RANGE: Final = 1
"""ITU-T H.273: primaries, transfer and matrix of BT.709; FFmpeg's AVCOL_RANGE_MPEG."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """One way to encode.

    Attributes:
        codec: FFmpeg's name; label: for people.
        pixels: FFmpeg's name of the layout that it takes, 4:2:0 with 8 bits.
        measured: its speed decides whether it is taken, not only whether it works.
    """

    codec: str
    label: str
    pixels: str = "yuv420p"
    options: Mapping[str, str] = field(default_factory=dict)
    measured: bool = False


def _x264(preset: str) -> Encoder:
    return Encoder("libx264", f"x264 {preset}", options={"preset": preset, "crf": "18"}, measured=True)


HARDWARE: Final = (
    Encoder("h264_nvenc", "NVENC", "nv12", {"preset": "p4", "rc": "vbr", "cq": "20", "b": "0"}),
    Encoder("h264_videotoolbox", "VideoToolbox", "nv12", {"q": "65", "realtime": "1"}),
    Encoder("h264_qsv", "Quick Sync", "nv12", {"preset": "medium", "global_quality": "20"}),
    Encoder("h264_amf", "AMF", "nv12", {"quality": "balanced", "rc": "cqp", "qp_i": "20", "qp_p": "20"}),
    Encoder("h264_vaapi", "VAAPI", "nv12", {"qp": "20"}),
)
"""The options ask for a constant quality that is hard to tell from the original."""

SOFTWARE: Final = tuple(_x264(preset) for preset in ("veryfast", "superfast", "ultrafast"))
SLOW: Final = Encoder("libx264", "x264 medium", options={"preset": "medium", "crf": "16"})
"""For a film that nobody waits for."""


def open_codec(encoder: Encoder, width: int, height: int, rate: Fraction) -> VideoCodecContext:
    """Return an encoder's context, not yet opened, with a whole picture every second, BT.709, limited range.

    Raises:
        FFmpegError, ValueError: there is no such codec here.
    """
    context = av.CodecContext.create(encoder.codec, "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, encoder.pixels
    context.framerate, context.time_base = rate, Fraction(1, TICKS)
    configure(context, encoder, rate)
    return context


def configure(context: VideoCodecContext, encoder: Encoder, rate: Fraction) -> None:
    """Set what a film needs on a context that is not yet opened."""
    context.gop_size = max(round(rate), 1)
    context.max_b_frames = 0  # a fragment is whole without what comes after it
    context.color_primaries = context.color_trc = context.colorspace = BT709
    context.color_range = LIMITED_RANGE
    context.options = dict(encoder.options)


def choose_encoder(width: int, height: int, rate: Fraction) -> Encoder:
    """Return the best encoder that works here at this size, and keeps up with the rate.

    Takes up to a second. The fastest that works is returned where none keeps up.

    Raises:
        OutputError: none works.
    """
    slowest_ns = round(SHARE * NS_PER_SECOND / rate)
    working: Encoder | None = None
    for encoder in (*HARDWARE, *SOFTWARE):
        took_ns = _trial(encoder, width, height, rate)
        if took_ns is None:
            continue
        working = encoder
        if not encoder.measured or took_ns <= slowest_ns:
            return encoder
    if working is None:
        raise OutputError(
            "No H.264 encoder works here",
            where=f"{width}x{height}",
            remedy="Install PyAV's own build (pip install av), which brings x264.",
        )
    return working


def _trial(encoder: Encoder, width: int, height: int, rate: Fraction) -> int | None:
    """Encode some pictures; return how long one takes in ns, None if it does not work.

    Where only the time is in doubt, smaller pictures are encoded and the time scaled by the area: it has to be quick.
    """
    shrink = max(round((width * height / SMALL_TRIAL) ** 0.5), 1) if encoder.measured else 1
    area = width * height
    width, height = max(width // shrink // 2 * 2, 16), max(height // shrink // 2 * 2, 16)
    try:
        context = open_codec(encoder, width, height, rate)
        packets = 0
        begun_ns = 0
        for number, frame in enumerate(_test_pictures(width, height, encoder.pixels)):
            frame.pts = round(number * TICKS / rate)
            packets += len(context.encode(frame))
            begun_ns = begun_ns or time.perf_counter_ns()  # the first opens it, and fills its threads
        packets += len(context.encode(None))
        took_ns = (time.perf_counter_ns() - begun_ns) // (TRIAL_FRAMES - 1)
    except (FFmpegError, ValueError, OSError):
        return None
    return took_ns * area // (width * height) if packets == TRIAL_FRAMES else None


def _test_pictures(width: int, height: int, pixels: str) -> Iterator[av.VideoFrame]:
    """Yield moving pictures with soft shapes and some grain, about as hard to encode as a show's."""
    noise = np.random.default_rng(7)
    across, down = np.arange(width)[None, :], np.arange(height)[:, None]
    grain = noise.integers(0, 8, (height, width), np.uint8)
    for number in range(TRIAL_FRAMES):
        waves = 96 + 60 * np.sin((across + 9 * number) / 41) * np.cos((down - 5 * number) / 29)
        luma: npt.NDArray[np.uint8] = waves.astype(np.uint8) + np.roll(grain, 3 * number, axis=1)
        planes = np.concatenate((luma, np.full((height // 2, width), 128, np.uint8)))
        yield av.VideoFrame.from_ndarray(planes, format="yuv420p").reformat(format=pixels)
