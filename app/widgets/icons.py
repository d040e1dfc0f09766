"""Signs drawn by hand, so that they look the same with every font."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


def full_screen(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """Four corners."""
    painter.setPen(_pen(colour, max(1.8, area.width() * 0.11)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    arm = area.width() * 0.3
    for corner, x, y in (
        (area.topLeft(), 1, 1),
        (area.topRight(), -1, 1),
        (area.bottomLeft(), 1, -1),
        (area.bottomRight(), -1, -1),
    ):
        painter.drawPolyline([corner + QPointF(arm * x, 0), corner, corner + QPointF(0, arm * y)])


def record(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """A disc."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(area.center(), area.width() * 0.38, area.width() * 0.38)


def sliders(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """Three tracks with a knob each: set how it works."""
    painter.setPen(_pen(colour, max(1.6, area.width() * 0.1)))
    painter.setBrush(colour)
    for row, knob in enumerate((0.3, 0.7, 0.45)):
        y = area.top() + area.height() * (0.2 + 0.3 * row)
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.drawEllipse(QPointF(area.left() + area.width() * knob, y), area.width() * 0.09, area.width() * 0.09)


def cross(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """A cross: forget it."""
    painter.setPen(_pen(colour, max(1.8, area.width() * 0.12)))
    inner = area.adjusted(*(area.width() * share for share in (0.12, 0.12, -0.12, -0.12)))
    painter.drawLine(inner.topLeft(), inner.bottomRight())
    painter.drawLine(inner.topRight(), inner.bottomLeft())
