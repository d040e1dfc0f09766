"""A replay in a window: shown to its end, closed early, and a fault that is told."""

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.views.windows.replay import ReplayClosedError, ReplayWindow, replay_in_window
from engine.clock import NS_PER_MS
from engine.errors import GeneratorError
from engine.session.replay import ShownChunk
from engine.session.sinks import ReplaySink


def chunk(number: int) -> ShownChunk:
    image = np.full((448, 448, 4), number, np.uint8)
    return ShownChunk(epoch=1, number=number, period_ns=NS_PER_MS, images=(image, image))


def windows() -> list[ReplayWindow]:
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, ReplayWindow)]


def test_it_shows_everything_and_closes_itself(qtbot: QtBot) -> None:
    last: list[int] = []

    def perform(sink: ReplaySink) -> str:
        for number in range(12):
            sink.show(chunk(number))
        return "all of it"

    def look() -> None:
        last.extend(int(window._pixels[0, 0, 0]) for window in windows() if window._pixels is not None)

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(1)
    assert replay_in_window(perform) == "all of it"
    timer.stop()
    assert last == sorted(last)
    assert last[-1] >= 10


def test_closing_the_window_ends_the_replay(qtbot: QtBot) -> None:
    def perform(sink: ReplaySink) -> None:
        number = 0
        while True:
            sink.show(chunk(number % 256))
            number += 1

    QTimer.singleShot(100, lambda: [window.close() for window in windows()])
    with pytest.raises(ReplayClosedError):
        replay_in_window(perform)


def test_a_fault_reaches_the_caller(qtbot: QtBot) -> None:
    def perform(_sink: ReplaySink) -> None:
        raise GeneratorError("The toy broke")

    with pytest.raises(GeneratorError, match="The toy broke"):
        replay_in_window(perform)
