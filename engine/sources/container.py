"""One opening of what FFmpeg reads, a file or a stream: which of its videos is played, and how it is decoded."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

_DEFAULT_PIXELS: Final = 5_000_000
_LARGE_PIXELS: Final = 1920 * 1088

_JUMPS: Final = 0x0200  # AVFMT_TS_DISCONT; av.format.Flags has it, without its number for type checkers
_LONGEST_SPLICED_S: Final = 10.0
_LONGEST_S: Final = 3600.0
"""A longer jump in time stamps is a broken splice. Where a format's clock may jump, that is soon; everywhere else a
picture may stand for long, as in the recording of a screen. ffplay's limits (`max_frame_duration`)."""

_ALPHA_DECODERS: Final = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""FFmpeg's own decoders of these leave the alpha out that Matroska keeps beside each frame."""


@dataclass(slots=True)
class Opened:
    """A container and the video that is played.

    Attributes:
        packets, frames: what is still to come, as it lies there and decoded; take one or the other.
        damaged: something could not be decoded.
    """

    container: InputContainer
    stream: VideoStream
    packets: Iterator["Packet[VideoStream]"] = field(init=False)
    frames: Iterator[VideoFrame] = field(init=False)
    damaged: bool = field(default=False, init=False)
    _decoder: VideoCodecContext | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.begin()

    @property
    def longest_gap_s(self) -> float:
        """A jump forward in time stamps of more than this is none of the picture's time."""
        jumps = self.container.format.flags & _JUMPS
        return _LONGEST_SPLICED_S if jumps else _LONGEST_S

    @property
    def length_s(self) -> float:
        """How long the video is declared to be, 0.0 if it is not."""
        stream = self.stream
        return float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0

    def begin(self) -> None:
        """Decode from where the container stands: at its beginning, or where it was sought to."""
        self.packets = iter(self.container.demux(self.stream))
        self.frames = self._decoded()
        self._decoder = _alpha_decoder(self.stream)

    def decode(self, packet: "Packet[VideoStream]") -> list[VideoFrame]:
        """Its pictures, none where it is damaged, which is noted."""
        try:
            return packet.decode() if self._decoder is None else self._decoder.decode(packet)
        except av.FFmpegError:
            self.damaged = True
            return []

    def _decoded(self) -> Iterator[VideoFrame]:
        """The pictures from here to the end."""
        try:
            for packet in self.packets:
                yield from self.decode(packet)
        except av.FFmpegError:
            self.damaged = True


def best_video(container: InputContainer) -> VideoStream | None:
    """The video to play, on one thread, two above 1080p; None where there is no picture.

    As the ffmpeg program chooses: the largest, where the one marked as the default counts five million pixels more;
    a cover only where there is nothing else.
    """
    # FFmpeg would play any text file as a terminal's screen.
    if container.format.name == "tty" or not container.streams.video:
        return None
    stream = max(container.streams.video, key=_rank)
    stream.thread_count = 2 if stream.width * stream.height > _LARGE_PIXELS else 1
    stream.thread_type = "AUTO"
    return stream


def _rank(stream: VideoStream) -> int:
    if stream.disposition & Disposition.attached_pic:
        return -1
    return stream.width * stream.height + _DEFAULT_PIXELS * bool(stream.disposition & Disposition.default)


def _alpha_decoder(stream: VideoStream) -> VideoCodecContext | None:
    name = _ALPHA_DECODERS.get(stream.codec_context.name)
    tagged = any(key.casefold() == "alpha_mode" and value == "1" for key, value in stream.metadata.items())
    if name is None or not tagged:
        return None
    decoder = av.CodecContext.create(name, "r")
    assert isinstance(decoder, VideoCodecContext)
    decoder.thread_count = stream.thread_count
    return decoder
