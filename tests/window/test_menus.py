"""The menus of the window offscreen: what they offer, what they post, how they stay and go."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from app.views.main_window import MainWindow
from app.views.requests import Request
from app.widgets.chip import Tone
from app.widgets.corners import CornerPad
from app.widgets.popover import Choice, anchor_of
from engine.messages.alpha import AlphaOut
from engine.messages.commands import ArmBank, HardCut, SelectGenerator, SetParameter
from engine.messages.events import (
    ArmedChanged,
    ArmState,
    SceneArming,
    SourceState,
)
from engine.messages.input_commands import SelectSource
from engine.messages.interpolation import Interpolation
from engine.messages.mix import PRESETS
from engine.messages.offers import GeneratorOffer
from engine.messages.output_commands import (
    SetAlpha,
    SetCanvas,
    SetEmergency,
    SetInterpolation,
    SetLogo,
    SetOutputRate,
    ShapeDisplay,
)
from engine.messages.reference import ChooseReference, ReferenceChanged
from engine.messages.shape import DisplayShape
from engine.messages.sinks import SinkPhase, SinkReport
from engine.messages.stats import GpuShared, SharedGpu
from engine.messages.transitions import Span, Transition
from tests.window.fake_engine import FakeEngine

LEFT = Qt.MouseButton.LeftButton


def choose(window: MainWindow, qtbot: QtBot, title: str) -> None:
    """Press a line of the open menu."""
    choices = [choice for choice in window.overlays.popover.findChildren(Choice) if choice.accessibleName() == title]
    qtbot.mousePress(choices[-1], LEFT)


def shown(window: MainWindow) -> list[str]:
    popover = window.overlays.popover
    return [one.accessibleName() for one in popover.findChildren(Choice) if one.isVisibleTo(popover)]


def words(window: MainWindow) -> list[str]:
    popover = window.overlays.popover
    return [one.text() for one in popover.findChildren(QLabel) if one.isVisibleTo(popover)]


def test_the_source_menu(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    now = engine.time_ns
    for title in ("Stage", "2", "BOOTH (Camera 1)"):
        qtbot.mousePress(window.surface.chain.source_chip, LEFT)
        qtbot.waitUntil(lambda: not window.overlays.finder.busy)
        QApplication.processEvents()
        choose(window, qtbot, title)
        assert not window.overlays.popover.isVisible()
    assert engine.posted == [
        SelectSource(stamp_ns=now, spec="stage"),
        SelectSource(stamp_ns=now, spec="camera:2"),
        SelectSource(stamp_ns=now, spec="ndi:BOOTH (Camera 1)"),
    ]


def test_the_generator_and_output_menus(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.mousePress(window.surface.chain.generator_chip, LEFT)
    qtbot.waitUntil(lambda: "Wan" in shown(window))
    choose(window, qtbot, "Wan")
    qtbot.mousePress(window.surface.chain.output_chip, LEFT)
    choose(window, qtbot, "Picture")
    choose(window, qtbot, "1920 × 1080")
    choose(window, qtbot, "59.94")
    choose(window, qtbot, "Motion")
    now = engine.time_ns
    assert engine.posted == [
        SelectGenerator(stamp_ns=now, name="wan"),
        SetCanvas(stamp_ns=now, width=1920, height=1080),
        SetOutputRate(stamp_ns=now, rate=Fraction(60000, 1001)),
        SetInterpolation(stamp_ns=now, mode=Interpolation.MOTION),
    ]


def test_what_plays_in_anothers_place_can_be_kept(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    engine.emit(engine.generator(detail="In place of wan-14b: It broke."))
    qtbot.mousePress(window.surface.chain.generator_chip, LEFT)
    qtbot.waitUntil(lambda: "Field" in shown(window))
    choose(window, qtbot, "Field")
    qtbot.waitUntil(lambda: engine.posted == [SelectGenerator(stamp_ns=engine.time_ns, name="field")])


def test_a_picture_to_begin_with_is_chosen_beside_the_generator(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    qtbot.mousePress(window.surface.chain.generator_chip, LEFT)
    qtbot.waitUntil(lambda: "Wan" in shown(window))
    assert "A picture …" not in shown(window)  # this generator takes none
    engine.emit(ReferenceChanged(at_ns=0))
    qtbot.waitUntil(lambda: "A picture …" in shown(window))
    engine.emit(ReferenceChanged(at_ns=1, file="/pictures/mask.png"))
    qtbot.waitUntil(lambda: "mask.png" in shown(window))
    choose(window, qtbot, "The dream")
    assert engine.posted == [ChooseReference(stamp_ns=engine.time_ns, file="")]


def test_an_open_menu_leaves_the_pads_playable(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    qtbot.mousePress(window.surface.chain.output_chip, LEFT)
    assert window.overlays.popover.isVisible()
    qtbot.keyClick(window.surface, "2")
    qtbot.mousePress(window.surface.pads.pads[15], LEFT)
    qtbot.waitUntil(lambda: not window.overlays.popover.isVisible())
    qtbot.mousePress(window.surface.chain.output_chip, LEFT)
    qtbot.keyClick(window.surface, Qt.Key.Key_Escape)
    assert not window.overlays.popover.isVisible()
    now = engine.time_ns
    assert engine.posted == [
        HardCut(stamp_ns=now, scene="Ice Cathedral"),
        HardCut(stamp_ns=now, scene="Night Drive"),
    ]


def test_a_press_on_words_of_a_menu_leaves_it_open(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mousePress(window.surface.chain.generator_chip, LEFT)
    popover = window.overlays.popover
    [title, *_] = popover.findChildren(QLabel)
    for place in (title, popover):
        qtbot.mouseClick(place, LEFT)
        QApplication.processEvents()
        assert popover.isVisible()
    qtbot.mouseClick(window.surface.pictures.now, LEFT)
    qtbot.waitUntil(lambda: not popover.isVisible())


def test_a_pad_is_given_another_scene(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    window.surface.pads.pads[0].menu_asked.emit(0)
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
    window.overlays.toggle(Request.HELP)
    window.resize(1600, 1000)
    qtbot.waitUntil(lambda: window.overlays.help.size() == window.surface.size())
    assert window.overlays.help.unit == window.surface.unit
    qtbot.mousePress(window.surface.chain.output_chip, LEFT)
    window.resize(1100, 700)
    qtbot.waitUntil(lambda: window.surface.rect().contains(window.overlays.popover.geometry()))
    chip = anchor_of(window.surface.chain.output_chip, window.surface)
    qtbot.waitUntil(lambda: window.overlays.popover.geometry().top() - chip.bottom() == 6)


def test_backends_and_unarmed_pads_are_told_in_full(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    states = (
        SceneArming("Molten Gold", ArmState.ARMED),
        SceneArming("Neon Rain", ArmState.ARMING),
        SceneArming("Pearl", ArmState.LOADED, "the memory for armed pads is full"),
    )
    engine.emit(ArmedChanged(at_ns=engine.time_ns, scenes=states, bytes=3 << 20))
    qtbot.waitUntil(lambda: window.surface.pads.pads[12].pad.why != "")
    assert window.surface.pads.pads[12].toolTip().endswith("Not armed: the memory for armed pads is full.")
    assert window.surface.pads.pads[2].toolTip().endswith("Its opening is being prepared.")
    qtbot.mousePress(window.surface.chain.generator_chip, LEFT)
    said = [label.text() for label in window.overlays.popover.findChildren(QLabel)]
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
    qtbot.waitUntil(lambda: window.surface.chain.generator_chip.face.remark == "GPU SHARED")
    window.surface.chain.generator_chip.pressed.emit()
    window.surface.chain.generator_chip.pressed.emit()
    [told] = [one.text() for one in window.overlays.popover.findChildren(QLabel) if "H100" in one.text()]
    assert told.startswith("The GPU is shared. H100: another program")
    window.surface.pads.pads[12].menu_asked.emit(12)
    assert "Press to play this scene. Not armed: the memory for armed pads is full." in words(window)


COPY = "Copy the command that fetches it"


def test_generators_that_would_be_refused_say_so_first(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    missing = "3 of its 3 files are not there: hardcut models fetch wan-1.3b."
    engine.offers = (
        GeneratorOffer(name="field", label="Neural field"),
        GeneratorOffer(name="wan-tiny", label="Wan, tiny", needs_restart=True),
        GeneratorOffer(name="wan-1.3b", label="Wan 1.3B", hindrance=missing, needs_restart=True),
        GeneratorOffer(name="bloom", label="Bloom"),
    )
    qtbot.mousePress(window.surface.chain.generator_chip, LEFT)
    qtbot.waitUntil(lambda: shown(window) == ["Field", "Wan-tiny", "Bloom", "Wan-1.3b", COPY])
    told = [one.replace("\N{NON-BREAKING HYPHEN}", "-") for one in words(window)]  # no line breaks within a command
    assert "3 of its 3 files are not there. Then start Hardcut with --generator wan-1.3b." in told
    assert "It has other knobs and scenes. Start Hardcut with --generator wan-tiny." in told
    for title in ("Wan-tiny", "Wan-1.3b", "Field"):
        choose(window, qtbot, title)
    assert engine.posted == []
    choose(window, qtbot, "Bloom")
    assert engine.posted == [SelectGenerator(stamp_ns=engine.time_ns, name="bloom")]


def test_what_several_generators_lack_is_said_once(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    lack = "It needs a CUDA GPU, and torch finds none here."
    missing = "1 of its 5 files is not there: hardcut models fetch {}. Licence: Apache-2.0."
    engine.offers = (
        GeneratorOffer(name="wan-14b", label="A", hindrance=f"{missing.format('wan-14b')} {lack}", lack=lack),
        GeneratorOffer(name="bare", label="B", hindrance=missing.format("bare")),
        GeneratorOffer(name="wan-1.3b", label="C", hindrance=lack, lack=lack),
    )
    qtbot.mousePress(window.surface.chain.generator_chip, LEFT)
    qtbot.waitUntil(lambda: shown(window) == ["Bare", COPY, "Wan-14b", COPY, "Wan-1.3b"])
    text = [one.text() for one in window.overlays.popover.findChildren(QLabel)]
    assert text.count(lack) == 1
    assert text.count("1 of its 5 files is not there. Licence: Apache-2.0.") == 2


def test_each_source_lies_under_its_kind_and_our_own_is_marked(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    engine.labels = {"camera:4": "USB Webcam, 1280x720"}
    engine.sources = (
        "stage",
        "camera:0",
        "camera:4",
        "ndi:BOOTH (Hardcut)",
        "ndi:BOOTH (Camera 1)",
        "screen",
        "screen:Maps",
        "plug:in",
    )
    qtbot.mousePress(window.surface.chain.source_chip, LEFT)
    qtbot.waitUntil(lambda: "BOOTH (Camera 1)" in shown(window))
    sources = [
        "Video file…",
        "Stage",
        "Close",
        "Duo",
        "Solids",
        "Camera 0",
        "USB Webcam, 1280x720",
        "BOOTH (Camera 1)",
        "BOOTH (Hardcut)",
        "The whole screen",
        "Maps",
        "plug:in",
    ]
    assert [one for one in shown(window) if one in sources] == sources
    [own] = [one for one in window.overlays.popover.findChildren(Choice) if one.accessibleName() == "BOOTH (Hardcut)"]
    assert own.remark == "OUR OWN OUTPUT"


def dragged(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def test_what_a_dragged_file_would_become_is_seen(window: MainWindow, engine: FakeEngine, tmp_path: Path) -> None:
    action, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    for path, text, accepted in (
        (tmp_path / "clip.mp4", "Play clip.mp4 as the source", True),
        (tmp_path / "words.TXT", "Load the prompts of words.TXT", True),
        (tmp_path / "show.toml", "Load the cues of show.toml", True),
        (tmp_path, f"{tmp_path.name} is a folder: drop a file of it", False),
    ):
        data = dragged(path)  # the event does not keep it
        event = QDragEnterEvent(QPoint(9, 9), action, data, LEFT, none)
        window.dragEnterEvent(event)
        assert (window.drop_hint.text, window.drop_hint.isVisible(), event.isAccepted()) == (text, True, accepted)
        window.dragLeaveEvent(QDragLeaveEvent())
        assert not window.drop_hint.isVisible()
    two = dragged(tmp_path / "a.mp4", tmp_path / "b.mp4")
    window.dropEvent(QDropEvent(QPointF(9, 9), action, two, LEFT, none))
    assert window.surface.strip.newest.text == "Only a.mp4 was taken: drop one file at a time."


def test_the_clip_before_plays_on_after_a_bad_drop(window: MainWindow, engine: FakeEngine) -> None:
    for event in (
        engine.source("file:/v/clip.mp4"),
        engine.source("file:/v/notes.pdf", SourceState.OPENING),
    ):
        engine.emit(event)
    QApplication.processEvents()
    chip = window.surface.chain.source_chip
    assert (chip.face.name, chip.face.remark) == ("notes.pdf", "OPENING")
    engine.emit(engine.source("file:/v/notes.pdf", SourceState.FAILED, "It is no video."))
    QApplication.processEvents()
    assert (chip.face.name, chip.face.remark, chip.face.tone) == ("clip.mp4", "", Tone.LIVE)
    assert window.surface.strip.newest.text == "notes.pdf has failed: It is no video."
    engine.emit(engine.source("file:/v/clip.mp4", SourceState.LOST))
    QApplication.processEvents()
    assert (chip.face.name, chip.face.tone) == ("clip.mp4", Tone.FAULT)


def test_the_output_menu_fits_a_small_window_page_by_page(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    window.resize(1366, 768)
    covered = SinkReport(sink="display:1", phase=SinkPhase.ON, name="HDMI-1")
    engine.emit(engine.output(sinks=(SinkReport(sink="ndi"), covered), logo="/pictures/logo.png", logo_on=True))
    QApplication.processEvents()
    qtbot.mousePress(window.surface.chain.output_chip, LEFT)
    scroll = window.overlays.popover.findChildren(QScrollArea)[0].verticalScrollBar()
    for page in ("Picture", "Mix and key", "Logo", "Emergency", "Corners"):
        assert scroll.maximum() == 0
        choose(window, qtbot, page)
        assert scroll.maximum() == 0, page
        choose(window, qtbot, "‹  Output")


def test_mix_logo_alpha_and_corners_are_asked_for(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    covered = SinkReport(sink="display:1", phase=SinkPhase.ON, name="HDMI-1")
    engine.emit(engine.output(sinks=(covered,), logo="/pictures/logo.png"))
    QApplication.processEvents()
    qtbot.mousePress(window.surface.chain.output_chip, LEFT)
    for titles in (("Mix and key", "Person over dream", "BGRA"), ("Logo", "Shown"), ("Corners", "90°")):
        for title in (*titles, "‹  Output"):
            choose(window, qtbot, title)
    now, glide = engine.time_ns, Transition(Span(0.5))
    assert engine.posted == [
        *(
            SetParameter(stamp_ns=now, parameter=key, value=value, glide=glide)
            for key, value in PRESETS["Person over dream"].items()
        ),
        SetAlpha(stamp_ns=now, mode=AlphaOut.BGRA),
        SetLogo(stamp_ns=now, on=True),
        ShapeDisplay(stamp_ns=now, sink="display:1", shape=DisplayShape(turn=90)),
    ]
    engine.posted.clear()
    qtbot.mousePress(window.surface.transport.emergency, LEFT)
    assert engine.posted == [SetEmergency(stamp_ns=now, on=True)]


def test_a_corner_is_dragged_and_one_that_crosses_is_refused(
    window: MainWindow, engine: FakeEngine, qtbot: QtBot
) -> None:
    covered = SinkReport(sink="display:1", phase=SinkPhase.ON, name="HDMI-1")
    engine.emit(engine.output(sinks=(covered,)))
    QApplication.processEvents()
    qtbot.mousePress(window.surface.chain.output_chip, LEFT)
    choose(window, qtbot, "Corners")
    pad = window.overlays.popover.findChildren(CornerPad)[-1]
    at = pad.place(2).toPoint()
    qtbot.mousePress(pad, LEFT, pos=at)
    qtbot.mouseMove(pad, at - QPoint(20, 10))
    qtbot.mouseRelease(pad, LEFT)
    assert pad.corner == 2
    (asked,) = [one for one in engine.posted if isinstance(one, ShapeDisplay)]
    assert asked.shape.corners[2][0] < 0 and asked.shape.corners[2][1] < 0
    assert asked.shape.corners[:2] == ((0.0, 0.0), (0.0, 0.0))
    engine.posted.clear()
    qtbot.keyClick(pad, Qt.Key.Key_1)
    for _ in range(60):
        qtbot.keyClick(pad, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    moved = [one.shape.corners[0][0] for one in engine.posted if isinstance(one, ShapeDisplay)]
    assert moved == sorted(moved)
    assert 0.5 < max(moved) < 1.0


def test_corners_follow_what_is_moved_elsewhere(window: MainWindow, engine: FakeEngine, qtbot: QtBot) -> None:
    covered = SinkReport(sink="display:1", phase=SinkPhase.ON, name="HDMI-1")
    engine.emit(engine.output(sinks=(covered,)))
    QApplication.processEvents()
    qtbot.mousePress(window.surface.chain.output_chip, LEFT)
    choose(window, qtbot, "Corners")
    choose(window, qtbot, "90°")
    elsewhere = DisplayShape(((0.1, 0.2), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)), turn=90)
    for told in (DisplayShape(turn=90), elsewhere):  # as it was asked for here, then as OSC has it
        engine.emit(engine.output(sinks=(covered,), shapes={"display:1": told}))
        QApplication.processEvents()
    engine.posted.clear()
    assert window.overlays.popover.findChildren(CornerPad)[-1].corners == elsewhere.corners
    choose(window, qtbot, "Flip")
    (asked,) = [one.shape for one in engine.posted if isinstance(one, ShapeDisplay)]
    assert asked == replace(elsewhere, flip=True)
