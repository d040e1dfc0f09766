"""The strip at the foot: rates with their last minute, figures, the newest event, and how the generator computes."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app import theme
from app.models import quality
from app.models.chain import ChainModel
from app.models.figures import FIGURES, RATES, FigureId, RateId
from app.models.log import Log
from app.models.slowness import Slowness
from app.models.stats import TRACE_SECONDS, StatsModel
from app.models.text import rate
from app.views import labels
from app.views.geometry import Box, StripBoxes
from app.views.requests import Request
from app.views.sections.section import Section
from app.widgets.meters import FigureView, RateTrace, Words


class StripView(Section):
    """Observes the figures, why they are low, the log, and the chain for the backends.

    Signals:
        asked: what is to be opened, and the part beside which.
    """

    asked = Signal(Request, QWidget)

    def __init__(self, parent: QWidget, stats: StatsModel, slowness: Slowness, log: Log, chain: ChainModel) -> None:
        super().__init__(parent)
        self._stats = stats
        self._slowness = slowness
        self._log = log
        self._chain = chain
        self._boxes: StripBoxes | None = None
        self.traces: dict[RateId, RateTrace] = {one.id: RateTrace(self, one.caption, one.help) for one in RATES}
        self.figures: dict[FigureId, FigureView] = {one.id: FigureView(self, one.caption, one.help) for one in FIGURES}
        self.newest = Words(self, "Last event", "The last event. Click for the ones before.")
        self.reset = Words(self, "Last cache reset", "Why the caches were reset last.")
        self.backend = Words(self, "Backend", "How the generator computes. Click for the reasons.", right=True)
        self.slow = Words(self, "Why it is slow", "Why pictures come too slowly. Click for how they are made.")
        self.slow.pressed.connect(lambda: self.asked.emit(Request.GENERATOR, self.slow))
        self.hint = Words(self, "Help", "What lies under the mouse.")
        self.newest.pressed.connect(lambda: self.asked.emit(Request.EVENTS, self.newest))
        self.backend.pressed.connect(lambda: self.asked.emit(Request.GENERATOR, self.backend))
        stats.changed.connect(self._show_stats)
        slowness.changed.connect(self._show_slowness)
        log.changed.connect(self._show_newest)
        chain.changed.connect(self._show_backend)
        self._show_stats()
        self._show_slowness()
        self._show_newest()
        self._show_backend()

    def place(self, boxes: StripBoxes, unit: float) -> None:
        """Place the parts."""
        self._boxes = boxes
        self.put(
            (
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

    def _make_room(self) -> None:
        """Give the newest event the whole line where it needs it; why it is slow comes before how it computes."""
        if self._boxes is None:
            return
        own, hint, slow = self._boxes.event, bool(self.hint.text), bool(self.slow.text)
        wide = self.newest.wanted_width > own.width and not hint
        self.newest.resize(_right(self._boxes) - own.x if wide else own.width, own.height)
        self.hint.setVisible(hint)
        self.slow.setVisible(slow and not wide and not hint)
        for part in (self.reset, self.backend):
            part.setVisible(not slow and not wide and not hint)

    def show_hint(self, text: str) -> None:
        """Say what lies under the mouse, in place of what stands behind the newest event; "" for nothing."""
        self.hint.show_text(" · ".join(text.splitlines()), theme.TEXT)
        self._make_room()

    def _show_slowness(self) -> None:
        """Say why pictures come too slowly, else why they are simpler than they could be."""
        text = self._slowness.text or quality.why(self._chain.quality)
        if text == self.slow.text:
            return
        self.slow.show_text(text, theme.TEXT, theme.AMBER)
        self._make_room()

    def tick(self, now_ns: int) -> None:
        """Let the next event have the line once a louder one has stood long enough."""
        entry = self._log.prominent(now_ns)
        if entry is not None:
            ink, lamp = labels.event_colours(entry.level)
            self.newest.show_text(entry.text, ink, lamp)
            self._make_room()

    def _show_newest(self) -> None:
        last = self._log.last
        if last is not None:
            self.tick(last.at_ns)

    def _show_stats(self) -> None:
        stats, last = self._stats, self._stats.last
        self.reset.show_text(f"Last reset: {stats.reset_reason}" if stats.reset_reason else "", theme.FAINT)
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


def _behind_event(boxes: StripBoxes) -> Box:
    return Box(boxes.reset.x, boxes.reset.y, _right(boxes) - boxes.reset.x, boxes.reset.height)


def _right(boxes: StripBoxes) -> int:
    return boxes.backend.x + boxes.backend.width
