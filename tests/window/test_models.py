"""The models alone, without Qt."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.intents import AssignPad, SetLaunch, StepBank, StepMorph, TurnPage
from app.control.show import PadState
from app.control.swatch import swatch
from app.midi.control_surface import KnobState
from app.midi.ports.port import PortState, PortStatus
from app.midi.service import MidiService
from app.midi.state import MidiState
from app.models import text as words
from app.models.controllers.feed import ControllerFeed, midi_snapshot
from app.models.keys import PAD_LETTERS, pad_of_key
from app.models.stall import StallMeter
from app.models.tempo import TempoModel
from app.models.window_models import WindowModels
from engine.clock import SystemClock
from engine.messages.commands import Command, Origin
from engine.messages.events import ArmState, BackendChoice, ComponentState, CutQueued, Level, SceneArming, SourceState
from engine.messages.parameters import OUTPUT_LEVEL
from engine.messages.transitions import Launch
from tests.midi.core_parts import FakeSystem
from tests.window.fake_engine import PARAMETERS, SECOND, FakeEngine, library


def show_of(scenes: int = 24) -> WindowModels:
    """The models over so many scenes."""
    return models(FakeEngine(library(scenes)))


def models(engine: FakeEngine) -> WindowModels:
    return WindowModels(engine.front, engine.scenes)


def test_pads_tell_every_state() -> None:
    bank = show_of(5).pads
    bank.show_playing("Molten Gold")
    bank.arm(SceneArming(scene, ArmState.ARMED) for scene in ("Neon Rain", "Moss Garden"))
    bank.show_queued("Neon Rain", 3 * SECOND, 1 * SECOND)
    assert [pad.state for pad in bank.shown[:6]] == [
        PadState.PLAYING,
        PadState.LOADED,
        PadState.QUEUED,
        PadState.ARMED,
        PadState.LOADED,
        PadState.EMPTY,
    ]
    assert bank.wait_progress(2 * SECOND) == 0.5
    assert bank.wait_progress(9 * SECOND) == 1.0


def test_banks_hold_sixteen_and_stop_at_their_ends() -> None:
    bank = show_of(24).pads
    assert bank.banks == 2
    bank.turn_bank(7)
    assert bank.bank == 1
    assert [pad.scene for pad in bank.shown[:2]] == ["Solar Wind", "Turquoise Tide"]
    bank.step_bank(-5)
    assert bank.bank == 0
    assert show_of(0).pads.banks == 1


def test_a_pad_assigned_beyond_the_last_makes_room() -> None:
    bank = show_of(3).pads
    bank.assign(10, "Neon Rain")
    assert [pad.scene for pad in bank.shown[2:11]] == ["Neon Rain", *[""] * 7, "Neon Rain"]


def test_the_show_shows_what_is_in_front() -> None:
    show = show_of(18)
    show.turn_page(1)
    show.pads.turn_bank(1)
    labels = [knob.spec.id for knob in show.knobs.shown]
    assert labels == ["field.structure", "field.depth", "field.grain", "field.speed"]
    assert show.knobs.in_order[4] == "field.energy"
    assert show.pads.in_order[:3] == ("Solar Wind", "Turquoise Tide", "")
    assert show.pads.in_order[16] == "Molten Gold"


def test_the_output_tells_the_master_level() -> None:
    engine = FakeEngine()
    show = models(engine)
    show.take(engine.output(level=0.25))
    assert show.knobs.knobs[OUTPUT_LEVEL].value == 0.25


def test_controllers_show_ghosts() -> None:
    show = show_of(18)
    knob = KnobState("field.warp", 0.25, True)
    show.follow(midi_snapshot(MidiState(ports=(PortStatus(name="APC", state=PortState.GONE),), knobs={3: knob})))
    warp = show.knobs.knobs["field.warp"]
    assert (warp.ghost, warp.pickup) == (0.25, True)
    assert show.midi.ports[0].state is PortState.GONE


def test_the_window_shows_what_a_controller_has_turned_to() -> None:
    engine = FakeEngine(library(18))
    show, shown = models(engine), list[int]()
    show.transport.changed.connect(lambda: shown.append(1))
    for intent in (SetLaunch(Launch.FOUR_BARS), StepMorph(2), StepBank(1), TurnPage(3)):  # page 3: the macros
        engine.front.send(intent, Origin.MIDI)
    assert show.pads.bank == 0
    show.refresh_front()
    assert (show.transport.launch, show.transport.morph_seconds) == (Launch.FOUR_BARS, 8.0)
    assert (show.pads.bank, show.macros.in_front, show.page) == (1, True, 2)
    assert shown == [1]
    show.pads.turn_bank(0)
    assert show.pads.bank == 0


GESTURES: dict[str, tuple[Callable[[WindowModels], None], Callable[[WindowModels], object], object]] = {
    "a notch of the morph's length": (
        lambda show: show.transport.step_morph(1),
        lambda show: show.front.morph_seconds,
        8.0,
    ),
    "Page Down": (lambda show: show.pads.step_bank(1), lambda show: show.pads.bank, 2),
    "the next page of knobs": (lambda show: show.turn_page(show.page + 1), lambda show: show.page, 2),
    "the macros": (lambda show: show.macros.toggle(), lambda show: show.macros.in_front, False),
}


@pytest.mark.parametrize("gesture", GESTURES)
def test_a_second_gesture_before_a_controller_has_seen_the_first_is_not_lost(gesture: str) -> None:
    engine = FakeEngine()
    for index in range(24, 40):
        engine.front.send(AssignPad(index, "Ash"), Origin.WINDOW)
    show = models(engine)
    turn, where, end = GESTURES[gesture]
    posted: list[Command] = []
    midi = MidiService(posted.append, engine.front, SystemClock(), system=FakeSystem)
    feed = ControllerFeed(engine.front, midi)
    engine.front.subscribe(midi.follow)
    midi.start()

    def tick() -> None:
        show.refresh_front()
        show.follow(feed.snapshot())

    tick()
    turn(show)
    tick()
    turn(show)
    tick()
    midi.close()
    tick()
    assert where(show) == end


def test_events_in_words() -> None:
    engine = FakeEngine()
    told = [
        words.describe(event)
        for event in (
            engine.source("ndi:BOOTH (Cam)", SourceState.LOST),
            engine.source("file:/a/b.mp4", SourceState.FAILED, "no video in it"),
            engine.generator(ComponentState.STARTING, 0.4),
            engine.generator(ComponentState.FAILED, detail="out of memory"),
            engine.depth(ComponentState.LATE),
            engine.output(),
            CutQueued(at_ns=0, scene="Ash", due_ns=1),
            CutQueued(at_ns=0, scene="", due_ns=0),
        )
    ]
    assert [entry and (entry.level, entry.text) for entry in told] == [
        (Level.WARNING, "BOOTH (Cam) is lost, its last picture stays"),
        (Level.ERROR, "b.mp4 has failed: no video in it"),
        None,
        (Level.ERROR, "Generator field has failed: out of memory"),
        (Level.WARNING, "Depth (true depth) is late"),
        None,
        (Level.INFO, "Ash waits for its beat"),
        None,
    ]


def test_figures_in_words() -> None:
    hue = PARAMETERS["field.hue"]
    assert [words.value(hue, number) for number in (-38.2, 0.0, -0.1)] == ["−38", "0", "0"]
    assert [words.count(number) for number in (9, 9999, 12_345, 4_560_000)] == ["9", "9999", "12.3k", "4.56M"]
    assert [words.parse_value(text) for text in ("0,5", "−38", " 7 ", "loud")] == [0.5, -38.0, 7.0, None]


def test_pads_lie_by_place_on_every_keyboard() -> None:
    assert [pad_of_key(ord(letter.upper()), 0) for letter in PAD_LETTERS] == list(range(16))
    # On a French keyboard the key at the place of Q types A: it is still pad 5.
    assert pad_of_key(ord("A"), 24, "linux") == 4
    assert pad_of_key(ord("A"), 16, "win32") == 4
    # On a German keyboard Z lies where Y is: that is no pad.
    assert pad_of_key(ord("Z"), 29, "linux") is None
    assert pad_of_key(ord("B"), 0) is None


def test_late_ticks_are_stalls() -> None:
    meter = StallMeter(period_ns=33_000_000)
    for began, ended in (
        (0, 2_000_000),
        (33_000_000, 40_000_000),
        (90_000_000, 91_000_000),
        (120_000_000, 121_000_000),
    ):
        meter.began(began)
        meter.ended(ended)
    assert (meter.ticks, meter.worst_ns, meter.over_budget, meter.longest_ns) == (4, 24_000_000, 1, 7_000_000)
    meter.reset()
    meter.began(10**12)
    assert (meter.ticks, meter.worst_ns) == (1, 0)


def test_beats_count_from_the_first_of_a_bar() -> None:
    tempo = TempoModel()
    assert tempo.beat(0) is None
    tempo.take(FakeEngine().tempo(120.0))
    beats = [tempo.beat(tempo.beat_ns + half * SECOND // 4) for half in range(10)]
    assert beats == [0, 0, 1, 1, 2, 2, 3, 3, 0, 0]


@given(st.text(max_size=40), st.text(max_size=80))
def test_a_scene_always_gets_the_same_colours(name: str, prompt: str) -> None:
    first = swatch(name, prompt)
    assert first == swatch(name, prompt)
    assert all(0 <= channel <= 255 for colour in (first.deep, first.bright, first.glow) for channel in colour)


def test_a_ready_generator_tells_only_what_it_computes_otherwise() -> None:
    engine = FakeEngine()
    show = models(engine)
    stale: list[bool] = []
    show.stale.connect(lambda: stale.append(True))
    ready = engine.generator()
    text = BackendChoice(component="text", chosen="umt5 on cpu", reason="the GPU is full")
    for event in (ready, ready, replace(ready, backends=(*ready.backends, text))):
        show.take(event)
    assert [entry.text for entry in show.log.entries] == [
        "Generator field is ready",
        "Computed otherwise now: text: umt5 on cpu (the GPU is full)",
    ]
    assert stale == [True]
