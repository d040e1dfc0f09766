"""A knob is modulated by two gestures, shows it, and is let go; the auto-pilot's key."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.control.intents import SetAuto, TuneAuto
from app.models.modulation import STARTS, label_of
from app.models.modulator_settings import Amount, Levels, Options, settings_of
from app.views.main_window import MainWindow
from app.widgets.amount import AmountRow
from app.widgets.depth import DepthRow
from app.widgets.levels import LevelsField
from app.widgets.popover import Choice
from engine.messages.audio import AudioFeatures
from engine.messages.autopilot import AutoPilot, AutoPilotWay
from engine.messages.commands import SetAutoPilot
from engine.messages.events import AutoPilotChanged, Event
from engine.messages.modulation import Lfo, Modulation, Modulator, check_modulator
from engine.messages.modulation_commands import SetModulationDepth, SetModulator, SwitchModulation
from engine.messages.modulation_events import ModulationChanged, ModulationMoved
from engine.messages.output_commands import SetStrobe
from tests.window.fake_engine import FakeEngine

LEFT = Qt.MouseButton.LeftButton
BAR_NS = 2_000_000_000


def right_click(part: QWidget) -> None:
    place = part.rect().center()
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(part, QContextMenuEvent(reason, place, part.mapToGlobal(place)))


def moved(part: QWidget, place: QPoint) -> QMouseEvent:
    """The mouse with its left key down."""
    kind, none = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
    return QMouseEvent(kind, QPointF(place), QPointF(part.mapToGlobal(place)), LEFT, LEFT, none)


def choices(window: MainWindow) -> dict[str, Choice]:
    popover = window.overlays.popover
    return {one.accessibleName(): one for one in popover.findChildren(Choice) if one.isVisibleTo(popover)}


def rows(window: MainWindow) -> list[DepthRow]:
    popover = window.overlays.popover
    return [one for one in popover.findChildren(DepthRow) if one.isVisibleTo(popover)]


def tell(engine: FakeEngine, event: Event) -> None:
    engine.emit(event)
    QApplication.processEvents()


def modulated(engine: FakeEngine, scene: Modulation, *, on: bool = True) -> None:
    tell(engine, ModulationChanged(at_ns=engine.time_ns, on=on, scene=scene, everywhere={}))


def test_two_gestures_from_nothing_to_moving(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    knob = window.surface.knobs.knobs[0]
    right_click(knob)
    qtbot.mousePress(choices(window)["Kick"], LEFT)
    [command] = [one for one in engine.posted if isinstance(one, SetModulator)]
    assert (command.target, command.place, command.everywhere) == ("field.energy", 1, False)
    assert command.modulator == STARTS["Kick"]
    modulated(engine, {"field.energy": (STARTS["Kick"],)})
    model = window.models.knobs.knobs["field.energy"]
    assert model.reach == (0.0, STARTS["Kick"].depth)
    tell(engine, ModulationMoved(at_ns=engine.time_ns, values={"field.energy": 0.8}))
    assert model.modulated == 0.8
    before = knob.grab().toImage()
    tell(engine, ModulationMoved(at_ns=engine.time_ns, values={"field.energy": 0.65}))
    assert knob.grab().toImage() != before  # it is seen
    tell(engine, ModulationMoved(at_ns=engine.time_ns, values={}))
    assert model.modulated is None


def test_depth_is_dragged_and_all_of_it_is_taken_back(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    modulated(engine, {"field.energy": (STARTS["Kick"], STARTS["Bar"])})
    right_click(window.surface.knobs.knobs[0])
    [kick, bar] = rows(window)
    assert (kick.accessibleName(), bar.accessibleName()) == ("Kick", "Bar")
    track = bar.track
    qtbot.mousePress(bar, LEFT, pos=QPoint(round(track.center().x() - track.width() / 4), round(track.center().y())))
    qtbot.mouseRelease(bar, LEFT)
    [depth] = [one for one in engine.posted if isinstance(one, SetModulationDepth)]
    assert (depth.target, depth.place, round(depth.depth, 1)) == ("field.energy", 2, -0.5)
    window.console.undo()
    assert [one.depth for one in engine.posted if isinstance(one, SetModulationDepth)][-1] == STARTS["Bar"].depth
    qtbot.mousePress(kick, LEFT, pos=kick.key_rect.center())
    cleared = [one for one in engine.posted if isinstance(one, SetModulator)]
    assert [(one.place, one.modulator) for one in cleared] == [(1, None)]


def test_a_shape_is_drawn_and_everything_about_a_modulator_is_set(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    def newest() -> Modulator:
        one = [one.modulator for one in engine.posted if isinstance(one, SetModulator)][-1]
        assert one is not None
        modulated(engine, {"field.energy": (one,)})
        return check_modulator(one)

    modulated(engine, {"field.energy": (STARTS["Bar"],)})
    right_click(window.surface.knobs.knobs[0])
    qtbot.mousePress(rows(window)[0], LEFT, pos=rows(window)[0].set_rect.center())
    qtbot.mousePress(choices(window)["Drawn"], LEFT)
    newest()
    [field] = window.findChildren(LevelsField)
    area = field.area.toRect()
    qtbot.mousePress(field, LEFT, pos=area.topLeft())
    qtbot.mouseMove(field, area.bottomRight())
    QApplication.sendEvent(field, moved(field, area.bottomRight()))
    qtbot.mouseRelease(field, LEFT)
    drawn = newest().source
    assert isinstance(drawn, Lfo)
    assert drawn.points[0] == 1.0 and drawn.points[-1] < 0.1
    assert list(drawn.points) == sorted(drawn.points, reverse=True)
    qtbot.mousePress(choices(window)["1/4"], LEFT)
    assert newest().source == replace(drawn, beats=0.25)
    phase = next(row for row in window.findChildren(AmountRow) if row.accessibleName() == "Phase" and row.isVisible())
    qtbot.mousePress(phase, LEFT, pos=phase.track.center().toPoint())
    qtbot.mouseRelease(phase, LEFT)
    assert newest().source == replace(drawn, beats=0.25, phase=pytest.approx(0.5, abs=0.01))
    window.console.undo()
    assert newest().source == replace(drawn, beats=0.25)
    qtbot.mousePress(choices(window)["Back"], LEFT)
    assert "Kick" in choices(window)


@pytest.mark.parametrize("label", STARTS)
def test_every_setting_of_every_source_is_right(label: str) -> None:
    settings = settings_of(STARTS[label])
    assert settings
    for setting in settings:
        match setting:
            case Options(options=options):
                assert sum(one.current for one in options) <= 1
                for option in options:
                    check_modulator(option.modulator)
            case Amount(share=share, words=words, made=made):
                assert all(words(at) for at in (0.0, share, 1.0))
                for at in (0.0, share, 1.0):
                    check_modulator(made(at))
            case Levels(levels=levels, made=made):
                check_modulator(made(levels))


def test_what_is_heard_stands_at_the_threshold(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    modulated(engine, {"field.energy": (STARTS["Kick"],)})
    right_click(window.surface.knobs.knobs[0])
    rows(window)[0].opened.emit()
    threshold = next(
        one for one in window.overlays.popover.findChildren(AmountRow) if one.accessibleName() == "Threshold"
    )
    engine.heard = AudioFeatures(at_ns=1, kick=0.5, snare=1.0)
    qtbot.waitUntil(lambda: threshold.level > 0.5)
    engine.heard = None
    qtbot.waitUntil(lambda: threshold.level == 0.0)


def test_a_control_is_learnt_for_a_depth_on_its_row(window: MainWindow, engine: FakeEngine) -> None:
    modulated(engine, {"field.energy": (STARTS["Kick"], STARTS["Bar"])})
    right_click(window.surface.knobs.knobs[0])
    right_click(rows(window)[1])
    assert engine.lessons == ["learn depth:field.energy/2"]


def test_the_switch_and_what_it_shows(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    modulated(engine, {"field.energy": (STARTS["Kick"],)})
    key = window.surface.knobs.modulation
    assert key.lit
    qtbot.mousePress(key, LEFT)
    assert [one.on for one in engine.posted if isinstance(one, SwitchModulation)] == [False]
    modulated(engine, {"field.energy": (STARTS["Kick"],)}, on=False)
    assert not key.lit and window.models.knobs.knobs["field.energy"].reach is None


def test_every_source_that_is_offered_is_right_and_has_its_own_name() -> None:
    for label, modulator in STARTS.items():
        assert check_modulator(modulator) is modulator
        assert label_of(Modulator(source=modulator.source, depth=-0.9)) == label


def test_the_auto_pilot_is_flown_and_told(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    key = window.surface.transport.auto
    qtbot.mousePress(key, LEFT)
    [command] = [one for one in engine.posted if isinstance(one, SetAutoPilot)]
    assert command.plan is not None and len(command.plan.scenes) == 16
    assert key.waiting and not key.lit
    plan, due_ns = AutoPilot(scenes=(("A", 1.0),)), engine.time_ns + 3 * BAR_NS + 1
    tell(engine, AutoPilotChanged(at_ns=engine.time_ns, plan=plan, next_name="Tide", due_ns=due_ns, bar_ns=BAR_NS))
    window.surface.tick(engine.time_ns)
    assert key.lit and key.hint == "4 BARS"
    assert window.surface.strip.reset.text == "Auto: Tide in 4 bars"
    right_click(key)
    qtbot.mousePress(choices(window)["When the music changes"], LEFT)
    assert [one.plan.time.value for one in engine.posted if isinstance(one, SetAutoPilot) and one.plan][
        -1
    ] == "sections"
    window.models.send(SetAuto(False))
    tell(engine, AutoPilotChanged(at_ns=engine.time_ns, plan=None))
    window.surface.tick(engine.time_ns)
    assert not key.lit and key.hint == "OFF" and not window.surface.strip.reset.text.startswith("Auto")


def test_how_it_flies_is_taken_back(window: MainWindow) -> None:
    console, auto = window.console, window.models.autopilot
    console.set_auto(True)
    console.tune_auto(TuneAuto(bars=2))
    console.tune_auto(TuneAuto(bars=4, way=AutoPilotWay.EITHER))
    assert (auto.settings.bars, auto.settings.way, auto.settings.on) == (4, AutoPilotWay.EITHER, True)
    for bars, on in ((2, True), (8, True), (8, False)):
        console.undo()
        assert (auto.settings.bars, auto.settings.on) == (bars, on)
    console.redo()
    assert auto.settings.on


def test_strobe_is_asked_for_in_the_outputs_menu(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.mousePress(window.surface.chain.chips[3], LEFT)
    qtbot.mousePress(choices(window)["Picture"], LEFT)
    QApplication.processEvents()
    qtbot.mousePress(choices(window)["Strobe"], LEFT)
    assert [one.on for one in engine.posted if isinstance(one, SetStrobe)] == [True]
