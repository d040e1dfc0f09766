"""The strip's figures: rates with a minute's trace, counters, and lines of text."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import LEFT, RIGHT, Control, box, line, paragraph, wrapped


class RateTrace(Control):
    """A rate and its last minute."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None, title: str, help_text: str) -> None:
        super().__init__(parent, name=title, help_text=help_text)
        self._title = title
        self._number = "–"
        self._trace: tuple[float, ...] = ()
        self._span = 60
        self._top = 36.0
        self._alarm = False

    def show_rate(self, number: str, trace: Sequence[float], span: int, *, alarm: bool = False) -> None:
        """The newest value, and the values of the last `span` seconds, oldest first."""
        self._number, self._trace, self._span, self._alarm = number, tuple(trace), span, alarm
        self._top = max(36.0, max(self._trace, default=0.0) * 1.1)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def paint(self, painter: QPainter) -> None:
        colour = theme.AMBER if self._alarm else theme.ACCENT
        area = QRectF(0, self.px(4), self.width(), self.height() - self.px(8))
        number_width = self.px(62)
        plot = area.adjusted(number_width, self.px(3), 0, -self.px(2))
        step = plot.width() / max(1, self._span - 1)
        painter.setPen(QPen(theme.LINE, 1.0))
        foot = round(plot.bottom()) + 0.5
        painter.drawLine(QPointF(plot.left(), foot), QPointF(plot.right(), foot))
        if len(self._trace) > 1:
            start = plot.right() - step * (len(self._trace) - 1)
            path = QPainterPath()
            for number, rate in enumerate(self._trace):
                point = QPointF(start + step * number, plot.bottom() - plot.height() * min(rate / self._top, 1.0))
                path.moveTo(point) if number == 0 else path.lineTo(point)
            below = QPainterPath(path)
            below.lineTo(plot.bottomRight())
            below.lineTo(QPointF(start, plot.bottom()))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.faded(colour, 0.10))
            painter.drawPath(below)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.faded(colour, 0.85), 1.4))
            painter.drawPath(path)
        line(
            painter,
            QRect(0, self.px(4), number_width, self.px(14)),
            self._title,
            theme.caption(self.px(theme.CAPTION)),
            theme.DIM,
        )
        number_rect = QRect(0, self.px(18), number_width, self.px(26))
        line(painter, number_rect, self._number, theme.font(self.px(20), theme.SEMIBOLD), theme.TEXT, LEFT)


class FigureView(Control):
    """A number with a caption."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None, title: str, help_text: str) -> None:
        super().__init__(parent, name=title, help_text=help_text)
        self._title = title
        self._unit = ""
        self._number = "–"
        self._colour: QColor = theme.TEXT

    def show_number(self, number: str, colour: QColor = theme.TEXT, unit: str = "") -> None:
        """Another value."""
        if (number, colour, unit) != (self._number, self._colour, self._unit):
            self._number, self._colour, self._unit = number, colour, unit
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def paint(self, painter: QPainter) -> None:
        line(
            painter,
            QRect(0, self.px(4), self.width(), self.px(14)),
            self._title,
            theme.caption(self.px(theme.CAPTION)),
            theme.DIM,
        )
        rect = QRect(0, self.px(18), self.width(), self.px(26))
        used = line(painter, rect, self._number, theme.font(self.px(17), theme.SEMIBOLD), self._colour, LEFT)
        if self._unit:
            unit = rect.adjusted(used + self.px(3), self.px(2), 0, self.px(2))
            line(painter, unit, self._unit, theme.font(self.px(theme.CAPTION)), theme.FAINT, LEFT)


class HealthCell(Control):
    """A caption, and words below it, on two lines where they need them; a press shows the figures behind them."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None, title: str, help_text: str) -> None:
        super().__init__(parent, name=title, help_text=help_text)
        self._title = title
        self._text = "–"
        self._lamp: QColor | None = None

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def show_words(self, text: str, lamp: QColor | None) -> None:
        """Say something else; a lamp is a dot before the caption."""
        if (text, lamp) != (self._text, self._lamp):
            self._text, self._lamp = text, lamp
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def paint(self, painter: QPainter) -> None:
        indent = 0
        if self._lamp is not None:
            radius, indent = self.px(3.5), self.px(13)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._lamp)
            painter.drawEllipse(QPointF(radius, self.px(8)), radius, radius)
        place = QRect(indent, 0, self.width() - indent, self.px(16))
        line(painter, place, self._title, theme.caption(self.px(theme.CAPTION)), theme.DIM)
        large = theme.font(self.px(16), theme.SEMIBOLD)
        ink = theme.TEXT if self._lamp is not None or self.hovered else theme.DIM
        if QFontMetrics(large).horizontalAdvance(self._text) <= self.width():
            line(painter, QRect(0, self.px(18), self.width(), self.px(24)), self._text, large, ink, LEFT)
            return
        small, height = theme.font(self.px(theme.SMALL)), self.px(17)
        rows = wrapped(self._text, small, self.width(), 2)
        paragraph(painter, QRect(0, self.px(14), self.width(), 2 * height), rows, small, ink, height)


