"""What the Depth chip opens: every map, models that are not here with what to do, and a second source."""

import pytest
from PySide6.QtCore import Qt
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
