"""The base of every hand-painted part: scale, hover, focus ring, text that never overflows."""

import html
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPaintEvent, QPen, QTextLayout
from PySide6.QtWidgets import QWidget

from app import theme
from engine.plain_text import cleaned, cleaned_lines

RADIUS: Final = 6.0

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTER = Qt.AlignmentFlag.AlignCenter


class Control(QWidget):
    """A part that paints itself completely.

    Attributes:
        unit: the window's scale, 1.0 at 1280x800.
        is_open: what it opens lies over the window.
    """

    def __init__(self, parent: QWidget | None = None, *, name: str = "", help_text: str = "") -> None:
        super().__init__(parent)
        self.unit = 1.0
        self.hovered = False
        self.is_open = False
        self.setAccessibleName(name)
        self.setToolTip(help_text)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def setToolTip(self, text: str) -> None:
        """Show a text as it is: a scene's or a device's name is no markup, whatever it contains."""
        text = cleaned_lines(text)
        if "<" in text or "&" in text:  # Qt would take it for markup
            text = "<qt>{}</qt>".format(html.escape(text).replace("\n", "<br>"))
        super().setToolTip(text)

    def set_unit(self, unit: float) -> None:
        """Draw at another scale."""
        if unit != self.unit:
            self.unit = unit
            self.update()

    def show_open(self, is_open: bool) -> None:
        """What it opens lies over the window, or no longer does."""
        if is_open != self.is_open:
            self.is_open = is_open
            self.update()

    def px(self, size: float) -> int:
        """A measure at 1280x800, in the window's scale."""
        return round(size * self.unit)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.hovered = event.type() == QEvent.Type.HoverEnter
            self.update()
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self.ground())
        try:
            self.paint(painter)
        finally:  # a painter that outlives its event takes the process with it
            painter.end()

    def ground(self) -> QColor:
        """What lies under the part."""
        return theme.GROUND

    def paint(self, painter: QPainter) -> None:
        """Draw the part; the ground is laid already."""
        raise NotImplementedError

    def paint_focus(self, painter: QPainter, radius: float = RADIUS) -> None:
        """The ring that shows where the keyboard is."""
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.TEXT, 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), radius, radius)


def box(painter: QPainter, rect: QRectF, fill: QColor, *, edge: QColor | None = None, radius: float = RADIUS) -> None:
    """A rounded box; the edge lies inside the rectangle."""
    if edge is None:
        painter.setPen(Qt.PenStyle.NoPen)
    else:
        painter.setPen(QPen(edge, 1.0))
        rect = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setBrush(fill)
    painter.drawRoundedRect(rect, radius, radius)


def line(
    painter: QPainter,
    rect: QRect,
    text: str,
    font: QFont,
    colour: QColor,
    align: Qt.AlignmentFlag = LEFT,
    cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> int:
    """One line of text, shortened with an ellipsis where it does not fit; returns the width it took.

    Args:
        cut: where it is shortened.
    """
    painter.setFont(font)
    painter.setPen(colour)
    metrics = QFontMetrics(font)
    text = cleaned(text)
    if metrics.horizontalAdvance(text) > rect.width():
        text = metrics.elidedText(text, cut, rect.width())
    # A row may be lower than its letters: their feet stand out rather than be cut off.
    painter.drawText(rect, align | Qt.TextFlag.TextSingleLine | Qt.TextFlag.TextDontClip, text)
    return metrics.horizontalAdvance(text)


def two_lines(text: str, font: QFont, width: int) -> list[str]:
    """The text broken at words into at most two lines, the last one shortened where it must be."""
    metrics = QFontMetrics(font)
    words = text.split()
    first = ""
    while words and metrics.horizontalAdvance(f"{first} {words[0]}".strip()) <= width:
        first = f"{first} {words.pop(0)}".strip()
    if not first and words:
        return [metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)]
    rest = " ".join(words)
    return [first, metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)] if rest else [first]


def wrapped(text: str, font: QFont, width: int, most: int) -> list[str]:
    """The text broken at words into at most so many lines, the last one shortened where it must be."""
    rows: list[str] = []
    while text and len(rows) < most:
        broken = two_lines(text, font, width)
        if len(rows) == most - 1:
            return [*rows, QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, width)]
        rows.append(broken[0])
        text = text[len(broken[0]) :].strip() if len(broken) > 1 else ""
    return rows


def broken(text: str, font: QFont, width: int) -> list[str]:
    """The text broken at words into as many lines as it takes; nothing is shortened."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    rows = []
    while (row := layout.createLine()).isValid():
        row.setLineWidth(width)
        rows.append(text[row.textStart() : row.textStart() + row.textLength()].strip())
    layout.endLayout()
    return rows


def paragraph(painter: QPainter, rect: QRect, rows: list[str], font: QFont, colour: QColor, height: int) -> None:
    """Lines one below the other, from the top."""
    for number, row in enumerate(rows):
        line(painter, QRect(rect.left(), rect.top() + number * height, rect.width(), height), row, font, colour)


def chevron(painter: QPainter, centre: QPointF, size: float, colour: QColor) -> None:
    """A small arrowhead to the right."""
    path = QPainterPath(QPointF(centre.x() - size / 2, centre.y() - size))
    path.lineTo(QPointF(centre.x() + size / 2, centre.y()))
    path.lineTo(QPointF(centre.x() - size / 2, centre.y() + size))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.drawPath(path)
