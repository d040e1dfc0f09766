"""The strip at the foot: how the show fares in words, or the figures behind them; the newest event.

A fault that stands is told in full: where it needs more than a line, it lies over the whole strip.
"""

from itertools import pairwise
from typing import Final

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QWidget

from app import theme
from app.models import quality
from app.models.autopilot import AutoPilotModel
from app.models.chain import ChainModel
from app.models.figures import FIGURES, RATES, FigureId, RateId
from app.models.health import Health, Mood
from app.models.log import Log
from app.models.slowness import Slowness
from app.models.stats import TRACE_SECONDS, StatsModel
from app.models.text import rate
from app.views import labels
from app.views.geometry import Box, StripBoxes
from app.views.requests import Request
from app.views.sections.section import Section
from app.widgets.meters import FigureView, HealthCell, RateTrace, Words

LAMPS: Final = {Mood.QUIET: None, Mood.GOOD: theme.ACCENT, Mood.WARNING: theme.AMBER, Mood.FAULT: theme.RED}
_FIGURES: Final = "Click for the figures."
HELP: Final = {
    "Picture": f"Whether new pictures come fast enough, and if not, why. {_FIGURES}",
    "Missing": f"What should be there and is not. {_FIGURES}",
    "Recording": f"What is being recorded. {_FIGURES}",
    "Disk": f"Room on the disk that recordings go to. {_FIGURES}",
}


