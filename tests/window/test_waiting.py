"""What waits for the engine's word is confirmed, taken back or forgotten: nothing stays amber."""

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.control.show import PadState
from app.models.pending import Pending
from app.views.main_window import MainWindow
from engine.messages.events import CutQueued
from tests.window.fake_engine import SECOND, FakeEngine


def lit(window: MainWindow) -> list[tuple[bool, bool]]:
    keys = (window.surface.transport.freeze, window.surface.transport.blackout)
    return [(key.lit, key.waiting) for key in keys]


def test_a_released_switch_is_dark(window: MainWindow, engine: FakeEngine) -> None:
    for toggle, name in (
        (window.console.output.toggle_freeze, "freeze"),
        (window.console.output.toggle_blackout, "blackout"),
    ):
        for on in (True, False):
            toggle()
            engine.emit(engine.output(**{name: on}))
            QApplication.processEvents()
        assert lit(window) == [(False, False), (False, False)]


def test_a_panic_with_nothing_engaged_leaves_nothing_amber(window: MainWindow, engine: FakeEngine) -> None:
    window.console.panic()
    assert lit(window) == [(False, False), (False, False)]


def test_a_switch_pressed_twice_before_the_engine_spoke_is_dark(window: MainWindow, engine: FakeEngine) -> None:
    window.console.output.toggle_blackout()
    assert lit(window)[1] == (True, True)
    window.console.output.toggle_blackout()
    assert lit(window)[1] == (False, False)
    engine.emit(engine.output(blackout=True))  # the first press, on its way since
    QApplication.processEvents()
    assert lit(window)[1] == (False, True)
    engine.emit(engine.output(blackout=False))
    QApplication.processEvents()
    assert lit(window)[1] == (False, False)


def test_what_stands_already_is_not_waited_for() -> None:
    pending = Pending(False)
    pending.want(False, 0)
    assert not pending.waiting
    pending.want(True, 0)
    assert (pending.waiting, pending.shown) == (True, True)


def test_a_cut_cancelled_elsewhere_leaves_its_pad(window: MainWindow, engine: FakeEngine) -> None:
    now = engine.time_ns
    window.console.press_pad(2)
    for event in (
        CutQueued(at_ns=now, scene="Neon Rain", due_ns=now + SECOND),
        CutQueued(at_ns=now, scene="", due_ns=0),
    ):
        engine.emit(event)
    QApplication.processEvents()
    assert window.models.pads.shown[2].state is PadState.LOADED


def test_a_cut_that_another_replaced_is_forgotten(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    window.console.press_pad(2)
    engine.emit(engine.committed("Pearl", epoch=4))  # both came to the same boundary
    QApplication.processEvents()
    assert window.models.pads.shown[2].state is PadState.QUEUED
    engine.time_ns += 11 * SECOND
    qtbot.waitUntil(lambda: window.models.pads.shown[2].state is PadState.LOADED)


def test_a_cancelled_cut_is_no_longer_announced(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    now, newest = engine.time_ns, window.surface.strip.newest
    window.console.press_pad(2)
    engine.emit(CutQueued(at_ns=now, scene="Neon Rain", due_ns=now + 8 * SECOND))
    qtbot.waitUntil(lambda: newest.text == "Neon Rain waits for its beat")
    engine.emit(CutQueued(at_ns=now, scene="", due_ns=0))
    qtbot.waitUntil(lambda: "Neon Rain" not in newest.text)
    engine.time_ns += SECOND
    qtbot.waitUntil(lambda: newest.text == "The cut to Neon Rain is cancelled")


def test_a_cut_that_comes_is_not_called_cancelled(window: MainWindow, engine: FakeEngine) -> None:
    now = engine.time_ns
    engine.emit(
        CutQueued(at_ns=now, scene="Neon Rain", due_ns=now + 8 * SECOND),
        CutQueued(at_ns=now, scene="", due_ns=0),
        engine.committed("Neon Rain", epoch=4),
    )
    QApplication.processEvents()
    window.models.tick(now + 5 * SECOND)
    assert not [entry.text for entry in window.models.log.entries if "Neon" in entry.text]
