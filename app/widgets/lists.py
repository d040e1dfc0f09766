"""A list that is stepped through: where it is, the line that plays, what comes next, and two keys."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import LEFT, RADIUS, RIGHT, Control, box, line, paragraph, wrapped


@dataclass(frozen=True, slots=True)
class ListFace:
    """What a list shows.

    Attributes:
        place: "3 / 12", or "" where no list is loaded: then `line` says how to load one.
        line: what plays; below: what comes next, or a note.
        urgent: the next comes by itself.
    """

    title: str
    place: str
    line: str
    below: str = ""
    urgent: bool = False


class ListCard(Control):
    """One list; nothing but a hint where none is loaded."""

    stepped = Signal(int)

    def __init__(self, parent: QWidget | None, name: str, help_text: str) -> None:
        super().__init__(parent, name=name, help_text=help_text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self._help = help_text
        self._face = ListFace(name, "", "")
        self._under = 0

    @property
    def face(self) -> ListFace:
        """What it shows."""
        return self._face

    def show_face(self, face: ListFace) -> None:
        """Show another place of the list."""
        if face.line != self._face.line:
            self.setToolTip(f"{face.line}\n{self._help}")  # in full, where the line is too short for it
        if face != self._face:
            self._face = face
            self.update()

    def key_rect(self, step: int) -> QRect:
        """Where the key back (-1) or on (1) lies: at the foot, side by side."""
        height = max(theme.TARGET, self.px(44))
        half = self.width() // 2
        return QRect(0 if step < 0 else half, self.height() - height, half, height)

    def _step_at(self, event: QMouseEvent) -> int:
        place = event.position().toPoint()
        return next((step for step in (-1, 1) if self.key_rect(step).contains(place)), 0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        step = self._step_at(event)
        if event.button() == Qt.MouseButton.LeftButton and step and self._face.place:
            self.stepped.emit(step)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self._step_at(event)
        if under != self._under:
            self._under = under
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if step and self._face.place:
            self.stepped.emit(step)
        else:
            event.ignore()

    def paint(self, painter: QPainter) -> None:
        face = self._face
        box(painter, QRectF(self.rect()), theme.PANEL, edge=theme.LINE)
        pad = self.px(10)
        inner = self.rect().adjusted(pad, self.px(6), -pad, -self.px(6))
        upper = QRect(inner.left(), inner.top(), inner.width(), self.px(18))
        caption = theme.caption(self.px(theme.CAPTION))
        if not face.place:
            line(painter, upper, face.title, caption, theme.FAINT, LEFT)
            font, row = theme.font(self.px(theme.SMALL)), self.px(18)
            rows = wrapped(face.line, font, inner.width(), (inner.height() - row) // row)
            paragraph(painter, inner.adjusted(0, self.px(22), 0, 0), rows, font, theme.FAINT, row)
            self.paint_focus(painter)
            return
        for step in (-1, 1):
            self._paint_key(painter, step)
        place = line(painter, upper, face.place, theme.font(self.px(14), theme.SEMIBOLD), theme.TEXT, RIGHT)
        title = upper.adjusted(0, 0, -place - self.px(6), 0)
        line(painter, title, face.title, caption, theme.DIM, LEFT)
        here = upper.translated(0, self.px(19))
        line(painter, here, face.line, theme.font(self.px(15), theme.SEMIBOLD), theme.TEXT, LEFT)
        after = here.translated(0, self.px(19))
        ink = theme.AMBER if face.urgent else theme.DIM
        line(painter, after, face.below, theme.font(self.px(theme.SMALL)), ink, LEFT)
        self.paint_focus(painter)

    def _paint_key(self, painter: QPainter, step: int) -> None:
        rect = QRectF(self.key_rect(step)).adjusted(3, 3, -3, -3)
        hot = self.hovered and self._under == step
        box(painter, rect, theme.HOVER if hot else theme.RAISED, radius=RADIUS - 2)
        arm = self.px(6)
        middle = rect.center()
        painter.setPen(QPen(theme.TEXT, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        tip = QPointF(middle.x() + step * arm / 2, middle.y())
        for side in (-1, 1):
            painter.drawLine(QPointF(middle.x() - step * arm / 2, middle.y() + side * arm), tip)
