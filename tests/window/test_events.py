"""What is told: faults stand until they are seen or cured, repetitions are one line, all can be read in full."""

from datetime import UTC, datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.models.chain import CALM_NS
from app.models.log import HOLD_NS, Entry, Log, Topic
from app.models.window_models import WindowModels
from app.views.main_window import MainWindow
from app.views.menus.events import EventsMenu
from app.widgets.chip import Tone
from app.widgets.event_list import EventList
from app.widgets.popover import Choice
from engine.messages.events import ComponentState, Level, Notice, SourceState
from tests.window.fake_engine import SECOND, FakeEngine, library

LEFT = Qt.MouseButton.LeftButton
LONG = "The model wan-1.3b cannot be loaded: its weights are not there (/home/me/.cache/hardcut/models/wan-1.3b). "
REMEDY = "Fetch them with: hardcut models fetch wan-1.3b"


def test_depth_that_is_late_by_turns_is_told_once() -> None:
    engine = FakeEngine(library(3))
    show = WindowModels(engine.front, engine.scenes)
    show.take(engine.depth())
    told = len(show.log.entries)
    states = []
    for turn in range(20):
        engine.time_ns += (1 + turn % 10) * SECOND
        late = turn % 2 == 0
        detail = f"Depth maps are {400 + turn} ms old; the show goes on with them." if late else ""
        show.take(engine.depth(ComponentState.LATE if late else ComponentState.READY, detail))
        show.tick(engine.time_ns)
        assert show.chain.depth is not None
        states.append(show.chain.depth.state)
    assert set(states) == {ComponentState.LATE}
    assert len(show.log.entries) == told + 1
    assert show.log.entries[-1].text.startswith("Depth (true depth) is late: Depth maps are 400 ms old")
    show.tick(engine.time_ns + CALM_NS)
    assert show.chain.depth is not None and show.chain.depth.state is ComponentState.READY
    assert show.log.entries[-1].text == "Depth (true depth) is in time again"
    show.take(engine.depth(ComponentState.FAILED, "no frames"))
    assert show.chain.depth.state is ComponentState.FAILED  # what is no lateness is told at once


def test_a_fault_stands_until_it_is_cured() -> None:
    log = Log()
    log.add(Entry(0, Level.ERROR, "The generator has failed", Topic.GENERATOR))
    for second in range(1, 200):
        log.add(Entry(second * SECOND, Level.INFO, f"Cut {second}"))
    prominent = log.prominent(200 * SECOND)
    assert prominent is not None and prominent.text == "The generator has failed"
    log.add(Entry(201 * SECOND, Level.WARNING, "That cannot be done"))
    assert log.prominent(202 * SECOND) == log.last
    assert log.prominent(201 * SECOND + HOLD_NS + 1) == prominent
    log.cure(Topic.SOURCE)
    assert log.fault is prominent
    log.cure(Topic.GENERATOR)
    assert log.fault is None
    assert log.prominent(300 * SECOND) == log.last


