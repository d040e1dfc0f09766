"""A list that is stepped through: where it is, the line that plays, what comes next, and two keys."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import CENTER, LEFT, RADIUS, Control, box, line


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
    """One list in its line of the window; nothing but a hint where none is loaded."""

    stepped = Signal(int)

    def __init__(self, parent: QWidget | None, name: str, help_text: str) -> None:
        super().__init__(parent, name=name, help_text=help_text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self._help = help_text
        self._face = ListFace(name.upper(), "", "")
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
        """Where the key back (-1) or on (1) lies."""
        side = max(theme.TARGET, self.height())
        return QRect(0 if step < 0 else self.width() - side, 0, side, self.height())

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
        pad = self.px(14)
        if not face.place:
            inner = self.rect().adjusted(pad, 0, -pad, 0)
            used = line(painter, inner, face.title, theme.caption(self.px(11)), theme.FAINT, LEFT)
            hint = inner.adjusted(used + self.px(12), 0, 0, 0)
            line(painter, hint, face.line, theme.font(self.px(13)), theme.FAINT, LEFT)
            self.paint_focus(painter)
            return
        for step in (-1, 1):
            self._paint_key(painter, step)
        left = self.key_rect(-1).right() + self.px(4)
        place = QRect(left, 0, self.px(84), self.height())
        row = self.height() // 2
        upper = QRect(0, row - self.px(19), self.width(), self.px(18))
        lower = QRect(0, row + self.px(1), self.width(), self.px(18))
        title = QRect(place.left(), upper.top(), place.width(), upper.height())
        number = QRect(place.left(), lower.top(), place.width(), lower.height())
        line(painter, title, face.title, theme.caption(self.px(11)), theme.DIM, CENTER)
        line(painter, number, face.place, theme.font(self.px(15), theme.SEMIBOLD), theme.TEXT, CENTER)
        start = place.right() + self.px(10)
        room = self.key_rect(1).left() - self.px(8) - start
        here = QRect(start, upper.top(), room, upper.height())
        line(painter, here, face.line, theme.font(self.px(15), theme.SEMIBOLD), theme.TEXT, LEFT)
        after = QRect(start, lower.top(), room, lower.height())
        line(painter, after, face.below, theme.font(self.px(13)), theme.AMBER if face.urgent else theme.DIM, LEFT)
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
