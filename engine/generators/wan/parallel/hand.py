"""A process that follows, as the leading process sees it: its streams, and the thread that reads its answers.

It outlives the crew that it belongs to: where another of the crew is lost, or the format changes, it is taken over by
the next crew with its weights, and what it still says of before is not listened to.
"""

import contextlib
import os
import selectors
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import IO, Final, Protocol

from engine.errors import GeneratorError
from engine.generators.wan.parallel import orders
from engine.generators.wan.parallel.orders import Answer, Order


class Listener(Protocol):
    """Who hears what a process says; called on the thread that reads."""

    def take(self, hand: "Hand", answer: Answer) -> None:
        """It has answered."""
        ...

    def ended(self, hand: "Hand", how: str) -> None:
        """It has ended; how: a clause."""
        ...


class Hand:
    """One process that follows, from its start to its end.

    Args:
        number: in `Ranks`; device: as torch writes it.

    Attributes:
        rank: in the crew that it belongs to now.
        returning: it was told to go on in another crew and has not come round yet; calls: how often it was told so.
        how: it has ended, a clause; "": it lives.
        pending: orders that are not answered yet, the oldest first; waited_ns: since its last answer, by looks.
        broken: why it waits for another crew, "" while it does not; broken_ns: for how long, by looks.
        memory_bytes, progress, built, stands: what it has answered last.

    Raises:
        GeneratorError: the system starts no process.
    """

    def __init__(self, number: int, device: str) -> None:
        self.number: Final = number
        self.device: Final = device
        self.process: Final = _popen()
        self.rank = 0
        self.returning = False
        self.calls = 0
        self.how = ""
        self._listener: Listener | None = None
        self._guard = threading.Lock()
        self._forget()
        self._thread = threading.Thread(target=self._read, name=f"hardcut-rank {number}", daemon=True)
        self._thread.start()

    def _forget(self) -> None:
        self.pending: deque[Order] = deque()
        self.waited_ns = self.broken_ns = 0
        self.broken = ""
        self.memory_bytes, self.progress = 0, 0.0
        self.built: orders.Built | None = None
        self.stands: orders.Stands | None = None

    def belong(self, rank: int, listener: Listener, *, returning: bool) -> None:
        """Answer to this crew from now on.

        Args:
            returning: it belonged to another: nothing is heard until it says that it has come round.
        """
        with self._guard:
            self._forget()
            self.rank, self.returning, self._listener = rank, returning, listener
            self.calls += returning

    def leave(self) -> None:
        """Belong to no crew: nobody hears what it says."""
        with self._guard:
            self._listener = None

    def write(self, order: Order) -> None:
        """Tell it to do something. One that has ended is found out by who reads its answers."""
        assert self.process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            orders.write(self.process.stdin, order)

    def ask(self, number: int) -> None:
        """Ask it where it stands; never waits: one that reads so little that nothing more fits in is not asked."""
        assert self.process.stdin is not None
        if _fits_in(self.process.stdin):
            self.write(orders.Ask(number))

    def dismiss(self) -> None:
        """Let it end: its standard input does."""
        with contextlib.suppress(OSError, ValueError):
            if self.process.stdin is not None:
                self.process.stdin.close()

    def end(self, patience_s: float) -> None:
        """Wait until it has ended, and kill it after so long."""
        self.dismiss()
        try:
            self.process.wait(max(patience_s, 0.0))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._thread.join()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        with stream:
            try:
                while (answer := orders.read_answer(stream)) is not None:
                    self._hear(answer)
            except ValueError as error:
                self.how = f"talks nonsense ({error})"
                self.process.kill()
        status = self.process.wait()
        self.how = self.how or (f"was ended by signal {-status}" if status < 0 else "has ended by itself")
        with self._guard:
            listener = self._listener
        if listener is not None:
            listener.ended(self, self.how)

    def _hear(self, answer: Answer) -> None:
        with self._guard:
            if isinstance(answer, orders.Returned):
                self.returning = self.returning and answer.call != self.calls
                return
            listener = None if self.returning else self._listener
        if listener is not None:
            listener.take(self, answer)


def _fits_in(stream: IO[bytes]) -> bool:
    """Whether a short message can be written to a pipe at once; where that cannot be seen (Windows), it is tried."""
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(stream, selectors.EVENT_WRITE)
            return bool(selector.select(0))
    except (OSError, ValueError):
        return True


def _popen() -> subprocess.Popen[bytes]:
    root = str(Path(__file__).resolve().parents[4])
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, environment.get("PYTHONPATH"))))
    environment["OPENBLAS_NUM_THREADS"] = environment["OMP_NUM_THREADS"] = "1"
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "engine.generators.wan.parallel.follower"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        raise GeneratorError(
            f"A process to dream together with cannot be started: {error.strerror}", where=sys.executable
        ) from error
