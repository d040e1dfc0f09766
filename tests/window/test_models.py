"""The models alone, without Qt."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.control.slots import Assignments, CutMode
from app.midi.control_surface import KnobState
from app.midi.ports.port import PortState, PortStatus
from app.midi.state import MidiState
from app.models import text as words
from app.models.controllers.feed import ControllerFeed
from app.models.engine_api import MidiPortState
from app.models.keys import PAD_LETTERS, pad_of_key
from app.models.pads import PadBank, PadState
from app.models.screens import OutputScreen
from app.models.stall import StallMeter
from app.models.swatch import swatch
from app.models.tempo import TempoModel
from app.models.window_models import WindowModels
from engine.messages.commands import Launch
from engine.messages.events import ArmState, BackendChoice, ComponentState, CutQueued, Level, SceneArming, SourceState
from engine.messages.parameters import OUTPUT_LEVEL, ParameterTable
from tests.window.fake_engine import PARAMETERS, SECOND, FakeEngine, library


def test_pads_tell_every_state() -> None:
    bank = PadBank(library(5))
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
    bank = PadBank(library(24))
    assert bank.banks == 2
    bank.turn_bank(7)
    assert bank.bank == 1
    assert [pad.scene for pad in bank.shown[:2]] == ["Solar Wind", "Turquoise Tide"]
    bank.turn_bank(-1)
    assert bank.bank == 0
    assert PadBank(library(0)).banks == 1


def test_a_pad_assigned_beyond_the_last_makes_room() -> None:
    bank = PadBank(library(3))
    bank.assign(10, "Neon Rain")
    assert [pad.scene for pad in bank.shown[2:11]] == ["Neon Rain", *[""] * 7, "Neon Rain"]


def test_the_show_mirrors_what_is_in_front() -> None:
    show = WindowModels(PARAMETERS, library(18))
    show.knobs.turn_page(1)
    show.pads.turn_bank(1)
    played = show.played
    assert played.knobs[:5] == ("field.structure", "field.depth", "field.grain", "field.speed", "field.energy")
    assert played.pads[:3] == ("Solar Wind", "Turquoise Tide", "")
    assert played.pads[16] == "Molten Gold"


def test_the_output_tells_the_master_level() -> None:
    engine, show = FakeEngine(), WindowModels(PARAMETERS, library())
    show.take(engine.output(level=0.25))
    assert show.knobs.knobs[OUTPUT_LEVEL].value == 0.25


class _Service:
    """A MIDI service that stands still."""

    def __init__(self) -> None:
        self.now = MidiState()
        self.heard: list[tuple[Assignments, ParameterTable | None]] = []

    def state(self) -> MidiState:
        return self.now

    def set_assignments(self, assignments: Assignments, table: ParameterTable | None = None) -> None:
        self.heard.append((assignments, table))


def test_controllers_show_ghosts_and_hear_what_is_in_front() -> None:
    service = _Service()
    feed = ControllerFeed(service, lambda: PARAMETERS)
    show = WindowModels(PARAMETERS, library(18))
    service.now = MidiState(
        ports=(PortStatus(name="APC mini mk2", state=PortState.GONE),),
        knobs={3: KnobState("field.warp", 0.25, True)},
        cut_mode=CutMode.SOFT,
    )
    show.follow(feed.snapshot())
    assert feed.snapshot() is feed.snapshot()
    warp = show.knobs.knobs["field.warp"]
    assert (warp.ghost, warp.pickup) == (0.25, True)
    assert show.midi.ports[0].state is MidiPortState.GONE
    assert show.transport.soft
    show.transport.set_launch(Launch.BEAT)
    feed.play(show.played)
    assignments, table = service.heard[-1]
    assert table is PARAMETERS
    assert (assignments.cut_mode, assignments.launch) == (CutMode.SOFT, Launch.BEAT)
    assert (assignments.knobs[1], assignments.pads[1], len(assignments.pads)) == ("field.energy", "Molten Gold", 18)


def test_a_controller_turns_to_what_the_window_then_mirrors() -> None:
    service = _Service()
    feed = ControllerFeed(service, lambda: PARAMETERS)
    show = WindowModels(PARAMETERS, library(18))
    front = Assignments(launch=Launch.FOUR_BARS, morph=6, pad_bank=2, knob_page=3)  # page 3: the macros
    service.now = MidiState(front=front)
    show.follow(feed.snapshot())
    assert (show.transport.launch, show.transport.morph_seconds) == (Launch.FOUR_BARS, 8.0)
    assert (show.pads.bank, show.macros.in_front) == (1, True)
    feed.play(show.played)
    mirrored, _ = service.heard[-1]
    assert (mirrored.launch, mirrored.morph, mirrored.pad_bank, mirrored.knob_page) == (Launch.FOUR_BARS, 6, 2, 3)
    assert (mirrored.pads[1], mirrored.macros) == (tuple(show.pads.scenes)[16], True)
    show.pads.turn_bank(0)  # a hand on the window goes last
    show.follow(feed.snapshot())
    assert show.pads.bank == 0


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


def test_the_output_never_moves_to_another_display() -> None:
    screens = OutputScreen().seen(("laptop", "beamer"))
    assert screens.second == "beamer"
    shown = screens.asked("beamer")
    assert (shown.shown_on, shown.waiting) == ("beamer", False)
    gone = shown.seen(("laptop",))
    assert (gone.shown_on, gone.waiting, gone.second) == ("", True, "")
    assert gone.seen(("laptop", "beamer")).shown_on == "beamer"


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


def test_a_morph_is_as_many_chunks_as_the_pace_makes_of_it() -> None:
    engine, show = FakeEngine(), WindowModels(PARAMETERS, library())
    assert show.stats.chunks_in(2.0) == 5
    for second in range(4):
        show.take(engine.stats(second, chunks=second * 15))
    assert [show.stats.chunks_in(seconds) for seconds in (2.0, 0.25, 0.01)] == [30, 4, 1]


@given(st.text(max_size=40), st.text(max_size=80))
def test_a_scene_always_gets_the_same_colours(name: str, prompt: str) -> None:
    first = swatch(name, prompt)
    assert first == swatch(name, prompt)
    assert all(0 <= channel <= 255 for colour in (first.deep, first.bright, first.glow) for channel in colour)


def test_a_ready_generator_tells_only_what_it_computes_otherwise() -> None:
    engine = FakeEngine()
    show = WindowModels(engine.parameters, engine.scenes)
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
