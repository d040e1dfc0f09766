"""How large the program is in the course of a soak: memory, threads, descriptors."""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median_low
from typing import Final

import psutil

TENTH: Final = 0.1
HOUR_S: Final = 3600.0
STEP_S: Final = 600.0
"""Of the series, in an hour or more; a tenth of a shorter soak."""


@dataclass(frozen=True, slots=True)
class Size:
    """One sample: s since the begin, bytes of resident memory but for what is shared, and how many."""

    at_s: float
    memory: int
    threads: int
    descriptors: int


@dataclass(frozen=True, slots=True)
class Usual:
    """Medians of a span, and the fewest threads and descriptors in it."""

    memory: int
    threads: int
    descriptors: int
    fewest_threads: int
    fewest_descriptors: int


@dataclass
class Sizes:
    """The samples, in order.

    Attributes:
        rests: bytes of memory each time that the show had come to rest. While it is broken every few seconds, memory
            goes up and down by a tenth with what is kept ready just then.
    """

    taken: list[Size] = field(default_factory=list)
    rests: list[int] = field(default_factory=list)

    def rest(self, pid: int) -> None:
        """Take what a process takes whose show has come to rest; one that has gone does not rest."""
        with suppress(psutil.Error, OSError):
            self.rests.append(_memory(psutil.Process(pid)))

    def take(self, at_s: float, pid: int) -> None:
        """Sample a process; one that has gone is no sample."""
        with suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            with process.oneshot():
                self.taken.append(Size(at_s, _memory(process), process.num_threads(), process.num_fds()))

    def usual(self, from_s: float, to_s: float) -> Usual:
        """What was usual in a span; where it has no sample, what the nearest to its begin says."""
        span = [one for one in self.taken if from_s <= one.at_s <= to_s]
        span = span or [min(self.taken, key=lambda one: abs(one.at_s - from_s))]
        threads, descriptors = [one.threads for one in span], [one.descriptors for one in span]
        return Usual(
            memory=median_low(one.memory for one in span),
            threads=median_low(threads),
            descriptors=median_low(descriptors),
            fewest_threads=min(threads),
            fewest_descriptors=min(descriptors),
        )

    def series(self, reference_s: float, seconds: float) -> list[tuple[float, Usual]]:
        """What was usual around the reference and then every ten minutes, or every tenth of a soak that is shorter
        than an hour; with the instants in seconds. Needs a sample."""
        step_s = STEP_S if seconds >= HOUR_S else seconds * TENTH
        ticks = (number * step_s for number in range(1, round(seconds / step_s) + 1))
        until_s = self.taken[-1].at_s + step_s / 2
        instants = sorted(one for one in {reference_s, *ticks} if one <= until_s)
        return [(at_s, self.usual(at_s - step_s / 4, at_s + step_s / 4)) for at_s in instants]

    def ends(self, reference_s: float, seconds: float) -> tuple[Usual, Usual]:
        """The tenth of the soak from the reference on, and its last tenth."""
        first = self.usual(reference_s, reference_s + seconds * TENTH)
        return first, self.usual(seconds * (1 - TENTH), float("inf"))


def _memory(process: psutil.Process) -> int:
    """What is resident but for shared memory: JACK has its clients map 200 MiB, beside which a leak is little."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
    shared = next((line.split()[1] for line in status.splitlines() if line.startswith("RssShmem:")), "0")
    return int(process.memory_info().rss) - int(shared) * 1024
