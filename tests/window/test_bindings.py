"""The controllers' panel over the real midi service: devices drawn, bindings edited, questions asked, files."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.control.slots import Slot, SlotKind, parse_slots
from app.control.spans import Shape, Span
from app.control.takeover import TakeoverMode
from app.midi.bindings import Binding, Mode
from app.midi.control_ids import ControlId, MessageKind
from app.midi.learning.user_bindings import UserBindingsFolder
from app.midi.ports.port import PortState, PortStatus
from app.midi.ports.system import open_system
from app.midi.profiles.profile import factory_profiles
from app.midi.service import MidiService
from app.midi.state import MidiState
from app.models.control_labels import Light, faces
from app.models.controllers.devices import ControllerViews
from app.models.controllers.edit import changed
from app.models.controllers.feed import ControllerFeed
from app.models.targets import Targets
from app.views.controllers.panel import MidiPanel
from app.views.main_window import MainWindow
from app.views.menus.learn import TOLD_MS
from app.widgets.device_picture import DevicePictureView
from app.widgets.popover import Choice, anchor_of
from engine.clock import SystemClock
from engine.messages.commands import NudgeTempo, SetParameter
from engine.messages.output_commands import SetBlackout
from tests.midi.core_parts import FakeSystem
from tests.midi.jack import Controller, JackServer
from tests.window.fake_engine import FakeEngine

LEFT = Qt.MouseButton.LeftButton
CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
APC, BOX, PAD = "APC mini mk2 Control", "Strange Box", "LPMiniMK3 MIDI"
Artefacts = Callable[[str], Path]


class LiveEngine(FakeEngine):
    """Its clock is the machine's, as the midi service's is."""

    def now_ns(self) -> int:
        return time.monotonic_ns()


@dataclass
class Booth:
    """A window, its panel, and the devices that are plugged in."""

    window: MainWindow
    system: FakeSystem
    engine: LiveEngine
    folder: Path
    qtbot: QtBot
    panel: MidiPanel = field(init=False)

    def __post_init__(self) -> None:
        self.panel = self.window.overlays.panel

    def open(self, port: str) -> None:
        """Open the panel at the MIDI chip and bring a controller to the front."""
        self.qtbot.mousePress(self.window.surface.chain.controllers_chip, LEFT)
        self.qtbot.waitUntil(lambda: any(view.name == port for view in self.panel.model.views))
        names = [view.name for view in self.panel.model.views]
        self.qtbot.mousePress(self.panel.tabs, LEFT, pos=self.panel.tabs.tab_rect(names.index(port)).center())

    def place(self, kind: MessageKind, number: int) -> QPoint:
        """Where a control of the device in front lies on its picture."""
        view = self.panel.model.view
        assert view is not None
        index = next(
            index
            for index, control in enumerate(view.picture.controls)
            if control.source is not None and (control.source.kind, control.source.number) == (kind, number)
        )
        return self.panel.picture.box_of(index).center().toPoint()

    def choose(self, kind: MessageKind, number: int) -> None:
        self.qtbot.mousePress(self.panel.picture, LEFT, pos=self.place(kind, number))

    def aim(self, group: str, title: str) -> None:
        """Press the target and choose another in the list that opens."""
        self.qtbot.mousePress(self.panel.editor.target, LEFT)
        for name in (group, title):
            shown = self.window.overlays.popover.findChildren(Choice)
            found = [
                one for one in shown if one.accessibleName() == name and one.isVisibleTo(self.window.overlays.popover)
            ]
            found[0].chosen.emit()

    def saved(self, port: str = APC) -> list[Binding]:
        return list(UserBindingsFolder(self.folder).load(port).bindings)

    def until_saved(self, *wanted: Binding, port: str = APC) -> None:
        self.qtbot.waitUntil(lambda: self.saved(port) == list(wanted))


@contextmanager
def open_booth(system: FakeSystem | None, qtbot: QtBot, qapp: QApplication, folder: Path) -> Iterator[Booth]:
    """A window over the midi service; system None: the machine's own MIDI."""
    theme.apply(qapp)
    engine = LiveEngine()
    service = MidiService(
        engine.post,
        engine.front,
        SystemClock(),
        system=open_system if system is None else lambda: system,
        folder=UserBindingsFolder(folder),
    )
    engine.front.subscribe(service.follow)
    service.start()
    window = MainWindow(engine, engine.front, ControllerFeed(engine.front, service))
    window.resize(1280, 800)
    window.show()
    qtbot.waitExposed(window)
    engine.perform()
    qapp.processEvents()
    engine.posted.clear()
    try:
        yield Booth(window, system or FakeSystem(), engine, folder, qtbot)
    finally:
        window.close()
        window.deleteLater()
        qapp.processEvents()
        service.close()


