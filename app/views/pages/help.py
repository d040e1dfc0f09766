"""The keys at a glance, over the whole window."""

from typing import Final

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLabel, QWidget

from app import theme
from app.models.keys import PAD_ROWS
from app.views.labels import NDI_NOTICE
from app.views.pages.cover import Cover
from app.widgets.control import CENTER, LEFT, box, line

KEYS: Final = (
    ("Space", "Tap the tempo"),
    ("B", "Blackout"),
    ("G", "Freeze"),
    ("Esc", "Panic: back to a known picture"),
    ("F10", "The emergency's picture, and back"),
    ("F2", "Preflight: is all well?"),
    ("F11", "Full screen on the second display"),
    ("F9  F12", "Record what goes out; a still"),
    ("PgUp PgDn", "Bank of pads"),
    ("Enter", "Send the prompt; on a knob: type"),
    ("/", "Write a prompt; Esc leaves it"),
    ("Ctrl Z", "Take back an edit or turn; Shift: again"),
    ("Ctrl S  O", "Save the show, open one"),
    ("N  M", "Next prompt, next cue; Shift: previous"),
    ("K  L  O", "Macros; controllers and learning; OSC"),
    ("T  ,  .", "Bar begins now; beat earlier, later"),
    ("F5 to F8", "Back to a snapshot; Shift: store it"),
    ("Tab", "Walk through the controls"),
    ("?", "This page"),
)
GESTURES: Final = (
    ("Drag, wheel", "Turn a knob; Shift is fine"),
    ("Double-click", "Knob to the scene's value"),
    ("Right-click a knob", "Let it move by itself; its value"),
    ("Right-click Auto", "How the auto-pilot flies"),
    ("Right-click a pad", "Choose, save, rename its scene"),
    ("Right-click anything", "Learn MIDI for it"),
    ("Drop a file", "Source; .txt prompts; .toml cues"),
)


class HelpOverlay(Cover):
    """A page of keys over the whole window."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, name="Keys")
        self._notice = QLabel(NDI_NOTICE, self)
        self._notice.setOpenExternalLinks(True)
        palette = self._notice.palette()
        palette.setColor(self._notice.foregroundRole(), theme.FAINT)
        self._notice.setPalette(palette)

    def paint(self, painter: QPainter) -> None:
        width = min(self.width() - self.px(48), self.px(1040))
        row = self.px(38)
        rows = len(KEYS)
        height = self.px(76) + rows * row + self.px(34)
        left = (self.width() - width) // 2
        top = max(self.px(16), (self.height() - height) // 2)
        line(
            painter,
            QRect(left, top, width, self.px(36)),
            "Keys",
            theme.font(self.px(26), theme.SEMIBOLD),
            theme.TEXT,
            LEFT,
        )
        body = top + self.px(62)
        cell = self.px(62)
        for y, letters in enumerate(PAD_ROWS):
            for x, letter in enumerate(letters):
                rect = QRectF(left + x * (cell + self.px(8)), body + y * (cell + self.px(8)), cell, cell)
                box(painter, rect, theme.RAISED, edge=theme.LINE)
                line(
                    painter, rect.toRect(), letter.upper(), theme.font(self.px(20), theme.SEMIBOLD), theme.TEXT, CENTER
                )
        block = 4 * (cell + self.px(8))
        words_top = body + block + self.px(2)
        font = theme.font(self.px(theme.SMALL))
        for number, text in enumerate(("Pads, by place on the keyboard.", "They act the moment they go down.")):
            line(
                painter, QRect(left, words_top + number * self.px(20), block, self.px(20)), text, font, theme.DIM, LEFT
            )
        column = left + block + self.px(48)
        self._list(painter, column, body, left + width - column, row, KEYS)
        self._list(painter, left, words_top + self.px(58), 0, 0, ())
        notes = QRect(left, body + rows * row + self.px(8), width, self.px(24))
        self._notice.setFont(theme.font(self.px(theme.SMALL)))
        self._notice.setGeometry(notes.adjusted(0, 0, 0, 0))

    def _list(
        self, painter: QPainter, x: int, y: int, width: int, row: int, entries: tuple[tuple[str, str], ...]
    ) -> None:
        key_width = self.px(104)
        half = (width - self.px(24)) // 2
        for number, (key, text) in enumerate(entries):
            top = y + number * row
            rect = QRectF(x, top, key_width, row - self.px(6))
            box(painter, rect, theme.RAISED, edge=theme.LINE)
            line(painter, rect.toRect(), key, theme.font(self.px(theme.SMALL), theme.SEMIBOLD), theme.TEXT, CENTER)
            words = QRect(x + key_width + self.px(14), top, half, row - self.px(6))
            line(painter, words, text, theme.font(self.px(14)), theme.DIM, LEFT)
        if entries:
            side = x + key_width + self.px(14) + half
            for number, (gesture, text) in enumerate(GESTURES):
                top = y + number * (row + self.px(10))
                space = x + width - side
                line(
                    painter,
                    QRect(side, top, space, self.px(20)),
                    gesture,
                    theme.font(self.px(14), theme.SEMIBOLD),
                    theme.TEXT,
                )
                line(
                    painter,
                    QRect(side, top + self.px(20), space, self.px(20)),
                    text,
                    theme.font(self.px(theme.SMALL)),
                    theme.DIM,
                )
