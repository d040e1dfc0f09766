"""How the parts of a controller are painted: panel, pads, keys, knobs, faders."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen

from app import theme
from app.midi.profiles.pictures import ControlKind, PictureControl
from app.models.control_labels import ControlFace, Light
from app.widgets.control import CENTER, line, two_lines
from app.widgets.knob import START_DEGREES, SWEEP_DEGREES

BODY: Final = QColor(0x18, 0x18, 0x1B)
BODY_EDGE: Final = QColor(0x35, 0x35, 0x3B)
CAP: Final = QColor(0x50, 0x50, 0x58)
DARK: Final = QColor(0x2E, 0x2E, 0x33)
UNUSED: Final = QColor(0x21, 0x21, 0x25)
PLATE: Final = QColor(0x1F, 0x1F, 0x22)

_FILLS: Final = {
    Light.NONE: UNUSED,
    Light.DARK: DARK,
    Light.EMPTY: UNUSED,
    Light.LOADED: QColor(0x1B, 0x4A, 0x4E),
    Light.ARMED: QColor(0x5C, 0x3F, 0x0E),
    Light.QUEUED: theme.AMBER,
    Light.PLAYING: theme.ACCENT,
    Light.ON: theme.ACCENT,
    Light.ALARM: theme.RED,
}
_BRIGHT: Final = (Light.QUEUED, Light.PLAYING, Light.ON, Light.ALARM)

SMALLEST_TEXT: Final = 9
RING: Final = 3.0
KEYBOARD: Final = "KEYS"
"""What profiles write on the plate that is a keyboard."""
WHITE_KEYS: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One control to be painted.

    Attributes:
        box: its place; below: the room for words under it, all in pixels.
    """

    kind: ControlKind
    box: QRectF
    face: ControlFace
    round: bool
    below: QRectF
    unit: float


def paint_body(painter: QPainter, panel: QRectF) -> None:
    """The device's own panel."""
    painter.setPen(QPen(BODY_EDGE, 1.0))
    painter.setBrush(BODY)
    painter.drawRoundedRect(panel.adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)


def paint_plate(painter: QPainter, plate: PictureControl, box: QRectF, unit: float) -> None:
    """What is there to be recognised and plays nothing."""
    painter.setPen(QPen(BODY_EDGE, 1.0))
    painter.setBrush(PLATE)
    if plate.round:
        painter.drawEllipse(box)
    else:
        painter.drawRoundedRect(box, 3, 3)
    if plate.label == KEYBOARD:
        _paint_keys(painter, box)
        return
    fitting = _fitting(plate.label, box.adjusted(2, 1, -2, -1), unit)
    if fitting is not None:
        _paint_rows(painter, box, fitting, theme.FAINT)


def _paint_keys(painter: QPainter, box: QRectF) -> None:
    """Two octaves and a key, as nearly every small keyboard has."""
    white = box.width() / WHITE_KEYS
    painter.setBrush(theme.TRACK)
    painter.setPen(QPen(BODY, 1.0))
    for number in range(WHITE_KEYS):
        painter.drawRect(QRectF(box.left() + number * white, box.top(), white, box.height()))
    painter.setBrush(theme.GROUND)
    for number in range(WHITE_KEYS - 1):
        if number % 7 not in (2, 6):
            left = box.left() + (number + 1) * white - white * 0.3
            painter.drawRect(QRectF(left, box.top(), white * 0.6, box.height() * 0.62))


def paint_control(painter: QPainter, drawn: Drawn) -> None:
    """A control with its light, its position and its words."""
    match drawn.kind:
        case ControlKind.KNOB | ControlKind.ENCODER:
            _paint_knob(painter, drawn)
        case ControlKind.FADER:
            _paint_fader(painter, drawn)
        case _:
            _paint_pad(painter, drawn)
    if drawn.face.own:
        painter.setPen(QPen(BODY, 1.5))
        painter.setBrush(theme.TEXT)
        painter.drawEllipse(drawn.box.topRight() + QPointF(-3.5, 3.5), 3.5, 3.5)


