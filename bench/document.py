"""The JSON line of `hardcut bench`: one schema for who writes it and who reads it, and what is read of older ones."""

import importlib.metadata
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from bench.figures import Better, Figure
from bench.harness.load import Load
from bench.reading import BenchError
from engine.documents import plain_json
from engine.metrics.machine import Machine
from engine.session.plain import from_plain, to_plain

BENCH_VERSION: Final = 2
"""Of this schema; the lines before it said nothing of a version."""

BEFORE: Final = "before"
"""The key of the load before anything was measured."""

ROOT: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFigure:
    """A figure as it was measured; see `bench.figures.Figure`.

    Attributes:
        wanted: the goal in words.
        better, digits: None in lines of version 1.
    """

    id: str
    label: str
    unit: str
    wanted: str | None = None
    median: float | None
    values: tuple[float, ...]
    reached: bool | None = None
    command: str = ""
    note: str = ""
    better: Better | None = None
    digits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchDocument:
    """What one run of the benchmarks measured.

    Attributes:
        version: of this schema; hardcut: of the program; revision: of its source, "" outside a clone.
        seconds, repeats: how long and how often.
        network: how far packets went.
        load: of other programs, before and during each measurement.
        failures: by measurement a sentence on why it could not be made.
    """

    version: int
    hardcut: str
    revision: str
    seconds: float
    repeats: int
    machine: Machine
    network: str
    load: Mapping[str, Load]
    figures: tuple[MeasuredFigure, ...]
    failures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BenchOutcome:
    """The part of a line that is read in any version: its figures and failures.

    Attributes:
        others: the largest share of the CPU that other programs took during a measurement, in percent.
    """

    figures: tuple[MeasuredFigure, ...]
    failures: Mapping[str, str]
    others: float


def as_measured(figure: Figure) -> MeasuredFigure:
    """Convert a figure for the line, its values with two digits beyond the significant ones."""
    return MeasuredFigure(
        id=figure.id,
        label=figure.label,
        unit=figure.unit,
        wanted=figure.goal.text if figure.goal else None,
        median=figure.median,
        values=tuple(round(value, figure.digits + 2) for value in figure.values),
        reached=figure.reached,
        command=figure.command,
        note=figure.note,
        better=figure.better,
        digits=figure.digits,
    )


def as_line(document: object) -> str:
    """Return a dataclass as one line of JSON."""
    return json.dumps(to_plain(document), ensure_ascii=False)


def read_outcome(text: str, where: str) -> BenchOutcome:
    """Read a line of this or any older version of the bench; fields that are not known here are passed over.

    Raises:
        BenchError: it is no line of the bench.
    """
    known = {one.name for one in fields(MeasuredFigure)}
    try:
        data: Any = plain_json(text.encode("utf-8", "surrogatepass"))
        figures = tuple(
            from_plain(MeasuredFigure, {key: value for key, value in row.items() if key in known})
            for row in data["figures"]
        )
        failures = {str(name): str(sentence) for name, sentence in data["failures"].items()}
        others = max((float(one["others"]) for name, one in data["load"].items() if name != BEFORE), default=0.0)
        return BenchOutcome(figures, failures, others)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BenchError(f"This is no result of the bench: {error!r}", where=where) from error


def document_of(
    *,
    seconds: float,
    repeats: int,
    machine: Machine,
    network: str,
    load: Mapping[str, Load],
    figures: Sequence[Figure],
    failures: Mapping[str, str],
) -> BenchDocument:
    """Return the document of a run of this program."""
    return BenchDocument(
        version=BENCH_VERSION,
        hardcut=program_version(),
        revision=program_revision(),
        seconds=seconds,
        repeats=repeats,
        machine=machine,
        network=network,
        load=dict(load),
        figures=tuple(map(as_measured, figures)),
        failures=dict(failures),
    )


def program_version() -> str:
    """Return the version of the installed program; "0+unknown" where it runs from a folder that was never installed."""
    try:
        return importlib.metadata.version("hardcut")
    except importlib.metadata.PackageNotFoundError:
        return "0+unknown"


def program_revision() -> str:
    """Return the commit of the running source, with "+" if files of it were changed since; "" outside a clone."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    changed = bool(_git("status", "--porcelain", "--untracked-files=no"))
    return f"{commit}{'+' if changed else ''}"


def _git(*arguments: str) -> str:
    if not (ROOT / ".git").exists():
        return ""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
