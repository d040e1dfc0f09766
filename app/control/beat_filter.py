"""What is worth telling of a clock that others keep: not the jitter of the wire."""

from typing import Final

from engine.clock import NS_PER_SECOND

BPM_STEP: Final = 0.05
PHASE_NS: Final = 4_000_000
"""Only a tempo or a beat that differs by more than this is told again: less is the jitter of the wire."""


class BeatFilter:
    """The tempo and the beat that were told last."""

    def __init__(self) -> None:
        self._told: tuple[float, int] | None = None

    @property
    def bpm(self) -> float:
        """The tempo told last; 0.0 before."""
        return self._told[0] if self._told is not None else 0.0

    def tell(self, bpm: float, beat_ns: int) -> None:
        """This is known now."""
        self._told = bpm, beat_ns

    def is_news(self, bpm: float, beat_ns: int) -> bool:
        """It differs noticeably from what was told."""
        if self._told is None:
            return True
        told_bpm, told_ns = self._told
        beat = 60 * NS_PER_SECOND / told_bpm
        away = (beat_ns - told_ns) % beat
        return abs(bpm - told_bpm) > BPM_STEP or min(away, beat - away) > PHASE_NS
