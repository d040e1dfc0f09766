"""The file of kept figures: medians, the machine they were measured on, and the revision."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.document import BenchDocument
from bench.figures import Better
from bench.reading import BenchError
from engine.documents import read_json
from engine.files import FileKind
from engine.metrics.machine import Machine
from engine.session.plain import from_plain, to_plain

KEPT_VERSION: Final = 1

_FILE: Final = FileKind("file of kept figures", BenchError)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFigure:
    """A median; digits: decimals of it that mean something."""

    id: str
    label: str
    value: float
    unit: str
    better: Better
    digits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFigures:
    """Figures of one run of the bench.

    Attributes:
        version: of this schema; revision: of the program, "" if it was not known.
        seconds, repeats: how long and how often was measured.
    """

    version: int
    revision: str
    machine: Machine
    seconds: float
    repeats: int
    figures: tuple[KeptFigure, ...]


def save_figures(path: Path, document: BenchDocument) -> None:
    """Write the medians of a run.

    Raises:
        BenchError: they cannot be written.
    """
    kept = KeptFigures(
        version=KEPT_VERSION,
        revision=document.revision,
        machine=document.machine,
        seconds=document.seconds,
        repeats=document.repeats,
        figures=tuple(
            KeptFigure(
                id=one.id,
                label=one.label,
                value=one.median,
                unit=one.unit,
                better=one.better or Better.LOWER,
                digits=one.digits if one.digits is not None else 1,
            )
            for one in document.figures
            if one.median is not None
        ),
    )
    try:
        path.write_text(json.dumps(to_plain(kept), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise BenchError(f"The figures could not be kept: {error.strerror}", where=str(path)) from error


def read_kept(path: Path) -> KeptFigures:
    """Read what `save_figures` wrote.

    Raises:
        BenchError: it cannot be read, or is of another version.
    """
    try:
        data: Any = read_json(path, _FILE)
        if isinstance(data, dict) and data.get("version") != KEPT_VERSION:
            raise BenchError(
                f"The kept figures are of form {data.get('version')}, and form {KEPT_VERSION} is read here",
                where=str(path),
                remedy="Measure and keep them again with --keep.",
            )
        return from_plain(KeptFigures, data)
    except ValueError as error:
        raise BenchError(f"The kept figures cannot be read: {error}", where=str(path)) from error
