"""Two trees of the program, measured by turns: A B A B, each time by their own bench, through its command line.

Machines differ, and the same machine differs from hour to hour: what stands next to each other in time is compared.
"""

import os
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bench.against.revision import Tree
from bench.document import BENCH_VERSION, BenchOutcome, MeasuredFigure, read_outcome
from bench.harness.processes import Child, Workplace
from bench.reading import BenchError

Pair = tuple[float | None, float | None]

PATIENCE_S: Final = 600.0
"""How much longer than the runs it was asked for a bench may take, for each of its measurements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One figure of both trees.

    Attributes:
        pairs: of the first and the second tree, turn by turn; None where it could not be measured.
        digits: decimals that mean something.
    """

    id: str
    label: str
    unit: str
    digits: int
    pairs: tuple[Pair, ...]

    def values(self, side: int) -> tuple[float, ...]:
        """Return the measured values of one tree."""
        return tuple(value for pair in self.pairs if (value := pair[side]) is not None)

    @property
    def ratios(self) -> tuple[float, ...]:
        """Return second / first of each pair, where both were measured and the first is not zero."""
        return tuple(b / a for a, b in self.pairs if a and b is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceDocument:
    """The JSON line: which trees, in the order of pairs, and their figures."""

    version: int
    trees: tuple[str, str]
    seconds: float
    turns: int
    figures: tuple[Compared, ...]
    failures: tuple[str, ...]
    others: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Race:
    """Result of a race.

    Attributes:
        failures: sentences on what could not be measured.
        others: share of the CPU that other programs took in the turns of each tree, in percent.
    """

    trees: tuple[Tree, Tree]
    seconds: float
    figures: tuple[Compared, ...]
    failures: tuple[str, ...]
    others: tuple[tuple[float, float], ...]

    @property
    def turns(self) -> int:
        """Return how many turns each tree had."""
        return len(self.others)

    def disturbed(self) -> Iterator[str]:
        """Yield for each tree a sentence on what other programs did meanwhile."""
        for tree, shares in zip(self.trees, zip(*self.others, strict=True), strict=True):
            shares_text = ", ".join(f"{share:.0f}" for share in shares)
            yield f"In the turns of {tree.name} other programs took up to {shares_text} % of the CPU."

    def document(self) -> RaceDocument:
        """Return the document of the JSON line."""
        first, second = (f"{tree.name} ({tree.commit})" for tree in self.trees)
        return RaceDocument(
            version=BENCH_VERSION,
            trees=(first, second),
            seconds=self.seconds,
            turns=self.turns,
            figures=self.figures,
            failures=self.failures,
            others=self.others,
        )

    def table(self) -> str:
        """Return a table of both medians with their spread, and the ratio of each pair."""
        heads = [f"{tree.name} {tree.commit}" if tree.name != tree.commit else tree.name for tree in self.trees]
        rows: list[tuple[str, ...]] = [("figure", heads[0], "spread", heads[1], "spread", "ratio", "pair by pair")]
        rows += map(_row, self.figures)
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return (
            "\n".join(lines)
            + f"\nratio: {heads[1]} through {heads[0]}, {self.turns} {'turn' if self.turns == 1 else 'turns'} of each\n"
        )


def _row(one: Compared) -> tuple[str, ...]:
    cells: list[str] = []
    for side in (0, 1):
        values = one.values(side)
        median = f"{statistics.median(values):.{one.digits}f} {one.unit}".rstrip() if values else "–"
        cells += [median, f"{min(values):.{one.digits}f} … {max(values):.{one.digits}f}" if len(values) > 1 else ""]
    ratios = one.ratios
    ratio = f"{statistics.median(ratios):.2f}" if ratios else "–"
    return (one.label, *cells, ratio, " ".join(f"{each:.2f}" for each in ratios) if len(ratios) > 1 else "")


def by_turns(
    trees: tuple[Tree, Tree],
    only: Sequence[str],
    seconds: float,
    turns: int,
    workplace: Workplace,
    report: Callable[[str], None],
) -> Race:
    """Measure the first tree, the second, the first again …

    Args:
        only: names of measurements that both know.
        seconds: length of each run; turns: how often each tree has its turn.

    Raises:
        BenchError: a bench said nothing that can be read.
    """
    found: list[tuple[BenchOutcome, BenchOutcome]] = []
    for turn in range(turns):
        pair = []
        for tree in trees:
            report(f"turn {turn + 1} of {turns}, {tree.name} ({tree.commit}): {', '.join(only)}")
            pair.append(_measure(tree, only, seconds, workplace, f"{turn}-{tree.commit}"))
        found.append((pair[0], pair[1]))
    failures = [
        f"{name} could not be measured of {tree.name} in turn {turn + 1}: {sentence}"
        for turn, pair in enumerate(found)
        for tree, outcome in zip(trees, pair, strict=True)
        for name, sentence in outcome.failures.items()
    ]
    others = tuple((a.others, b.others) for a, b in found)
    return Race(trees, seconds, _compared(found), tuple(failures), others)


def _measure(tree: Tree, only: Sequence[str], seconds: float, workplace: Workplace, name: str) -> BenchOutcome:
    """Measure one turn of one tree."""
    answer, log = workplace.path / f"{name}.json", workplace.path / f"{name}.log"
    arguments = ("--only", ",".join(only), "--seconds", f"{seconds:g}", "--repeats", "1", "--anyway")
    command = [str(tree.python), "-m", "app", "bench", *arguments, "--json", str(answer)]
    environment = {**os.environ, "PYTHONPATH": str(tree.path)}
    before_s = _spent_s()
    child = Child(command, environment, log, folder=tree.path)
    try:
        child.process.communicate(timeout=len(only) * (seconds + PATIENCE_S))
    except BaseException:
        child.stop()
        raise
    if not answer.exists():
        raise BenchError(
            f"The bench of {tree.name} ended with status {child.process.returncode}: {child.last_error_line()}",
            where=str(tree.path),
        )
    spent_s = _spent_s() - before_s
    outcome = read_outcome(answer.read_text(encoding="utf-8"), str(answer))
    spent = MeasuredFigure(
        id="turn.cpu", label="processor time of the whole turn", unit="s", median=spent_s, values=(spent_s,), digits=1
    )
    return replace(outcome, figures=(*outcome.figures, spent))


def _spent_s() -> float:
    """Return the processor time of ended child processes and their descendants, in seconds."""
    times = os.times()
    return times.children_user + times.children_system


def _compared(found: Sequence[tuple[BenchOutcome, BenchOutcome]]) -> tuple[Compared, ...]:
    """Return every figure of either tree, in order of appearance."""
    shown: dict[str, MeasuredFigure] = {}
    for pair in found:
        for outcome in pair:
            for figure in outcome.figures:
                if figure.id not in shown or shown[figure.id].digits is None:
                    shown[figure.id] = figure  # a newer bench says more of it
    values = [(_values(a), _values(b)) for a, b in found]
    return tuple(
        Compared(
            id=figure.id,
            label=figure.label,
            unit=figure.unit,
            digits=_digits(figure),
            pairs=tuple((a.get(key), b.get(key)) for a, b in values),
        )
        for key, figure in shown.items()
    )


def _values(outcome: BenchOutcome) -> Mapping[str, float]:
    """Return by figure the value of a turn's single run."""
    return {one.id: statistics.median(one.values) for one in outcome.figures if one.values}


def _digits(figure: MeasuredFigure) -> int:
    """Return the significant decimals; in lines without them, those of the median."""
    if figure.digits is not None:
        return figure.digits
    return max(len(f"{figure.median:.3f}".rstrip("0").partition(".")[2]), 1) if figure.median is not None else 1
