"""A stream by its address, through FFmpeg: its colours and its orientation by the rule of files."""

from typing import Final

import av

from engine.clock import NS_PER_SECOND, Clock
from engine.errors import SourceError
from engine.sources.base import Picture
from engine.sources.container import Opened, best_video
from engine.sources.decoded import FrameConverter, transfer_named
from engine.sources.hdr import Transfer

OPEN_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 2.0
"""A stream that says nothing for this long is lost."""

_UNREADABLE_NS: Final = 10 * NS_PER_SECOND  # longer than most streams take to their next whole picture
_OPTIONS: Final = {"rtsp_flags": "prefer_tcp"}  # over UDP a full socket tears pictures apart


class CameraStream:
    """Reads as fast as the stream delivers, so that nothing waits in a socket.

    Args:
        address: what FFmpeg can open.

    Raises:
        SourceError: there is none, or it cannot be opened.
    """

    def __init__(self, address: str, clock: Clock) -> None:
        self.name = address
        self._clock = clock
        try:
            container = av.open(address, timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S), options=_OPTIONS)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise SourceError(
                "The camera cannot be opened", where=address, remedy="Check the address and that the sender is running."
            ) from error
        stream = best_video(container)
        if stream is None:
            container.close()
            raise SourceError("There is no picture in the stream", where=address)
        stream.thread_count = 1  # two cores are shared with a generator
        self._opened = Opened(container, stream)
        self._converter = FrameConverter()
        self._newest_ns = clock.now_ns()
        self.rate = float(stream.average_rate or stream.guessed_rate or 0.0)
        self.size = (stream.width, stream.height)
        transfer = transfer_named(stream.color_trc)
        self.notes = "" if transfer is Transfer.SDR else f", {transfer.value} shown as SDR"

    def read(self) -> Picture | None:
        """The next picture, stamped when it came; None where what came is none yet."""
        try:
            packet = next(self._opened.packets, None)
        except av.FFmpegError:
            packet = None
        now_ns = self._clock.now_ns()
        frames = self._opened.decode(packet) if packet is not None else []
        if packet is None or (not frames and now_ns - self._newest_ns > _UNREADABLE_NS):
            raise SourceError("The camera does not deliver any more", where=self.name)
        if not frames:
            return None
        self._newest_ns = now_ns
        frame = frames[-1]
        self.size = (frame.width, frame.height)
        image = self._converter.convert(frame, self._opened.stream.sample_aspect_ratio)
        return Picture(image=image, capture_ns=now_ns)

    def close(self) -> None:
        """Close the connection."""
        self._opened.container.close()
