"""Larger parts: the studio lamp, what plays now, the tempo, the master fader, the morph's length."""

from typing import Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.models import text as words
from app.models.knobs import Knob
from app.widgets.control import CENTER, LEFT, RIGHT, Control, box, line, paragraph, two_lines, wrapped
from app.widgets.fields import InlineEditor


class StudioLamp(Control):
    """The one lamp that tells what the audience has in front of it."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, name="On air", help_text="Red: a receiver shows Hardcut to people.")
        self._words = "NO RECEIVER"
        self._light: QColor | None = None

    def show_state(self, text: str, light: QColor | None) -> None:
        """The words, and the lamp's colour (None: dark)."""
        if (text, light) != (self._words, self._light):
            self._words, self._light = text, light
            self.update()

    @property
    def text(self) -> str:
        """What it says."""
        return self._words

    def paint(self, painter: QPainter) -> None:
        if self._light is None:
            box(painter, QRectF(self.rect()), theme.PANEL, edge=theme.LINE)
        else:
            box(painter, QRectF(self.rect()), self._light)
        ink = theme.FAINT if self._light is None else theme.INK
        font = theme.font(self.px(14), theme.SEMIBOLD, 5.0)
        line(painter, self.rect().adjusted(6, 0, -6, 0), self._words, font, ink, CENTER)