@pytest.fixture
def booth(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Booth]:
    system = FakeSystem([APC, PAD, BOX])
    system.lights = [APC, PAD]
    with open_booth(system, qtbot, qapp, tmp_path / "midi") as opened:
        yield opened


@pytest.fixture(scope="module")
def jack_server() -> Iterator[JackServer]:
    with JackServer() as server:
        yield server


FADER = ControlId(MessageKind.CC, 48, 1)
HUE = Binding(source=FADER, slot=Slot(SlotKind.PARAMETER, name="field.hue"), mode=Mode.ABSOLUTE)


def test_a_fader_is_bound_otherwise_step_by_step(booth: Booth) -> None:
    booth.open(APC)
    assert booth.panel.state_line.text == "Akai APC mini mk2, confidence high."
    booth.choose(MessageKind.CC, 48)
    editor, model = booth.panel.editor, booth.panel.model
    assert editor.isVisible() and editor.target.label == "Knob 1: Energy"
    booth.aim("Parameters", "Hue")
    assert editor.question.text == "It does Knob 1: Energy already. And Hue?"
    assert booth.saved() == []  # nothing before the answer
    booth.qtbot.mousePress(editor.answers[0], LEFT)
    booth.until_saved(HUE)
    editor.span.changed.emit(Span(0.25, 0.5, invert=True))
    editor.curve.chosen.emit(3)
    editor.takeover.chosen.emit(2)
    editor.bank.chosen.emit(2)
    wanted = replace(HUE, span=Span(0.25, 0.5, invert=True, shape=Shape.SOFT), takeover=TakeoverMode.JUMP, bank=2)
    booth.until_saved(wanted)
    editor.mode.chosen.emit(1)
    assert editor.encoding.isVisible() and not editor.takeover.isVisible()
    editor.encoding.chosen.emit(1)
    booth.qtbot.waitUntil(lambda: [one.mode for one in booth.saved()] == [Mode.RELATIVE])
    booth.qtbot.waitUntil(lambda: booth.panel.state_line.text.endswith("One control is yours."))
    booth.qtbot.mousePress(editor.factory, LEFT)
    booth.until_saved()
    booth.qtbot.keyClick(booth.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    booth.qtbot.waitUntil(lambda: [one.mode for one in booth.saved()] == [Mode.RELATIVE])
    booth.qtbot.keyClick(booth.window, Qt.Key.Key_Z, CONTROL_SHIFT)
    booth.until_saved()
    booth.qtbot.waitUntil(lambda: editor.target.label == "Knob 1: Energy")
    chosen = model.chosen
    assert chosen is not None and [str(one.slot) for one in chosen.bindings] == ["knob.1"]


def test_a_pad_keeps_both_and_gives_one_back(booth: Booth) -> None:
    booth.open(APC)
    booth.choose(MessageKind.NOTE, 56)
    editor = booth.panel.editor
    booth.aim("Transport", "Beat later")
    booth.qtbot.mousePress(editor.answers[1], LEFT)
    booth.qtbot.waitUntil(lambda: [str(one.slot) for one in booth.saved()] == ["pad.1", "nudge_later"])
    assert editor.does.labels == ("Pad 1", "Beat later", "+")
    booth.engine.posted.clear()
    booth.system.play(APC, (0x90, 56, 100))
    booth.qtbot.waitUntil(lambda: len(booth.engine.posted) == 2)
    assert [one for one in booth.engine.posted if isinstance(one, NudgeTempo)]
    booth.qtbot.mousePress(editor.drop, LEFT)
    booth.qtbot.waitUntil(lambda: [str(one.slot) for one in booth.saved()] == ["pad.1"])
    booth.qtbot.mousePress(editor.drop, LEFT)
    booth.qtbot.waitUntil(lambda: [str(one.slot) for one in booth.saved()] == ["none"])  # silenced, not as shipped
    assert editor.target.label == "Choose a target…"
    booth.qtbot.mousePress(booth.panel.factory_key, LEFT)
    assert booth.panel.factory_key.label == "Sure? Again" and booth.saved()
    booth.qtbot.mousePress(booth.panel.factory_key, LEFT)
    booth.until_saved()
    for _ in range(3):
        booth.window.console.undo()
    booth.qtbot.waitUntil(lambda: [str(one.slot) for one in booth.saved()] == ["pad.1", "nudge_later"])
    booth.window.console.undo()
    booth.until_saved()


def test_what_moves_lights_up_and_the_hand_may_choose(booth: Booth) -> None:
    booth.open(APC)
    booth.qtbot.mousePress(booth.panel.follow_key, LEFT)
    booth.system.play(APC, (0xB0, 50, 127))
    booth.qtbot.waitUntil(lambda: bool(booth.panel.picture.glowing))
    chosen = booth.panel.model.chosen
    assert chosen is not None and chosen.source == ControlId(MessageKind.CC, 50, 1)
    view = booth.panel.model.view
    assert view is not None
    shown = faces(view, Targets(booth.window.models))
    by_source = {control.source: face for control, face in zip(view.picture.controls, shown, strict=True)}
    assert by_source[ControlId(MessageKind.CC, 50, 1)].level == 1.0
    assert by_source[ControlId(MessageKind.NOTE, 57, 1)].light is Light.PLAYING
    assert by_source[ControlId(MessageKind.NOTE, 56, 1)].light is Light.LOADED
    booth.qtbot.waitUntil(lambda: not booth.panel.picture.glowing)


def test_an_unknown_device_is_drawn_from_what_it_sends(booth: Booth) -> None:
    booth.open(BOX)
    view = booth.panel.model.view
    assert view is not None and view.made_up and view.picture.controls == ()
    booth.system.play(BOX, (0xB2, 21, 5), (0x99, 36, 90), (0x89, 36, 0), (0xE0, 0, 80))
    booth.qtbot.waitUntil(lambda: len(booth.panel.model.view.picture.controls) == 3)  # type: ignore[union-attr]
    booth.choose(MessageKind.CC, 21)
    assert booth.panel.editor.target.label == "Knob 6: Symmetry"
    booth.choose(MessageKind.BEND, 0)
    assert booth.panel.editor.target.label == "Choose a target…"
    assert booth.panel.state_line.text.startswith("Nobody has described it yet")
    booth.aim("Output", "Master")  # it did nothing: nobody is asked
    booth.qtbot.waitUntil(lambda: [str(one.slot) for one in booth.saved(BOX)] == ["level"])


def test_escape_steps_back_and_never_panics(booth: Booth) -> None:
    booth.open(APC)
    booth.choose(MessageKind.CC, 48)
    booth.qtbot.keyClick(booth.panel.picture, Qt.Key.Key_Right)
    assert booth.panel.editor.target.label == "Knob 2: Scale"
    booth.qtbot.keyClick(booth.panel.picture, "b")  # everything else is played
    assert isinstance(booth.engine.posted.pop(), SetBlackout)
    booth.aim("Parameters", "Hue")
    for still_open, editing, asked in ((True, True, False), (True, False, False), (False, False, False)):
        booth.qtbot.keyClick(booth.window, Qt.Key.Key_Escape)
        assert booth.panel.isVisible() is still_open
        assert booth.panel.editor.isVisible() is editing
        assert (booth.panel.model.question is not None) is asked
    assert booth.engine.posted == [] and booth.saved() == []


def test_a_controller_goes_and_another_program_has_one(booth: Booth) -> None:
    booth.open(APC)
    booth.system.busy.add("Fader Box")
    booth.system.plugged[:] = [PAD, BOX, "Fader Box"]
    booth.qtbot.waitUntil(lambda: len(booth.panel.tabs.tabs) == 4)
    booth.qtbot.waitUntil(lambda: booth.panel.tabs.tabs[0].remark == "gone")
    assert [tab.remark for tab in booth.panel.tabs.tabs] == ["gone", "open", "open", "in use by another program"]
    assert booth.panel.state_line.text.startswith("Unplugged; it is picked up again when it returns.")
    booth.system.dead = True
    booth.qtbot.waitUntil(lambda: "no longer lists its MIDI inputs" in booth.panel.status.text)


def test_files_are_dropped_imported_and_exported(booth: Booth, tmp_path: Path) -> None:
    booth.open(APC)
    file = tmp_path / "mine.toml"
    file.write_text(f'port = "{APC}"\n[[controls]]\nslots = "parameter:field.hue"\ncc = 48\nchannel = 1\n')
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    action, button = Qt.DropAction.CopyAction, LEFT
    event = QDropEvent(QPointF(9, 9), action, data, button, Qt.KeyboardModifier.NoModifier)
    booth.panel.dropEvent(event)
    booth.until_saved(HUE)
    assert booth.engine.posted == []  # it was no cue list
    booth.qtbot.waitUntil(lambda: bool(booth.panel.model.view and booth.panel.model.view.own))
    file.write_text(f'port = "{APC}"\n[[controls]]\nslots = "freeze"\nnote = 3\n')
    booth.panel.model.import_from(file)
    booth.qtbot.waitUntil(lambda: [str(one.slot) for one in booth.saved()] == ["freeze"])
    booth.window.console.undo()
    booth.until_saved(HUE)
    booth.panel.model.export_to(tmp_path / "out" / "copy.toml")
    booth.qtbot.waitUntil(lambda: (tmp_path / "out" / "copy.toml").exists())
    booth.qtbot.waitUntil(lambda: booth.panel.status.text.startswith(f"{APC}: 1 learnt control written to"))
    assert list(UserBindingsFolder.read(tmp_path / "out" / "copy.toml").bindings) == [HUE]
    file.write_text("port = 5\n")
    booth.panel.model.import_from(file)
    booth.qtbot.waitUntil(lambda: "'port' needs a text" in booth.panel.status.text)
    assert booth.saved() == [HUE]


def test_a_whole_device_is_learnt_from_the_panel(booth: Booth) -> None:
    booth.open(BOX)
    booth.qtbot.mousePress(booth.panel.learn_key, LEFT)
    booth.qtbot.waitUntil(lambda: booth.window.overlays.popover.accessibleName() == "Learn MIDI: Knob 1")
    booth.qtbot.waitUntil(lambda: booth.window.models.midi.learn.target is not None)  # the thread of MIDI listens too
    booth.system.play(BOX, (0xB0, 90, 5), (0xB0, 90, 9))
    booth.qtbot.waitUntil(lambda: booth.window.overlays.popover.accessibleName() == "Learn MIDI: Knob 2")
    booth.qtbot.keyClick(booth.window, Qt.Key.Key_Escape)
    assert booth.panel.isVisible()
    booth.qtbot.waitUntil(lambda: [str(one.slot) for one in booth.saved(BOX)] == ["knob.1"])
    booth.qtbot.wait(TOLD_MS + 100)
    booth.window.console.turn_knob("field.energy", 0.9)
    booth.window.console.undo()
    assert [str(one.slot) for one in booth.saved(BOX)] == ["knob.1"]  # the knob went first
    booth.window.console.undo()
    booth.until_saved(port=BOX)
    booth.window.console.redo()
    booth.qtbot.waitUntil(lambda: [str(one.slot) for one in booth.saved(BOX)] == ["knob.1"])


@pytest.mark.parametrize("size", [(1024, 700), (1280, 800), (1920, 1080)], ids=lambda size: f"{size[0]}")
def test_the_panel_leaves_room_at_every_size(booth: Booth, artefacts: Artefacts, size: tuple[int, int]) -> None:
    booth.window.resize(*size)
    booth.open(APC)
    booth.choose(MessageKind.CC, 50)
    booth.aim("Parameters", "Hue")
    booth.qtbot.mousePress(booth.panel.editor.answers[1], LEFT)
    booth.system.play(APC, *((0xB0, number, 14 * (number - 47)) for number in range(48, 57)))
    booth.qtbot.wait(250)
    editor, surface = booth.panel.editor, booth.window.surface
    for part in (editor.does, editor.mode, editor.bank, editor.drop, booth.panel.learn_key, booth.panel.close_key):
        assert part.height() >= theme.TARGET
        assert part.parentWidget().rect().contains(part.geometry())
    for part in (
        surface.transport.freeze,
        surface.transport.blackout,
        surface.transport.panic,
        surface.transport.master,
        surface.transport.tap,
    ):
        place = anchor_of(part, surface)
        assert not place.intersects(booth.panel.geometry().united(editor.geometry()))
    assert booth.window.grab().save(str(artefacts(f"window/controllers-{size[0]}x{size[1]}.png")))


@pytest.mark.jack
def test_a_real_controller_is_bound_by_hand(
    jack_server: JackServer, qtbot: QtBot, qapp: QApplication, tmp_path: Path
) -> None:
    with Controller() as controller, open_booth(None, qtbot, qapp, tmp_path / "midi") as booth:
        controller.plug(APC, lights=True)
        booth.open(APC)
        booth.qtbot.waitUntil(lambda: booth.panel.tabs.tabs[0].remark == "open")
        booth.qtbot.mousePress(booth.panel.follow_key, LEFT)
        controller.send(APC, [(0xB0, 48, 64)])
        booth.qtbot.waitUntil(lambda: booth.panel.editor.isVisible())
        booth.aim("Parameters", "Hue")
        booth.qtbot.mousePress(booth.panel.editor.answers[0], LEFT)
        booth.until_saved(HUE)
        booth.engine.posted.clear()
        controller.send(APC, [(0xB0, 48, 0), (0xB0, 48, 127)], gap_ms=20)
        qtbot.waitUntil(lambda: any(isinstance(one, SetParameter) for one in booth.engine.posted))
        assert {one.parameter for one in booth.engine.posted if isinstance(one, SetParameter)} == {"field.hue"}
        controller.unplug(APC)
        qtbot.waitUntil(lambda: booth.panel.tabs.tabs[0].remark == "gone")


def test_every_device_is_drawn(booth: Booth, artefacts: Artefacts) -> None:
    ports = tuple(
        PortStatus(name=one.name, state=PortState.OPEN, profile=one.name, confidence=one.confidence.value)
        for one in factory_profiles()
        if one.match
    )
    assert len(ports) == 9
    for view in ControllerViews().of(MidiState(ports=ports)):
        picture = DevicePictureView(None)
        picture.resize(704, 430)
        for page in range(1, view.picture.pages + 1):
            picture.show_device(view.picture, page, faces(view, Targets(booth.window.models)))
            while picture.unpainted:
                picture.grab()
            name = view.name.lower().replace(" ", "-")
            assert picture.grab().save(str(artefacts(f"window/device-{name}-{page}.png")))
        picture.deleteLater()


SLOTS = tuple(parse_slots(text)[0] for text in ("knob.1", "pad.1", "freeze", "tap", "level"))
NOTE = ControlId(MessageKind.NOTE, 1, 1)
BINDINGS = st.builds(
    lambda slot, bank: Binding(source=NOTE, slot=slot, mode=Mode.TRIGGER, bank=bank),
    st.sampled_from(SLOTS),
    st.sampled_from((None, 1, 2)),
)


@given(st.lists(BINDINGS, max_size=4, unique=True), st.integers(0, 4), BINDINGS)
def test_an_edit_loses_nothing_unasked(group: list[Binding], index: int, new: Binding) -> None:
    old = group[index] if index < len(group) else None
    change = changed(NOTE, tuple(group), old, new)
    assert new in change.bindings
    lost = [one for one in group if one not in change.bindings and one != old and one.slot != new.slot]
    if change.conflict is None:
        assert lost == []
        assert old is None or old.slot == new.slot or old == new
    else:
        assert {*lost} <= {*change.conflict.existing}
        assert new in change.both
        kept = [one for one in change.conflict.existing if one not in change.both]
        assert kept == []
    apart = [one for one in group if one not in (old, new) and not one.meets(new)]
    assert all(one in change.bindings for one in apart)
