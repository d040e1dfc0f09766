"""Which changes of an external clock are worth a command: not the jitter of the wire."""

from typing import Final

from engine.clock import NS_PER_SECOND

BPM_STEP: Final = 0.05
PHASE_NS: Final = 4_000_000
"""Only a tempo or a beat that differs by more than this is sent on: less is the jitter of the wire."""


class BeatFilter:
    """The tempo and the beat that were sent on last."""

    def __init__(self) -> None:
        self._last: tuple[float, int] | None = None

    @property
    def bpm(self) -> float:
        """The tempo recorded last; 0.0 before."""
        return self._last[0] if self._last is not None else 0.0

    def record(self, bpm: float, beat_ns: int) -> None:
        """Remember what is sent on, or what the session was set to."""
        self._last = bpm, beat_ns

    def is_news(self, bpm: float, beat_ns: int) -> bool:
        """It differs noticeably from what was recorded."""
        if self._last is None:
            return True
        last_bpm, last_ns = self._last
        beat = 60 * NS_PER_SECOND / last_bpm
        away = (beat_ns - last_ns) % beat
        return abs(bpm - last_bpm) > BPM_STEP or min(away, beat - away) > PHASE_NS
