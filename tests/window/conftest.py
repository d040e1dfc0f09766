"""A window over a fake engine, offscreen."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.views.main_window import MainWindow
from tests.window.fake_engine import FakeEngine


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[[FakeEngine], MainWindow]]:
    """Opens windows at 1280x800 and closes them at the end."""
    theme.apply(qapp)
    opened: list[MainWindow] = []

    def open_over(engine: FakeEngine) -> MainWindow:
        window = MainWindow(engine, engine.front, engine)
        opened.append(window)
        window.resize(1280, 800)
        window.show()
        qtbot.waitExposed(window)
        qapp.processEvents()
        return window

    yield open_over
    for window in opened:
        window.close()
        window.deleteLater()
    qapp.processEvents()


@pytest.fixture
def window(open_window: Callable[[FakeEngine], MainWindow], engine: FakeEngine, qapp: QApplication) -> MainWindow:
    """A window over an engine that performs; what was posted so far is forgotten."""
    made = open_window(engine)
    engine.perform()
    qapp.processEvents()
    engine.posted.clear()
    return made
