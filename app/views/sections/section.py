"""The base of the window's sections."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.views.geometry import Box
from app.widgets.control import Control
from app.widgets.fields import Field

Places = Sequence[tuple[QWidget, Box]]


class Section(QWidget):
    """Parts that show one model. It covers exactly its parts.

    Signals:
        hinted: the help of the part under the mouse, "" once the mouse has left it. Nothing pops up over the pictures.
    """

    hinted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.unit = 1.0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(watched, QWidget):
            self.hinted.emit(watched.toolTip())
            return True
        if event.type() == QEvent.Type.Leave:
            self.hinted.emit("")
        return False

    def put(self, places: Places, unit: float, painted: Sequence[Box] = ()) -> None:
        """Place the parts, given in the window's coordinates, at a scale; painted: what the section draws itself."""
        self.unit = unit
        for part in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if isinstance(part, Control | Field):
                part.set_unit(unit)
            part.installEventFilter(self)  # a second time changes nothing
        around = QRect()
        for place in (*(place for _, place in places), *painted):
            around = around.united(QRect(*place))
        self.setGeometry(around)
        for part, place in places:
            part.setGeometry(QRect(*place).translated(-around.topLeft()))