def _shape(painter: QPainter, box: QRectF, *, round_: bool, radius: float = 4.0) -> None:
    if round_:
        painter.drawEllipse(box)
    else:
        painter.drawRoundedRect(box, radius, radius)


def _paint_pad(painter: QPainter, drawn: Drawn) -> None:
    face, box = drawn.face, drawn.box
    fill = _FILLS[face.light]
    painter.setPen(QPen(theme.AMBER if face.light is Light.ARMED else BODY_EDGE, 1.0))
    painter.setBrush(fill)
    _shape(painter, box.adjusted(0.5, 0.5, -0.5, -0.5), round_=drawn.round)
    if not face.text:
        return
    ink = theme.INK if face.light in _BRIGHT else theme.FAINT if face.light in (Light.NONE, Light.EMPTY) else theme.TEXT
    inner = box.adjusted(2, 1, -2, -1)
    for text in (face.text, face.short):
        fitting = _fitting(text, inner, drawn.unit)
        if fitting is not None:
            _paint_rows(painter, inner, fitting, ink)
            return
    _paint_below(painter, drawn, theme.DIM)


def _paint_knob(painter: QPainter, drawn: Drawn) -> None:
    face, box = drawn.face, drawn.box
    width = max(2.5, box.width() * 0.09)
    arc = box.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    used = face.light is not Light.NONE
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(DARK if used else UNUSED)
    painter.drawEllipse(box.adjusted(2 * width, 2 * width, -2 * width, -2 * width))
    _arc(painter, arc, 1.0, width, theme.TRACK)
    if face.travel is not None:
        _arc(painter, arc, face.travel, width, theme.ACCENT if used else theme.OFF)
    stands = face.level if face.level is not None else face.travel
    if stands is not None and drawn.kind is ControlKind.KNOB:
        ink = theme.TEXT if face.level is not None else theme.FAINT
        pen = QPen(ink, max(2.0, width * 0.7), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        radius = box.width() / 2
        painter.drawLine(_at(box, stands, radius * 0.3), _at(box, stands, radius * 0.66))
    _paint_below(painter, drawn, theme.DIM)


def _arc(painter: QPainter, rect: QRectF, share: float, width: float, colour: QColor) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawArc(rect, round(START_DEGREES * 16), round(-share * SWEEP_DEGREES * 16))


def _at(rect: QRectF, travel: float, radius: float) -> QPointF:
    angle = math.radians(START_DEGREES - SWEEP_DEGREES * travel)
    return QPointF(rect.center().x() + radius * math.cos(angle), rect.center().y() - radius * math.sin(angle))


def _paint_fader(painter: QPainter, drawn: Drawn) -> None:
    face, box = drawn.face, drawn.box
    upright = box.height() >= box.width()
    long, across = (box.height(), box.width()) if upright else (box.width(), box.height())
    used = face.light is not Light.NONE
    slot = max(3.0, across * 0.16)
    cap = min(max(8.0, across * 0.55), long * 0.25)
    way = long - cap
    stands = face.level if face.level is not None else face.travel
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.GROUND)
    middle = box.center()
    track = (
        QRectF(middle.x() - slot / 2, box.top(), slot, long)
        if upright
        else QRectF(box.left(), middle.y() - slot / 2, long, slot)
    )
    painter.drawRoundedRect(track, slot / 2, slot / 2)
    if face.travel is not None and used:
        painter.setBrush(theme.ACCENT)
        filled = cap / 2 + way * face.travel
        painter.drawRoundedRect(
            QRectF(track.x(), box.bottom() - filled, slot, filled)
            if upright
            else QRectF(box.left(), track.y(), filled, slot),
            slot / 2,
            slot / 2,
        )
    here = 0.5 if stands is None else stands
    painter.setBrush(CAP if face.level is not None else DARK)
    painter.setPen(QPen(BODY_EDGE, 1.0))
    handle = (
        QRectF(box.left(), box.bottom() - cap - way * here, across, cap)
        if upright
        else QRectF(box.left() + way * here, box.top(), cap, across)
    )
    painter.drawRoundedRect(handle, 2.5, 2.5)
    painter.setPen(QPen(theme.TEXT if face.level is not None else theme.OFF, 1.5))
    if upright:
        painter.drawLine(
            QPointF(handle.left() + 2, handle.center().y()), QPointF(handle.right() - 2, handle.center().y())
        )
    else:
        painter.drawLine(
            QPointF(handle.center().x(), handle.top() + 2), QPointF(handle.center().x(), handle.bottom() - 2)
        )
    _paint_below(painter, drawn, theme.DIM)


