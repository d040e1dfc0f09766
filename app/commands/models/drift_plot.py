"""Measures over time as a drawing: an SVG that any browser shows, one strip for each measure."""

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from app.commands.models.drift import MEASURES, ChunkFigures, drift_of

WIDTH, STRIP, LEFT, TOP, GAP = 960, 110, 130, 56, 26
_MOST_POINTS: Final = 800
_FONT: Final = "font-family='sans-serif' font-size='13'"


def draw(figures: Sequence[ChunkFigures], title: str, seconds: float) -> str:
    """Draw every measure.

    Args:
        figures: by chunk, at least one; seconds: how long they play.
    """
    height = TOP + len(MEASURES) * (STRIP + GAP) + 20
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height}' viewBox='0 0 {WIDTH} {height}'>",
        f"<rect width='{WIDTH}' height='{height}' fill='#101014'/>",
        f"<text x='16' y='30' fill='#eee' font-family='sans-serif' font-size='17'>{escape(title)}</text>",
    ]
    for row, measure in enumerate(MEASURES):
        top = TOP + row * (STRIP + GAP)
        parts += _strip([getattr(one, measure) for one in figures], measure, top)
        drift = drift_of(figures, measure)
        parts.append(f"<text x='16' y='{top + 38}' fill='#999' {_FONT}>{100 * drift.change:+.0f} %</text>")
    end = f"{seconds:.0f} s, {len(figures)} chunks"
    parts.append(f"<text x='{WIDTH - 16}' y='{height - 10}' text-anchor='end' fill='#999' {_FONT}>{end}</text>")
    return "\n".join([*parts, "</svg>", ""])


def _strip(values: Sequence[float], measure: str, top: int) -> list[str]:
    low, high = min(values), max(values)
    room = max(high - low, 0.05 * max(abs(high), 1e-6))
    floor = low - (room - (high - low)) / 2
    width = WIDTH - LEFT - 16
    group = -(-len(values) // _MOST_POINTS)
    points = []
    for start in range(0, len(values), group):
        part = values[start : start + group]
        x = LEFT + width * start / max(len(values) - 1, 1)
        for value in dict.fromkeys((min(part), max(part))):
            points.append(f"{x:.1f},{top + STRIP - STRIP * (value - floor) / room:.1f}")
    return [
        f"<rect x='{LEFT}' y='{top}' width='{width}' height='{STRIP}' fill='#1b1b22'/>",
        f"<text x='16' y='{top + 18}' fill='#eee' {_FONT}>{measure}</text>",
        f"<text x='{LEFT - 8}' y='{top + 12}' text-anchor='end' fill='#999' {_FONT}>{floor + room:.4g}</text>",
        f"<text x='{LEFT - 8}' y='{top + STRIP}' text-anchor='end' fill='#999' {_FONT}>{floor:.4g}</text>",
        f"<polyline points='{' '.join(points)}' fill='none' stroke='#5cc8ff' stroke-width='1.2'/>",
    ]
