"""How simplified the picture is, in the window: the chip, the strip, the log and the menu that rules over it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.models.window_models import WindowModels
from app.views.labels import generator_face
from app.views.main_window import MainWindow
from app.widgets.chip import Tone
from app.widgets.popover import Choice
from engine.messages.quality import (
    HoldQuality,
    QualityChanged,
    QualityRule,
    QualityStep,
    SetQuality,
    StepState,
)
from tests.window.fake_engine import FakeEngine, library

SOFT = QualityStep("field.soft", "the picture is a little softer", 0.3)
COARSE = QualityStep("field.lattice", "outlines and forms are broader", 0.2)
BUSY = "this machine is busy with obs, 1.1 cores"


def quality(at_ns: int, *taken: QualityStep, rule: QualityRule = QualityRule.AUTO, reason: str = "") -> QualityChanged:
    steps = tuple(StepState(step, rule, step in taken) for step in (SOFT, COARSE))
    return QualityChanged(at_ns=at_ns, steps=steps, reason=reason)


def test_the_chip_says_how_many_steps_are_taken() -> None:
    engine = FakeEngine(library(5))
    show = WindowModels(engine.front, engine.scenes)
    show.take(engine.generator())
    show.take(quality(1))
    assert generator_face(show.chain, None).remark == ""
    show.take(quality(2, SOFT, reason=BUSY))
    face = generator_face(show.chain, None)
    assert (face.remark, face.tone) == ("SIMPLER 1/2", Tone.WAITING)
    show.take(quality(3, SOFT, COARSE, rule=QualityRule.PINNED, reason="as pinned"))
    face = generator_face(show.chain, None)
    assert (face.remark, face.tone) == ("SIMPLER 2/2", Tone.LIVE)


def test_each_change_is_one_line_of_the_log() -> None:
    engine = FakeEngine(library(5))
    show = WindowModels(engine.front, engine.scenes)
    before = len(show.log.entries)
    show.take(quality(1))
    show.take(quality(2, SOFT, reason=BUSY))
    show.take(quality(3, SOFT, reason="this machine is busy with obs, 1.6 cores"))
    show.take(quality(4))
    assert [entry.text for entry in list(show.log.entries)[before:]] == [
        f"Picture simplified 1 of 2: {BUSY}",
        "Picture at full quality",
    ]


def test_the_strip_says_why_and_the_menu_rules(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    strip, popover = window.surface.strip, window.overlays.popover
    engine.emit(quality(engine.time_ns, SOFT, reason=BUSY))
    qtbot.waitUntil(lambda: strip.slow.text == f"Picture simplified 1 of 2: {BUSY}.")
    qtbot.mousePress(window.surface.chain.generator_chip, Qt.MouseButton.LeftButton)

    def lines() -> dict[str, Choice]:
        found = [one for one in popover.findChildren(Choice) if one.isVisibleTo(popover)]
        return {one.accessibleName(): one for one in found}

    said = [label.text() for label in popover.findChildren(QLabel)]
    assert f"Picture simplified 1 of 2: {BUSY}." in said
    assert lines()["The picture is a little softer"].remark == "TAKEN"
    assert lines()["Outlines and forms are broader"].remark == "IF NEEDED"
    now = engine.time_ns
    for title in ("The picture is a little softer", "Full", "Automatic"):
        qtbot.mousePress(lines()[title], Qt.MouseButton.LeftButton)
        assert popover.isVisible()
    assert engine.posted == [
        SetQuality(stamp_ns=now, step="field.soft", rule=QualityRule.PINNED),
        HoldQuality(stamp_ns=now, steps=0),
        HoldQuality(stamp_ns=now, steps=None),
    ]
    engine.emit(quality(engine.time_ns, rule=QualityRule.FORBIDDEN))
    qtbot.waitUntil(lambda: strip.slow.text == "")
    assert lines()["The picture is a little softer"].remark == "NEVER"