class NowCard(Control):
    """What plays, how far the prompt has come, and what waits."""

    cancel = Signal()

    def __init__(self, parent: QWidget | None) -> None:
        self._help = "What plays now, and the cut that waits for its beat."
        super().__init__(parent, name="Now playing", help_text=self._help)
        self._recording = ""
        self._recording_ink = theme.RED
        self._scene = ""
        self._prompt = ""
        self._progress = 1.0
        self._queued = ""
        self._wait = ""

    def show_recording(self, text: str, colour: QColor, help_text: str) -> None:
        """That a session is recorded ("" for none), at the right of the caption."""
        if (text, colour) != (self._recording, self._recording_ink):
            self._recording, self._recording_ink = text, colour
            self.setToolTip(" ".join(one for one in (self._help, help_text) if one))
            self.update()

    @property
    def recording(self) -> str:
        """What it says of the recording."""
        return self._recording

    def show_now(self, scene: str, prompt: str, progress: float) -> None:
        """The scene that plays, the prompt that is morphed to, and how far it is."""
        if (scene, prompt, progress) != (self._scene, self._prompt, self._progress):
            self._scene, self._prompt, self._progress = scene, prompt, progress
            self.update()

    def show_queued(self, scene: str, wait: str) -> None:
        """The cut that waits ("" for none), and for how long."""
        if (scene, wait) != (self._queued, self._wait):
            self._queued, self._wait = scene, wait
            self.update()

    def paint(self, painter: QPainter) -> None:
        width, row = self.width(), self.px(16)
        head = QRect(0, 0, width, row)
        used = line(painter, head, "Now", theme.caption(self.px(theme.CAPTION)), theme.DIM)
        if self._recording:
            font = theme.caption(self.px(theme.CAPTION))
            rest = head.adjusted(used + self.px(22), 0, 0, 0)
            taken = min(line(painter, rest, self._recording, font, self._recording_ink, RIGHT), rest.width())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._recording_ink)
            painter.drawEllipse(QPointF(width - taken - self.px(9), row / 2), self.px(4.5), self.px(4.5))
        top = self.px(20)
        name_font = theme.font(self.px(17), theme.SEMIBOLD)
        name_row = self.px(22)
        for text in two_lines(self._scene or "–", name_font, width):
            line(painter, QRect(0, top, width, name_row), text, name_font, theme.TEXT)
            top += name_row
        bar = QRectF(0, top + self.px(6), width, 3)
        moving = self._progress < 0.999
        painter.fillRect(bar, theme.TRACK if moving else theme.PANEL)
        if moving:
            painter.fillRect(QRectF(bar.x(), bar.y(), bar.width() * self._progress, bar.height()), theme.ACCENT)
        top += self.px(14)
        foot = self.height() - self.px(46) if self._queued else self.height()
        prompt_font = theme.font(self.px(theme.SMALL))
        row = self.px(18)
        room = max(0, (foot - top) // row)
        words = wrapped(self._prompt, prompt_font, width, room)
        paragraph(painter, QRect(0, top, width, foot - top), words, prompt_font, theme.DIM, row)
        if self._queued:
            panel = QRectF(0, self.height() - self.px(42), width, self.px(42))
            box(painter, panel, theme.AMBER_DEEP, edge=theme.AMBER)
            inner = panel.toRect().adjusted(self.px(8), self.px(4), -self.px(8), -self.px(4))
            upper = QRect(inner.left(), inner.top(), inner.width(), self.px(15))
            lower = QRect(inner.left(), inner.top() + self.px(16), inner.width(), self.px(18))
            line(painter, upper, "Next", theme.caption(self.px(theme.CAPTION)), theme.AMBER, LEFT)
            line(painter, upper, self._wait, theme.font(self.px(theme.SMALL), theme.SEMIBOLD), theme.AMBER, RIGHT)
            line(painter, lower, self._queued, theme.font(self.px(theme.SMALL), theme.SEMIBOLD), theme.TEXT, LEFT)


TEMPO_HELP: Final = "Beats per minute. Click for clocks, double-click to type; Space taps."


class TempoDial(Control):
    """The tempo: whose it is, the number, beat lamps. A press opens its menu; a double click or Enter types."""

    pressed = Signal()
    typing = Signal()
    typed = Signal(float)

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, name="Tempo", help_text=TEMPO_HELP)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._bpm = 0.0
        self._source = self._out = ""
        self._source_ink, self._out_ink = theme.DIM, theme.ACCENT
        self._beat: int | None = None
        self._editor: InlineEditor | None = None

    def show_tempo(self, bpm: float) -> None:
        """Another tempo; 0 for none."""
        if bpm != self._bpm:
            self._bpm = bpm
            self.update()

    def show_clocks(self, source: str, source_ink: QColor, out: str, out_ink: QColor, words: str) -> None:
        """Whose tempo it is, whether it is sent on, and both in words."""
        self._source, self._source_ink, self._out, self._out_ink = source, source_ink, out, out_ink
        self.setToolTip(f"{TEMPO_HELP}\n{words}")
        self.update()

    def show_beat(self, beat: int | None) -> None:
        """Which of the four beats sounds."""
        if beat != self._beat:
            self._beat = beat
            self.update()

    def paint(self, painter: QPainter) -> None:
        fill = theme.HOVER if self.hovered or self.is_open else theme.PANEL
        box(painter, QRectF(self.rect()), fill, edge=theme.ACCENT if self.is_open else theme.LINE)
        number = f"{self._bpm:.1f}" if self._bpm else "–"
        caption = self.rect().adjusted(self.px(8), self.px(3), -self.px(8), 0)
        caption.setHeight(self.px(16))
        font = theme.caption(self.px(theme.CAPTION))
        if out := line(painter, caption, self._out, font, self._out_ink, RIGHT):
            caption.setWidth(caption.width() - out - self.px(4))
        fits = QFontMetrics(font).horizontalAdvance(self._source) <= caption.width()
        source = self._source if fits else self._source.partition(" ")[0]
        line(painter, caption, source, font, self._source_ink, LEFT)
        top = QRect(0, self.px(19), self.width(), self.px(23))
        ink = theme.TEXT if self._bpm else theme.FAINT
        line(painter, top, number, theme.font(self.px(19), theme.SEMIBOLD), ink, CENTER)
        gap = self.px(12)
        y = self.height() - self.px(8)
        for beat in range(4):
            x = self.width() / 2 + (beat - 1.5) * gap
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.ACCENT if beat == self._beat else theme.TRACK)
            radius = self.px(3.5) if beat == self._beat else self.px(3)
            painter.drawEllipse(QPointF(x, y), radius, radius)
        self.paint_focus(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.open_editor()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open_editor()
        elif event.key() == Qt.Key.Key_Down:
            self.pressed.emit()
        else:
            event.ignore()

    def open_editor(self) -> None:
        """Type a tempo."""
        self.typing.emit()
        if self._editor is None:
            self._editor = InlineEditor(self, f"{self._bpm:.1f}" if self._bpm else "", self.px(19))
            self._editor.setGeometry(self.rect().adjusted(3, self.px(16), -3, -self.px(14)))
            self._editor.done.connect(self._taken)
            self._editor.begin()

    def _taken(self, text: str) -> None:
        self._editor = None
        bpm = words.parse_value(text)
        if bpm is not None:
            self.typed.emit(bpm)


class Fader(Control):
    """A level, left to right; for the master."""

    turned = Signal(str, float)
    reset = Signal(str)

    def __init__(self, parent: QWidget | None, knob: Knob) -> None:
        super().__init__(parent, name=knob.spec.label, help_text=f"{knob.spec.label}: {knob.spec.help}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._knob = knob
        knob.changed.connect(self.update)
        self._held = False

    def paint(self, painter: QPainter) -> None:
        spec = self._knob.spec
        box(painter, QRectF(self.rect()), theme.HOVER if self.hovered else theme.PANEL, edge=theme.LINE)
        pad = self.px(10)
        upper = QRect(pad, self.px(6), self.width() - 2 * pad, self.px(18))
        percent = f"{spec.to_travel(self._knob.target) * 100:.0f}"
        ink = theme.TEXT if self._knob.target > spec.minimum else theme.RED
        line(painter, upper, spec.label, theme.font(self.px(theme.SMALL)), theme.DIM, LEFT)
        line(painter, upper, percent, theme.font(self.px(15), theme.SEMIBOLD), ink, RIGHT)
        track = QRectF(pad, self.height() - self.px(15), self.width() - 2 * pad, self.px(5))
        box(painter, track, theme.TRACK, radius=2.5)
        share = spec.to_travel(self._knob.value)
        box(painter, QRectF(track.x(), track.y(), track.width() * share, track.height()), theme.ACCENT, radius=2.5)
        at = track.x() + track.width() * spec.to_travel(self._knob.target)
        painter.setPen(QPen(theme.TEXT, 2.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        middle = track.center().y()
        painter.drawLine(QPointF(at, middle - self.px(6)), QPointF(at, middle + self.px(6)))
        self.paint_focus(painter)

    def _to(self, event: QMouseEvent) -> None:
        pad = self.px(10)
        travel = (event.position().x() - pad) / max(1, self.width() - 2 * pad)
        self.turned.emit(self._knob.spec.id, self._knob.spec.from_travel(travel))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = True
            self._to(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._held:
            self._to(event)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._held = False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = False
            self.reset.emit(self._knob.spec.id)

    def _step(self, steps: float) -> None:
        spec = self._knob.spec
        self.turned.emit(spec.id, spec.from_travel(spec.to_travel(self._knob.target) + steps))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._step(event.angleDelta().y() / 120 * 0.02)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 0.02, Qt.Key.Key_Right: 0.02, Qt.Key.Key_Down: -0.02, Qt.Key.Key_Left: -0.02}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
        else:
            self._step(step)


class Stepper(Control):
    """A value between a minus and a plus key."""

    stepped = Signal(int)

    def __init__(self, parent: QWidget | None, title: str, help_text: str) -> None:
        super().__init__(parent, name=title, help_text=help_text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._title = title
        self._number = ""
        self._remark = ""

    def show_value(self, number: str, remark: str) -> None:
        """The value and a remark below it."""
        if (number, remark) != (self._number, self._remark):
            self._number, self._remark = number, remark
            self.update()

    def _side(self) -> int:
        return max(self.px(40), 40)

    def paint(self, painter: QPainter) -> None:
        box(painter, QRectF(self.rect()), theme.PANEL, edge=theme.LINE)
        side = self._side()
        pen = QPen(theme.TEXT if self.hovered else theme.DIM, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        arm = self.px(5)
        middle = self.height() / 2
        for x in (side / 2, self.width() - side / 2):
            painter.drawLine(QPointF(x - arm, middle), QPointF(x + arm, middle))
        x = self.width() - side / 2
        painter.drawLine(QPointF(x, middle - arm), QPointF(x, middle + arm))
        inner = QRect(side, 0, self.width() - 2 * side, self.height())
        upper = inner.adjusted(0, self.px(6), 0, -self.height() // 2 + self.px(6))
        lower = inner.adjusted(0, self.height() // 2 + self.px(4), 0, -self.px(5))
        line(painter, upper, self._number, theme.font(self.px(17), theme.SEMIBOLD), theme.TEXT, CENTER)
        below = lower.adjusted(self.px(12) - side, 0, side - self.px(12), 0)  # under the signs of the keys
        line(painter, below, self._remark, theme.font(self.px(theme.CAPTION)), theme.FAINT, CENTER)
        self.paint_focus(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.stepped.emit(-1 if event.position().x() < self.width() / 2 else 1)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y():
            self.stepped.emit(1 if event.angleDelta().y() > 0 else -1)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_Left: -1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
        else:
            self.stepped.emit(step)
