"""Armed and quantised cuts in the chunk loop, on a manual clock with an output that ticks: exact logs."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.generators.base import opening_key
from engine.loop.armed_scenes import STALE_AFTER_NS, ArmedScenes, OpeningRecipe
from engine.loop.ports import NullRecorder, RunnerProgress, StepRecorder
from engine.loop.runner import Runner
from engine.messages.audio import FEATURE_IDS, FeatureTrack
from engine.messages.commands import ArmBank, ArmScene, Command, HardCut, SetParameter, SetTempo, UseScenes
from engine.messages.events import (
    ArmedChanged,
    ArmState,
    BackendChoice,
    CacheReset,
    CommandRefused,
    Committed,
    SceneArming,
)
from engine.messages.frame import OutputFrame
from engine.messages.modulation import AudioFollower, Lfo, Modulator
from engine.messages.modulation_events import ModulationMoved
from engine.messages.picture_format import PictureFormat
from engine.messages.reference import Reference, UseReference
from engine.messages.scenes import SceneLibrary
from engine.messages.transitions import Launch
from engine.scheduling.chunk_pacing import ChunkPacing
from engine.scheduling.commit_scheduler import CommitScheduler, Cut, SceneStart
from engine.session.step import Step
from tests.engine.fakes import SCENES, TABLE, Bench, PreparingToy, TickingOutput

PERIOD_NS = 33_333_333
BEGAN_NS = NS_PER_SECOND


class Show:
    """A runner on a bench, and shorthand for what a performer does."""

    def __init__(self, armed: ArmedScenes | None = None, recorder: StepRecorder | None = None) -> None:
        self.bench = Bench(PERIOD_NS)
        self.bench.rooms.recorder = recorder or self.bench.rooms.recorder
        self.scheduler = CommitScheduler(TABLE, SCENES, "One", first_epoch=1)
        pacing, so_far = ChunkPacing(2, PERIOD_NS, 32), RunnerProgress()
        self.runner = Runner(self.bench.rooms, self.bench.generator, self.scheduler, pacing, 7, so_far, armed)

    @property
    def log(self) -> list[str]:
        return self.bench.generator.log

    @property
    def toy(self) -> PreparingToy:
        assert isinstance(self.bench.generator, PreparingToy)
        return self.bench.generator

    @property
    def output(self) -> TickingOutput:
        assert isinstance(self.bench.output, TickingOutput)
        return self.bench.output

    def step(self, steps: int = 1) -> None:
        for _ in range(steps):
            self.runner.step(lambda _command: False)

    def step_until(self, reached: Callable[[], bool]) -> None:
        """Play on until something has happened."""
        for _ in range(400):
            if reached():
                return
            self.step()
        raise AssertionError("it never happened")

    def post(self, command: Command) -> None:
        """As Engine.post does."""
        self.bench.commands.put(command)
        if isinstance(command, HardCut) and command.launch is Launch.NOW:
            self.bench.interrupt.request()

    def cut(self, scene: str, launch: Launch = Launch.NOW) -> None:
        self.post(HardCut(stamp_ns=self.bench.clock.now_ns(), scene=scene, launch=launch))

    def arm(self, *scenes: str) -> None:
        """Arm scenes and play on until all of them are."""
        self.post(ArmBank(stamp_ns=0, scenes=scenes))
        for _ in range(50):
            self.step()
            told = self.told(ArmedChanged)
            if told and all(scene.state is ArmState.ARMED for scene in told[-1].scenes):
                return
        raise AssertionError("they were never armed")

    def told(self, kind: type[ArmedChanged]) -> list[ArmedChanged]:
        return [event for event in self.bench.events if isinstance(event, kind)]

    def epochs(self) -> list[int]:
        return [frame.epoch for frame in self.output.published]


def test_an_armed_cut_is_published_at_once_and_gone_on_from() -> None:
    show = Show()
    show.arm("Two")
    assert [line for line in show.log if "Two" in line] == ["prepare Two 0 at 0", "prepare Two 0 at 1"]
    published, played = len(show.output.published), len(show.log)
    pressed_ns = show.bench.clock.now_ns()
    show.cut("Two")
    show.step()
    assert show.bench.clock.now_ns() == pressed_ns
    show.step()
    assert show.log[played:] == ["restore Two 0", "chunk 2.1"]
    opened = show.output.published[published : published + 2]
    assert [(frame.epoch, frame.position, frame.period_ns) for frame in opened] == [
        (2, 0, PERIOD_NS),
        (2, 1, PERIOD_NS),
    ]
    assert all(0 < pressed_ns - frame.capture_ns < NS_PER_SECOND for frame in opened)  # the age of the input, told
    assert show.output.first_shown_ns(2) - pressed_ns <= PERIOD_NS
    progress = show.bench.progress.peek()
    assert progress is not None and (progress.armed_epochs, progress.cache_resets) == ((2,), 1)
    assert [event.reason for event in show.bench.events if isinstance(event, CacheReset)] == ["cut to Two"]


class _Listener:
    """A recorder that looks at what chunks are made of."""

    reads_inputs = True

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def record(self, step: Step) -> None:
        self.steps.append(step)

    def record_start(
        self, backends: tuple[BackendChoice, ...], generator: str, picture_format: PictureFormat
    ) -> None: ...

    def record_restart(self, cut: Cut) -> None: ...


def test_an_armed_cut_is_published_before_anything_is_told_of_it() -> None:
    show = Show()
    show.arm("Two")
    publish, told = show.output.publish_chunk, []

    def watch(frames: Sequence[OutputFrame]) -> None:
        told.append((frames[0].epoch, [event for event in show.bench.events if isinstance(event, CacheReset)]))
        publish(frames)

    show.bench.rooms.output.publish_chunk = watch  # type: ignore[method-assign]
    show.cut("Two")
    show.step()
    assert told == [(2, [])]
    resets = [event.epoch for event in show.bench.events if isinstance(event, CacheReset)]
    committed = [event.chunk_index for event in show.bench.events if isinstance(event, Committed) and event.epoch == 2]
    assert (resets, committed) == ([2], [show.output.published[-1].chunk_index])
    assert [cut.epoch for cut in show.bench.cuts] == [2]


@pytest.mark.parametrize("recorded", [False, True])
def test_an_opening_keeps_the_input_that_it_was_made_of_only_for_a_recorder(recorded: bool) -> None:
    armed, listener = ArmedScenes(), _Listener()
    show = Show(armed, listener if recorded else NullRecorder())
    show.arm("Two")
    recipe = OpeningRecipe.of(7, show.scheduler.scene_start("Two"))
    opening = armed.claim("Two", recipe, show.bench.clock.now_ns())
    assert opening is not None and opening.request.frames
    kept = [frame.image.size for frame in opening.request.frames]
    assert all(kept) if recorded else not any(kept)
    assert all(frame.capture_ns for frame in opening.request.frames)
    show.arm("Two")
    show.cut("Two")
    show.step()
    if recorded:
        assert all(frame.image.size for frame in listener.steps[-1].request.frames)


class _Noise:
    """Sound that is another at every boundary."""

    def track(self, now_ns: int, shown_ns: Sequence[int]) -> FeatureTrack:
        return FeatureTrack(tuple(((now_ns + at_ns) % 7 / 7,) * len(FEATURE_IDS) for at_ns in shown_ns))


def test_a_scene_with_modulation_is_armed_and_cut_to_at_once_whatever_the_sound_does() -> None:
    show = Show()
    show.bench.rooms.sound = _Noise()
    pulse = Modulator(source=AudioFollower(feature="kick"), depth=0.2), Modulator(source=Lfo(hertz=2.0), depth=-0.5)
    two = replace(SCENES["Two"], modulation={"g.a": pulse})
    show.post(UseScenes(stamp_ns=0, scenes=SceneLibrary({"One": SCENES["One"], "Two": two})))
    show.step()
    show.arm("Two")
    show.step(5)
    played = len(show.log)
    show.cut("Two")
    show.step(3)
    assert [line for line in show.log[played:] if not line.startswith("prepare")] == [
        "restore Two 0",
        "chunk 2.1",
        "chunk 2.2",
    ]
    modulated = [one for one in show.bench.generator.requests if one.key.epoch == 2]
    assert all(len(one.tracks["g.a"]) == 2 and one.tracks["g.a"][-1] == one.values["g.a"] for one in modulated)
    moved = [event for event in show.bench.events if isinstance(event, ModulationMoved)]
    assert moved[-1].values == {"g.a": modulated[-1].values["g.a"]}


def test_an_armed_cut_ends_the_chunk_in_flight_at_its_next_safe_point() -> None:
    show = Show()
    show.arm("Two")
    played = len(show.log)
    show.bench.generator.during = lambda: show.cut("Two")
    show.step(3)
    assert [line for line in show.log[played:] if not line.startswith("prepare")][-3:] == [
        f"abort 1.{sum(line.startswith('chunk') for line in show.log[:played])} at 1",
        "restore Two 0",
        "chunk 2.1",
    ]


def test_the_noise_of_an_opening_is_the_same_armed_or_not() -> None:
    armed, bare = Show(), Show()
    armed.arm("Two")
    armed.cut("Two")
    armed.step()
    bare.step()
    bare.cut("Two")
    bare.step()
    assert "restore Two 0" in armed.log
    assert bare.log == ["chunk One 0", "reset", "chunk Two 0"]
    assert bare.bench.generator.requests[-1].key == opening_key(7, "Two", 0)


def test_a_stale_opening_is_not_shown() -> None:
    show = Show()
    show.arm("Two")
    show.bench.clock.advance(STALE_AFTER_NS)
    show.cut("Two")
    show.step()
    assert show.log[-2:] == ["reset", "chunk Two 0"]
    assert show.told(ArmedChanged)[-1].scenes == (SceneArming("Two", ArmState.LOADED),)


def test_an_opening_is_made_anew_before_it_is_stale() -> None:
    show = Show()
    show.arm("Two")
    show.step(150)  # ten seconds
    assert all(event.scenes[0].state is ArmState.ARMED for event in show.told(ArmedChanged)[1:])
    assert 3 <= show.log.count("prepare Two 0 at 1") <= 6
    assert show.output.repeats == 0


def test_what_is_set_on_top_of_a_cut_makes_it_an_ordinary_one() -> None:
    show = Show()
    show.arm("Two")
    show.cut("Two")
    show.post(SetParameter(stamp_ns=0, parameter="g.a", value=0.3))
    show.step()
    assert show.log[-2:] == ["reset", "chunk Two 0"]


def test_a_cut_to_the_scene_that_is_being_prepared_ends_that_and_the_next_visit_is_prepared() -> None:
    show = Show()
    show.step()
    show.post(ArmScene(stamp_ns=0, scene="two"))
    show.toy.during_prepare = lambda: show.cut("Two")
    show.step_until(lambda: 2 in show.epochs())
    assert show.log[-4:] == ["prepare Two 0 at 0", "reset", "chunk Two 0", "give up Two 0"]
    played = len(show.log)
    show.arm("Two")
    assert [line for line in show.log[played:] if "prepare" in line] == ["prepare Two 1 at 0", "prepare Two 1 at 1"]


def test_preparing_never_delays_a_chunk_that_is_due() -> None:
    quiet, busy = Show(), Show()
    busy.post(ArmBank(stamp_ns=0, scenes=("One", "Two")))
    starts = []
    for show in (quiet, busy):
        show.step(120)
        starts.append([request.now_ns for request in show.bench.generator.requests])
        assert show.output.repeats == 0
    assert any("prepare" in line for line in busy.log)
    # The very first piece is how its length is found out; the pacing's margin takes it up.
    assert starts[0][5:] == starts[1][5:]


def test_where_no_piece_fits_nothing_is_begun_and_the_pads_say_why() -> None:
    show = Show()
    show.post(ArmBank(stamp_ns=0, scenes=("Two",)))

    def slow() -> None:
        show.bench.clock.advance(50 * NS_PER_MS)  # chunks of 90 ms where 66 play

    for _ in range(40):
        show.toy.during = slow
        show.step()
    assert sum("prepare" in line for line in show.log) <= 1
    assert {event.scenes[0].state for event in show.told(ArmedChanged)} <= {ArmState.LOADED, ArmState.ARMING}


@pytest.mark.parametrize("reference", [None, Reference("look.png", "")])
def test_what_armed_scenes_open_with_is_worked_out_once(
    monkeypatch: pytest.MonkeyPatch, reference: Reference | None
) -> None:
    """A cut waits behind what every chunk works out anew."""
    show, worked_out = Show(), OpeningRecipe.of
    asked: list[str] = []

    def counted(seed: int, start: SceneStart) -> OpeningRecipe:
        asked.append(start.scene)
        return worked_out(seed, start)

    monkeypatch.setattr(OpeningRecipe, "of", counted)
    show.post(UseReference(stamp_ns=0, reference=reference))
    show.post(ArmBank(stamp_ns=0, scenes=("Two",)))
    show.step(20)
    assert asked == ["Two"]


def test_a_scene_that_fails_to_be_prepared_costs_the_show_nothing() -> None:
    show = Show()
    show.toy.prepare_fails = 1
    show.post(ArmBank(stamp_ns=0, scenes=("Two",)))
    show.step(20)
    assert show.told(ArmedChanged)[-1].scenes == (SceneArming("Two", ArmState.LOADED, "The toy broke (toy)."),)
    assert not any(line.startswith("reset") for line in show.log)
    show.cut("Two")
    show.step()
    assert show.log[-2:] == ["reset", "chunk Two 0"]


def test_a_scene_that_does_not_exist_is_refused() -> None:
    show = Show()
    wrong = ArmScene(stamp_ns=0, scene="Three")
    show.post(wrong)
    show.step()
    refused = [event for event in show.bench.events if isinstance(event, CommandRefused)]
    assert [(event.command, event.text) for event in refused] == [
        (wrong, "There is no such scene (Three). Known are: One, Two.")
    ]


def test_giving_up_at_the_end_leaves_nothing_running() -> None:
    show = Show()
    show.post(ArmBank(stamp_ns=0, scenes=("Two",)))
    show.toy.during_prepare = show.bench.interrupt.request  # it begins no further piece
    show.step_until(lambda: "prepare Two 0 at 0" in show.log)
    show.runner.close()
    assert show.log[-1] == "give up Two 0"


@pytest.mark.parametrize("armed", [True, False])
@settings(max_examples=25, deadline=None)
@given(
    bpm=st.floats(60, 180), before_ns=st.integers(0, NS_PER_SECOND), launch=st.sampled_from([Launch.BEAT, Launch.BAR])
)
def test_the_first_frame_of_a_quantised_cut_is_the_one_nearest_to_its_beat(
    armed: bool, bpm: float, before_ns: int, launch: Launch
) -> None:
    show = Show()
    show.post(SetTempo(stamp_ns=BEGAN_NS, bpm=bpm))
    show.step(3)
    if armed:
        show.arm("Two")
    until_ns = show.bench.clock.now_ns() + before_ns
    while show.bench.clock.now_ns() < until_ns:
        show.step()
    pressed_ns = show.bench.clock.now_ns()
    show.cut("Two", launch)
    show.step_until(lambda: 2 in show.epochs())
    show.step(2)
    made = next(cut for cut in show.bench.cuts if cut.epoch == 2)
    beat_ns = round(60 * NS_PER_SECOND / bpm) * (4 if launch is Launch.BAR else 1)
    assert (made.due_ns - BEGAN_NS) % beat_ns == 0
    assert pressed_ns < made.due_ns <= pressed_ns + beat_ns + 4 * PERIOD_NS
    assert 2 * abs(show.output.first_shown_ns(2) - made.due_ns) <= PERIOD_NS + 1
    assert show.output.repeats <= 3  # the old scene is not left without pictures for long


def test_a_scene_that_waits_for_its_beat_is_prepared_before_it() -> None:
    show = Show()
    show.post(SetTempo(stamp_ns=BEGAN_NS, bpm=60))
    show.step(3)
    show.cut("Two", Launch.BAR)
    show.step_until(lambda: 2 in show.epochs())
    assert "restore Two 0" in show.log


def test_while_memory_is_short_nothing_is_kept_ready_and_the_show_plays_on() -> None:
    show = Show()
    show.arm("Two")
    show.bench.rooms.memory_short.put(True)
    played = len(show.log)
    show.step(30)
    told = show.told(ArmedChanged)[-1]
    assert [(one.state, one.why) for one in told.scenes] == [(ArmState.LOADED, "memory is short")]
    assert told.bytes == 0
    assert not any("prepare" in line for line in show.log[played:])
    show.cut("Two")
    show.step(2)
    assert show.log[played:].count("reset") == 1 and show.epochs()[-1] == 2
    show.bench.rooms.memory_short.put(False)
    show.step_until(lambda: show.told(ArmedChanged)[-1].scenes[0].state is ArmState.ARMED)
