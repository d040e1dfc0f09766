"""Where the output goes besides its first sink: what is on, the recording, and what is worth a line."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from app.models.signal import Signal
from engine.clock import NS_PER_SECOND
from engine.messages.events import Level
from engine.messages.output_events import OutputChanged
from engine.messages.sinks import RECORDER, STILL, SinkPhase, SinkReport
from engine.output.sinks.registry import SINKS

NOT_OFFERED: Final = frozenset({"null", RECORDER})
"""Nowhere is for tests; the recorder has a key of its own."""

LITTLE_ROOM: Final = 2 << 30
"""Bytes free: a few minutes at 1080p."""


class SinksModel:
    """The sinks as the output reports them.

    Attributes:
        reports: every sink that is switched on, and "still" once there was one.
        text: "REC 12:04, 71 GiB free", or what is wrong; "" where nothing is recorded.
        troubled: the recording has ended by itself, loses pictures, or has little room left.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self.reports: tuple[SinkReport, ...] = ()
        self.text = ""
        self.troubled = False
        self._dropped = 0

    def take(self, event: OutputChanged) -> None:
        """Take in how they stand."""
        if event.sinks == self.reports:
            return
        self.reports = event.sinks
        self.text, self.troubled = self._recording_words()
        self.changed.emit()

    def is_on(self, sink: str) -> bool:
        """Whether it is switched on."""
        return any(one.sink == sink for one in self.reports)

    def find(self, kind: str) -> SinkReport | None:
        """The first sink of a kind that is switched on."""
        return next((one for one in self.reports if one.id == kind), None)

    @property
    def recording(self) -> bool:
        """What goes out is recorded."""
        recorder = self.find(RECORDER)
        return recorder is not None and recorder.phase is not SinkPhase.ENDED

    @property
    def film(self) -> str:
        """The name of the file that is recorded to, without its folder; "" for none."""
        recorder = self.find(RECORDER)
        return Path(recorder.name).name if recorder is not None else ""

    @property
    def film_folder(self) -> Path | None:
        """The folder that is recorded to; None: none."""
        recorder = self.find(RECORDER)
        return Path(recorder.name).parent if recorder is not None and recorder.name else None

    @property
    def sentence(self) -> str:
        """Where it is recorded to, and what is wrong."""
        recorder = self.find(RECORDER)
        if recorder is None:
            return ""
        lost = f" {recorder.dropped} pictures were lost." if recorder.dropped else ""
        return f"What goes out is recorded to {recorder.name}.{lost} {recorder.detail}".strip()

    def _recording_words(self) -> tuple[str, bool]:
        recorder = self.find(RECORDER)
        if recorder is None:
            self._dropped = 0
            return "", False
        if recorder.phase in (SinkPhase.ENDED, SinkPhase.FAILED):
            return "REC STOPPED", True
        loses = recorder.dropped > self._dropped
        self._dropped = recorder.dropped
        free = f", {recorder.free_bytes / (1 << 30):.0f} GiB free" if recorder.free_bytes >= 0 else ""
        text = f"REC {clock_text(recorder.recorded_ns)}{', LATE' if loses else free}"
        return text, loses or 0 <= recorder.free_bytes < LITTLE_ROOM


def sink_labels() -> Mapping[str, str]:
    """Label of every kind of sink that is switched on here by itself: not what needs an address, nor the recorder."""
    entries = (one.entry for one in SINKS.entries() if not one.entry.systems or sys.platform in one.entry.systems)
    return {one.id: one.label for one in entries if not one.needs_address and one.id not in NOT_OFFERED}


def clock_text(time_ns: int) -> str:
    """A length of time as 0:42, or 1:02:03."""
    seconds = time_ns // NS_PER_SECOND
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def sink_news(before: Iterable[SinkReport], after: tuple[SinkReport, ...]) -> tuple[tuple[Level, str], ...]:
    """What is worth a line between two reports; of the first sink, the output itself tells the rest."""
    known = {one.sink: one for one in before}
    news: list[tuple[Level, str]] = []
    for place, now in enumerate(after):
        was = known.pop(now.sink, None)
        if now.detail and (was is None or now.detail != was.detail) and place:
            news.append((Level.ERROR, now.detail))
        elif now.sink == STILL and (was is None or now.sent > was.sent):
            news.append((Level.INFO, f"Still written: {now.name}"))
        elif now.phase is SinkPhase.ON and (was is None or was.phase is not SinkPhase.ON) and now.name and place:
            verb = "Recording to" if now.id == RECORDER else "Sending to"
            news.append((Level.INFO, f"{verb} {now.name}"))
    news += [(Level.INFO, _farewell(gone)) for gone in known.values()]
    return tuple(news)


def _farewell(gone: SinkReport) -> str:
    if gone.id != RECORDER:
        return f"No longer sending to {gone.name or gone.sink}"
    lost = f", {gone.dropped} pictures lost" if gone.dropped else ""
    return f"Recorded {clock_text(gone.recorded_ns)} to {Path(gone.name).name}{lost}"
