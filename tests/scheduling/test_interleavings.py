"""The scheduler against a model that is too simple to be wrong, over whatever order threads and hands come up with."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.messages.commands import (
    CancelQueued,
    Command,
    HardCut,
    Panic,
    RecallSnapshot,
    SetParameter,
    SetPrompt,
    SoftCut,
    StoreSnapshot,
    UseScenes,
)
from engine.messages.events import CommandRefused
from engine.messages.scenes import SceneLibrary
from engine.messages.transitions import Launch
from engine.scheduling.commit_scheduler import Commit, CommitScheduler
from engine.scheduling.tempo import Tempo
from tests.scheduling.show import CHUNK_NS, SCENES, TABLE, cut

parameters = st.sampled_from(["g.a", "g.b", "g.old"])
scenes = st.sampled_from(["One", "Two", "two", "Nowhere"])
launches = st.sampled_from(Launch)


class Interleavings(RuleBasedStateMachine):
    """Commands gather until a boundary; two schedulers hear them, and a model that keeps targets and cuts."""

    def __init__(self) -> None:
        super().__init__()
        self.first = CommitScheduler(TABLE, SCENES, "One", first_epoch=1)
        self.second = CommitScheduler(TABLE, SCENES, "One", first_epoch=1)
        self.waiting: list[Command] = []
        self.boundaries = 0
        self.stamp = 0
        self.library = SCENES
        self.scene = "One"
        self.targets = SCENES["One"].values(TABLE)
        self.queue: list[tuple[int, Command]] = []
        self.slot: str | None = None
        self.goals: dict[int, tuple[str, dict[str, float]]] = {}  # no values: the model computes no glides
        self.cuts: list[int] = []
        self.made: list[int] = []
        self.last: Commit | None = None

    # -- what arrives --------------------------------------------------------------------------

    def _post(self, command: Command) -> None:
        self.stamp += 1
        self.waiting.append(replace(command, stamp_ns=self.stamp))

    @rule(parameter=parameters, value=st.floats(-1.5, 1.5))
    def turns_a_knob(self, parameter: str, value: float) -> None:
        self._post(SetParameter(stamp_ns=0, parameter=parameter, value=value))

    @rule(scene=scenes, launch=launches)
    def cuts_hard(self, scene: str, launch: Launch) -> None:
        self._post(cut(scene, launch))

    @rule(scene=scenes, launch=launches, chunks=st.integers(-1, 9))
    def cuts_softly(self, scene: str, launch: Launch, chunks: int) -> None:
        self._post(SoftCut(stamp_ns=0, scene=scene, chunks=chunks, launch=launch))

    @rule(text=st.sampled_from(["sea", " ", "sky"]), chunks=st.integers(-1, 5))
    def writes(self, text: str, chunks: int) -> None:
        self._post(SetPrompt(stamp_ns=0, text=text, chunks=chunks))

    @rule()
    def stores(self) -> None:
        self._post(StoreSnapshot(stamp_ns=0, slot=1))

    @rule(launch=launches)
    def recalls(self, launch: Launch) -> None:
        self._post(RecallSnapshot(stamp_ns=0, slot=1, launch=launch))

    @rule(command=st.sampled_from([Panic(stamp_ns=0), CancelQueued(stamp_ns=0)]))
    def stops(self, command: Command) -> None:
        self._post(command)

    @rule(value=st.floats(0, 1))
    def edits_a_scene(self, value: float) -> None:
        edited = replace(SCENES["Two"], parameters={"g.a": value})
        self._post(UseScenes(stamp_ns=0, scenes=SceneLibrary({"One": SCENES["One"], "Two": edited})))

    # -- a boundary ----------------------------------------------------------------------------

    @rule(late=st.integers(0, 30))
    def reaches_a_boundary(self, late: int) -> None:
        self.boundaries += 1 + late
        now_ns = self.boundaries * CHUNK_NS
        commands, self.waiting = self.waiting, []
        refused = [command for command in commands if not self._expect(command, now_ns)]
        for _, command in sorted((one for one in self.queue if one[0] <= now_ns), key=lambda one: one[0]):
            self._play(command)
        self.queue = [one for one in self.queue if one[0] > now_ns]
        commit = self.first.boundary(commands, now_ns, now_ns, CHUNK_NS)
        again = self.second.boundary(commands, now_ns, now_ns, CHUNK_NS)
        assert commit == again
        assert [event.command for event in commit.events if isinstance(event, CommandRefused)] == refused
        self.made += [one.stamp_ns for one in commit.cuts]
        if self.last is not None:
            assert commit.version >= self.last.version
        self.last = commit

    def _expect(self, command: Command, now_ns: int) -> bool:
        """Let the model do what was asked for; False if it cannot be done."""
        match command:
            case SetParameter():
                spec = TABLE[command.parameter]
                if not spec.minimum <= command.value <= spec.maximum:
                    return False
                self.targets[spec.id] = command.value
            case SetPrompt():
                return bool(command.text.strip())
            case HardCut(scene="Nowhere") | SoftCut(scene="Nowhere"):
                return False
            case RecallSnapshot() if self.slot is None:
                return False
            case HardCut() | SoftCut() | RecallSnapshot() if command.launch is not Launch.NOW:
                self.queue.append((Tempo(120.0, 0).next_ns(now_ns, command.launch), self._bound(command)))
            case HardCut() | SoftCut() | RecallSnapshot():
                self._play(self._bound(command))
            case StoreSnapshot():
                self.slot = self.scene
            case Panic():
                self.queue.clear()
                self.targets = self.library[self.scene].values(TABLE)
                self.cuts.append(command.stamp_ns)
            case CancelQueued():
                self.queue.clear()
            case UseScenes():
                self.library = command.scenes
        return True

    def _bound(self, command: HardCut | SoftCut | RecallSnapshot) -> Command:
        """A cut is to what its name meant, or its slot held, when it was asked for."""
        if isinstance(command, RecallSnapshot):
            assert self.slot is not None
            self.goals[command.stamp_ns] = self.slot, {}
        else:
            scene = self.library[command.scene]
            self.goals[command.stamp_ns] = scene.name, scene.values(TABLE)
        return command

    def _play(self, command: Command) -> None:
        name, values = self.goals[command.stamp_ns]
        self.scene = name
        self.targets = dict(values)
        if not isinstance(command, SoftCut):
            self.cuts.append(command.stamp_ns)

    # -- what always holds ---------------------------------------------------------------------

    @invariant()
    def nothing_is_lost_and_everything_is_in_order(self) -> None:
        if self.last is None:
            return
        assert self.made == self.cuts
        assert self.last.epoch == 1 + len(self.cuts)
        assert self.last.scene == self.scene
        assert {key: self.last.targets[key] for key in self.targets} == self.targets
        assert abs(sum(weight for _, weight in self.last.prompt.parts) - 1.0) < 1e-9
        assert 0.0 <= self.last.past_bias <= 1.0
        for key, value in self.last.values.items():
            assert TABLE[key].minimum <= value <= TABLE[key].maximum

    def teardown(self) -> None:
        """Left alone, everything arrives."""
        for late in (0, 200, *[0] * 10):
            self.reaches_a_boundary(late)
        assert self.last is not None
        assert self.last.values == self.last.targets
        assert self.last.prompt_progress == self.last.past_bias == 1.0
        assert self.first.next_due_ns is None


Interleavings.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestInterleavings = Interleavings.TestCase
