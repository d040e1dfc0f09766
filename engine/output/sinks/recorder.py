"""The recorder: what goes out, as a film. It lives in a process of its own, and nobody waits for it.

Pictures wait for the encoder in a bounded queue; when it is full they are let go and counted. A full disk ends the
recording, and the film so far is kept. The canvas may change meanwhile: another film follows.
"""

import errno
import os
import queue
import shutil
import threading
import time
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.error import FFmpegError

from engine.clock import NS_PER_SECOND
from engine.errors import OutputError
from engine.folders import videos_folder
from engine.output.encoders import Encoder, choose_encoder
from engine.output.film import Film, packed_frame
from engine.output.naming import FILM_FORMATS, dated_name, film_format
from engine.output.settings import VideoFormat, WireImage
from engine.output.sinks.base import SinkEndedError, SinkStatus

QUEUE_BYTES: Final = 64 << 20
"""Of pictures that wait: two thirds of a second at 1080p."""

RESERVE_BYTES: Final = 256 << 20
"""Of free space, which a recording leaves to the rest of the system."""

LOW_BYTES: Final = 2 << 30
"""So little free space is worth telling: a few minutes at 1080p."""

LOOK_NS: Final = NS_PER_SECOND

CLOSE_PATIENCE_S: Final = 4.0

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Recorder:
    """The sink.

    Args:
        address: a file that ends in .mp4 or .mkv, a folder, or "" for the user's folder of videos; in a folder, the
            date is the name. No file is overwritten.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._waiting: queue.SimpleQueue[tuple[av.VideoFrame, VideoFormat, int] | None] = queue.SimpleQueue()
        self._waiting_bytes = 0
        self._counting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._fault = ""
        self._ended = False
        self._name = ""
        self._encoder = ""
        self._dropped = 0
        self._recorded_ns = 0
        self._bytes = 0
        self._free = -1

    def open(self) -> None:
        path = self._wished()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._free = shutil.disk_usage(path.parent).free
        except OSError as error:
            raise OutputError(f"The film cannot be written: {error.strerror}", where=str(path)) from error
        if self._free < RESERVE_BYTES:
            raise SinkEndedError(
                "There is no room to record",
                where=str(path.parent),
                remedy=f"Free some: {self._free >> 20} MiB are left, {RESERVE_BYTES >> 20} MiB stay free.",
            )
        self._fault, self._ended = "", False
        self._name = str(path)
        self._thread = threading.Thread(target=self._run, name="hardcut-recorder", daemon=True)
        self._thread.start()

    def wanted(self) -> bool:
        return self._thread is not None and not self._ended

    def send(self, image: WireImage, video: VideoFormat) -> None:
        if self._ended:
            raise SinkEndedError(self._fault.removesuffix("."))
        if self._waiting_bytes + _size(video) > QUEUE_BYTES:
            self._dropped += 1
            return
        with self._counting:
            self._waiting_bytes += _size(video)
        self._waiting.put((packed_frame(image), video, time.monotonic_ns()))

    def status(self) -> SinkStatus:
        low = 0 <= self._free < LOW_BYTES
        remarks = [self._encoder, f"only {self._free / (1 << 30):.1f} GiB free" if low else ""]
        return SinkStatus(
            name=self._name,
            connections=0,
            tally=False,
            detail=self._fault,
            remark=", ".join(filter(None, remarks)),
            dropped=self._dropped,
            recorded_ns=self._recorded_ns,
            bytes_written=self._bytes,
            free_bytes=self._free,
        )

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join(CLOSE_PATIENCE_S)

    def _wished(self) -> Path:
        named = Path(self._address).expanduser() if self._address else videos_folder()
        if named.suffix.lower() not in FILM_FORMATS and (not named.suffix or named.is_dir()):
            return named / dated_name("Hardcut", ".mp4", datetime.now().astimezone())
        film_format(named)
        return named

    def _run(self) -> None:
        film: Film | None = None
        timeline = Timeline()
        looked_ns = 0
        try:
            while (job := self._waiting.get()) is not None:
                frame, video, arrived_ns = job
                with self._counting:
                    self._waiting_bytes -= _size(video)
                if self._ended:
                    continue
                if film is None or film.size != (video.width, video.height):
                    before, film = film, None
                    if before is not None:
                        before.close()
                    film, timeline = self._begin(video), Timeline()
                at_ns = timeline.place(arrived_ns, video.rate)
                film.add(frame, at_ns)
                self._recorded_ns = at_ns + round(NS_PER_SECOND / video.rate)
                self._bytes = film.bytes_written
                if arrived_ns - looked_ns >= LOOK_NS:
                    looked_ns = arrived_ns
                    self._look_for_room(film.path)
        except OutputError as error:
            self._end(str(error))
        except (FFmpegError, OSError) as error:
            self._end(_told(error, self._name))
        except BaseException as error:  # noqa: BLE001 - the top of a thread, and it reports
            self._end(f"The recorder has failed: {type(error).__name__}: {error}. The film so far is kept.")
        self._finish(film)

    def _begin(self, video: VideoFormat) -> Film:
        encoder: Encoder = choose_encoder(video.width, video.height, video.rate)
        film = Film(self._wished(), video.width, video.height, video.rate, encoder)
        self._name, self._encoder = str(film.path), encoder.label
        return film

    def _look_for_room(self, path: Path) -> None:
        self._free = shutil.disk_usage(path.parent).free
        if self._free < RESERVE_BYTES:
            self._end(
                f"The disk is nearly full ({path.parent}). The recording has stopped, and the film so far is kept."
            )

    def _end(self, why: str) -> None:
        self._fault, self._ended = why, True

    def _finish(self, film: Film | None) -> None:
        if film is None:
            return
        try:
            film.close()
            self._bytes = film.bytes_written
        except (FFmpegError, OSError) as error:
            self._fault = self._fault or _told(error, self._name)


class Timeline:
    """When each picture of a film is seen: on the grid of its rate, in order, with gaps where some are missing."""

    def __init__(self) -> None:
        self._begun_ns = 0
        self._next = 0

    def place(self, arrived_ns: int, rate: Fraction) -> int:
        """Return when a picture that came at this instant is seen, in ns of the film; each later than the last."""
        if not self._begun_ns:
            self._begun_ns = arrived_ns
        number = max(round((arrived_ns - self._begun_ns) * rate / NS_PER_SECOND), self._next)
        self._next = number + 1
        return round(number * NS_PER_SECOND / rate)


def _size(video: VideoFormat) -> int:
    """Return the bytes of a waiting picture."""
    return 2 * video.width * video.height


def _told(error: Exception, path: str) -> str:
    number = getattr(error, "errno", None)
    if number in _NO_ROOM:
        return f"The disk is full ({path}). The recording has stopped, and the film so far is kept."
    reason = os.strerror(number) if isinstance(number, int) and number > 0 else str(error)
    return f"The film cannot be written: {reason} ({path}). The film so far is kept."
