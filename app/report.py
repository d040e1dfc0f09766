"""Gather a performance's figures from events, and write them as JSON at its end."""

import os
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Final

from app import __version__
from app.arguments import Options
from app.report_schema import (
    REPORT_FILE,
    REPORT_VERSION,
    OptionValue,
    ReportDocument,
    ReportedCut,
    ReportedGenerator,
    ReportedQuality,
    ReportError,
    Sample,
    WindowFigures,
    encode_report,
)
from engine.clock import NS_PER_SECOND
from engine.files import save_file
from engine.mailbox import Mailbox
from engine.messages.emergency import Emergency
from engine.messages.events import (
    ComponentState,
    CutShown,
    DepthChanged,
    Event,
    GeneratorChanged,
    Level,
    Notice,
    SourceChanged,
)
from engine.messages.output_events import OutputChanged
from engine.messages.quality import QualityChanged
from engine.messages.stats import GpuShared, Stats
from engine.metrics.machine import Machine
from engine.output.settings import SinkSpec

SAMPLE_NS = NS_PER_SECOND
"""One line of figures a second is plenty, and a night's show stays under ten megabytes."""


_REPORTED: Final = (
    Stats,
    CutShown,
    DepthChanged,
    Notice,
    SourceChanged,
    OutputChanged,
    GeneratorChanged,
    GpuShared,
    QualityChanged,
)


class Report:
    """Queue events on the engine's threads; process and write them on the main thread."""

    def __init__(self, options: Options, machine: Machine, process_start_ns: int) -> None:
        self._options = options
        self._machine = machine
        self._process_start_ns = process_start_ns
        self._events: Mailbox[Event] = Mailbox()
        self._samples: list[Stats] = []
        self._cuts: list[CutShown] = []
        self._messages: list[tuple[float, str]] = []
        self._output: OutputChanged | None = None
        self._generator: GeneratorChanged | None = None
        self._last: Stats | None = None
        self._window: WindowFigures | None = None
        self._quality: list[ReportedQuality] = []

    def note_window(self, figures: WindowFigures) -> None:
        """Add how well the window kept up."""
        self._window = figures

    def on_event(self, event: Event) -> None:
        """Queue an event; called on the engine's threads."""
        if isinstance(event, _REPORTED):
            self._events.put(event)

    def process_events(self) -> None:
        """Process the queued events; call regularly to keep the queue short."""
        for event in self._events.drain():
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
                    self._messages.append((self._seconds(event.at_ns), f"{event.level.value}: {event.text}"))
                case QualityChanged():
                    self._take_quality(event)
                case GpuShared():
                    self._messages.append((self._seconds(event.at_ns), event.sentence()))
                case SourceChanged():
                    text = f"source {event.spec}: {event.state.value} {event.detail}".strip()
                    self._messages.append((self._seconds(event.at_ns), text))
                case DepthChanged() if event.state is not ComponentState.STARTING:
                    text = f"control map, {event.estimator}: {event.state.value} {event.detail}".strip()
                    self._messages.append((self._seconds(event.at_ns), text))

    def _take_quality(self, event: QualityChanged) -> None:
        taken = tuple(one.step.id for one in event.taken)
        offered = len(event.steps)
        told = ReportedQuality(t_s=self._seconds(event.at_ns), taken=taken, offered=offered, reason=event.reason)
        before = self._quality[-1].taken if self._quality else ()
        self._quality.append(told)
        if taken != before:
            self._messages.append((told.t_s, event.sentence()))

    def write(self, path: Path) -> None:
        """Write the report whole or not at all.

        Raises:
            ReportError: if it cannot be written; what was measured stays in memory.
        """
        self.process_events()
        save_file(path, encode_report(self._document()), REPORT_FILE)

    def _seconds(self, instant_ns: int) -> float:
        return round((instant_ns - self._process_start_ns) / NS_PER_SECOND, 4)

    def _document(self) -> ReportDocument:
        first_ns = self._last.first_frame_ns if self._last else 0
        ready = self._generator
        return ReportDocument(
            version=REPORT_VERSION,
            hardcut=__version__,
            options={one.name: _option_value(getattr(self._options, one.name)) for one in fields(self._options)},
            machine=self._machine,
            first_frame_s=self._seconds(first_ns) if first_ns else None,
            output=self._output,
            generator=ReportedGenerator(name=ready.name, detail=ready.detail, backends=ready.backends)
            if ready
            else None,
            gui=self._window,
            cuts=tuple(
                ReportedCut(
                    t_s=self._seconds(cut.at_ns),
                    scene=cut.scene,
                    origin=cut.origin,
                    ns=cut.latency_ns,
                    armed=cut.armed,
                    late_ns=cut.late_ns,
                )
                for cut in self._cuts
            ),
            told=tuple(self._messages),
            quality=tuple(self._quality),
            samples=tuple(map(self._sample, self._samples)),
            final=self._sample(self._last) if self._last else None,
        )

    def _sample(self, stats: Stats) -> Sample:
        counts = {one.name: getattr(stats, one.name) for one in fields(stats)}
        return Sample(t_s=self._seconds(stats.at_ns), **counts)


def _option_value(value: object) -> OptionValue:
    """Convert an option to JSON: a number, a switch, a name, null, or several of these, named ones as NAME=VALUE."""
    if isinstance(value, Mapping):
        return tuple(f"{name}={one}" for name, one in value.items())
    return tuple(map(_single_value, value)) if isinstance(value, tuple) else _single_value(value)


def _single_value(value: object) -> str | bool | int | float | None:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Fraction():
            return float(value)
        case Enum():
            return str(value.value)
        case Path() | SinkSpec() | Emergency():
            return str(value)
    raise TypeError(f"an option that is a {type(value).__name__} has no form in a report")


def check_writable(path: Path) -> None:
    """Check before the show that the report can be written.

    Raises:
        ReportError: if the folder is missing or nothing can be written there.
    """
    folder = path.resolve().parent
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise ReportError("The report cannot be written there", where=str(path), remedy="Name a file in a folder.")


WORTH_TELLING = frozenset({Level.WARNING, Level.ERROR})
"""Levels of notice that a status line prints on a line of its own."""