def test_what_is_said_again_is_one_line_that_counts() -> None:
    log = Log()
    for turn in range(6):
        log.add(Entry(turn * SECOND, Level.WARNING, "abc"[turn % 3]))
    assert [(one.text, one.times, one.at_ns // SECOND) for one in log.entries] == [
        ("a", 2, 3),
        ("b", 2, 4),
        ("c", 2, 5),
    ]
    log.add(Entry(100 * SECOND, Level.WARNING, "a"))
    assert [(one.text, one.times) for one in log.entries][-1] == ("a", 1)


def test_a_fault_is_seen_when_the_events_are_read(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    window.surface.strip.toggle_numbers()
    engine.emit(Notice(at_ns=engine.time_ns, level=Level.ERROR, text=LONG + REMEDY))
    for number in range(30):
        engine.emit(Notice(at_ns=engine.time_ns, level=Level.INFO, text=f"Line {number}"))
    engine.time_ns += 60 * SECOND
    newest = window.surface.strip.newest
    qtbot.wait(80)
    assert newest.text == LONG + REMEDY
    assert newest.width() > window.surface.strip.width() * 0.9  # the whole line of the strip is its
    assert not window.surface.strip.backend.isVisible()
    qtbot.mousePress(newest, LEFT)
    [events] = window.overlays.popover.findChildren(EventList)
    assert len(events.lines) > 30
    place = next(index for index, one in enumerate(events.lines) if one.text == LONG + REMEDY)
    assert "".join(events.rows_of(place)).replace(" ", "") == (LONG + REMEDY).replace(" ", "")  # nothing is cut
    assert len(events.rows_of(place)) > 1
    qtbot.mousePress(events, LEFT, pos=events.line_rect(place).center())
    assert QApplication.clipboard().text().endswith(REMEDY)
    [copy] = [one for one in window.overlays.popover.findChildren(Choice) if one.accessibleName() == "Copy"]
    copy.chosen.emit()
    assert QApplication.clipboard().text().splitlines()[-1].endswith("Line 29")
    qtbot.waitUntil(lambda: newest.text == "Line 29")
    assert window.surface.strip.backend.isVisible()


def test_times_are_those_of_the_day(window: MainWindow, engine: FakeEngine) -> None:
    log = Log()
    log.add(Entry(10 * SECOND, Level.WARNING, "early"))
    clock = datetime(2026, 1, 2, 20, 15, 30, tzinfo=UTC)
    menu = EventsMenu(window.overlays.popover, log, lambda: 40 * SECOND, print, print, lambda: clock)
    menu.open(window.surface.strip.newest)
    [events] = window.overlays.popover.findChildren(EventList)
    assert [str(line) for line in events.lines] == ["20:15:00  early"]


def test_a_lost_source_is_cured_when_it_is_live(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.emit(engine.source("ndi:CAM", SourceState.LOST))
    engine.time_ns += 30 * SECOND
    qtbot.wait(80)
    assert window.surface.strip.newest.text == "CAM is lost, its last picture stays"
    assert window.surface.chain.source_chip.face.tone is Tone.FAULT
    engine.emit(engine.source("ndi:CAM", SourceState.LIVE))
    qtbot.waitUntil(lambda: window.surface.strip.newest.text == "CAM is live")


def test_a_fault_is_told_in_full_over_the_strip(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    strip = window.surface.strip
    assert strip.health[0].isVisible()
    text = f"{LONG} {LONG}{REMEDY}"
    engine.emit(Notice(at_ns=engine.time_ns, level=Level.ERROR, text=text))
    qtbot.waitUntil(lambda: strip.newest.text == text)
    assert strip.newest.height() > 60 and not strip.health[0].isVisible()
    window.models.log.see()
    engine.time_ns += 60 * SECOND
    engine.emit(Notice(at_ns=engine.time_ns, level=Level.INFO, text="All is well"))
    qtbot.waitUntil(strip.health[0].isVisible)
    qtbot.mousePress(strip.health[0], LEFT)
    assert strip.numbers and not strip.health[0].isVisible() and strip.backend.isVisible()


def test_the_list_can_be_narrowed(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    for level in Level:
        engine.emit(Notice(at_ns=engine.time_ns, level=level, text=f"told as {level.value}"))
    qtbot.waitUntil(lambda: window.surface.strip.newest.text == "told as error")
    qtbot.mousePress(window.surface.strip.newest, LEFT)
    for title, texts in (("Warnings", ["told as error", "told as warning"]), ("Faults", ["told as error"])):
        [choice] = [one for one in window.overlays.popover.findChildren(Choice) if one.accessibleName() == title]
        qtbot.mousePress(choice, LEFT)
        [events] = window.overlays.popover.findChildren(EventList)
        assert [line.text for line in events.lines] == texts
    [copy] = [one for one in window.overlays.popover.findChildren(Choice) if one.accessibleName() == "Copy"]
    copy.chosen.emit()
    assert QApplication.clipboard().text().endswith("told as error")
