"""What was measured against what is wanted: medians over repeats, their spread, and a table for people."""

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

Run = TypeVar("Run")


class Better(Enum):
    """Which direction of a figure is better."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Goal:
    """A closed range that a figure is meant to lie in.

    Attributes:
        text: how the README writes it, e.g. "≥ 30".
    """

    text: str
    low: float = -math.inf
    high: float = math.inf

    def contains(self, value: float) -> bool:
        """Return whether the value is in the range."""
        return self.low <= value <= self.high


def at_least(low: float) -> Goal:
    """Return the goal "≥ low"."""
    return Goal(f"≥ {low:g}", low=low)


def at_most(high: float) -> Goal:
    """Return the goal "≤ high"."""
    return Goal(f"≤ {high:g}", high=high)


def around(middle: float, tolerance: float) -> Goal:
    """Return the goal "middle ± tolerance"."""
    return Goal(f"{middle:.1f} ± {tolerance:g}", low=middle - tolerance, high=middle + tolerance)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured quantity.

    Attributes:
        values: one per repeat, in unit; empty if it could not be measured.
        digits: decimals that mean something; the median is rounded to them and judged so (a rate
            counted over a window that begins and ends inside a chunk has no more than one).
        command: what anyone can run to get it.
        note: what a reader must know, or why there is no value.
        better: whether more of it is better, or less.
    """

    id: str
    label: str
    unit: str
    values: tuple[float, ...]
    command: str
    goal: Goal | None = None
    digits: int = 1
    note: str = ""
    better: Better = Better.LOWER

    @property
    def median(self) -> float | None:
        """Return the median over the repeats, rounded; None without values."""
        return round(statistics.median(self.values), self.digits) if self.values else None

    @property
    def reached(self) -> bool | None:
        """Return whether the goal is reached; None without a goal or a value."""
        median = self.median
        return None if self.goal is None or median is None else self.goal.contains(round(median, self.digits))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Generic[Run]):
    """A figure of a table: its name, and how to read its value from a run.

    Attributes:
        value: of one run, in unit; None where that run has none.
        the others: see `Figure`.
    """

    id: str
    label: str
    unit: str
    value: Callable[[Run], float | None]
    goal: Goal | None = None
    digits: int = 1
    better: Better = Better.LOWER
    note: str = ""


def measured(rows: Iterable[Row[Run]], runs: Sequence[Run], command: str) -> list[Figure]:
    """Return the figures of a table over some runs."""
    return [
        Figure(
            id=row.id,
            label=row.label,
            unit=row.unit,
            values=tuple(value for run in runs if (value := row.value(run)) is not None),
            command=command,
            goal=row.goal,
            digits=row.digits,
            note=row.note,
            better=row.better,
        )
        for row in rows
    ]


def unmeasured(figure_id: str, label: str, unit: str, goal: Goal | None, command: str, why: str) -> Figure:
    """Return a figure without values, with the reason."""
    return Figure(
        id=figure_id, label=label, unit=unit, values=(), goal=goal, command=command, note=f"not measured here: {why}"
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that `percent` (0..100) of them do not exceed (nearest rank).

    Raises:
        ValueError: there are no values, or percent is outside 0..100.
    """
    if not values or not 0 <= percent <= 100:
        raise ValueError(f"no {percent}th percentile of {len(values)} values")
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1]


def table(figures: Iterable[Figure]) -> str:
    """Format figure, wanted, measured, spread and reached, one line each, with notes below."""
    rows = [("figure", "wanted", "measured", "spread", "reached", "command")]
    notes: list[str] = []
    for figure in figures:
        mark = ""
        if figure.note:
            if figure.note not in notes:
                notes.append(figure.note)
            mark = f" [{notes.index(figure.note) + 1}]"
        rows.append(
            (
                figure.label,
                figure.goal.text + f" {figure.unit}".rstrip() if figure.goal else "",
                _measured(figure) + mark,
                _spread(figure),
                {True: "yes", False: "NO", None: ""}[figure.reached],
                figure.command,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join([*lines, *(f"[{number}] {note}" for number, note in enumerate(notes, start=1))]) + "\n"


def _measured(figure: Figure) -> str:
    return "–" if figure.median is None else f"{figure.median:.{figure.digits}f} {figure.unit}".rstrip()


def _spread(figure: Figure) -> str:
    if len(figure.values) < 2:
        return ""
    return f"{min(figure.values):.{figure.digits}f} … {max(figure.values):.{figure.digits}f}"
