"""What the engine is told of a beat that is heard. Pure."""

from typing import Final

from app.control.beat_filter import BeatFilter
from app.control.limits import BEATS_PER_BAR
from engine.clock import NS_PER_SECOND
from engine.messages.audio_events import AudioBeat
from engine.messages.commands import Command, ExternalBeat, Origin, Resync

SURE_OF_BAR: Final = 0.5
"""Confidence in the first beat of the bar from which our bar begins there."""


class BeatTalk:
    """Turns beats that are heard into commands: not their jitter, and bars only where they are sure."""

    def __init__(self) -> None:
        self._news = BeatFilter()
        self._bar_ns: int | None = None

    def forget(self) -> None:
        """Another clock has set the tempo meanwhile."""
        self._news = BeatFilter()
        self._bar_ns = None

    def hear(self, beat: AudioBeat) -> tuple[Command, ...]:
        """Return what the engine is told of a beat."""
        if beat.bpm <= 0.0:
            return ()
        commands: list[Command] = []
        if self._news.is_news(beat.bpm, beat.beat_ns):
            self._news.record(beat.bpm, beat.beat_ns)
            bpm = round(beat.bpm, 2)
            commands.append(ExternalBeat(bpm=bpm, beat_ns=beat.beat_ns, stamp_ns=beat.at_ns, origin=Origin.AUDIO))
        if beat.bar_confidence >= SURE_OF_BAR and self._moved_bar(beat):
            self._bar_ns = beat.bar_ns
            commands.append(Resync(stamp_ns=beat.bar_ns, origin=Origin.AUDIO))
        return tuple(commands)

    def _moved_bar(self, beat: AudioBeat) -> bool:
        if self._bar_ns is None:
            return True
        period_ns = 60 * NS_PER_SECOND / beat.bpm
        moved = round((beat.bar_ns - self._bar_ns) / period_ns) % BEATS_PER_BAR != 0
        if not moved:
            self._bar_ns = beat.bar_ns  # so that rounding never adds up
        return moved
