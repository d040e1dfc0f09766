"""Totals of an output since the engine started, over all its successive processes."""

from dataclasses import dataclass, field, fields
from typing import Self

from engine.output.status import OutputStatus


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of frames; see engine.output.status.OutputStatus."""

    sent: int = 0
    lagged: int = 0
    repeated: int = 0
    held: int = 0
    skipped: int = 0
    discarded: int = 0
    between: int = 0
    blended: int = 0
    softened: int = 0

    @classmethod
    def of(cls, status: OutputStatus) -> Self:
        """Return the counts of a process since its start."""
        return cls(*(getattr(status, field.name) for field in fields(cls)))

    def plus(self, other: "Counts", sign: int = 1) -> "Counts":
        """Return the sum, or the difference for sign -1."""
        return Counts(*(getattr(self, one.name) + sign * getattr(other, one.name) for one in fields(Counts)))


@dataclass(slots=True)
class OutputTotals:
    """Sum the counts. The status at creation counts as zero.

    Between two processes nothing leaves: the deadlines of that time count as lagged.

    Attributes:
        last_epoch: the newest of the engine before; what is shown of later ones is this engine's.
        first_frame_ns: the deadline of this engine's first frame on the output, 0 before it: neither the first of a
            process that was there before, nor of one that has taken over since.
    """

    first: OutputStatus
    last_epoch: int = -1
    counts: Counts = field(default_factory=Counts)
    first_frame_ns: int = 0
    _before: Counts = field(init=False)
    _newest: OutputStatus = field(init=False)
    _renewed: bool = False

    def __post_init__(self) -> None:
        self._before, self._newest = Counts.of(self.first), self.first

    def renew(self) -> None:
        """Note that another process has taken over, which counts from zero."""
        self._before, self._renewed = Counts(), True

    def add(self, status: OutputStatus) -> None:
        """Add the newest status."""
        if self._renewed and status.period_ns and status.next_deadline_ns:
            gap_ns = status.next_deadline_ns - self._newest.next_deadline_ns
            self.counts = self.counts.plus(Counts(lagged=max(gap_ns // status.period_ns, 0)))
            self._renewed = False
        now = Counts.of(status)
        self.counts = self.counts.plus(now.plus(self._before, -1))
        self._before, self._newest = now, status
        if not self.first_frame_ns and status.shown_epoch > self.last_epoch:
            self.first_frame_ns = status.epoch_first_shown_ns
