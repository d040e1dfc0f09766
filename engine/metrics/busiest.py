"""Which other program keeps the machine busy, and how much all of them do."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

import psutil

from engine.clock import NS_PER_SECOND

POLL_NS: Final = 2 * NS_PER_SECOND
"""A walk through all processes takes some ten milliseconds: half a percent of this."""

WORTH_NAMING: Final = 0.3
"""Cores: a program that keeps fewer busy is not named."""


@dataclass(frozen=True, slots=True)
class ProgramTimes:
    """Processor time of each process in seconds, with its program's name; ours are left out."""

    by_pid: Mapping[int, tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Busiest:
    """What other programs did.

    Attributes:
        cores: mean number of cores that all of them kept busy.
        name: the busiest, "" where none is worth naming; name_cores: what it kept busy.
    """

    cores: float = 0.0
    name: str = ""
    name_cores: float = 0.0


def read_program_times(roots: Collection[int]) -> ProgramTimes:
    """Return the times of all processes but the roots and their descendants."""
    parents: dict[int, int] = {}
    times: dict[int, tuple[str, float]] = {}
    for process in psutil.process_iter(("name", "ppid", "cpu_times")):
        found = process.info
        spent = found["cpu_times"]
        parents[process.pid] = found["ppid"] or 0
        if spent is not None:
            times[process.pid] = (str(found["name"] or "another program"), float(spent.user + spent.system))
    own = set(roots)
    for pid in parents:
        line, at = [pid], parents.get(pid, 0)
        while at and at not in own and at not in line:
            line.append(at)
            at = parents.get(at, 0)
        if at in own:
            own.update(line)
    return ProgramTimes({pid: one for pid, one in times.items() if pid not in own})


@dataclass(slots=True)
class BusiestMeter:
    """Watch other programs from poll to poll. Owned by one thread.

    Args:
        roots: our processes; their descendants are ours too.
    """

    roots: Callable[[], Collection[int]]
    read: Callable[[Collection[int]], ProgramTimes] = read_program_times
    _before: ProgramTimes | None = field(default=None, init=False)
    _before_ns: int = field(default=0, init=False)
    _newest: Busiest = field(default_factory=Busiest, init=False)

    @property
    def newest(self) -> Busiest:
        """Return what the newest interval showed; nothing before the first."""
        return self._newest

    def poll(self, now_ns: int) -> Busiest:
        """Return what other programs did over the newest interval; look at most once in POLL_NS."""
        seconds = (now_ns - self._before_ns) / NS_PER_SECOND
        if self._before is not None and now_ns - self._before_ns < POLL_NS:
            return self._newest
        now, before = self.read(self.roots()), self._before
        self._before, self._before_ns = now, now_ns
        if before is None or seconds > 5 * POLL_NS / NS_PER_SECOND:  # too long ago to speak of now
            self._newest = Busiest()
            return self._newest
        cores: dict[str, float] = defaultdict(float)
        for pid, (name, spent) in now.by_pid.items():
            if pid in before.by_pid:  # what has just begun is seen the next time
                cores[name] += max(spent - before.by_pid[pid][1], 0.0) / seconds
        name = max(cores, key=lambda one: cores[one], default="")
        named = bool(name) and cores[name] >= WORTH_NAMING
        self._newest = Busiest(sum(cores.values()), name if named else "", cores[name] if named else 0.0)
        return self._newest
