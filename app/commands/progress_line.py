"""How far a long piece of work is, on one line that stays; where nobody watches, a line for every tenth."""

import shutil
from typing import Final, TextIO

from engine.clock import Clock

_REFRESH_NS: Final = 200_000_000
_PACE_NS: Final = 10_000_000_000
"""A rate over ten seconds: shorter ones jump about, longer ones lag behind the network."""

_UNITS: Final = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))


class ProgressLine:
    """A line such as ` 43 %  9.5 GiB of 22.1 GiB  84.2 MiB/s  2 min left  models/longlive_base.pt`.

    Args:
        live: whether a person watches, and the line may be written over.
    """

    def __init__(self, stream: TextIO, clock: Clock, *, live: bool) -> None:
        self._stream = stream
        self._clock = clock
        self._live = live
        self._marks: list[tuple[int, int]] = []
        self._due_ns = clock.now_ns()
        self._tenth = 0
        self._open = False

    def show(self, done: int, total: int, what: str) -> None:
        """Show that `done` of `total` bytes are done, if the line is due."""
        now_ns = self._clock.now_ns()
        if self._marks and done < self._marks[-1][1]:
            self._marks.clear()  # something began anew
        self._marks.append((now_ns, done))
        while len(self._marks) > 2 and now_ns - self._marks[1][0] > _PACE_NS:
            del self._marks[0]
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
        (first_ns, first), (last_ns, last) = self._marks[0], self._marks[-1]
        if last > first and last_ns > first_ns:
            rate = (last - first) * 1e9 / (last_ns - first_ns)
            parts += [f"{size(round(rate))}/s", f"{_span((total - done) / rate)} left"]
        return "  ".join([*parts, what])

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def size(count: int) -> str:
    """Format bytes for people: "9.5 GiB"."""
    for unit, name in _UNITS:
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count} B"


def _span(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
