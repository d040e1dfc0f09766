"""The menus of the window offscreen: what they offer, what they post, how they stay and go."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.views.main_window import MainWindow
from app.widgets.popover import Choice
from engine.messages.commands import (
    ArmBank,
    HardCut,
    SelectGenerator,
    SelectSource,
    SetCanvas,
)
from engine.messages.events import ArmedChanged, ArmState, GpuShared, SceneArming, SharedGpu
from tests.window.fake_engine import FakeEngine

LEFT = Qt.MouseButton.LeftButton


def choose(window: MainWindow, qtbot: QtBot, title: str) -> None:
    """Press a line of the open menu."""
    choices = [choice for choice in window.popover.findChildren(Choice) if choice.accessibleName() == title]
    qtbot.mousePress(choices[-1], LEFT)


def test_the_source_menu(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    now = engine.time_ns
    for title in ("Stage", "2", "BOOTH (Camera 1)"):
        qtbot.mousePress(window.surface.source_chip, LEFT)
        qtbot.waitUntil(lambda: not window._finder.busy)
        QApplication.processEvents()
        choose(window, qtbot, title)
        assert not window.popover.isVisible()
    assert engine.posted == [
        SelectSource(stamp_ns=now, spec="stage"),
        SelectSource(stamp_ns=now, spec="camera:2"),
        SelectSource(stamp_ns=now, spec="ndi:BOOTH (Camera 1)"),
    ]


def test_the_generator_and_output_menus(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.mousePress(window.surface.generator_chip, LEFT)
    choose(window, qtbot, "Wan")
    qtbot.mousePress(window.surface.output_chip, LEFT)
    choose(window, qtbot, "1920 × 1080")
    now = engine.time_ns
    assert engine.posted == [
        SelectGenerator(stamp_ns=now, name="wan"),
        SetCanvas(stamp_ns=now, width=1920, height=1080),
    ]


def test_an_open_menu_leaves_the_pads_playable(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.mousePress(window.surface.output_chip, LEFT)
    assert window.popover.isVisible()
    qtbot.keyClick(window.surface, "2")
    qtbot.mousePress(window.surface.pads[15], LEFT)
    qtbot.waitUntil(lambda: not window.popover.isVisible())
    qtbot.mousePress(window.surface.output_chip, LEFT)
    qtbot.keyClick(window.surface, Qt.Key.Key_Escape)
    assert not window.popover.isVisible()
    now = engine.time_ns
    assert engine.posted == [
        HardCut(stamp_ns=now, scene="Ice Cathedral"),
        HardCut(stamp_ns=now, scene="Night Drive"),
    ]


def test_a_pad_is_given_another_scene(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    window.surface.pads[0].assign_asked.emit(0)
    choose(window, qtbot, "Ash")
    qtbot.keyClick(window.surface, "1")
    front = ArmBank(stamp_ns=engine.time_ns, scenes=("Ash", *tuple(engine.scenes)[1:16]))
    assert engine.posted == [front, HardCut(stamp_ns=engine.time_ns, scene="Ash")]


def test_a_dropped_file_becomes_the_source(window: MainWindow, engine: FakeEngine, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "clip.mp4"))])
    drop = QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(drop)
    assert engine.posted == [SelectSource(stamp_ns=engine.time_ns, spec=f"file:{tmp_path / 'clip.mp4'}")]


def test_a_menu_and_the_keys_follow_the_window(window: MainWindow, qtbot: QtBot) -> None:
    window.toggle_help()
    window.resize(1600, 1000)
    qtbot.waitUntil(lambda: window.help.size() == window.surface.size())
    assert window.help.unit == window.surface.unit
    qtbot.mousePress(window.surface.output_chip, LEFT)
    window.resize(1100, 700)
    qtbot.waitUntil(lambda: window.surface.rect().contains(window.popover.geometry()))
    chip = window.surface.output_chip.geometry()
    qtbot.waitUntil(lambda: window.popover.geometry().top() - chip.bottom() == 6)


def test_backends_and_unarmed_pads_are_told_in_full(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    states = (
        SceneArming("Molten Gold", ArmState.ARMED),
        SceneArming("Neon Rain", ArmState.ARMING),
        SceneArming("Pearl", ArmState.LOADED, "the memory for armed pads is full"),
    )
    engine.emit(ArmedChanged(at_ns=engine.time_ns, scenes=states, bytes=3 << 20))
    qtbot.waitUntil(lambda: window.surface.pads[12].pad.why != "")
    assert window.surface.pads[12].toolTip().endswith("Not armed: the memory for armed pads is full.")
    assert window.surface.pads[2].toolTip().endswith("Its opening is being prepared.")
    qtbot.mousePress(window.surface.generator_chip, LEFT)
    said = [label.text() for label in window.popover.findChildren(QLabel)]
    assert said[2:6] == [
        "field trunk: torch cpu fp32, 2 threads",
        "No CUDA device was found. Shapes: [12, 24, 112, 112].",
        "Not cuda: no device",
        "Not bf16: slower here by 1.4",
    ]
    assert said[-3:] == [
        "1 of 3 pads armed, 3 MiB.",
        "Not armed: Neon Rain (being prepared).",
        "Not armed: Pearl (the memory for armed pads is full).",
    ]
    gpu = SharedGpu("H100", 1, 0, None)
    engine.emit(GpuShared(at_ns=engine.time_ns, gpus=(gpu,)))
    qtbot.waitUntil(lambda: window.surface.generator_chip.face.remark == "GPU SHARED")
    window.surface.generator_pressed.emit()
    window.surface.generator_pressed.emit()
    [told] = [one.text() for one in window.popover.findChildren(QLabel) if "H100" in one.text()]
    assert told.startswith("The GPU is shared. H100: another program")
    window.surface.pads[12].assign_asked.emit(12)
    words = [label.text() for label in window.popover.findChildren(QLabel)]
    assert "Press to play this scene. Not armed: the memory for armed pads is full." in words
