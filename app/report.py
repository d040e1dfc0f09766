"""What a performance measured, gathered from events and written as JSON at its end."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from app import __version__
from app.arguments import Options
from app.errors import AppError
from engine.clock import NS_PER_SECOND
from engine.files import FileKind, save_file
from engine.mailbox import Mailbox
from engine.messages.events import (
    ComponentState,
    CutShown,
    Event,
    GeneratorChanged,
    GpuShared,
    Level,
    Notice,
    OutputChanged,
    SourceChanged,
    Stats,
)

SAMPLE_NS = NS_PER_SECOND
"""One line of figures a second is plenty, and a night's show stays under ten megabytes."""


class ReportError(AppError):
    """The report cannot be written."""


_REPORT: Final = FileKind("report", ReportError)


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """How well the window's thread kept up while performing.

    Attributes:
        longest_call_ms: the longest work it did at a stretch on a tick or an event.
        longest_stall_ms: the latest tick of its timer.
        late_ticks: ticks that were late by more than a frame of a 60 Hz screen, of all ticks.
    """

    longest_call_ms: float
    longest_stall_ms: float
    late_ticks: int
    ticks: int


class Report:
    """Hears events on the engine's threads; is read and written on the main thread."""

    def __init__(self, options: Options, machine: Any, process_start_ns: int) -> None:
        self._options = options
        self._machine = machine
        self._process_start_ns = process_start_ns
        self._heard: Mailbox[Event] = Mailbox()
        self._samples: list[Stats] = []
        self._cuts: list[CutShown] = []
        self._told: list[tuple[float, str]] = []
        self._output: OutputChanged | None = None
        self._generator: GeneratorChanged | None = None
        self._last: Stats | None = None
        self._window: WindowFigures | None = None

    def note_window(self, figures: WindowFigures) -> None:
        """Take note of how well the window kept up."""
        self._window = figures

    def hear(self, event: Event) -> None:
        """Take note of an event."""
        if isinstance(event, Stats | CutShown | Notice | SourceChanged | OutputChanged | GeneratorChanged | GpuShared):
            self._heard.put(event)

    def settle(self) -> None:
        """Sort what was heard; call it now and then, so that nothing piles up."""
        for event in self._heard.drain():
            match event:
                case Stats():
                    self._last = event
                    if not self._samples or event.at_ns - self._samples[-1].at_ns >= SAMPLE_NS:
                        self._samples.append(event)
                case CutShown():
                    self._cuts.append(event)
                case OutputChanged():
                    self._output = event
                case GeneratorChanged() if event.state is ComponentState.READY:
                    self._generator = event
                case Notice():
                    self._told.append((self._seconds(event.at_ns), f"{event.level.value}: {event.text}"))
                case GpuShared():
                    self._told.append((self._seconds(event.at_ns), event.sentence()))
                case SourceChanged():
                    told = f"source {event.spec}: {event.state.value} {event.detail}".strip()
                    self._told.append((self._seconds(event.at_ns), told))

    def write(self, path: Path) -> None:
        """Write the report whole or not at all.

        Raises:
            ReportError: if it cannot be written; what was measured stays in memory.
        """
        self.settle()
        text = json.dumps(self._document(), indent=1)
        save_file(path, text + "\n", _REPORT)

    def _seconds(self, instant_ns: int) -> float:
        return round((instant_ns - self._process_start_ns) / NS_PER_SECOND, 4)

    def _generator_told(self) -> dict[str, object] | None:
        """The generator that was ready last, and every decision about how it computes."""
        told = self._generator
        if told is None:
            return None
        return {"name": told.name, "detail": told.detail, "backends": [asdict(choice) for choice in told.backends]}

    def _document(self) -> dict[str, object]:
        first_ns = self._last.first_frame_ns if self._last else 0
        return {
            "hardcut": __version__,
            "options": {key: str(value) for key, value in asdict(self._options).items()},
            "machine": self._machine,
            "first_frame_s": self._seconds(first_ns) if first_ns else None,
            "output": asdict(self._output) | {"state": self._output.state.value} if self._output else None,
            "generator": self._generator_told(),
            "gui": asdict(self._window) if self._window else None,
            "cuts": [
                {
                    "t_s": self._seconds(cut.at_ns),
                    "scene": cut.scene,
                    "origin": cut.origin.value,
                    "ns": cut.latency_ns,
                    "armed": cut.armed,
                    "late_ns": cut.late_ns,
                }
                for cut in self._cuts
            ],
            "told": self._told,
            "samples": [asdict(sample) | {"t_s": self._seconds(sample.at_ns)} for sample in self._samples],
            "final": asdict(self._last) | {"t_s": self._seconds(self._last.at_ns)} if self._last else None,
        }


def check_writable(path: Path) -> None:
    """Find out before the show, not after it.

    Raises:
        ReportError: if the folder is missing or nothing can be written there.
    """
    folder = path.resolve().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ReportError("The report cannot be written there", where=str(path), remedy="Name a file in a folder.")


WORTH_TELLING = frozenset({Level.WARNING, Level.ERROR})
"""Levels of notice that a status line prints on a line of its own."""
