"""The figures of the strip, with a minute of the three rates."""

from collections import deque
from typing import Final

from app.models.signal import Signal
from engine.messages.events import Stats

TRACE_SECONDS: Final = 60


class StatsModel:
    """The newest figures and their traces.

    Attributes:
        last: None before the first second.
        reset_reason: why the caches were reset last.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self.last: Stats | None = None
        self.input_trace: deque[float] = deque(maxlen=TRACE_SECONDS)
        self.pipeline_trace: deque[float] = deque(maxlen=TRACE_SECONDS)
        self.output_trace: deque[float] = deque(maxlen=TRACE_SECONDS)
        self.reset_reason = ""

    def take(self, event: Stats) -> None:
        """Take the figures of one second."""
        self.last = event
        self.input_trace.append(event.input_fps)
        self.pipeline_trace.append(event.pipeline_fps)
        self.output_trace.append(event.output_fps)
        self.changed.emit()

    def note_reset(self, reason: str) -> None:
        """The caches were reset."""
        self.reset_reason = reason
        self.changed.emit()
