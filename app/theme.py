"""How Hardcut looks: colours, type and measures for a dim booth.

One accent says "alive, under your hand". Red is kept for on air, blackout and fault, amber for armed and
waiting. Everything else is a neutral grey.
"""

from functools import lru_cache
from importlib import resources
from typing import Final

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

GROUND: Final = QColor(0x0B, 0x0B, 0x0C)
PANEL: Final = QColor(0x13, 0x13, 0x15)
RAISED: Final = QColor(0x1D, 0x1D, 0x20)
HOVER: Final = QColor(0x27, 0x27, 0x2B)
PRESSED: Final = QColor(0x33, 0x33, 0x38)
SELECTED: Final = QColor(0x40, 0x40, 0x46)
LINE: Final = QColor(0x2A, 0x2A, 0x2E)
TRACK: Final = QColor(0x33, 0x33, 0x38)
TEXT: Final = QColor(0xEE, 0xEE, 0xF0)
DIM: Final = QColor(0xA3, 0xA3, 0xAB)
FAINT: Final = QColor(0x85, 0x85, 0x8D)
OFF: Final = QColor(0x4A, 0x4A, 0x50)
ACCENT: Final = QColor(0x4F, 0xDD, 0xE2)
ACCENT_DEEP: Final = QColor(0x12, 0x3A, 0x3D)
RED: Final = QColor(0xFF, 0x45, 0x3C)
RED_DEEP: Final = QColor(0x46, 0x12, 0x10)
AMBER: Final = QColor(0xFF, 0xB0, 0x2E)
AMBER_DEEP: Final = QColor(0x3F, 0x2A, 0x08)
INK: Final = QColor(0x06, 0x06, 0x07)
"""Text on a filled accent, red or amber."""

FAMILY: Final = "Hardcut Inter"
GRID: Final = 8
TARGET: Final = 44
"""The least edge of anything that is pressed, in logical pixels."""

CAPTION: Final = 14
SMALL: Final = 15
"""The smallest type, in pixels at 1280x800, to be read from a metre: of captions, and of sentences."""

LEAST: Final = 14
"""No type is smaller than this, in logical pixels, however small the window: it is read from arm's length."""

MEDIUM: Final = "Medium"
SEMIBOLD: Final = "SemiBold"


@lru_cache(maxsize=256)
def font(pixels: int, style: str = MEDIUM, tracking: float = 0.0) -> QFont:
    """A font of the family, no smaller than LEAST; tracking in percent of the type size added between letters."""
    made = QFont([FAMILY, "Segoe UI", "SF Pro Text", "Noto Sans", "DejaVu Sans"])
    made.setStyleName(style)
    made.setPixelSize(max(LEAST, pixels))
    made.setWeight(QFont.Weight.DemiBold if style == SEMIBOLD else QFont.Weight.Medium)
    if tracking:
        made.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 100.0 + tracking)
    made.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    return made


def caption(pixels: int) -> QFont:
    """The name of a thing, above it."""
    return font(pixels, SEMIBOLD)


def mixed(first: QColor, second: QColor, share: float) -> QColor:
    """A colour between two, share of the second."""
    return QColor(
        round(first.red() + (second.red() - first.red()) * share),
        round(first.green() + (second.green() - first.green()) * share),
        round(first.blue() + (second.blue() - first.blue()) * share),
    )


def faded(colour: QColor, opacity: float) -> QColor:
    """The colour with an opacity in 0..1."""
    made = QColor(colour)
    made.setAlphaF(opacity)
    return made


def unit_for(width: int, height: int) -> float:
    """The scale of type and gaps for a window's size: 1.0 at 1280x800, in steps so that text stays crisp."""
    fit = min(width / 1280, height / 800)
    steps = (0.9, 0.95, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)
    return max((step for step in steps if step <= fit * 1.02), default=steps[0])


def apply(application: QApplication) -> None:
    """Dress the application: fonts, palette, tooltips."""
    folder = resources.files("app.widgets") / "fonts"
    for style in (MEDIUM, SEMIBOLD):
        data = (folder / f"HardcutInter-{style}.otf").read_bytes()
        QFontDatabase.addApplicationFontFromData(QByteArray(data))
    application.setStyle("Fusion")
    application.setFont(font(LEAST))
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: GROUND,
        QPalette.ColorRole.Base: RAISED,
        QPalette.ColorRole.AlternateBase: PANEL,
        QPalette.ColorRole.Button: RAISED,
        QPalette.ColorRole.WindowText: TEXT,
        QPalette.ColorRole.Text: TEXT,
        QPalette.ColorRole.ButtonText: TEXT,
        QPalette.ColorRole.PlaceholderText: FAINT,
        QPalette.ColorRole.Highlight: ACCENT,
        QPalette.ColorRole.HighlightedText: INK,
        QPalette.ColorRole.ToolTipBase: RAISED,
        QPalette.ColorRole.ToolTipText: TEXT,
        QPalette.ColorRole.Link: ACCENT,
    }
    for role, colour in roles.items():
        palette.setColor(role, colour)
    application.setPalette(palette)
    # Set once at start: a style sheet costs a re-polish wherever it changes, so nothing else uses one while playing.
    application.setStyleSheet(
        f"QToolTip {{ background: {RAISED.name()}; color: {TEXT.name()}; border: 1px solid {LINE.name()};"
        " padding: 6px 8px; }"
        f"QMenu {{ background: {RAISED.name()}; color: {TEXT.name()}; border: 1px solid {LINE.name()}; padding: 4px; }}"
        f"QMenu::item {{ padding: 12px 20px; border-radius: 4px; }}"
        f"QMenu::item:selected {{ background: {PRESSED.name()}; }}"
        f"QScrollBar:vertical {{ background: {PANEL.name()}; width: 10px; margin: 0; }}"
        f"QScrollBar::handle:vertical {{ background: {SELECTED.name()}; min-height: 40px; border-radius: 3px;"
        " margin: 2px; }"
        "QScrollBar::add-line, QScrollBar::sub-line { height: 0; }"
        "QScrollBar::add-page, QScrollBar::sub-page { background: none; }"
    )
