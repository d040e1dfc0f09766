"""What has fallen since the figures were kept."""

from collections.abc import Iterator, Sequence
from typing import Final

from bench.figures import Better, Figure
from bench.kept.store import KeptFigure, KeptFigures
from engine.metrics.machine import Machine

FALL: Final = 0.2
"""A figure that lost more than this share of itself is named: a rate below 4/5, a time above 5/4 of what was kept."""


def compared(kept: KeptFigures, figures: Sequence[Figure], only: Sequence[str], machine: Machine) -> Iterator[str]:
    """Yield sentences: where the kept figures are from, which fell, and how many did not.

    Args:
        only: what was measured; kept figures of other measurements are left aside.
        machine: this one.
    """
    revision = f"at {kept.revision} " if kept.revision else ""
    yield f"Against the figures kept {revision}on {kept.machine.sentence()}"
    if (machine.cpu, machine.usable_threads) != (kept.machine.cpu, kept.machine.usable_threads):
        yield f"This is another machine, so differences may be the machine's: {machine.sentence()}"
    now = {figure.id: figure for figure in figures}
    held = 0
    for one in kept.figures:
        if one.id.partition(".")[0] not in only:
            continue
        figure = now.get(one.id)
        value = figure.median if figure else None
        if value is None:
            why = figure.note if figure and figure.note else "it was not measured"
            yield f"  ? {one.label}: {_text(one, one.value)} was kept, and now there is no value: {why}."
        elif has_fallen(one, value):
            yield f"  ! {one.label}: worse by more than a fifth, {_text(one, one.value)} then, {_text(one, value)} now."
        else:
            held += 1
    yield f"{held} {'figure' if held == 1 else 'figures'} held within a fifth, or got better."


def has_fallen(kept: KeptFigure, value: float) -> bool:
    """Return whether a figure is worse by more than a fifth, and by more than its last digit."""
    if kept.better is Better.HIGHER:
        worse, limit = kept.value - value, kept.value * (1.0 - FALL)
        return value < limit and worse > 10.0**-kept.digits
    worse, limit = value - kept.value, kept.value / (1.0 - FALL)
    return value > limit and worse > 10.0**-kept.digits


def _text(kept: KeptFigure, value: float) -> str:
    return f"{value:.{kept.digits}f} {kept.unit}".rstrip()
