"""How far a long piece of work is, on one line that stays; where nobody watches, a line for every tenth."""

import shutil
from typing import Final, TextIO

from app.amounts import Pace, size, span
from engine.clock import Clock

_REFRESH_NS: Final = 200_000_000


class ProgressLine:
    """A line such as ` 43 %  9.5 GB of 22.1 GB  84.2 MB/s  2 min left  models/longlive_base.pt`.

    Args:
        live: whether a person watches, and the line may be written over.
    """

    def __init__(self, stream: TextIO, clock: Clock, *, live: bool) -> None:
        self._stream = stream
        self._clock = clock
        self._live = live
        self._pace = Pace()
        self._due_ns = clock.now_ns()
        self._tenth = 0
        self._open = False

    def show(self, done: int, total: int, what: str) -> None:
        """Show that `done` of `total` bytes are done, if the line is due."""
        now_ns = self._clock.now_ns()
        self._pace.add(now_ns, done)
        if self._live and (now_ns >= self._due_ns or done == total):
            self._due_ns = now_ns + _REFRESH_NS
            room = shutil.get_terminal_size().columns - 1  # a line that wraps cannot be written over
            self._write(f"\r\x1b[2K{self._line(done, total, what)[:room]}")
            self._open = True
        elif not self._live and (tenth := 10 * done // max(total, 1)) > self._tenth:
            self._tenth = tenth
            self._write(f"{self._line(done, total, what)}\n")

    def print_line(self, sentence: str) -> None:
        """Print a sentence above the line."""
        self._write(f"\r\x1b[2K{sentence}\n" if self._open else f"{sentence}\n")
        self._open = False

    def close(self) -> None:
        """Leave the cursor on a line of its own."""
        if self._open:
            self._write("\n")
        self._open = False

    def _line(self, done: int, total: int, what: str) -> str:
        parts = [f"{100 * done // max(total, 1):3d} %  {size(done)} of {size(total)}"]
        if (rate := self._pace.rate) > 0:
            parts += [f"{size(rate)}/s", f"{span((total - done) / rate)} left"]
        return "  ".join([*parts, what])

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
