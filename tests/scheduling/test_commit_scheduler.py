"""The commit scheduler under an injected clock: exact commits, nothing lost, only cuts reset."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.errors import SceneError
from engine.messages.commands import (
    CancelQueued,
    Command,
    HardCut,
    Origin,
    Panic,
    SetParameter,
    SetPrompt,
    SetTempo,
    SoftCut,
    Tap,
    UseScenes,
)
from engine.messages.events import CommandRefused, CutQueued, TempoChanged
from engine.messages.parameters import CommitPolicy, ParameterSpec, ParameterTable
from engine.messages.prompt import PromptBlend
from engine.messages.scenes import Scene, SceneLibrary
from engine.messages.transitions import Launch, Span, Transition
from engine.scheduling.commit_scheduler import Commit, CommitScheduler, NextLaunch

TABLE = ParameterTable(
    [
        ParameterSpec(id="g.a", label="A", minimum=0.0, maximum=1.0, default=0.5, help="a"),
        ParameterSpec(id="g.b", label="B", minimum=-1.0, maximum=1.0, default=0.0, help="b"),
        ParameterSpec(
            id="out.level", label="Level", minimum=0, maximum=1, default=1, help="c", policy=CommitPolicy.FRAME
        ),
    ]
)
CHUNK_TABLE = ParameterTable(spec for spec in TABLE.values() if spec.policy is CommitPolicy.CHUNK)
SCENES = SceneLibrary(
    {
        "One": Scene(name="One", generator="g", prompt="red", parameters={"g.a": 0.2}),
        "Two": Scene(name="Two", generator="g", prompt="blue", parameters={"g.a": 0.8, "g.b": -0.5}),
    }
)
CHUNK_NS = 66_666_666


class Show:
    """Drives a scheduler boundary by boundary."""

    def __init__(self) -> None:
        self.scheduler = CommitScheduler(TABLE, SCENES, "One", first_epoch=1)
        self.now_ns = 0
        self.chunks = 0

    def boundary(self, *commands: Command) -> Commit:
        commit = self.scheduler.boundary(commands, self.now_ns, self.chunks * CHUNK_NS, CHUNK_NS)
        self.now_ns += CHUNK_NS
        self.chunks += 1
        return commit


def move(parameter: str, value: float, glide_ns: int | None = 0) -> SetParameter:
    glide = None if glide_ns is None else Transition(Span(glide_ns / NS_PER_SECOND))
    return SetParameter(stamp_ns=0, parameter=parameter, value=value, glide=glide)


def cut(scene: str, launch: Launch = Launch.NOW) -> HardCut:
    return HardCut(stamp_ns=0, scene=scene, launch=launch)


def test_the_first_boundary_commits_the_scene_as_stored() -> None:
    commit = Show().boundary()
    assert (commit.version, commit.epoch, commit.scene, commit.changed) == (1, 1, "One", True)
    assert commit.values == {"g.a": 0.2, "g.b": 0.0, "out.level": 1.0}
    assert commit.prompt == PromptBlend((("red", 1.0),))
    assert commit.cuts == ()


def test_a_quiet_boundary_changes_nothing() -> None:
    show = Show()
    first = show.boundary()
    second = show.boundary()
    assert not second.changed
    assert (second.version, second.values) == (first.version, first.values)


def test_of_several_values_the_latest_wins() -> None:
    show = Show()
    show.boundary()
    commit = show.boundary(move("g.a", 0.1), move("g.a", 0.9), move("g.b", 1.0), move("g.a", 0.4))
    assert (commit.values["g.a"], commit.values["g.b"]) == (0.4, 1.0)
    assert commit.cuts == ()


def test_a_glide_ends_exactly_on_its_target_and_turns_without_a_jump() -> None:
    show = Show()
    show.boundary()
    seen = [show.boundary(move("g.a", 1.0, 4 * CHUNK_NS)).values["g.a"]]
    seen.append(show.boundary().values["g.a"])
    turned = show.boundary(move("g.a", 0.0, 4 * CHUNK_NS)).values["g.a"]
    assert 0.2 < seen[0] < seen[1]  # the first chunk travels already
    later = [seen[1], turned, *(show.boundary().values["g.a"] for _ in range(3))]
    assert later == sorted(later, reverse=True)  # it turns where the first glide had got to
    assert later[-1] == 0.0


def test_cuts_are_applied_each_and_in_order() -> None:
    show = Show()
    show.boundary()
    commit = show.boundary(move("g.b", 0.3), cut("Two"), cut("One"), cut("Two"), move("g.a", 0.6))
    assert [(one.epoch, one.scene) for one in commit.cuts] == [(2, "Two"), (3, "One"), (4, "Two")]
    assert commit.values["g.a"] == 0.6  # set after the cut: it stands
    assert commit.values["g.b"] == -0.5  # set before the cut: the scene replaced it
    assert commit.prompt == PromptBlend((("blue", 1.0),))


def test_nothing_but_a_cut_resets() -> None:
    show = Show()
    show.boundary()
    commit = show.boundary(
        move("g.a", 1.0),
        SetPrompt(stamp_ns=0, text="green", chunks=3),
        SoftCut(stamp_ns=0, scene="Two", chunks=2),
        Tap(stamp_ns=1),
        SetTempo(stamp_ns=0, bpm=90.0),
        CancelQueued(stamp_ns=0),
    )
    assert commit.cuts == ()
    assert commit.epoch == 1


def test_a_prompt_morphs_from_one_nth_to_exactly_its_target() -> None:
    show = Show()
    show.boundary()
    shares = []
    commit = show.boundary(SetPrompt(stamp_ns=0, text="blue", chunks=4))
    shares.append(dict(commit.prompt.parts).get("blue"))
    for _ in range(3):
        commit = show.boundary()
        shares.append(dict(commit.prompt.parts).get("blue"))
    assert shares == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert commit.prompt == PromptBlend((("blue", 1.0),))
    assert commit.prompt_progress == 1.0


def test_a_prompt_over_one_chunk_arrives_at_once() -> None:
    show = Show()
    show.boundary()
    assert show.boundary(SetPrompt(stamp_ns=0, text="blue")).prompt == PromptBlend((("blue", 1.0),))


def test_a_soft_cut_travels_and_arrives() -> None:
    show = Show()
    show.boundary()
    values = [show.boundary(SoftCut(stamp_ns=0, scene="two", chunks=4)).values["g.a"]]
    values += [show.boundary().values["g.a"] for _ in range(3)]
    assert values == sorted(values)
    assert 0.2 < values[0] < values[-2] < values[-1] == 0.8
    assert show.scheduler.epoch == 1


def test_a_quantised_cut_waits_for_its_beat_and_can_be_cancelled() -> None:
    show = Show()
    show.boundary(SetTempo(stamp_ns=0, bpm=120.0))
    waiting = show.boundary(cut("Two", Launch.BEAT))
    assert waiting.cuts == ()
    assert waiting.events == (CutQueued(at_ns=CHUNK_NS, scene="Two", due_ns=NS_PER_SECOND // 2),)
    assert show.scheduler.next_due_ns == NS_PER_SECOND // 2
    boundaries = [show.boundary() for _ in range(7)]
    hits = [commit.cuts for commit in boundaries if commit.cuts]
    assert [(one.epoch, one.scene) for cuts in hits for one in cuts] == [(2, "Two")]
    assert show.scheduler.next_due_ns is None
    show.boundary(cut("One", Launch.BAR))
    cancelled = show.boundary(CancelQueued(stamp_ns=0))
    assert next(event for event in cancelled.events if isinstance(event, CutQueued)).scene == ""
    assert all(show.boundary().cuts == () for _ in range(40))


def test_the_next_launch_is_told_ahead_and_its_cut_knows_its_beat() -> None:
    show = Show()
    show.boundary(SetTempo(stamp_ns=0, bpm=120.0))
    assert show.scheduler.next_launch is None
    show.boundary(SoftCut(stamp_ns=0, scene="one", launch=Launch.BAR))
    assert show.scheduler.next_launch == NextLaunch(2 * NS_PER_SECOND, "")
    show.boundary(cut("two", Launch.BEAT))
    assert show.scheduler.next_launch == NextLaunch(NS_PER_SECOND // 2, "Two")
    cuts = [one for _ in range(8) for one in show.boundary().cuts]
    assert [one.due_ns for one in cuts] == [NS_PER_SECOND // 2]


def test_what_a_cut_would_commit_is_what_it_commits() -> None:
    show = Show()
    assert show.boundary(move("g.a", 0.9)).visit == 0
    visits = []
    for scene in ("two", "One", "Two", "Two"):
        start = show.scheduler.scene_start(scene)
        commit = show.boundary(cut(scene))
        assert (start.scene, start.values, start.prompt) == (commit.scene, commit.values, commit.prompt)
        assert start.visit == commit.visit
        visits.append((commit.scene, commit.visit))
    assert visits == [("Two", 0), ("One", 1), ("Two", 1), ("Two", 2)]
    show.scheduler.restart("the generator was restarted", 5)
    assert show.boundary().visit == 3
    with pytest.raises(SceneError):
        show.scheduler.scene_start("Three")


def test_taps_give_the_tempo() -> None:
    show = Show()
    taps = [Tap(stamp_ns=index * 500 * NS_PER_MS) for index in range(4)]
    commit = show.boundary(*taps)
    tempos = [event.bpm for event in commit.events if isinstance(event, TempoChanged)]
    assert tempos == pytest.approx([120.0, 120.0, 120.0])


def test_panic_restores_the_scene_and_forgets_what_is_queued() -> None:
    show = Show()
    show.boundary()
    show.boundary(move("g.a", 0.9), cut("Two", Launch.BAR))
    commit = show.boundary(Panic(stamp_ns=7, origin=Origin.MIDI))
    assert commit.values["g.a"] == 0.2
    assert [(one.reason, one.origin, one.stamp_ns) for one in commit.cuts] == [("panic", Origin.MIDI, 7)]
    assert show.scheduler.next_due_ns is None


def test_panic_restores_a_scene_as_it_is_stored_now_not_as_a_waiting_cut_held_it() -> None:
    show = Show()
    show.boundary()
    show.boundary(SoftCut(stamp_ns=0, scene="Two", launch=Launch.BAR, chunks=1))
    edited = SceneLibrary({"One": SCENES["One"], "Two": replace(SCENES["Two"], parameters={"g.a": 0.1})})
    show.boundary(UseScenes(stamp_ns=0, scenes=edited))
    while show.scheduler.next_due_ns is not None:
        show.boundary()
    commit = show.boundary(Panic(stamp_ns=7, origin=Origin.MIDI))
    assert (commit.scene, commit.values["g.a"]) == ("Two", 0.1)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (move("g.a", 7.0), "A cannot be 7 (g.a). Choose a value from 0 to 1."),
        (move("g.aa", 0.0), "There is no such parameter (g.aa). Did you mean g.a?"),
        (move("out.level", 0.5), "Level is not changed at a chunk boundary (out.level)."),
        (cut("Three"), "There is no such scene (Three). Known are: One, Two."),
        (SetPrompt(stamp_ns=0, text="  "), "The prompt is empty. Write at least one word."),
        (SetTempo(stamp_ns=0, bpm=1000.0), "The tempo cannot be 1000. Choose 30 to 300 beats per minute."),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence_and_changes_nothing(command: Command, words: str) -> None:
    show = Show()
    before = show.boundary()
    commit = show.boundary(command)
    assert commit.events == (CommandRefused(at_ns=CHUNK_NS, command=command, text=words),)
    assert (commit.values, commit.prompt, commit.epoch) == (before.values, before.prompt, before.epoch)


def test_an_unknown_first_scene_is_an_error() -> None:
    with pytest.raises(SceneError):
        CommitScheduler(TABLE, SCENES, "Three", first_epoch=1)


def test_a_restart_opens_an_epoch_and_keeps_the_values() -> None:
    show = Show()
    show.boundary(move("g.a", 0.7))
    reset = show.scheduler.restart("the generator was restarted", 5)
    assert (reset.epoch, reset.origin) == (2, Origin.ENGINE)
    commit = show.boundary()
    assert (commit.epoch, commit.values["g.a"]) == (2, 0.7)


anything = st.one_of(
    st.builds(move, st.sampled_from(["g.a", "g.b"]), st.floats(0, 1), st.sampled_from([0, None, 3 * CHUNK_NS])),
    st.builds(cut, st.sampled_from(["One", "Two"])),
    st.builds(SoftCut, stamp_ns=st.just(0), scene=st.sampled_from(["One", "Two"]), chunks=st.integers(1, 5)),
    st.builds(SetPrompt, stamp_ns=st.just(0), text=st.sampled_from(["red", "sea", "sky"]), chunks=st.integers(1, 6)),
)


@given(st.lists(st.lists(anything, max_size=6), max_size=12))
def test_whatever_arrives_cuts_are_counted_and_values_stay_in_range(drains: Sequence[Sequence[Command]]) -> None:
    show = Show()
    asked = 0
    for commands in drains:
        commit = show.boundary(*commands)
        asked += sum(isinstance(command, HardCut) for command in commands)
        assert commit.epoch == 1 + asked
        assert len(commit.cuts) == sum(isinstance(command, HardCut) for command in commands)
        assert sum(weight for _, weight in commit.prompt.parts) == pytest.approx(1.0)
        assert all(weight > 0 for _, weight in commit.prompt.parts)
        for key, value in commit.values.items():
            assert TABLE[key].minimum <= value <= TABLE[key].maximum
    for _ in range(8):
        last = show.boundary()
    assert drains == [] or last.values == last.targets
    assert len(last.prompt.parts) == 1


@given(st.lists(st.lists(anything, max_size=6), max_size=12))
def test_the_same_commands_give_the_same_commits(drains: Sequence[Sequence[Command]]) -> None:
    first, second = Show(), Show()
    assert [first.boundary(*commands) for commands in drains] == [second.boundary(*commands) for commands in drains]
