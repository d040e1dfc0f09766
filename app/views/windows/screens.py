"""The displays as Qt knows them."""

from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import QWidget

from app.models.screens import Screen, Screens


def displays() -> dict[str, QScreen]:
    """The connected displays by name, in the system's order; one without a name is called by its number."""
    return {screen.name() or f"Display {number}": screen for number, screen in enumerate(QGuiApplication.screens(), 1)}


def screens_of(window: QWidget) -> Screens:
    """The connected displays, that of the window first."""
    names, own = displays(), window.screen()
    screens = [Screen(number, name) for number, name in enumerate(names, 1)]
    return Screens(tuple(sorted(screens, key=lambda one: names[one.name] is not own)))
