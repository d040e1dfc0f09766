"""The schema of the program's JSON report: the same types for its writer (`app.report`) and its reader (`bench`).

JSON carries the fields of these classes by their names; enums are their values, paths text, exact fractions numbers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.errors import AppError
from engine.documents import plain_json, read_bytes
from engine.files import FileKind
from engine.messages.commands import Origin
from engine.messages.events import BackendChoice
from engine.messages.output_events import OutputChanged
from engine.messages.stats import Stats
from engine.metrics.machine import Machine
from engine.session.plain import from_plain, to_plain

REPORT_VERSION: Final = 2
"""Raised whenever a field changes its name, type or meaning, or a new one has no default."""

_UNNUMBERED: Final = 1
"""The reports before this one said nothing of a version."""

OptionValue = str | bool | int | float | None | tuple[str | bool | int | float | None, ...]


class ReportError(AppError):
    """A report that cannot be written or read."""


REPORT_FILE: Final = FileKind("report", ReportError)

MOST_BYTES: Final = 64 * 2**20
"""A night's show stays under a sixth of it."""


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """How well the window's thread kept up while performing.

    Attributes:
        longest_call_ms: the longest work it did at a stretch on a tick or an event.
        longest_stall_ms: the latest tick of its timer.
        late_ticks: ticks that were late by more than a frame of a 60 Hz screen, of all ticks.
        seen_s: start of the process to the first window on the screen, a bare one; None: unknown.
    """

    longest_call_ms: float
    longest_stall_ms: float
    late_ticks: int
    ticks: int
    seen_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Stats):
    """The engine's figures at one moment; t_s: seconds since the start of the process."""

    t_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCut:
    """A hard cut that was seen on the output.

    Attributes:
        t_s: when, in seconds since the start of the process.
        ns: after the arrival of the gesture; late_ns: after its beat, None for a cut that was not quantised.
        armed: its scene had been made ready.
    """

    t_s: float
    scene: str
    origin: Origin
    ns: int
    armed: bool
    late_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedGenerator:
    """The generator that was ready last, and every decision about how it computes."""

    name: str
    detail: str
    backends: tuple[BackendChoice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedQuality:
    """How simplified the picture is from here on.

    Attributes:
        t_s: since when, in seconds since the start of the process.
        taken: the steps of quality that are taken, by id; offered: how many there are.
        reason: why, in a few words; "" where none is taken.
    """

    t_s: float
    taken: tuple[str, ...]
    offered: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument:
    """What one run of the program measured.

    Attributes:
        version: of this schema; hardcut: of the program.
        options: of the command line, by name.
        first_frame_s: start of the process to the first generated frame on the output; None: never.
        gui: None without a window.
        told: (seconds since the start of the process, sentence).
        samples: one a second; final: the last figures of all.
        quality: how simplified the picture was, from each change on.
    """

    version: int
    hardcut: str
    options: Mapping[str, OptionValue]
    machine: Machine
    first_frame_s: float | None
    output: OutputChanged | None
    generator: ReportedGenerator | None
    gui: WindowFigures | None
    cuts: tuple[ReportedCut, ...]
    told: tuple[tuple[float, str], ...]
    samples: tuple[Sample, ...]
    final: Sample | None
    quality: tuple[ReportedQuality, ...] = ()


def encode_report(report: ReportDocument) -> str:
    """The report as JSON text."""
    return json.dumps(to_plain(report), indent=1) + "\n"


def load_report(file: Path) -> ReportDocument:
    """Read a file of what `encode_report` wrote; see `decode_report`."""
    return decode_report(read_bytes(file, REPORT_FILE, MOST_BYTES), str(file))


def decode_report(data: bytes, where: str) -> ReportDocument:
    """Read what `encode_report` wrote, as UTF-8.

    Args:
        where: the file, for messages.

    Raises:
        ReportError: it is no report, damaged, or of another version of the schema.
    """
    try:
        found: Any = plain_json(data)
        if not isinstance(found, dict) or "hardcut" not in found:
            raise ReportError("This is no report of Hardcut", where=where)
        _check_version(found, where)
        return from_plain(ReportDocument, found)
    except ValueError as error:
        raise ReportError(f"The report cannot be read: {error}", where=where) from error


def _check_version(data: Mapping[str, Any], where: str) -> None:
    version = data.get("version", _UNNUMBERED)
    if version == REPORT_VERSION:
        return
    newer = isinstance(version, int) and version > REPORT_VERSION
    raise ReportError(
        f"The report is of {'a newer' if newer else 'an older'} form, {version}, written by Hardcut {data['hardcut']};"
        f" form {REPORT_VERSION} is read here",
        where=where,
        remedy=f"Read it with {'a newer' if newer else 'that'} version of Hardcut, or measure again.",
    )
