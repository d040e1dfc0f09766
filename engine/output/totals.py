"""What an output has counted since an engine began, over every process that it consisted of."""

from dataclasses import dataclass, field, fields
from typing import Self

from engine.output.status import OutputStatus


@dataclass(frozen=True, slots=True)
class Counts:
    """See engine.output.status.OutputStatus."""

    sent: int = 0
    lagged: int = 0
    repeated: int = 0
    held: int = 0
    skipped: int = 0
    discarded: int = 0

    @classmethod
    def of(cls, status: OutputStatus) -> Self:
        """Those of a process since its start."""
        return cls(*(getattr(status, field.name) for field in fields(cls)))

    def plus(self, other: "Counts", sign: int = 1) -> "Counts":
        """The sum, or the difference."""
        return Counts(*(getattr(self, one.name) + sign * getattr(other, one.name) for one in fields(Counts)))


@dataclass(slots=True)
class OutputTotals:
    """Adds up. Made with the status at the beginning, which counts as nothing.

    Between two processes nothing leaves: the deadlines of that time count as lagged.
    """

    first: OutputStatus
    counts: Counts = field(default_factory=Counts)
    _before: Counts = field(init=False)
    _newest: OutputStatus = field(init=False)
    _renewed: bool = False

    def __post_init__(self) -> None:
        self._before, self._newest = Counts.of(self.first), self.first

    def renew(self) -> None:
        """Another process has taken the place; it counts from nothing."""
        self._before, self._renewed = Counts(), True

    def take(self, status: OutputStatus) -> None:
        """The newest status."""
        if self._renewed and status.period_ns and status.next_deadline_ns:
            gap_ns = status.next_deadline_ns - self._newest.next_deadline_ns
            self.counts = self.counts.plus(Counts(lagged=max(gap_ns // status.period_ns, 0)))
            self._renewed = False
        now = Counts.of(status)
        self.counts = self.counts.plus(now.plus(self._before, -1))
        self._before, self._newest = now, status
