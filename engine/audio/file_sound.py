"""The sound of a video file that plays: decoded by PyAV on a thread of its own, at the pace of the show."""

import threading
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.resampler import AudioResampler

from engine.audio.resampler import RATE
from engine.audio.ring import SoundRing
from engine.audio.spec import AudioError
from engine.clock import NS_PER_SECOND, Clock

_AHEAD_NS: Final = 20_000_000
"""Sound is handed on this late at most; decoding it takes less."""

_PAUSE_S: Final = 0.01


class FileSound:
    """The sound of a file from a position on; after its end from its beginning.

    Raises:
        AudioError: the file has no sound, or cannot be read.
    """

    def __init__(self, path: Path, began_ns: int, clock: Clock) -> None:
        """began_ns: when its beginning was or would have been seen."""
        self.rate = RATE
        self.ring = SoundRing(RATE, 1)
        self._path = path
        self._clock = clock
        self._began_ns = began_ns
        try:
            self._file = av.open(str(path))
        except (OSError, ValueError) as error:
            raise AudioError("The file's sound cannot be read", where=str(path)) from error
        if not self._file.streams.audio:
            self._file.close()
            raise AudioError("The file has no sound", where=path.name)
        self._halt = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hardcut-file-sound", daemon=True)
        self._thread.start()

    def ended(self) -> bool:
        """Return whether it cannot be read any more."""
        return not self._thread.is_alive()

    def close(self) -> None:
        """End the thread and close the file."""
        self._halt.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            with self._file:
                length_ns = round((self._file.duration or 0) * NS_PER_SECOND / av.time_base)
                while not self._halt.is_set():
                    self._play(length_ns)
                    if length_ns <= 0:
                        return
                    self._began_ns += length_ns
        except (OSError, ValueError):
            return  # ended() tells; a damaged file's picture is told by its source

    def _play(self, length_ns: int) -> None:
        """Decode once from where the show is to the end."""
        position_ns = self._clock.now_ns() - self._began_ns
        if length_ns > 0 and position_ns > length_ns:
            self._began_ns += position_ns // length_ns * length_ns
            position_ns %= length_ns
        self._file.seek(max(0, position_ns * av.time_base // NS_PER_SECOND))
        resampler = AudioResampler(format="flt", layout="mono", rate=RATE)
        for frame in self._file.decode(audio=0):
            if frame.pts is None or frame.time_base is None:
                continue
            begin_ns = self._began_ns + round(float(frame.pts * frame.time_base) * NS_PER_SECOND)
            for piece in resampler.resample(frame):
                sound = np.asarray(piece.to_ndarray(), np.float32).reshape(-1, 1)
                end_ns = begin_ns + len(sound) * NS_PER_SECOND // RATE
                while (wait_ns := end_ns - self._clock.now_ns()) > 0 and not self._halt.wait(_PAUSE_S):
                    if wait_ns > 5 * NS_PER_SECOND:
                        return  # the clock or the file jumps: begin from where the show is
                if self._halt.is_set():
                    return
                if self._clock.now_ns() - end_ns < _AHEAD_NS + NS_PER_SECOND:
                    self.ring.write(sound, end_ns)
