"""How large the program is in the course of a soak: memory, threads, descriptors."""

from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median_low
from typing import Final

import psutil

TENTH: Final = 0.1


@dataclass(frozen=True, slots=True)
class Size:
    """One sample: s since the begin, bytes of resident memory, and how many."""

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
    """The samples, in order."""

    taken: list[Size] = field(default_factory=list)

    def take(self, at_s: float, pid: int) -> None:
        """Sample a process; one that has gone is no sample."""
        with suppress(psutil.Error):
            process = psutil.Process(pid)
            with process.oneshot():
                self.taken.append(Size(at_s, process.memory_info().rss, process.num_threads(), process.num_fds()))

    def usual(self, from_s: float, to_s: float) -> Usual:
        """What was usual in a span; in an empty one, what was at the last sample."""
        span = [one for one in self.taken if from_s <= one.at_s <= to_s] or self.taken[-1:]
        threads, descriptors = [one.threads for one in span], [one.descriptors for one in span]
        return Usual(
            memory=median_low(one.memory for one in span),
            threads=median_low(threads),
            descriptors=median_low(descriptors),
            fewest_threads=min(threads),
            fewest_descriptors=min(descriptors),
        )

    def ends(self, reference_s: float, seconds: float) -> tuple[Usual, Usual]:
        """The tenth of the soak from the reference on, and its last tenth."""
        first = self.usual(reference_s, reference_s + seconds * TENTH)
        return first, self.usual(seconds * (1 - TENTH), float("inf"))
