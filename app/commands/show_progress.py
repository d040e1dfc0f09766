"""How far a show is that is made again: on one line that stays, or a line for every tenth where nobody watches."""

from collections.abc import Callable, Sequence
from typing import Final, TextIO

from app.models.sinks import clock_text
from engine.clock import NS_PER_SECOND, Clock
from engine.session.film_plan import PlannedChunk
from engine.session.replay import ShownChunk

_REFRESH_NS: Final = NS_PER_SECOND // 5


class ShowProgress:
    """Forward chunks, and print a line such as ` 43 %  1:12 of 2:48  5.2 fps  3:40 left`.

    Args:
        show: takes each chunk.
        plan: every chunk of the show.
        begin: the boundary from which chunks are made.
    """

    def __init__(
        self,
        show: Callable[[ShownChunk], None],
        stream: TextIO,
        clock: Clock,
        plan: Sequence[PlannedChunk],
        begin: int = 0,
    ) -> None:
        self._show = show
        self._stream = stream
        self._clock = clock
        self._ends = {chunk.number: chunk.end_ns for chunk in plan}
        self._total_ns = plan[-1].end_ns if plan else 0
        self._first_ns = next((chunk.start_ns for chunk in plan if chunk.number >= begin), 0)
        self._live = stream.isatty()
        self._pictures = 0
        self._begun_ns: int | None = None
        self._due_ns = 0
        self._tenth = 10 * self._first_ns // max(self._total_ns, 1)

    def __call__(self, chunk: ShownChunk) -> None:
        """Forward a chunk."""
        now_ns = self._clock.now_ns()
        self._begun_ns = now_ns if self._begun_ns is None else self._begun_ns
        self._show(chunk)
        self._pictures += len(chunk.images)
        done_ns, now_ns = self._ends.get(chunk.number, 0), self._clock.now_ns()
        tenth = 10 * done_ns // max(self._total_ns, 1)
        if self._live and now_ns >= self._due_ns:
            self._due_ns = now_ns + _REFRESH_NS
            self._write(f"\r\x1b[2K{self._line(done_ns, now_ns)}")
        elif not self._live and tenth > self._tenth:
            self._tenth = tenth
            self._write(f"{self._line(done_ns, now_ns)}\n")

    def close(self) -> None:
        """Leave the cursor on a clean line."""
        if self._live:
            self._write("\r\x1b[2K")

    def _line(self, done_ns: int, now_ns: int) -> str:
        taken_ns = max(now_ns - (self._begun_ns or now_ns), 1)
        left_ns = taken_ns * (self._total_ns - done_ns) // max(done_ns - self._first_ns, 1)
        share = 100 * done_ns // max(self._total_ns, 1)
        return (
            f"{share:3d} %  {clock_text(done_ns)} of {clock_text(self._total_ns)}"
            f"  {self._pictures * NS_PER_SECOND / taken_ns:.1f} fps  {clock_text(left_ns)} left"
        )

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
