"""The tempo and the place in the bar."""

from app.control.limits import BEATS_PER_BAR
from app.models.signal import Signal
from engine.clock import NS_PER_SECOND
from engine.messages.events import TempoChanged


class TempoModel:
    """Beats per minute (0: no tempo yet) and the instant of one beat, counted as the first of a bar."""

    def __init__(self) -> None:
        self.changed = Signal()
        self.bpm = 0.0
        self.beat_ns = 0

    def take(self, event: TempoChanged) -> None:
        """Take the engine's tempo."""
        self.bpm, self.beat_ns = event.bpm, event.beat_ns
        self.changed.emit()

    def beat(self, now_ns: int) -> int | None:
        """The beat of the bar that sounds now, 0..3; None without a tempo."""
        if self.bpm <= 0.0:
            return None
        period = 60.0 * NS_PER_SECOND / self.bpm
        return int((now_ns - self.beat_ns) // period) % BEATS_PER_BAR
