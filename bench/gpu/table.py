"""One table of all jobs: what was measured, what was wanted, and what could not be run, with its command."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.gpu.running import Outcome

_SHOWN: Final = 100
"""Characters of a reason."""


def figures_in(path: Path) -> dict[str, float]:
    """Read the figures of a command's JSON, by name; {} where there is none.

    Of the program's benchmarks each figure's median by its id; of a generator's bare.fps, program.fps and chunk times.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if "figures" in document:
        return {one["id"]: float(one["median"]) for one in document["figures"] if one["median"] is not None}
    found = {}
    for part in ("bare", "program"):
        for key in ("fps", "chunk_ms"):
            value = document.get(part, {}).get(key)
            if isinstance(value, int | float):
                found[f"{part}.{key}"] = float(value)
    if found.get("bare.fps") and "program.fps" in found:
        found["program.share"] = found["program.fps"] / found["bare.fps"]
    if isinstance(memory := document.get("memory_bytes"), int) and memory:
        found["memory_gb"] = memory / 1e9
    return found


def rows(outcomes: Sequence[Outcome], folder: Path) -> list[tuple[str, str, str, str]]:
    """Return what, measured, wanted and command for every job."""
    found = []
    for outcome in outcomes:
        figures = figures_in(outcome.job.json_file(folder)) if outcome.job.json else {}
        words = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
        if outcome.status is None:
            measured = f"not run: {_reason(outcome) if not outcome.seconds else f'ended after {outcome.seconds:.0f} s'}"
        elif not outcome.done:
            measured = f"{words}; not all: {_failures(outcome, folder)}" if words else f"not run: {_reason(outcome)}"
        else:
            measured = words or "done"
        found.append((outcome.job.what, measured, _wanted(outcome, figures), outcome.job.command(folder)))
    return found


def markdown(outcomes: Sequence[Outcome], folder: Path, head: str) -> str:
    """Write the table under a heading."""
    lines = [head, "", "| what | measured | wanted | command |", "| --- | --- | --- | --- |"]
    lines += [f"| {' | '.join((*cells[:3], f'`{cells[3]}`'))} |" for cells in rows(outcomes, folder)]
    return "\n".join([*lines, ""])


def _wanted(outcome: Outcome, figures: dict[str, float]) -> str:
    told = []
    for name, least in outcome.job.wanted:
        value = figures.get(name)
        verdict = "not measured" if value is None else "reached" if value >= least else "missed"
        told.append(f"{name} ≥ {least:g}: {verdict}")
    for name, most in outcome.job.allowed:
        value = figures.get(name)
        verdict = "not measured" if value is None else "reached" if value <= most else "missed"
        told.append(f"{name} ≤ {most:g}: {verdict}")
    return ", ".join(told) or "–"


def _failures(outcome: Outcome, folder: Path) -> str:
    """What a benchmark could not measure, and why."""
    try:
        failures = json.loads(outcome.job.json_file(folder).read_text(encoding="utf-8")).get("failures", {})
    except (OSError, ValueError, AttributeError):
        failures = {}
    told = "; ".join(f"{name}: {why}" for name, why in failures.items())
    return told.replace("|", "/") or _reason(outcome)


def _reason(outcome: Outcome) -> str:
    lines = [line.strip() for line in outcome.text.splitlines() if line.strip()]
    return (lines[-1] if lines else "it said nothing")[:_SHOWN].replace("|", "/")
