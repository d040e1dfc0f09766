"""The first steps: six lines over the window, put away once."""

from typing import Final

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from app import theme
from app.views.pages.cover import Cover
from app.widgets.control import CENTER, LEFT, box, broken, line, paragraph

STEPS: Final = (
    (
        "Source",
        "Click Source, top left: a camera, a clip, NDI. Or drop a file on the window.",
    ),
    ("Sound", "Click Sound, top right: an input, or the clip's own. Kick, snare and hats move the picture."),
    ("Output", "In OBS or Resolume choose the NDI source Hardcut. F11 fills the second display."),
    ("Pads", "Click a pad, or press its key (1234 QWER ASDF ZXCV): a cut. PgDn shows the next bank."),
    ("Save a scene", "Turn knobs, write a prompt. Right-click a pad to save what plays there."),
    ("Controller", "Plug in a MIDI controller: it is found. Press L to learn what its knobs and pads do."),
)
FOOT: Final = "Esc or a click puts this away. ? shows every key."


class FirstSteps(Cover):
    """Lies over the middle of the window."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, name="First steps")

    def place(self) -> None:
        width, row = min(self.area.width() - self.px(48), self.px(760)), self.px(76)
        height = self.px(84) + len(STEPS) * row + self.px(44)
        self.setGeometry(
            (self.area.width() - width) // 2, max(self.px(8), (self.area.height() - height) // 2), width, height
        )

    def ground(self) -> QColor:
        return theme.PANEL

    def paint(self, painter: QPainter) -> None:
        box(painter, QRectF(self.rect()), theme.PANEL, edge=theme.ACCENT)
        pad, row = self.px(28), self.px(76)
        inner = self.width() - 2 * pad
        title = QRect(pad, self.px(22), inner, self.px(34))
        line(painter, title, "First steps", theme.font(self.px(24), theme.SEMIBOLD), theme.TEXT, LEFT)
        edge, gap = self.px(36), self.px(18)
        words = theme.font(self.px(15))
        for number, (name, text) in enumerate(STEPS):
            top = self.px(72) + number * row
            disc = QRectF(pad, top + self.px(4), edge, edge)
            box(painter, disc, theme.ACCENT_DEEP, radius=edge / 2)
            line(
                painter,
                disc.toRect(),
                str(number + 1),
                theme.font(self.px(17), theme.SEMIBOLD),
                theme.ACCENT,
                CENTER,
            )
            left = pad + edge + gap
            room = self.width() - left - pad
            line(
                painter,
                QRect(left, top, room, self.px(22)),
                name,
                theme.font(self.px(16), theme.SEMIBOLD),
                theme.TEXT,
                LEFT,
            )
            rows = broken(text, words, room)
            paragraph(painter, QRect(left, top + self.px(23), room, self.px(42)), rows, words, theme.DIM, self.px(20))
        foot = QRect(pad, self.height() - self.px(44), inner, self.px(26))
        line(painter, foot, FOOT, theme.font(self.px(14), theme.SEMIBOLD), theme.ACCENT, LEFT)
