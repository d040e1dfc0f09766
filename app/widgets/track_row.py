"""The base of rows with a track: a value that is dragged along it, or moved by wheel and arrows."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from app.widgets.control import Control


class DraggedRow(Control):
    """Who derives from it says where its track lies, and what a place, a step and the delete key mean.

    Attributes:
        held: a hand is on it.
    """

    def __init__(self, parent: QWidget | None, *, name: str, help_text: str, step: float) -> None:
        super().__init__(parent, name=name, help_text=help_text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._step = step
        self.held = False

    @property
    def track(self) -> QRectF:
        """Where the track lies."""
        raise NotImplementedError

    def drag_to(self, share: float) -> None:
        """A hand is at this share of the track, 0..1 and beyond."""
        raise NotImplementedError

    def step_by(self, step: float) -> None:
        """Wheel or arrow: one step up, or down if negative."""
        raise NotImplementedError

    def clear(self) -> None:
        """The delete key."""
        raise NotImplementedError

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.held = True
            self._drag(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.held:
            self._drag(event.position().x())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self.held = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.step_by(self._step if event.angleDelta().y() > 0 else -self._step)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Up):
            self.step_by(self._step)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Down):
            self.step_by(-self._step)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        else:
            event.ignore()

    def _drag(self, x: float) -> None:
        self.drag_to((x - self.track.left()) / max(1.0, self.track.width()))
