"""A video or picture file, looped, at its own rate."""

import stat
import threading
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import av
from av.video.frame import VideoFrame

from engine.clock import NS_PER_SECOND, Clock
from engine.errors import SourceError
from engine.messages.frame import RgbImage
from engine.sources.base import Picture, wait_until
from engine.sources.container import Opened, best_video
from engine.sources.decoded import FrameConverter, transfer_named
from engine.sources.framing import framing, picture_format
from engine.sources.hdr import Transfer
from engine.sources.tiles import is_tile, read_tiled
from engine.sources.webp import Reel, animated_size, read_reel

STILL_FPS: Final = 10
"""How often a picture file is delivered again: it costs next to nothing and keeps its age small."""

_DEFAULT_FPS: Final = 25.0  # where neither the file nor two time stamps tell
_LATE_S: Final = 0.25  # beyond this the file plays on from now instead of catching up


@dataclass(slots=True)
class _Opening(Opened):
    """One opening of the file, and what has been decoded of it."""

    count: int = 0  # pictures decoded since the beginning or the last seek
    whole: bool = True  # they are counted from the beginning
    sought: bool = False  # no longer as it was opened
    last: RgbImage | None = None
    skipped: VideoFrame | None = None  # the newest picture before the position that was sought


class FileSource:
    """Plays a file by its time stamps; the end joins the beginning without a gap.

    Decodes on one thread (two above 1080p) one picture ahead of its time.
    """

    def __init__(self, path: Path, clock: Clock, halt: threading.Event) -> None:
        self._path = path
        self._clock = clock
        self._halt = halt
        self._converter = FrameConverter()
        self._opened: _Opening | None = None
        self._pending: Picture | None = None
        self._still: RgbImage | None = None
        self._reel: Reel | None = None
        self._label = path.name
        self._rate = 0.0
        # Media time 0 is due at _base_ns; None: the next picture is due at _next_ns, whatever its time stamp.
        self._base_ns: int | None = None
        self._framed_as = framing(), picture_format()
        self._next_ns = 0
        self._last_s = 0.0
        self._step_s = 1.0 / _DEFAULT_FPS
        self._skip_to_s = 0.0
        self._first_s = 0.0
        self._longest_hold_s = 0.0
        self._seek_lock = threading.Lock()
        self._seek_to: float | None = None

    @property
    def label(self) -> str:
        opened = self._opened
        return f"{self._label}, damaged" if opened is not None and opened.damaged else self._label

    @property
    def rate(self) -> float:
        return self._rate

    @property
    def duration(self) -> float:
        """Length in seconds, 0.0 if unknown."""
        opened = self._opened
        return (opened.container.duration or 0) / av.time_base if opened is not None else 0.0

    def open(self) -> None:
        self.close()
        self._framed_as = framing(), picture_format()
        self._check()
        size = self._animated_size()
        if size is not None:
            self._reel = read_reel(self._path, size)
            self._rate = self._reel.rate
            self._label = f"{self._path.name}, {size[0]}×{size[1]}, {self._rate:.5g} fps, animated WebP"
            return
        self._opened = opened = self._open_file()
        if is_tile(opened.stream):
            self._still = read_tiled(opened.container, self._path)
            self._rate = float(STILL_FPS)
            self._label = f"{self._path.name}, still picture"
            return
        self._converter = FrameConverter()
        self._longest_hold_s = 0.0
        stream = opened.stream
        self._rate = float(stream.average_rate or stream.guessed_rate or 0.0)
        self._step_s = 1.0 / (self._rate or _DEFAULT_FPS)
        rate = f", {self._rate:.5g} fps" if self._rate else ""
        transfer = transfer_named(stream.color_trc)
        shown = "" if transfer is Transfer.SDR else f", {transfer.value} shown as SDR"
        self._label = f"{self._path.name}, {stream.width}×{stream.height}{rate}, {stream.codec_context.name}{shown}"
        self._next_ns = self._clock.now_ns()
        self._base_ns = None

    def read(self) -> Picture | None:
        if self._framed_as != (framing(), picture_format()) and (self._still is not None or self._reel is not None):
            self.open()  # what was kept is of another framing
        self._obey_seek()
        if self._pending is None:
            self._pending = self._next()
        if self._pending is None or not wait_until(self._pending.capture_ns, self._clock, self._halt):
            return None
        picture, self._pending = self._pending, None
        return picture

    def _next(self) -> Picture | None:
        if self._reel is not None:
            return self._reel.next(self._clock.now_ns())
        return self._repeat() if self._still is not None else self._decode()

    def seek(self, seconds: float) -> None:
        """Continue at this position, finite; beyond the end, modulo the length. From any thread."""
        with self._seek_lock:
            self._seek_to = max(seconds, 0.0)

    def close(self) -> None:
        opened, self._opened = self._opened, None
        self._pending = self._still = self._reel = None
        if opened is not None:
            opened.container.close()

    def _check(self) -> None:
        """Refuse what is no file: a pipe or a device may keep whoever opens it waiting for ever.

        Raises:
            SourceError: in words.
        """
        where = str(self._path)
        try:
            facts = self._path.stat()
        except FileNotFoundError as error:
            raise SourceError("There is no such file", where=where, remedy="Check the path.") from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SourceError(f"The file cannot be looked at: {reason}", where=where) from error
        if stat.S_ISDIR(facts.st_mode):
            raise SourceError("This is a folder, not a video", where=where, remedy="Choose a file.")
        if not stat.S_ISREG(facts.st_mode):
            raise SourceError(
                "This is a pipe or a device, not a file", where=where, remedy="Play a camera with camera:0."
            )
        if facts.st_size == 0:
            raise SourceError("The file is empty", where=where)

    def _animated_size(self) -> tuple[int, int] | None:
        try:
            return animated_size(self._path)
        except OSError as error:
            raise SourceError(f"The file cannot be read: {error.strerror}", where=str(self._path)) from error

    def _open_file(self) -> _Opening:
        where = str(self._path)
        self._check()
        try:
            # "file:" keeps a colon in the name from being taken for a protocol.
            container = av.open(f"file:{self._path}")
        except FileNotFoundError as error:
            raise SourceError("There is no such file", where=where, remedy="Check the path.") from error
        except (av.FFmpegError, OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SourceError(
                f"The file cannot be read as video: {reason}", where=where, remedy="It may be damaged or cut short."
            ) from error
        stream = best_video(container)
        if stream is None:
            container.close()
            raise SourceError("There is no picture in the file", where=where)
        return _Opening(container, stream)

    def _decode(self) -> Picture | None:
        """The next picture with its due time; None where the file had to be wound back first."""
        opened = self._opened
        assert opened is not None, "open comes first"
        frame = next(opened.frames, None)
        if frame is None:
            skipped, opened.skipped = opened.skipped, None
            if skipped is None:
                self._wind_back(opened)
                return None
            return self._picture(opened, skipped, self._skip_to_s)  # it stands until the end
        opened.count += 1
        time_s = self._time_of(frame, opened)
        if not opened.sought and opened.count == 1:
            self._first_s = time_s
        elif opened.sought and opened.whole and opened.count == 1 and time_s > self._first_s + 0.5 * self._step_s:
            self._begin_again()  # seeking did not reach the first picture, as in MPEG-TS
            return None
        if time_s < self._skip_to_s - 0.5 * self._step_s:
            opened.skipped = frame
            return None
        skipped, opened.skipped = opened.skipped, None
        if skipped is not None and time_s > self._skip_to_s + 1.5 * self._step_s:
            opened.frames = chain((frame,), opened.frames)
            opened.count -= 1
            return self._picture(opened, skipped, self._skip_to_s)  # it stands at the position sought
        return self._picture(opened, frame, time_s)

    def _picture(self, opened: _Opening, frame: VideoFrame, time_s: float) -> Picture:
        self._skip_to_s = 0.0
        opened.last = self._converter.convert(frame, opened.stream.sample_aspect_ratio)
        return Picture(image=opened.last, capture_ns=self._due(time_s, frame, opened.longest_gap_s))

    def _time_of(self, frame: VideoFrame, opened: _Opening) -> float:
        """Media time in seconds from the stream's start; counted where there are no time stamps."""
        if frame.pts is None or frame.time_base is None:
            return self._last_s + self._step_s
        stream = opened.stream
        start = stream.start_time * stream.time_base if stream.start_time and stream.time_base else 0
        return float(frame.pts * frame.time_base - start)

    def _due(self, time_s: float, frame: VideoFrame, longest_gap_s: float) -> int:
        gap = time_s - self._last_s
        if self._base_ns is not None and not 0.0 < gap <= longest_gap_s:
            self._base_ns = None
        now_ns = self._clock.now_ns()
        if self._base_ns is None:
            self._base_ns = self._next_ns - round(time_s * NS_PER_SECOND)
        else:
            self._longest_hold_s = max(self._longest_hold_s, gap)
            if not frame.duration:
                self._step_s = gap
        due_ns = self._base_ns + round(time_s * NS_PER_SECOND)
        if now_ns - due_ns > _LATE_S * NS_PER_SECOND:
            self._base_ns += now_ns - due_ns
            due_ns = now_ns
        if frame.duration and frame.time_base:
            self._step_s = float(frame.duration * frame.time_base)
        self._last_s = time_s
        self._next_ns = due_ns + round(self._step_s * NS_PER_SECOND)
        return due_ns

    def _wind_back(self, opened: _Opening) -> None:
        """At the end: hold a single picture, or begin again once the last one has been seen its full time."""
        if opened.sought and opened.whole and opened.count == 0:
            self._begin_again()
        elif opened.whole and opened.count == 0:
            raise SourceError("No picture in the file can be decoded", where=str(self._path))
        elif opened.whole and opened.count == 1:
            self._still = opened.last
            self._rate = float(STILL_FPS)
            self._label = f"{self._path.name}, {opened.stream.width}×{opened.stream.height}, still picture"
        else:
            self._hold_last(opened)
            self._go_to(0.0)

    def _hold_last(self, opened: _Opening) -> None:
        """Show the last picture as long as the file says, where others stood as long: it may just be cut short."""
        hold_s = opened.length_s - self._last_s
        if self._base_ns is not None and 1.5 * self._step_s < hold_s <= self._longest_hold_s:
            self._next_ns = self._base_ns + round(opened.length_s * NS_PER_SECOND)

    def _obey_seek(self) -> None:
        with self._seek_lock:
            target, self._seek_to = self._seek_to, None
        if target is not None and self._reel is not None:
            self._pending = None
            self._reel.seek(target, self._clock.now_ns())
        elif target is not None and self._still is None:
            self._pending = None
            self._next_ns = self._clock.now_ns()
            self._go_to(target % self.duration if self.duration > 0.0 else target)

    def _go_to(self, seconds: float) -> None:
        """Decode from this position on; the next picture is due when the last one's time is over."""
        opened = self._opened
        assert opened is not None, "open comes first"
        start = (opened.container.start_time or 0) + round(seconds * av.time_base)
        try:
            opened.container.seek(start, backward=True)
            opened.begin()
        except av.FFmpegError:  # a format without an index: from the beginning, wherever it was to go
            self._begin_again()
            return
        opened.sought = True
        opened.count = 0
        opened.skipped = None
        opened.whole = seconds == 0.0
        self._skip_to_s = seconds
        self._base_ns = None

    def _begin_again(self) -> None:
        """Open the file anew, for what cannot be wound back; the time goes on."""
        if self._opened is not None:
            self._opened.container.close()
        self._opened = self._open_file()
        self._skip_to_s = 0.0
        self._base_ns = None

    def _repeat(self) -> Picture:
        assert self._still is not None
        now_ns = self._clock.now_ns()
        self._next_ns = max(self._next_ns, now_ns - NS_PER_SECOND // STILL_FPS)
        due_ns = self._next_ns
        self._next_ns += NS_PER_SECOND // STILL_FPS
        return Picture(image=self._still, capture_ns=due_ns)