class Words(Control):
    """Words on one line, or on as many as it is tall; a press may open more."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None, name: str, help_text: str, *, right: bool = False) -> None:
        super().__init__(parent, name=name, help_text=help_text)
        self._help = help_text
        self._text = ""
        self._colour: QColor = theme.DIM
        self._lamp: QColor | None = None
        self._right = right

    @property
    def text(self) -> str:
        """What it says."""
        return self._text

    def show_text(self, text: str, colour: QColor = theme.DIM, lamp: QColor | None = None) -> None:
        """Say something else; a lamp is a dot before the words."""
        if (text, colour, lamp) != (self._text, self._colour, self._lamp):
            self._text, self._colour, self._lamp = text, colour, lamp
            self.setToolTip(f"{text}\n{self._help}" if text else self._help)
            self.update()

    @property
    def tells_fault(self) -> bool:
        """It says that something is wrong, and what to do about it."""
        return self._lamp is not None

    def _rows(self, width: int) -> list[str]:
        """The lines that it is tall enough for; one is shortened where it is painted."""
        most = self.height() // self.px(20)
        return wrapped(self._text, theme.font(self.px(theme.SMALL)), width, most) if most > 1 else [self._text]

    @property
    def wanted_width(self) -> int:
        """How wide it would have to be to show all of it, in pixels."""
        return QFontMetrics(theme.font(self.px(theme.SMALL))).horizontalAdvance(self._text) + self.px(40)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def paint(self, painter: QPainter) -> None:
        rect = self.rect()
        if self._lamp == theme.RED:
            box(painter, QRectF(rect), theme.RED_DEEP, radius=4)
            rect = rect.adjusted(self.px(8), 0, -self.px(8), 0)
        if self._lamp is not None:
            radius = self.px(3.5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._lamp)
            rows = self._rows(rect.width() - self.px(14))
            middle = (rect.height() - (len(rows) - 1) * self.px(20)) / 2
            painter.drawEllipse(QPointF(rect.left() + radius, middle), radius, radius)
            rect = rect.adjusted(self.px(14), 0, 0, 0)
        colour = theme.TEXT if self.hovered else self._colour
        font = theme.font(self.px(theme.SMALL))
        text = self._text
        rows, height = self._rows(rect.width()), self.px(20)
        if len(rows) > 1:
            top = (rect.height() - len(rows) * height) // 2
            paragraph(painter, rect.adjusted(0, top, 0, 0), rows, font, colour, height)
            return
        if self._lamp is not None:  # the end of a fault says what to do about it: it is cut in the middle
            text = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideMiddle, rect.width())
        line(painter, rect, text, font, colour, RIGHT if self._right else LEFT)
