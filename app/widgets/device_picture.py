"""A controller as it looks. It is painted into a kept picture, a part at a time: a paint event is never long."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.midi.profiles.pictures import ControlKind, DevicePicture, PictureControl
from app.models.control_labels import ControlFace, Light
from app.widgets.control import Control
from app.widgets.device_parts import Drawn, fits, paint_body, paint_control, paint_marks, paint_plate

BUDGET_S: Final = 0.005
"""For how long a paint event paints controls anew; the rest follows in the next one. A third of a 60 Hz frame."""
GLOW_STEPS: Final = 4
"""A glow fades in so many steps: few enough that a device with ninety moving controls costs little."""
REACH: Final = theme.TARGET / 2
"""How far from a control a press may land and still mean it, in pixels."""
HALO: Final = 5
NAMED: Final = (Light.LOADED, Light.ARMED, Light.QUEUED, Light.PLAYING)
LABELLED: Final = (ControlKind.KNOB, ControlKind.ENCODER, ControlKind.FADER, ControlKind.BUTTON)
"""What has its words below it, or may have."""


class DevicePictureView(Control):
    """One page of a device. Only what changed is painted; the panel below comes from a kept picture."""

    chosen = Signal(int)
    """The place of a control in the picture's list."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, name="Controller", help_text="Click a control, or move it, to see what it does.")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._picture: DevicePicture | None = None
        self._page = 1
        self._faces: tuple[ControlFace, ...] = ()
        self._glows: dict[int, int] = {}
        self._current: int | None = None
        self._boxes: dict[int, QRectF] = {}
        self._below: dict[int, QRectF] = {}
        self._body: QPixmap | None = None
        self._canvas: QPixmap | None = None
        self._dirty: dict[int, None] = {}
        self._scale = 1.0
        self._panel = QRectF()
        self._arranged = QSize()
        self._words = ""
        self._in_short = False

    # -- what is shown ------------------------------------------------------------------------

    def show_device(self, picture: DevicePicture | None, page: int, faces: Sequence[ControlFace]) -> None:
        """Show a device; one face for each of its controls."""
        if picture != self._picture or page != self._page:
            self._picture, self._page, self._faces = picture, page, tuple(faces)
            self._glows.clear()
            self._arrange()
            self._in_short = self._wants_short()
            self.update()
            return
        for index, face in enumerate(faces):
            if (index >= len(self._faces) or face != self._faces[index]) and index in self._boxes:
                self._dirty[index] = None
                self._update_control(index)
        self._faces = tuple(faces)
        if self._wants_short() is not self._in_short:
            self._in_short = not self._in_short
            self._dirty = dict.fromkeys(self._boxes)
            self.update()

    def _wants_short(self) -> bool:
        """Most of the pads have no room for names: then all of them show numbers."""
        if self._picture is None:
            return False
        names = [
            fits(self._faces[index].text, box, self.unit)
            for index, box in self._boxes.items()
            if self._picture.controls[index].kind is ControlKind.PAD and self._faces[index].light in NAMED
        ]
        return 2 * sum(names) < len(names)

    def show_words(self, words: str) -> None:
        """What to say while there is no device."""
        if words != self._words:
            self._words = words
            self.update()

    def show_current(self, index: int | None) -> None:
        """Mark the control that is edited."""
        if index != self._current:
            for one in (index, self._current):
                if one is not None:
                    self._update_control(one)
            self._current = index

    def show_glow(self, index: int, share: float) -> None:
        """Light a control that moved: share 1 just now, 0 long ago."""
        step = round(min(max(share, 0.0), 1.0) * GLOW_STEPS)
        if step != self._glows.get(index, 0):
            self._glows[index] = step
            self._update_control(index)

    @property
    def glowing(self) -> tuple[int, ...]:
        """The controls that are lit because they moved."""
        return tuple(index for index, step in self._glows.items() if step)

    @property
    def unpainted(self) -> bool:
        """Some of it follows in the next paint events."""
        return bool(self._dirty)

    def box_of(self, index: int) -> QRectF:
        """Where a control lies, in pixels; empty where it is not on this page."""
        return self._boxes.get(index, QRectF())

    def _update_control(self, index: int) -> None:
        box = self._boxes.get(index)
        if box is not None:
            room = box.adjusted(-HALO, -HALO, HALO, HALO) | self._below.get(index, box)
            self.update(room.toAlignedRect())

    # -- places -------------------------------------------------------------------------------

    def resizeEvent(self, _event: QResizeEvent) -> None:
        if self.size() != self._arranged:
            self._arrange()

    def set_unit(self, unit: float) -> None:
        if unit != self.unit:
            super().set_unit(unit)
            self._arrange()

    def _arrange(self) -> None:
        """Fit the device into the room, in its own proportions."""
        self._body = self._canvas = None
        self._boxes, self._below = {}, {}
        self._arranged = self.size()
        picture = self._picture
        if picture is None:
            return
        room = QRectF(self.rect()).adjusted(HALO, HALO, -HALO, -HALO)
        self._scale = max(0.1, min(room.width() / picture.width, room.height() / picture.height))
        size = QPointF(picture.width * self._scale, picture.height * self._scale)
        left, top = room.center().x() - size.x() / 2, room.center().y() - size.y() / 2
        self._panel = QRectF(left, top, size.x(), size.y())
        for index, control in enumerate(picture.controls):
            if control.page in (0, self._page):
                self._boxes[index] = QRectF(
                    left + control.x * self._scale,
                    top + control.y * self._scale,
                    control.w * self._scale,
                    control.h * self._scale,
                )
        self._dirty = dict.fromkeys(self._boxes)
        places = [(box.left(), box.top(), box.right(), box.bottom()) for box in self._boxes.values()]
        for index, box in self._boxes.items():
            if picture.controls[index].kind in LABELLED:
                self._below[index] = _room_below(box, places, self._panel, self.px(17))

    # -- painting -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        canvas = self._freshened()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        try:
            if canvas is None:
                painter.fillRect(event.rect(), theme.GROUND)
                painter.setFont(theme.font(self.px(15)))
                painter.setPen(theme.DIM)
                room = self.rect().adjusted(self.px(60), 0, -self.px(60), 0)
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._words)
            else:
                painter.setClipRegion(event.region())
                painter.drawPixmap(0, 0, canvas)
                self._paint_marks(painter)
            if self._current is None:  # what is edited has a ring of its own
                self.paint_focus(painter)
        finally:
            painter.end()
        if self._dirty:
            self.update()

    def _paint_marks(self, painter: QPainter) -> None:
        for index in {*self.glowing, self._current}:
            box = self._boxes.get(index) if index is not None else None
            if box is not None and self._picture is not None:
                glow = self._glows.get(index, 0) / GLOW_STEPS if index is not None else 0.0
                kind = self._picture.controls[index or 0]
                paint_marks(painter, kind, box, glow=glow, current=index == self._current)

    def _freshened(self) -> QPixmap | None:
        """The kept picture with as much of what changed as there is time for."""
        picture = self._picture
        if picture is None:
            return None
        if self._body is None:
            self._body = self._painted_body(picture)
        if self._canvas is None:
            self._canvas = QPixmap(self._body)
        if not self._dirty:
            return self._canvas
        until = time.perf_counter() + BUDGET_S
        painter = QPainter(self._canvas)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        while self._dirty and time.perf_counter() < until:
            index = next(iter(self._dirty))
            del self._dirty[index]
            self._repaint(painter, picture, index)
        painter.end()
        return self._canvas

    def _repaint(self, painter: QPainter, picture: DevicePicture, index: int) -> None:
        """One control, with what lies on it or under it."""
        box = self._boxes[index]
        room = box.adjusted(-1, -1, 1, 1) | self._below.get(index, box)
        painter.setClipRect(room)
        assert self._body is not None
        painter.drawPixmap(0, 0, self._body)
        for other, place in self._boxes.items():
            if picture.controls[other].kind is not ControlKind.PLATE and (other == index or place.intersects(box)):
                paint_control(painter, self._drawn(other, picture.controls[other], place))

    def _painted_body(self, picture: DevicePicture) -> QPixmap:
        ratio = self.devicePixelRatioF()
        body = QPixmap(QSize(self.width(), self.height()) * ratio)
        body.setDevicePixelRatio(ratio)
        body.fill(theme.GROUND)
        painter = QPainter(body)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_body(painter, self._panel)
        for index, box in self._boxes.items():
            if picture.controls[index].kind is ControlKind.PLATE:
                paint_plate(painter, picture.controls[index], box, self.unit)
        painter.end()
        return body

    def _drawn(self, index: int, control: PictureControl, box: QRectF) -> Drawn:
        face = self._faces[index] if index < len(self._faces) else ControlFace(control.label)
        if self._in_short and face.short and control.kind is ControlKind.PAD:
            face = replace(face, text=face.short)
        below = self._below.get(index, QRectF())
        return Drawn(kind=control.kind, box=box, face=face, round=control.round, below=below, unit=self.unit)

    # -- gestures -----------------------------------------------------------------------------

    def index_at(self, place: QPointF) -> int | None:
        """The control under a point, or the nearest within reach; the smaller of two that lie on each other."""
        picture = self._picture
        found: tuple[float, float, int] | None = None
        for index, box in self._boxes.items():
            if picture is None or picture.controls[index].kind is ControlKind.PLATE:
                continue
            across = max(box.left() - place.x(), 0.0, place.x() - box.right())
            down = max(box.top() - place.y(), 0.0, place.y() - box.bottom())
            entry = (max(across, down), box.width() * box.height(), index)
            if entry[0] <= REACH and (found is None or entry < found):
                found = entry
        return found[2] if found is not None else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            index = self.index_at(event.position())
            if index is not None:
                self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ways = {
            Qt.Key.Key_Left: QPointF(-1, 0),
            Qt.Key.Key_Right: QPointF(1, 0),
            Qt.Key.Key_Up: QPointF(0, -1),
            Qt.Key.Key_Down: QPointF(0, 1),
        }
        way = ways.get(Qt.Key(event.key()))
        index = self._neighbour(way) if way is not None else None
        if index is None:
            event.ignore()
        else:
            self.chosen.emit(index)

    def _neighbour(self, way: QPointF) -> int | None:
        """The nearest control that way; sideways counts double, so that rows and columns are kept to."""
        picture = self._picture
        if picture is None:
            return None
        if self._current not in self._boxes:
            return next((one for one in self._boxes if picture.controls[one].kind is not ControlKind.PLATE), None)
        here = self._boxes[self._current].center()
        found: tuple[float, int] | None = None
        for index, box in self._boxes.items():
            if picture.controls[index].kind is ControlKind.PLATE:
                continue
            off = box.center() - here
            along = off.x() * way.x() + off.y() * way.y()
            aside = abs(off.x() * way.y()) + abs(off.y() * way.x())
            if along > 1.0 and aside <= along * 2 and (found is None or (along + 2 * aside, index) < found):
                found = (along + 2 * aside, index)
        return found[1] if found is not None else None


def _room_below(box: QRectF, places: Sequence[tuple[float, float, float, float]], panel: QRectF, row: int) -> QRectF:
    """Where words fit under a control: down to the next one, and half way to its neighbours."""
    left, top, right, bottom = box.left(), box.top(), box.right(), box.bottom()
    foot, start, end = min(panel.bottom() - 2, bottom + row), panel.left(), panel.right()
    for other_left, other_top, other_right, other_bottom in places:
        if other_top > bottom + row or other_bottom < top:
            continue
        if other_top >= bottom - 1:
            if other_left < right and other_right > left:
                foot = min(foot, other_top)
        elif other_left >= right - 1:
            end = min(end, (other_left + right) / 2)
        elif other_right <= left + 1:
            start = max(start, (other_right + left) / 2)
    half = min((left + right) / 2 - start, end - (left + right) / 2)
    return QRectF((left + right) / 2 - half, bottom, 2 * half, max(0.0, foot - bottom))
