"""Keys to press: single, switches, and rows of which one is down."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.widgets.control import CENTER, Control, box, line

Icon = Callable[[QPainter, QRectF, QColor], None]


class PushKey(Control):
    """A key. It acts on press, not on release: a performer's gesture is the way down.

    Attributes:
        lit: filled with `light`; for switches that are on.
        hint: the keyboard's key, drawn small.
    """

    pressed = Signal()

    def __init__(
        self,
        parent: QWidget | None,
        label: str,
        *,
        help_text: str,
        hint: str = "",
        light: QColor = theme.ACCENT,
        size: float = 13,
        icon: Icon | None = None,
    ) -> None:
        super().__init__(parent, name=label, help_text=help_text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.label = label
        self.hint = hint
        self.light = light
        self.lit = False
        self.waiting = False
        self.size_px = size
        self._icon = icon
        self._down = False

    def show_state(self, *, lit: bool, waiting: bool = False) -> None:
        """On or off, and whether the engine has yet to confirm it."""
        if (lit, waiting) != (self.lit, self.waiting):
            self.lit, self.waiting = lit, waiting
            self.update()

    def show_label(self, label: str) -> None:
        """Change the words on the key."""
        if label != self.label:
            self.label = label
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._down = True
            self.update()
            self.pressed.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._down = False
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.pressed.emit()
        else:
            event.ignore()

    def paint(self, painter: QPainter) -> None:
        ink: QColor
        if self.waiting and not self.lit:
            fill, ink = theme.AMBER_DEEP, theme.AMBER
        elif self.lit:
            fill = theme.mixed(self.light, theme.GROUND, 0.25) if self._down else self.light
            ink = theme.INK
        else:
            fill = theme.PRESSED if self._down else theme.HOVER if self.hovered else theme.RAISED
            ink = theme.TEXT if self.isEnabled() else theme.OFF
        box(painter, QRectF(self.rect()), fill)
        area = self.rect()
        if self.hint:
            hint_area = QRect(0, area.height() - self.px(19), area.width(), self.px(14))
            area = area.adjusted(0, 0, 0, -self.px(11))
            colour = theme.faded(theme.INK, 0.65) if self.lit else theme.FAINT
            line(painter, hint_area, self.hint, theme.font(self.px(theme.CAPTION)), colour, CENTER)
        if self._icon is not None:
            edge = self.px(17)
            place = QRectF((self.width() - edge) / 2, (self.height() - edge) / 2, edge, edge)
            self._icon(painter, place, ink)
            self.paint_focus(painter)
            return
        font = theme.font(self.px(self.size_px), theme.SEMIBOLD)
        line(painter, area.adjusted(4, 0, -4, 0), self.label, font, ink, CENTER)
        if not self.lit and self.light is not theme.ACCENT:
            painter.fillRect(
                QRectF(self.px(12), self.px(5), self.width() - self.px(24), 2), theme.faded(self.light, 0.75)
            )
        self.paint_focus(painter)


class AutoKey(PushKey):
    """The auto-pilot's key; below its name the bars until it acts. A right click opens how it flies."""

    menu_asked = Signal()

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(
            parent, "Auto", help_text="The auto-pilot plays scenes by itself. Right-click: how.", hint="OFF", size=14
        )

    def show_bars(self, bars: int | None) -> None:
        """Bars until it acts; None: that is not known, or it does not fly."""
        hint = "OFF" if not (self.lit or self.waiting) else "–" if bars is None else f"{bars} BAR{'S' * (bars != 1)}"
        if hint != self.hint:
            self.hint = hint
            self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()
        self.menu_asked.emit()


class KeyRow(Control):
    """Keys of which exactly one is down: a choice that is always in view."""

    chosen = Signal(int)

    def __init__(
        self,
        parent: QWidget | None,
        labels: Sequence[str],
        *,
        name: str,
        help_text: str,
        vertical: bool = False,
    ) -> None:
        super().__init__(parent, name=name, help_text=help_text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.labels = tuple(labels)
        self.current = 0
        self.marked: frozenset[int] = frozenset()
        self._vertical = vertical
        self._under = -1
        self.setMouseTracking(True)

    def show_current(self, index: int) -> None:
        """Which key is down."""
        if index != self.current:
            self.current = index
            self.update()

    def show_labels(self, labels: Sequence[str]) -> None:
        """Change the keys."""
        if tuple(labels) != self.labels:
            self.labels = tuple(labels)
            self.update()

    def show_marked(self, marked: frozenset[int]) -> None:
        """Keys that carry a dot: there is something behind them."""
        if marked != self.marked:
            self.marked = marked
            self.update()

    def key_rect(self, index: int) -> QRect:
        """Where one key lies."""
        count = max(1, len(self.labels))
        if self._vertical:
            top, bottom = self.height() * index // count, self.height() * (index + 1) // count
            return QRect(0, top, self.width(), bottom - top)
        left, right = self.width() * index // count, self.width() * (index + 1) // count
        return QRect(left, 0, right - left, self.height())

    def _index_at(self, event: QMouseEvent) -> int:
        place = event.position().toPoint()
        return next((index for index in range(len(self.labels)) if self.key_rect(index).contains(place)), -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event)
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self.chosen.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self._index_at(event)
        if under != self._under:
            self._under = under
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        forward = (Qt.Key.Key_Right, Qt.Key.Key_Down)
        backward = (Qt.Key.Key_Left, Qt.Key.Key_Up)
        if event.key() in (*forward, *backward):
            step = 1 if event.key() in forward else -1
            self.chosen.emit(min(max(self.current + step, 0), len(self.labels) - 1))
        else:
            event.ignore()

    def paint(self, painter: QPainter) -> None:
        box(painter, QRectF(self.rect()), theme.PANEL, edge=theme.LINE)
        font = theme.font(self.px(theme.CAPTION), theme.SEMIBOLD)
        for index, label in enumerate(self.labels):
            rect = self.key_rect(index)
            inner = QRectF(rect).adjusted(3, 3, -3, -3)
            down = index == self.current
            if down:
                box(painter, inner, theme.SELECTED, radius=4)
            elif self.hovered and index == self._under:
                box(painter, inner, theme.HOVER, radius=4)
            ink = theme.TEXT if down else theme.FAINT
            line(painter, rect.adjusted(1, 0, 0, 0), label, font, ink, CENTER)
            if index in self.marked:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.ACCENT)
                painter.drawEllipse(QRectF(rect.right() - self.px(12), rect.top() + self.px(7), 5, 5))
        self.paint_focus(painter)
