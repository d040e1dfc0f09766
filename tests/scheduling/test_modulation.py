"""Modulation: signals, what comes of them in a chunk, and what it must never do."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND
from engine.loop.armed_scenes import OpeningRecipe
from engine.messages.audio import FEATURE_IDS, NO_SOUND, FeatureTrack
from engine.messages.commands import (
    Command,
    RecallSnapshot,
    SaveScene,
    SoftCut,
    StoreSnapshot,
    UseScenes,
)
from engine.messages.events import CommandRefused, SceneCaptured
from engine.messages.modulation import (
    AudioFollower,
    Envelope,
    Lfo,
    LfoShape,
    Modulator,
    Polarity,
    Pressure,
    Source,
    StepSequence,
    Trigger,
)
from engine.messages.modulation_commands import (
    FireTrigger,
    RouteMacros,
    SetModulationDepth,
    SetModulator,
    SetPressure,
    SwitchModulation,
)
from engine.messages.modulation_events import ModulationChanged
from engine.messages.parameters import Curve, ParameterSpec, ParameterTable
from engine.messages.scenes import Scene, SceneLibrary
from engine.scheduling.commit_scheduler import Commit, CommitScheduler, SceneStart
from engine.scheduling.modulation.beat_clock import BeatClock
from engine.scheduling.modulation.sources import Frames, SourceBank, SourceState
from engine.scheduling.tempo import Tempo
from tests.scheduling.show import cut, move

STEP_NS = 33_333_333
FRAMES = 4
TABLE = ParameterTable(
    [
        ParameterSpec(id="g.a", label="A", minimum=0.0, maximum=1.0, default=0.5, help="a"),
        ParameterSpec(id="g.b", label="B", minimum=-3.0, maximum=7.0, default=0.3, help="b", curve=Curve.SQUARE),
    ]
)
PULSE = Modulator(source=AudioFollower(feature="kick"), depth=0.4)
SWAY = Modulator(source=Lfo(hertz=0.7), depth=0.2, polarity=Polarity.BOTH)
SCENES = SceneLibrary(
    {
        "Bare": Scene(name="Bare", generator="g", prompt="red", parameters={"g.a": 0.2}),
        "Pulse": Scene(name="Pulse", generator="g", prompt="blue", modulation={"g.a": (PULSE,)}),
        "Sway": Scene(name="Sway", generator="g", prompt="sea", modulation={"g.b": (SWAY, SWAY), "g.a": (SWAY,)}),
    }
)


def heard(features: Mapping[str, Sequence[float]]) -> FeatureTrack:
    """A track with these features; the others are silent."""
    return FeatureTrack(
        tuple(
            tuple(features[name][frame] if name in features else 0.0 for name in FEATURE_IDS) for frame in range(FRAMES)
        )
    )


class Show:
    """Drives a scheduler chunk by chunk."""

    def __init__(self, scene: str = "Bare", seed: int = 1) -> None:
        self.scheduler = CommitScheduler(TABLE, SCENES, scene, 1, seed=seed)
        self.content_ns = 0
        self.sound: Mapping[str, Sequence[float]] | None = None

    def chunk(self, *commands: Command, made: bool = True) -> Commit:
        length_ns = FRAMES * STEP_NS
        now_ns = 10**12 + self.content_ns
        track = heard(self.sound) if self.sound is not None else NO_SOUND
        commit = self.scheduler.boundary(commands, now_ns, self.content_ns, length_ns, track, FRAMES)
        self.content_ns += made * length_ns
        return commit

    def settled(self, chunks: int = 8) -> Commit:
        return [self.chunk() for _ in range(chunks)][-1]


def modulate(source: Source, depth: float = 0.25, target: str = "g.a", place: int = 1) -> SetModulator:
    return SetModulator(stamp_ns=0, target=target, place=place, modulator=Modulator(source=source, depth=depth))


def signal(source: Source, seconds: Sequence[float], beats: Sequence[float] | None = None) -> list[float]:
    frames = Frames(np.array(seconds), np.array(beats or seconds), 0.01, None, frozenset(), 0.0)
    return SourceBank.of([source], [5]).signals(frames, SourceState.fresh(1))[0][:, 0].tolist()


def test_oscillators_begin_at_their_lowest() -> None:
    quarters = [0.0, 0.25, 0.5, 0.75, 1.0]
    for shape, expected in {
        LfoShape.SINE: [0.0, 0.5, 1.0, 0.5, 0.0],
        LfoShape.TRIANGLE: [0.0, 0.5, 1.0, 0.5, 0.0],
        LfoShape.SAW: [0.0, 0.25, 0.5, 0.75, 0.0],
        LfoShape.SQUARE: [0.0, 0.0, 1.0, 1.0, 0.0],
    }.items():
        assert signal(Lfo(shape=shape, hertz=1.0), quarters) == pytest.approx(expected), shape
        assert signal(Lfo(shape=shape, beats=8.0), [0.0] * 5, [8 * at for at in quarters]) == pytest.approx(expected)
    drawn = Lfo(shape=LfoShape.DRAWN, hertz=1.0, points=(0.0, 1.0, 0.5, 0.5))
    assert signal(drawn, [*quarters, 0.125]) == pytest.approx([0.0, 1.0, 0.5, 0.5, 0.0, 0.5])


def test_what_is_random_is_new_in_each_round_and_the_same_again() -> None:
    rounds = [place + 0.3 for place in range(200)]
    held = signal(Lfo(shape=LfoShape.HOLD, hertz=1.0), rounds)
    assert held == signal(Lfo(shape=LfoShape.HOLD, hertz=1.0), [at + 0.6 for at in rounds])
    assert len(set(held)) == 200 and 0.4 < sum(held) / 200 < 0.6
    ways = np.diff(signal(Lfo(shape=LfoShape.SMOOTH, hertz=1.0), [place / 100 for place in range(2000)]))
    assert np.abs(ways).max() < 0.02  # never a jump: 1.5 is smoothstep's steepest slope


def test_steps_play_in_turn() -> None:
    levels = tuple(step / 15 for step in range(16))
    steps = signal(StepSequence(levels=levels, beats=0.5), [0.0] * 17, [step / 2 + 0.1 for step in range(17)])
    assert steps == pytest.approx([*levels, 0.0])
    slid = signal(StepSequence(levels=levels, beats=1.0, slide=1.0), [0.0], [1.5])
    assert slid == pytest.approx([0.5 / 15])


def test_a_follower_attacks_and_releases_in_its_time() -> None:
    show = Show()
    source = AudioFollower(feature="level", threshold=0.5, attack_s=0.1, release_s=0.4)
    show.chunk(modulate(source, 1.0), move("g.a", 0.0))
    show.sound = {"level": (0.75,) * FRAMES}
    risen = show.settled(40).moved.tracks["g.a"]
    assert risen == pytest.approx((0.5,) * FRAMES, abs=1e-3)
    show.sound = {"level": (0.0,) * FRAMES}
    fallen = show.chunk().moved.tracks["g.a"]
    assert fallen == pytest.approx([0.5 * math.exp(-frame * STEP_NS / 4e8) for frame in (1, 2, 3, 4)], rel=1e-3)
    assert "g.a" not in show.settled(60).moved.tracks


@pytest.mark.parametrize("trigger", [Trigger.HAND, Trigger.SNARE, Trigger.PAD])
def test_an_envelope_waits_for_its_trigger(trigger: Trigger) -> None:
    show = Show()
    show.sound = {"snare": (0.1,) * FRAMES}
    show.chunk(modulate(Envelope(trigger=trigger, attack_s=0.0, hold_s=0.05, release_s=0.1), 0.3), move("g.a", 0.5))
    assert not show.settled().moved.tracks
    match trigger:
        case Trigger.HAND:
            begun = show.chunk(FireTrigger(stamp_ns=0, trigger=trigger)).moved.tracks["g.a"]
        case Trigger.SNARE:
            show.sound = {"snare": (0.9, 0.9, 0.1, 0.1)}
            begun = show.chunk().moved.tracks["g.a"]
        case _:
            begun = show.chunk(SoftCut(stamp_ns=0, scene="Bare", chunks=100)).moved.tracks["g.a"]
    assert begun[0] > begun[-1] > 0.5 or trigger is Trigger.PAD
    show.sound = {"snare": (0.1,) * FRAMES}
    assert not show.settled(3).moved.tracks


def test_pressure_and_macros_reach_every_parameter_under_them() -> None:
    show = Show()
    show.chunk(
        RouteMacros(stamp_ns=0, routes={"macro.2": (("g.a", 0.5), ("g.b", -1.0), ("gone", 1.0))}),
        modulate(Pressure(), 0.2, "macro.2"),
        SetPressure(stamp_ns=0, value=1.0),
    )
    moved = show.settled(10).moved
    assert moved.shifts == {"macro.2": pytest.approx(0.2, abs=1e-3)}
    assert moved.tracks["g.a"][-1] == pytest.approx(0.2 + 0.1, abs=1e-3)
    low, high = TABLE["g.b"].to_travel(moved.tracks["g.b"][-1]), TABLE["g.b"].to_travel(0.3)
    assert low == pytest.approx(high - 0.2, abs=1e-3)


sources = st.sampled_from(
    [
        Lfo(hertz=3.0),
        Lfo(shape=LfoShape.SMOOTH, beats=0.5),
        AudioFollower(feature="kick", attack_s=0.0, release_s=0.1),
        Envelope(trigger=Trigger.KICK),
        Envelope(trigger=Trigger.PAD),
        StepSequence(levels=tuple(step % 3 / 2 for step in range(16)), slide=1.0),
        Pressure(),
    ]
)
gestures = st.one_of(
    st.builds(
        SetModulator,
        stamp_ns=st.just(0),
        target=st.sampled_from(["g.a", "g.b"]),
        place=st.integers(1, 4),
        modulator=st.none() | st.builds(Modulator, source=sources, depth=st.floats(-1, 1)),
        everywhere=st.booleans(),
    ),
    st.builds(SwitchModulation, stamp_ns=st.just(0), on=st.booleans()),
    st.builds(cut, st.sampled_from(list(SCENES))),
    st.builds(SoftCut, stamp_ns=st.just(0), scene=st.sampled_from(list(SCENES)), chunks=st.integers(1, 4)),
    st.builds(move, st.just("g.a"), st.floats(0, 1)),
    st.builds(SetPressure, stamp_ns=st.just(0), value=st.floats(0, 1)),
    st.builds(StoreSnapshot, stamp_ns=st.just(0), slot=st.just(1)),
    st.builds(RecallSnapshot, stamp_ns=st.just(0), slot=st.just(1)),
)
plays = st.lists(
    st.tuples(st.lists(gestures, max_size=3), st.booleans(), st.none() | st.floats(0, 1)), min_size=1, max_size=12
)


@settings(max_examples=50)
@given(plays)
def test_whatever_is_played_values_stay_in_range_and_a_chunk_given_up_leaves_no_trace(
    play: Sequence[tuple[Sequence[Command], bool, float | None]],
) -> None:
    straight, halting = Show("Sway"), Show("Sway")
    straight.chunk()
    halting.chunk()
    for commands, again, kick in play:
        straight.sound = halting.sound = None if kick is None else {"kick": (kick, 0.0, kick, kick)}
        commit = straight.chunk(*commands)
        if again and not commit.cuts:  # the chunk that opens an epoch is never given up
            halting.chunk(*commands, made=False)
            other = halting.chunk()
        else:
            other = halting.chunk(*commands)
        assert other.moved == commit.moved
        for key, track in commit.moved.tracks.items():
            assert len(track) == FRAMES
            assert all(TABLE[key].minimum <= value <= TABLE[key].maximum for value in track)
            assert commit.end_values[key] == track[-1]
        assert set(commit.end_values) == set(TABLE)


def test_what_follows_the_sound_changes_nothing_without_it() -> None:
    show, bare = Show("Pulse"), Show("Pulse")
    bare.chunk(SwitchModulation(stamp_ns=0, on=False))
    show.chunk()
    for sound in (None, {"kick": (0.0,) * FRAMES}, {"level": (1.0,) * FRAMES}):
        show.sound = sound
        for _ in range(4):
            commit = show.chunk(move("g.a", 0.4))
            assert not commit.moved.tracks
            assert commit.end_values == bare.chunk(move("g.a", 0.4)).values


def test_a_knob_moves_the_base_under_the_modulation() -> None:
    show = Show("Sway")
    show.settled()
    show.chunk(move("g.a", 0.6))
    commit = show.settled()
    assert commit.values["g.a"] == commit.targets["g.a"] == 0.6
    assert all(abs(value - 0.6) <= 0.2 + 1e-9 for value in commit.moved.tracks["g.a"])
    assert commit.moved.tracks["g.a"][0] != commit.moved.tracks["g.a"][1]


def test_modulation_resets_nothing_and_makes_no_commit() -> None:
    show = Show("Sway")
    before = show.settled()
    after = show.settled()
    assert (after.version, after.epoch, after.cuts) == (before.version, before.epoch, ())
    assert after.moved != before.moved


def test_an_opening_has_bare_values_so_that_it_can_be_prepared() -> None:
    show = Show("Bare")
    show.sound = {"kick": (1.0,) * FRAMES}
    show.settled()
    prepared = OpeningRecipe.of(7, show.scheduler.scene_start("Pulse"))
    commit = show.chunk(cut("Pulse"))
    start = SceneStart(commit.scene, commit.values, commit.prompt, commit.visit)
    assert OpeningRecipe.of(7, start) == prepared
    assert not commit.moved.tracks and commit.end_values == commit.values
    behind = show.chunk().moved.tracks["g.a"]
    assert 0.5 < behind[0] < behind[1] < behind[-1] < 0.9  # it fades in from there
    assert show.settled(3).moved.tracks["g.a"][-1] == pytest.approx(0.9, abs=1e-3)


def test_a_soft_cut_fades_from_one_scenes_modulation_to_the_others() -> None:
    show = Show("Pulse")
    show.sound = {"kick": (1.0,) * FRAMES}
    show.settled()
    track = list(show.chunk(SoftCut(stamp_ns=0, scene="Bare", chunks=10)).moved.tracks["g.a"])
    for _ in range(12):
        commit = show.chunk()
        track += commit.moved.tracks.get("g.a", (commit.values["g.a"],) * FRAMES)
    assert max(abs(b - a) for a, b in pairwise(track)) < 0.04
    assert not show.chunk().moved.tracks


def test_snapshots_and_saved_scenes_hold_the_modulators() -> None:
    show = Show()
    show.chunk(modulate(Lfo(), 0.3))
    show.chunk(StoreSnapshot(stamp_ns=0, slot=1))
    kept = {"g.a": (Modulator(source=Lfo(), depth=0.3),)}
    captured = [one for one in show.chunk(SaveScene(stamp_ns=0, name="Mine")).events if isinstance(one, SceneCaptured)]
    assert captured[0].scene.modulation == kept
    news = [one for one in show.chunk(cut("Bare")).events if isinstance(one, ModulationChanged)]
    assert news[-1].scene == {}
    news = [one for one in show.chunk(RecallSnapshot(stamp_ns=0, slot=1)).events if isinstance(one, ModulationChanged)]
    assert news[-1].scene == kept


def test_what_stays_plays_through_cuts_until_it_is_cleared() -> None:
    show = Show()
    show.chunk(replace(modulate(Lfo(hertz=1.0)), everywhere=True))
    show.chunk(cut("Pulse"))
    assert show.settled().moved.tracks
    show.chunk(SetModulator(stamp_ns=0, target="g.a", place=1, modulator=None, everywhere=True))
    assert not show.settled().moved.tracks


@pytest.mark.parametrize(
    "wrong",
    [
        modulate(Lfo(), target="g.c"),
        modulate(Lfo(), place=2),
        modulate(Lfo(), 1.5),
        modulate(Lfo(hertz=math.nan)),
        modulate(Lfo(shape=LfoShape.DRAWN)),
        modulate(StepSequence(levels=(0.5,))),
        modulate(AudioFollower(feature="cowbell")),
        SetModulationDepth(stamp_ns=0, target="g.a", place=1, depth=0.1),
        SetPressure(stamp_ns=0, value=math.nan),
    ],
)
def test_what_cannot_be_is_refused(wrong: Command) -> None:
    show = Show()
    told = show.chunk(wrong).events
    assert [type(one) for one in told] == [CommandRefused]
    assert not show.settled().moved.tracks


def test_no_more_than_four_lie_on_one_control() -> None:
    show = Show()
    told = show.chunk(*(modulate(Lfo(), place=place) for place in range(1, 6))).events
    assert sum(isinstance(one, CommandRefused) for one in told) == 1


@settings(max_examples=20)
@given(st.lists(st.integers(-6_000_000, 6_000_000), min_size=60, max_size=60), st.floats(60, 180))
def test_the_beat_runs_evenly_however_the_machine_trembles(tremble: Sequence[int], bpm: float) -> None:
    tempo, clock = Tempo(bpm, 0), BeatClock()
    chunk_ns = 2 * STEP_NS
    length = chunk_ns / tempo.beat_period_ns
    for number, off_ns in enumerate(tremble):
        begin, end = clock.span(tempo, number * chunk_ns + off_ns, chunk_ns)
        if number:
            assert begin == clock.beats
        assert end - begin == pytest.approx(length, rel=0.25)
        clock = BeatClock(end)
    assert clock.beats == pytest.approx(60 * length, abs=12_000_000 / tempo.beat_period_ns)


def test_the_beat_is_taken_over_where_it_is_another() -> None:
    tempo = Tempo(120, 0)
    clock = BeatClock(3.0)
    assert clock.span(tempo, NS_PER_SECOND, STEP_NS)[0] == 2.0
    nudged = clock.span(tempo, 3 * NS_PER_SECOND // 2 + 50_000_000, STEP_NS)
    assert nudged[0] == 3.0 and nudged[1] > 3.0 + STEP_NS / tempo.beat_period_ns


def test_scenes_that_were_worked_out_before_play_as_those_that_came_later() -> None:
    prepared = CommitScheduler(TABLE, SCENES, "Bare", first_epoch=1)
    later = CommitScheduler(TABLE, SceneLibrary({"Bare": SCENES["Bare"]}), "Bare", first_epoch=1)
    sound = heard({"kick": [0.9, 0.5, 0.1, 0.0]})
    shows = (), (cut("Pulse"),), (), (cut("Sway"), cut("Pulse"), cut("Sway")), (move("g.a", 0.9),), (cut("Pulse"),), ()
    commits = []
    for plan, first in ((prepared, ()), (later, (UseScenes(stamp_ns=0, scenes=SCENES),))):
        span = FRAMES * STEP_NS
        plan.boundary(first, 0, 0, span, sound, FRAMES)
        commits.append(
            [plan.boundary(arrived, at * span, at * span, span, sound, FRAMES) for at, arrived in enumerate(shows, 1)]
        )
    for one, other in zip(*commits, strict=True):
        assert (one.values, one.prompt, one.cuts, one.moved) == (other.values, other.prompt, other.cuts, other.moved)
    assert any(commit.moved.tracks for commit in commits[0])
