"""The figures of the strip, with a minute of the three rates."""

from collections import deque
from typing import Final

from app.models.figures import RATES, RateId
from app.models.signal import Signal
from engine.clock import NS_PER_SECOND
from engine.messages.stats import Stats

TRACE_SECONDS: Final = 60


class StatsModel:
    """The newest figures and their traces.

    Attributes:
        last: None before the first second.
        traces: each rate over the last minute, one value a second, oldest first.
        reset_reason: why the caches were reset last.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self.last: Stats | None = None
        self.traces: dict[RateId, deque[float]] = {rate.id: deque(maxlen=TRACE_SECONDS) for rate in RATES}
        self._traced_ns: int | None = None
        self.reset_reason = ""

    def take(self, event: Stats) -> None:
        """Take the newest figures, which come several times a second."""
        self.last = event
        if self._traced_ns is None or event.at_ns - self._traced_ns >= NS_PER_SECOND:
            self._traced_ns = event.at_ns
            for rate in RATES:
                self.traces[rate.id].append(rate.read(event))
        self.changed.emit()

    def note_reset(self, reason: str) -> None:
        """The caches were reset."""
        self.reset_reason = reason
        self.changed.emit()
