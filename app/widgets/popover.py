"""A panel of choices that lies over the window. It takes no grab: the pads keep playing while it is open."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.widgets.control import LEFT, RIGHT, Control, box, line
from app.widgets.fields import Field
from engine.plain_text import cleaned, cleaned_lines

SCROLLBAR = 12
"""Room for the bar of a panel that is taller than the window."""


class Choice(Control):
    """One line to choose: a title, a remark at the right, a detail below."""

    chosen = Signal()

    def __init__(
        self,
        title: str,
        *,
        detail: str = "",
        remark: str = "",
        tint: QColor = theme.FAINT,
        current: bool = False,
        inert: bool = False,
    ) -> None:
        super().__init__(None, name=title)
        self._title, self._detail, self._remark, self._tint = title, detail, remark, tint
        self._current, self._inert = current, inert
        if not inert:
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    @property
    def remark(self) -> str:
        """What it says at the right."""
        return self._remark

    def set_unit(self, unit: float) -> None:
        super().set_unit(unit)
        self.setFixedHeight(max(theme.TARGET, self.px(52 if self._detail else 44)))

    def ground(self) -> QColor:
        return theme.PANEL

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and not self._inert:
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self._inert:
            self.chosen.emit()
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_whole()

    def paint(self, painter: QPainter) -> None:
        if not self._inert:
            box(painter, QRectF(self.rect()), theme.HOVER if self.hovered else theme.RAISED)
        if self._current:
            box(painter, QRectF(0, self.px(10), 3, self.height() - self.px(20)), theme.ACCENT, radius=1.5)
        title, below = self._places()
        # Cut in the middle: names of one device or sender often differ at their ends alone.
        middle = Qt.TextElideMode.ElideMiddle
        if self._detail:
            line(painter, below, self._detail, self._small(), theme.FAINT, LEFT, middle)
        if self._remark:
            inner = QRect(title.left(), title.top(), below.width(), title.height())
            line(painter, inner, self._remark, self._small(bold=True), self._tint, RIGHT)
        ink = theme.ACCENT if self._current else theme.TEXT
        line(painter, title, self._title, self._large(), ink, LEFT, middle)
        self.paint_focus(painter)

    def _large(self) -> QFont:
        return theme.font(self.px(14), theme.SEMIBOLD)

    def _small(self, *, bold: bool = False) -> QFont:
        size = self.px(theme.SMALL)
        return theme.font(size, theme.SEMIBOLD) if bold else theme.font(size)

    def _places(self) -> tuple[QRect, QRect]:
        """Where the title and the detail lie."""
        pad = self.px(2 if self._inert and not self._current else 14)
        if not self._detail and not self._remark:  # a short title in a narrow place is shown whole
            spare = (self.width() - _width(self._title, self._large())) // 2
            pad = min(pad, max(spare, self.px(6)))
        inner = self.rect().adjusted(pad, 0, -pad, 0)
        below = inner
        if self._detail:
            inner = QRect(inner.left(), self.px(7), inner.width(), self.px(20))
            below = QRect(inner.left(), self.px(27), inner.width(), self.px(18))
        used = min(_width(self._remark, self._small(bold=True)), inner.width()) if self._remark else 0
        return inner.adjusted(0, 0, -(used + self.px(10)) if used else 0, 0), below

    def _tell_whole(self) -> None:
        """What is cut can be read in full under the pointer."""
        title, below = self._places()
        cut = [self._title] if _width(self._title, self._large()) > title.width() else []
        cut += [self._detail] if _width(self._detail, self._small()) > below.width() else []
        self.setToolTip("\n".join(cut))


def _width(text: str, font: QFont) -> int:
    return QFontMetrics(font).horizontalAdvance(cleaned(text))


class Popover(QWidget):
    """The panel; it closes on Esc, or on a press outside, which still does what it does."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.unit = 1.0
        self.owner: QWidget | None = None
        self._body = QWidget()
        self._rows = QVBoxLayout(self._body)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for widget in (self._body, self._scroll.viewport()):
            widget.setAutoFillBackground(True)
            palette = widget.palette()
            palette.setColor(widget.backgroundRole(), theme.PANEL)
            widget.setPalette(palette)
        self._scroll.setWidget(self._body)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._area = parent
        application = QApplication.instance()
        assert application is not None  # no widget can be made without one
        self._application = application
        self._place_again: Callable[[], None] = lambda: None
        self.hide()

    # -- contents -----------------------------------------------------------------------------

    def begin(self, title: str, owner: QWidget | None) -> None:
        """Empty it and give it a title; owner is the part that opened it."""
        self.unit = unit = theme.unit_for(self._area.width(), self._area.height())
        self._mark_owner(False)
        self.owner = owner
        while (item := self._rows.takeAt(0)) is not None:
            widget, layout = item.widget(), item.layout()
            if widget is not None:
                _drop(widget)
            elif layout is not None:
                while (inner := layout.takeAt(0)) is not None:
                    cell = inner.widget()
                    if cell is not None:
                        _drop(cell)
        self._rows.setSpacing(round(6 * unit))
        margin = round(14 * unit)
        self._rows.setContentsMargins(margin, round(12 * unit), margin, margin)
        self.setAccessibleName(title)
        self.add_heading(title)

    def add_heading(self, text: str) -> None:
        """Name a group."""
        label = QLabel(cleaned_lines(text))
        label.setTextFormat(Qt.TextFormat.PlainText)  # a name is no markup
        label.setFont(theme.caption(round(theme.CAPTION * self.unit)))
        palette = label.palette()
        palette.setColor(label.foregroundRole(), theme.DIM)
        label.setPalette(palette)
        label.setContentsMargins(2, round(8 * self.unit), 0, 0)
        self._rows.addWidget(label)

    def add_words(self, text: str, *, links: bool = False, strong: bool = False) -> None:
        """A few lines of prose; links open in the browser, strong ones stand out."""
        label = QLabel(cleaned_lines(text))
        label.setWordWrap(True)
        size = round(theme.SMALL * self.unit)
        label.setFont(theme.font(size, theme.SEMIBOLD if strong else theme.MEDIUM))
        label.setTextFormat(Qt.TextFormat.RichText if links else Qt.TextFormat.PlainText)
        label.setOpenExternalLinks(links)
        palette = label.palette()
        palette.setColor(label.foregroundRole(), theme.TEXT if strong else theme.DIM)
        label.setPalette(palette)
        label.setContentsMargins(2, round(6 * self.unit) if strong else 0, 2, 0)
        self._rows.addWidget(label)

    def add_choice(self, choice: Choice) -> Choice:
        """A line to choose."""
        choice.set_unit(self.unit)
        self._rows.addWidget(choice)
        return choice

    def add_part(self, part: QWidget) -> None:
        """Any other part, at its own height."""
        self._rows.addWidget(part)

    def add_grid(self, choices: Sequence[Choice], columns: int) -> None:
        """Short choices side by side."""
        grid = QGridLayout()
        grid.setSpacing(round(6 * self.unit))
        for number, choice in enumerate(choices):
            choice.set_unit(self.unit)
            grid.addWidget(choice, number // columns, number % columns)
        self._rows.addLayout(grid)

    def add_field(self, field: Field) -> Field:
        """A line to type in."""
        field.set_unit(self.unit)
        field.setFixedHeight(max(theme.TARGET, round(44 * self.unit)))
        self._rows.addWidget(field)
        return field

    # -- showing ------------------------------------------------------------------------------

    def open_at(self, anchor: QRect, width: int, edge: Qt.AlignmentFlag = LEFT) -> None:
        """Show it below (or, where there is no room, above) a rectangle of the parent.

        Args:
            edge: LEFT or RIGHT: the edge that it shares with the rectangle.
        """
        self._rows.addStretch(1)
        # Qt shows what is added to a visible panel only later; the panel is measured now.
        for widget in self._body.findChildren(QWidget):
            if not widget.isVisibleTo(self._body):
                widget.show()
        owner = self.owner
        follows = owner is not None and anchor_of(owner, self._area) == anchor
        self._place_again = lambda: self._place(
            anchor_of(owner, self._area) if follows and owner is not None else anchor, width, edge
        )
        self._place(anchor, width, edge)
        self.raise_()
        self._mark_owner(True)
        if not self.isVisible():
            self.show()
            self._application.installEventFilter(self)

    def open_beside(self, part: QWidget, width: float, edge: Qt.AlignmentFlag = LEFT) -> None:
        """Show it below or above a part of the window; width at 1280x800."""
        self.open_at(anchor_of(part, self._area), round(width * self.unit), edge)

    def inner_width(self, width: float) -> int:
        """The width in pixels of a part in a panel of this width at 1280x800."""
        margins = self._rows.contentsMargins()
        least = min(round(width * self.unit), self._area.width() - 16)
        return least - 2 - margins.left() - margins.right() - SCROLLBAR

    def _mark_owner(self, is_open: bool) -> None:
        if isinstance(self.owner, Control):
            self.owner.show_open(is_open)

    @property
    def typing(self) -> bool:
        """Somebody types in one of its fields, which must not be replaced."""
        return any(field.hasFocus() for field in self.findChildren(Field))

    def _place(self, anchor: QRect, width: int, edge: Qt.AlignmentFlag) -> None:
        area = self._area.rect().adjusted(8, 8, -8, -8)
        width = min(width, area.width())
        inner = width - 2
        self._body.setFixedWidth(inner)
        self._rows.activate()
        wanted = self._rows.heightForWidth(inner) if self._rows.hasHeightForWidth() else self._rows.sizeHint().height()
        below = area.bottom() - anchor.bottom() - 6
        above = anchor.top() - area.top() - 6
        place_below = wanted <= below or below >= above
        height = min(wanted + 2, below if place_below else above)
        left = anchor.right() + 1 - width if edge == RIGHT else anchor.left()
        x = min(max(left, area.left()), area.right() - width)
        y = anchor.bottom() + 6 if place_below else anchor.top() - 6 - height
        y = max(area.top(), min(y, area.bottom() - height))
        self.setGeometry(x, y, width, height)
        self._scroll.setGeometry(1, 1, width - 2, height - 2)

    def dismiss(self) -> None:
        """Close it."""
        if self.isVisible():
            self._application.removeEventFilter(self)
            focus = QApplication.focusWidget()
            if focus is not None and self.isAncestorOf(focus):
                focus.clearFocus()
            self.hide()
            self._mark_owner(False)
            self.owner = None
            self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._area and event.type() == QEvent.Type.Resize and self.isVisible():
            # After this event: the parts lie at their new places only then.
            QTimer.singleShot(0, self, self._place_again)
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            inside = watched is self or self.isAncestorOf(watched)
            on_owner = self.owner is not None and (watched is self.owner or self.owner.isAncestorOf(watched))
            if not inside and not on_owner and watched.window() is self.window():
                # After this event: what lies under the press must still get it, and may open the panel for itself.
                owner = self.owner
                QTimer.singleShot(0, self, lambda: self.dismiss() if self.owner is owner else None)
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # on words: it would be a press outside to what lies beneath

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.PANEL)
        painter.setPen(theme.mixed(theme.LINE, theme.TEXT, 0.18))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


def anchor_of(widget: QWidget, parent: QWidget) -> QRect:
    """A widget's rectangle in its ancestor's coordinates."""
    return QRect(widget.mapTo(parent, QPoint(0, 0)), widget.size())


def _drop(widget: QWidget) -> None:
    """Take a part out now and delete it when its own event is over."""
    widget.hide()
    widget.setParent(None)
    widget.deleteLater()