def paint_marks(painter: QPainter, control: PictureControl, box: QRectF, *, glow: float, current: bool) -> None:
    """Over a control: it moved just now (glow 0..1), it is edited."""
    round_ = control.round or control.kind in (ControlKind.KNOB, ControlKind.ENCODER)
    if glow:
        painter.setPen(QPen(theme.faded(theme.TEXT, 0.25 + 0.65 * glow), 2.0))
        painter.setBrush(theme.faded(theme.TEXT, 0.3 * glow))
        _shape(painter, box.adjusted(-1.5, -1.5, 1.5, 1.5), round_=round_, radius=5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if current:
        painter.setPen(QPen(theme.TEXT, 2.5))
        _shape(painter, box.adjusted(-RING, -RING, RING, RING), round_=round_, radius=6)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Words that fit, in a size."""

    texts: tuple[str, ...]
    size: int


def fits(text: str, box: QRectF, unit: float) -> bool:
    """The words can be read on a pad or a key."""
    return _fitting(text, box.adjusted(2, 1, -2, -1), unit) is not None


def _fitting(text: str, box: QRectF, unit: float) -> _Rows | None:
    """The words in one row or two at the largest size at which none is cut; None: they do not fit."""
    return _fitted(text, int(box.width()), int(box.height()), round(11 * unit))


@lru_cache(maxsize=2048)
def _fitted(text: str, width: int, height: int, largest: int) -> _Rows | None:
    if not text:
        return None
    for size in range(max(largest, SMALLEST_TEXT), SMALLEST_TEXT - 1, -1):
        metrics = QFontMetrics(theme.font(size, theme.SEMIBOLD))
        if size > height or max(metrics.horizontalAdvance(word) for word in text.split()) > width:
            continue
        if metrics.horizontalAdvance(text) <= width:
            return _Rows((text,), size)
        if height >= round(2 * size * 1.2):
            rows = tuple(two_lines(text, theme.font(size, theme.SEMIBOLD), width))
            if not rows[-1].endswith("…"):
                return _Rows(rows, size)
    return None


def _paint_rows(painter: QPainter, box: QRectF, rows: _Rows, ink: QColor) -> None:
    font = theme.font(rows.size, theme.SEMIBOLD)
    height = round(rows.size * 1.2)
    top = box.center().y() - height * len(rows.texts) / 2
    for number, row in enumerate(rows.texts):
        place = QRectF(box.left() - 2, top + number * height, box.width() + 4, height)
        line(painter, place.toRect(), row, font, ink, CENTER)


def _paint_below(painter: QPainter, drawn: Drawn, ink: QColor) -> None:
    size = max(SMALLEST_TEXT, round(10 * drawn.unit))
    if not drawn.face.text or drawn.below.height() < SMALLEST_TEXT + 1 or drawn.below.width() < 2 * SMALLEST_TEXT:
        return
    height = min(round(size * 1.25), int(drawn.below.height()))
    font = theme.font(min(size, height - 1), theme.MEDIUM)
    used = drawn.face.light is not Light.NONE
    if not used and QFontMetrics(font).horizontalAdvance(drawn.face.text) > drawn.below.width():
        return  # what is printed there would be cut, and says little
    apart = min(RING, (drawn.below.height() - height) / 2)  # the ring around what is edited lies between
    place = QRectF(drawn.below.left() + 1, drawn.below.top() + apart, drawn.below.width() - 2, height)
    line(painter, place.toRect(), drawn.face.text, font, ink if used else theme.OFF, CENTER)
