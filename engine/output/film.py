"""A film file: H.264 in MP4 or Matroska, written so that whatever lies on the disk plays.

An MP4 is written in fragments of a second, a Matroska file in clusters: neither needs an end to be played, so a power
cut costs the last second (ISO/IEC 14496-12, movie fragments; RFC 9559).
"""

import os
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import PictureType
from av.video.stream import VideoStream

from engine.clock import NS_PER_SECOND
from engine.errors import OutputError
from engine.output.encoders import TICKS, Encoder, configure
from engine.output.naming import film_format, open_new

_MUXER_OPTIONS: Final = {
    "mp4": {"movflags": "+frag_keyframe+empty_moov+default_base_moof", "flush_packets": "1"},
    "matroska": {"cluster_time_limit": "1000", "flush_packets": "1"},
}

FRAGMENT_NS: Final = NS_PER_SECOND
"""How much of a film a fragment holds."""

SYNC_NS: Final = NS_PER_SECOND
"""How often what is written is forced to the disk."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound beside the picture.

    Attributes:
        rate: samples per second; channels: 1 or 2.
    """

    rate: int = 48_000
    channels: int = 2


class Film:
    """One film, from its first picture to its end. A one-thread object.

    Args:
        wished: where it is to lie; a file that is there is left alone, and the film's name numbered.
        rate: pictures per second, as the file tells it; each picture has a time of its own all the same.
        sound: with a stream for sound, encoded as AAC; None: silent.

    Attributes:
        path: where it lies.

    Raises:
        OutputError: it cannot be written there, or the encoder does not open.
    """

    def __init__(
        self, wished: Path, width: int, height: int, rate: Fraction, encoder: Encoder, sound: Sound | None = None
    ) -> None:
        container = film_format(wished)
        self._encoder = encoder
        self._size = width, height
        self._synced_ns = time.monotonic_ns()
        self._whole_bytes = 0
        self._key_ns = 0
        self._broken = False
        self.path, self._file = open_new(wished, "film")
        try:
            self._container = av.open(self._file, "w", format=container, options=dict(_MUXER_OPTIONS[container]))
            stream = self._container.add_stream(encoder.codec, rate=rate)
            assert isinstance(stream, VideoStream)
            stream.width, stream.height, stream.pix_fmt = width, height, encoder.pixels
            stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
            configure(stream.codec_context, encoder, rate)
            self._stream = stream
            self._sound = self._add_sound(sound) if sound is not None else None
        except (FFmpegError, ValueError) as error:
            self._file.close()
            self.path.unlink(missing_ok=True)
            raise OutputError(f"The film cannot be begun: {error}", where=str(self.path)) from error

    def add(self, frame: av.VideoFrame, at_ns: int) -> None:
        """Append a picture, Y'CbCr by BT.709 in any layout, seen from this instant of the film on.

        Raises:
            OSError: it cannot be written; what lies on the disk plays.
        """
        frame = frame.reformat(format=self._encoder.pixels)
        frame.pts = (at_ns * TICKS + NS_PER_SECOND // 2) // NS_PER_SECOND
        frame.time_base = Fraction(1, TICKS)
        if at_ns >= self._key_ns:  # by the time, not the count: where pictures are missing a second has fewer
            self._key_ns = at_ns + FRAGMENT_NS
            frame.pict_type = PictureType.I
        self._write(self._stream.encode(frame))
        if time.monotonic_ns() - self._synced_ns > SYNC_NS:
            self._sync()

    def add_sound(self, samples: npt.NDArray[np.float32], first: int) -> None:
        """Append sound, float32 [channels, samples] in -1..1, the first of which is number `first` of the film.

        Raises:
            OSError: it cannot be written. OutputError: the film is silent.
        """
        if self._sound is None:
            raise OutputError("This film was begun without sound", where=str(self.path))
        layout = "mono" if samples.shape[0] == 1 else "stereo"
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=layout)
        frame.sample_rate = self._sound.rate
        frame.pts, frame.time_base = first, Fraction(1, self._sound.rate)
        self._write(self._sound.encode(frame))

    def take_over(self, earlier: Path) -> int:
        """Begin with the pictures of a film that was broken off, of the same size, rate and encoder, as they are.

        Returns:
            how many there are.

        Raises:
            OSError: they cannot be written. FFmpegError: the film cannot be read.
        """
        count = 0
        with av.open(str(earlier)) as film:
            # In files NAL units stand behind their length; the encoder marks their starts, and so the muxer expects.
            unpacked = BitStreamFilterContext("h264_mp4toannexb", film.streams.video[0])
            for packet in film.demux(video=0):
                for one in unpacked.filter(packet) if packet.size else ():
                    one.stream = self._stream
                    self._write([one])
                    count += 1
        return count

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height."""
        return self._size

    @property
    def bytes_written(self) -> int:
        """Return the size of the file so far."""
        return self._file.tell() if not self._file.closed else self.path.stat().st_size

    def close(self) -> None:
        """Write what the encoder still holds, and the end. Idempotent.

        Raises:
            OSError: that cannot be written; what lies on the disk plays.
        """
        if self._file.closed:
            return
        try:
            if not self._broken:
                self._write(self._stream.encode(None))
                if self._sound is not None:
                    self._write(self._sound.encode(None))
                self._container.close()
                self._sync()
        finally:
            self._let_go()

    def _sync(self) -> None:
        """Force what is written to the disk."""
        self._synced_ns = time.monotonic_ns()
        self._file.flush()
        os.fsync(self._file.fileno())

    def _write(self, packets: "list[Packet[VideoStream]] | list[Packet[AudioStream]]") -> None:
        """Write packets; the muxer passes on whole fragments only, so that the file is whole after each."""
        try:
            self._container.mux(packets)
            self._file.flush()
        except (OSError, FFmpegError):
            self._broken = True
            raise
        self._whole_bytes = self._file.tell()

    def _let_go(self) -> None:
        """Close the file; where its last bytes found no room, cut it back to what is whole."""
        try:
            self._file.close()
        except OSError:
            self._broken = True
            self._file.raw.close()
        if self._broken:
            os.truncate(self.path, self._whole_bytes)

    def _add_sound(self, sound: Sound) -> AudioStream:
        stream = self._container.add_stream("aac", rate=sound.rate)
        assert isinstance(stream, AudioStream)
        stream.codec_context.layout = "mono" if sound.channels == 1 else "stereo"
        return stream


def packed_frame(image: npt.NDArray[np.uint8]) -> av.VideoFrame:
    """Return a copy of a UYVY picture, uint8 [height, width, 2], as a film takes it."""
    height, width = image.shape[:2]
    frame = av.VideoFrame(width, height, "uyvy422")
    plane = frame.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    np.copyto(rows[:height, : 2 * width], image.reshape(height, 2 * width))
    return frame
