"""What the Depth chip opens: every map, models that are not here with what to do, and a second source."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.views.main_window import MainWindow
from app.widgets.fields import Field
from app.widgets.popover import Choice
from engine.messages.input_commands import SelectMap
from tests.window.fake_engine import FakeEngine


def test_maps_models_and_a_second_source_are_offered(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARDCUT_MODELS", str(tmp_path))
    qtbot.mousePress(window.surface.chain.depth_chip, Qt.MouseButton.LeftButton)
    popover = window.overlays.popover
    choices = {one.accessibleName(): one for one in popover.findChildren(Choice) if one.isVisibleTo(popover)}
    assert {"Image cues", "Cues and person", "Pose"} <= set(choices)
    assert choices["Video Depth Anything Small"].remark == "NOT HERE"
    field = next(one for one in popover.findChildren(Field) if one.accessibleName() == "Second source")
    field.entered.emit("ndi:RIG (Depth)")
    assert [one.name for one in engine.posted if isinstance(one, SelectMap)] == ["external:ndi:RIG (Depth)"]


def test_what_is_too_long_for_its_line_can_be_read_in_full(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot, qapp: QApplication
) -> None:
    name = "map from rig-with-a-very-long-host-name.local (Depth camera of the stage's left side, second)"
    detail = f"{name}: 0 is as sent, 1 is as sent (for rigs that send depth or drawings of their own)"
    engine.emit(replace(engine.depth(detail=detail), estimator=name))
    qapp.processEvents()
    qtbot.mousePress(window.surface.chain.depth_chip, Qt.MouseButton.LeftButton)
    popover = window.overlays.popover
    choices = {one.accessibleName(): one for one in popover.findChildren(Choice) if one.isVisibleTo(popover)}
    whole = f"M{name[1:]}"
    assert choices[whole].toolTip() == whole
    assert choices["Image cues"].toolTip() == ""
    words = [one for one in popover.findChildren(QLabel) if one.text().startswith("0 is as sent")]
    assert words
    assert words[0].wordWrap()
    assert words[0].height() >= words[0].heightForWidth(words[0].width())
