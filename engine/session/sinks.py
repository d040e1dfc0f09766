"""Sinks for a replay's pictures: none, an MP4 file, or the output process at the pace of the show."""

import threading
from fractions import Fraction
from pathlib import Path
from typing import Final, Protocol

import av
from av.video.stream import VideoStream

from engine.clock import NS_PER_SECOND, SystemClock
from engine.messages.frame import FRAME_SIZE, OutputFrame
from engine.output.client import OutputClient, OutputConfig
from engine.session.errors import SessionError
from engine.session.replay import ShownChunk

TICKS: Final = 90_000
"""Of an MP4's clock per second, as in MPEG: frames may have any period."""

QUALITY: Final = {"crf": "16", "preset": "veryfast"}
"""libx264; visually lossless on these pictures."""

AHEAD: Final = 4
"""Frames that wait for the output before a chunk is handed over, at most."""

MOST_TO_SHOW: Final = 64
"""Twice the slots of the ring: an output that has not shown them by then never will."""


class ReplaySink(Protocol):
    """Accept a replay's chunks in order; one thread owns it."""

    def show(self, chunk: ShownChunk) -> None: ...

    def close(self) -> None: ...


class DiscardSink:
    """Drop every chunk, as fast as the generator makes them."""

    def show(self, chunk: ShownChunk) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class FilmSink:
    """An H.264 film in an MP4, 448×448, every frame as long as it was meant to be seen.

    Raises:
        SessionError: the file is there already, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if path.exists():
            raise SessionError("There is a film of that name already", where=str(path), remedy="Name a new file.")
        try:
            self._film = av.open(str(path), "w", format="mp4")
        except OSError as error:
            raise SessionError(f"The film cannot be written: {error.strerror}", where=str(path)) from error
        stream = self._film.add_stream("libx264", rate=Fraction(30), options=dict(QUALITY))
        assert isinstance(stream, VideoStream)
        stream.width = stream.height = FRAME_SIZE
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        self._stream = stream
        self._content_ns = 0

    def show(self, chunk: ShownChunk) -> None:
        """Append the chunk."""
        try:
            for image in chunk.images:
                frame = av.VideoFrame.from_ndarray(image[..., :3].copy(), format="rgb24")
                frame.pts = self._content_ns * TICKS // NS_PER_SECOND
                frame.time_base = self._stream.time_base
                self._content_ns += chunk.period_ns
                self._film.mux(self._stream.encode(frame))
        except OSError as error:
            raise SessionError(f"The film cannot be written: {error.strerror}", where=str(self._path)) from error

    def close(self) -> None:
        """Write the frames still in the encoder, and the index."""
        try:
            self._film.mux(self._stream.encode(None))
        finally:
            self._film.close()


class LiveSink:
    """The output process, at the pace of the show.

    Args:
        output: its name, canvas and rate.

    Raises:
        OutputError: it cannot be started.
    """

    def __init__(self, output: OutputConfig) -> None:
        self._client = OutputClient.connect(output, SystemClock())
        self._first_epoch = self._client.last_epoch + 1
        self._shift: int | None = None
        self._period_s = 0.0
        self._pause = threading.Event()

    def show(self, chunk: ShownChunk) -> None:
        """Publish the chunk once the output will soon need it."""
        if self._shift is None:
            self._shift = self._first_epoch - chunk.epoch
        self._period_s = chunk.period_ns / NS_PER_SECOND
        while self._client.queued() > AHEAD or self._client.free_slots() < len(chunk.images):
            self._pause.wait(self._period_s)  # the output takes a frame a period
        self._client.publish_chunk(
            [
                OutputFrame(chunk.epoch + self._shift, chunk.number, position, 0, chunk.period_ns, image)
                for position, image in enumerate(chunk.images)
            ]
        )

    def close(self) -> None:
        """Wait until the queued frames are shown, then end the output process."""
        for _ in range(MOST_TO_SHOW):
            if self._client.queued() == 0:
                break
            self._pause.wait(self._period_s)
        self._client.close(end_output=True)