class StripView(Section):
    """Observes how the show fares, the figures, why they are low, the log, and the chain for the backends.

    Attributes:
        numbers: the figures are shown in place of the words.

    Signals:
        asked: what is to be opened, and the part beside which.
    """

    asked = Signal(Request, QWidget)

    def __init__(
        self,
        parent: QWidget,
        health: Health,
        stats: StatsModel,
        slowness: Slowness,
        log: Log,
        chain: ChainModel,
        auto: AutoPilotModel,
    ) -> None:
        super().__init__(parent)
        self.numbers = False
        self._health = health
        self._stats = stats
        self._slowness = slowness
        self._log = log
        self._chain = chain
        self._auto = auto
        self._boxes: StripBoxes | None = None
        self.traces: dict[RateId, RateTrace] = {one.id: RateTrace(self, one.caption, one.help) for one in RATES}
        self.figures: dict[FigureId, FigureView] = {one.id: FigureView(self, one.caption, one.help) for one in FIGURES}
        self.health = tuple(HealthCell(self, one.caption, HELP[one.caption]) for one in health.cells)
        pressed = [
            part.pressed for parts in (self.health, self.traces.values(), self.figures.values()) for part in parts
        ]
        for press in pressed:
            press.connect(self.toggle_numbers)
        self.newest = Words(self, "Last event", "The last event. Click for the ones before.")
        self.reset = Words(self, "Last cache reset", "Why the caches were reset last.")
        self.backend = Words(self, "Backend", "How the generator computes. Click for the reasons.", right=True)
        self.slow = Words(self, "Why it is slow", "Why pictures come too slowly. Click for how they are made.")
        self.slow.pressed.connect(lambda: self.asked.emit(Request.GENERATOR, self.slow))
        self.hint = Words(self, "Help", "What lies under the mouse.")
        self.newest.pressed.connect(lambda: self.asked.emit(Request.EVENTS, self.newest))
        self.backend.pressed.connect(lambda: self.asked.emit(Request.GENERATOR, self.backend))
        health.changed.connect(self._show_health)
        stats.changed.connect(self._show_stats)
        slowness.changed.connect(self._show_slowness)
        log.changed.connect(self._show_newest)
        chain.changed.connect(self._show_backend)
        self._show_health()
        self._show_stats()
        self._show_slowness()
        self._show_newest()
        self._show_backend()

    def place(self, boxes: StripBoxes, unit: float) -> None:
        """Place the parts."""
        self._boxes = boxes
        self.put(
            (
                *zip(self.health, _cells(boxes), strict=True),
                *zip(self.traces.values(), boxes.traces, strict=True),
                *zip(self.figures.values(), boxes.figures, strict=True),
                (self.newest, boxes.event),
                (self.reset, boxes.reset),
                (self.backend, boxes.backend),
                (self.slow, _behind_event(boxes)),
                (self.hint, _behind_event(boxes)),
            ),
            unit,
        )
        self._make_room()

    def toggle_numbers(self) -> None:
        """Show the figures in place of the words, or the words again."""
        self.numbers = not self.numbers
        self._make_room()

    def _make_room(self) -> None:
        """Give the newest event what it needs: a part of its line, all of it, or for a fault the whole strip."""
        if self._boxes is None:
            return
        own, hint, slow = self._boxes.event, bool(self.hint.text), bool(self.slow.text) and self.numbers
        line_width = _right(self._boxes) - own.x
        wide = self.newest.wanted_width > own.width and not hint
        tall = wide and self.newest.wanted_width > line_width and self.newest.tells_fault
        top = self._boxes.traces[0].y if tall else own.y
        height = own.y + own.height - top
        place = QRect(own.x, top, line_width if wide else own.width, height)
        self.newest.setGeometry(place.translated(-self.pos()))
        if tall:
            self.newest.raise_()
        self.hint.setVisible(hint)
        self.slow.setVisible(slow and not wide and not hint)
        for part in (self.reset, self.backend):
            part.setVisible(self.numbers and not slow and not wide and not hint)
        for cell in self.health:
            cell.setVisible(not self.numbers and not tall)
        for figure in (*self.traces.values(), *self.figures.values()):
            figure.setVisible(self.numbers and not tall)

    def show_hint(self, text: str) -> None:
        """Say what lies under the mouse, in place of what stands behind the newest event; "" for nothing."""
        self.hint.show_text(" · ".join(text.splitlines()), theme.TEXT)
        self._make_room()

    def _show_health(self) -> None:
        for cell, part in zip(self._health.cells, self.health, strict=True):
            part.show_words(cell.text, LAMPS[cell.mood])

    def _show_slowness(self) -> None:
        """Say why pictures come too slowly, else why they are simpler than they could be."""
        text = self._slowness.text or quality.why(self._chain.quality)
        if text == self.slow.text:
            return
        self.slow.show_text(text, theme.TEXT, theme.AMBER)
        self._make_room()

    def tick(self, now_ns: int) -> None:
        """Let the next event have the line once a louder one has stood long enough."""
        self._show_reset(now_ns)
        entry = self._log.prominent(now_ns)
        if entry is not None:
            ink, lamp = labels.event_colours(entry.level)
            self.newest.show_text(entry.text, ink, lamp)
            self._make_room()

    def _show_newest(self) -> None:
        last = self._log.last
        if last is not None:
            self.tick(last.at_ns)

    def _show_reset(self, now_ns: int) -> None:
        """The last reset, or where the auto-pilot goes, which comes before it."""
        flight, reason = self._auto.words(now_ns), self._stats.reset_reason
        if flight:
            self.reset.show_text(flight, theme.TEXT, theme.ACCENT)
        else:
            self.reset.show_text(f"Last reset: {reason}" if reason else "", theme.FAINT)

    def _show_stats(self) -> None:
        stats, last = self._stats, self._stats.last
        if last is None:
            return
        slow = last.pipeline_fps < 0.8 * last.output_fps
        for one in RATES:
            alarm = slow and one.id is RateId.PIPELINE
            self.traces[one.id].show_rate(rate(one.read(last)), stats.traces[one.id], TRACE_SECONDS, alarm=alarm)
        for figure in FIGURES:
            reading = figure.read(last)
            ink = theme.AMBER if reading.alarm else theme.TEXT
            self.figures[figure.id].show_number(reading.text, ink, reading.unit)

    def _show_backend(self) -> None:
        self.backend.show_text(labels.backend_words(self._chain.generator), theme.FAINT)
        self._show_slowness()


def _cells(boxes: StripBoxes) -> tuple[Box, ...]:
    """Where the words lie: in place of the figures, the first with the most room."""
    left, top, height = boxes.traces[0].x, boxes.traces[0].y, boxes.traces[0].height
    width = _right(boxes) - left
    edges = [left + round(width * share) for share in (0.0, 0.46, 0.64, 0.84, 1.0)]
    gap = boxes.reset.x - boxes.event.x - boxes.event.width
    return tuple(Box(start, top, end - start - gap, height) for start, end in pairwise(edges))


def _behind_event(boxes: StripBoxes) -> Box:
    return Box(boxes.reset.x, boxes.reset.y, _right(boxes) - boxes.reset.x, boxes.reset.height)


def _right(boxes: StripBoxes) -> int:
    return boxes.backend.x + boxes.backend.width
