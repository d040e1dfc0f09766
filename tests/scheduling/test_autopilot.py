"""The auto-pilot: on downbeats, so many bars apart, never the same again soon, the same in a replay."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.messages.audio import FEATURE_IDS, NO_SOUND, FeatureTrack
from engine.messages.autopilot import AutoPilot, AutoPilotTime, AutoPilotWay
from engine.messages.commands import (
    CancelQueued,
    Command,
    SetAutoPilot,
    SetTempo,
)
from engine.messages.events import AutoPilotChanged, CommandRefused, CutQueued
from engine.messages.list_commands import LoopPlaylist, ShufflePlaylist, UsePlaylist
from engine.messages.playlists import Playlist
from engine.messages.scenes import Scene, SceneLibrary
from engine.scheduling.commit_scheduler import Commit, CommitScheduler
from tests.scheduling.show import TABLE, cut

CHUNK_NS = 66_666_666
BAR_NS = 2_000_000_000
NAMES = ("A", "B", "C", "D", "E", "F")
SCENES = SceneLibrary({name: Scene(name=name, generator="g", prompt=f"prompt {name}") for name in NAMES})


class Show:
    """A scheduler at 120 beats per minute, chunk by chunk."""

    def __init__(self) -> None:
        self.scheduler = CommitScheduler(TABLE, SCENES, "A", 1)
        self.now_ns = 0
        self.sound = NO_SOUND
        self.commits: list[tuple[int, Commit]] = []
        self.chunk(SetTempo(stamp_ns=0, bpm=120))

    def chunk(self, *commands: Command) -> Commit:
        commit = self.scheduler.boundary(commands, self.now_ns, self.now_ns, CHUNK_NS, self.sound)
        self.commits.append((self.now_ns, commit))
        self.now_ns += CHUNK_NS
        return commit

    def bars(self, bars: float) -> None:
        until_ns = self.now_ns + int(bars * BAR_NS)
        while self.now_ns < until_ns:
            self.chunk()

    def cuts(self) -> list[tuple[int, str]]:
        return [(one.due_ns, one.scene) for _, commit in self.commits for one in commit.cuts]

    def told(self) -> list[AutoPilotChanged]:
        return [event for _, commit in self.commits for event in commit.events if isinstance(event, AutoPilotChanged)]


def fly(**plan: object) -> SetAutoPilot:
    given = {"scenes": tuple((name, 1.0) for name in NAMES), "bars": 2, **plan}
    return SetAutoPilot(stamp_ns=0, plan=AutoPilot(**given))  # type: ignore[arg-type]


def test_it_cuts_on_downbeats_so_many_bars_apart() -> None:
    show = Show()
    show.chunk(fly())
    show.bars(21)
    cuts = show.cuts()
    assert [due_ns for due_ns, _ in cuts] == [BAR_NS * bar for bar in range(3, 22, 2)][: len(cuts)]
    assert len(cuts) >= 9
    queued = [
        at_ns for at_ns, commit in show.commits for one in commit.events if isinstance(one, CutQueued) and one.scene
    ]
    assert 0 <= cuts[0][0] - BAR_NS - queued[0] + CHUNK_NS < 2 * CHUNK_NS  # it waits for a bar, to be seen and armed


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from(NAMES), min_size=2, max_size=8),
    st.integers(0, 1000),
    st.integers(1, 4),
    st.sampled_from(AutoPilotWay),
)
def test_it_never_goes_where_it_has_just_been_and_is_the_same_again(
    names: Sequence[str], seed: int, bars: int, way: AutoPilotWay
) -> None:
    runs = []
    for _ in range(2):
        show = Show()
        show.chunk(fly(scenes=tuple((name, 1.0) for name in names), seed=seed, bars=bars, way=way, morph_chunks=4))
        show.bars(bars * 6)
        runs.append([commit.scene for _, commit in show.commits])
    assert runs[0] == runs[1]
    places = set(names) | {"A"}
    order = [one for one, before in zip(runs[0], ["", *runs[0]], strict=False) if one != before]
    if len(set(names) - {"A"}):
        assert len(order) >= 3 or len(set(names)) < 2
    kept = len(set(names)) // 2
    for place in range(1, len(order)):
        recent = order[max(place - kept, 1) : place]
        assert order[place] not in recent or len(places) <= 2


def test_weights_count() -> None:
    show = Show()
    show.chunk(fly(scenes=tuple((name, 9.0 if name == "D" else 1.0) for name in NAMES), bars=1))
    show.bars(160)
    cuts = [scene for _, scene in show.cuts()]
    assert cuts.count("D") > 1.3 * cuts.count("B")


def test_a_cut_by_hand_begins_the_count_anew() -> None:
    show = Show()
    show.chunk(fly(bars=4))
    show.bars(3.2)
    show.chunk(cut("F"))
    show.bars(6)
    assert [due_ns for due_ns, _ in show.cuts()] == [0, 8 * BAR_NS]


def test_what_it_has_queued_can_be_cancelled_and_it_flies_on() -> None:
    show = Show()
    show.chunk(fly(bars=2))
    show.bars(2.3)
    show.chunk(CancelQueued(stamp_ns=0))
    show.bars(3)
    assert [due_ns for due_ns, _ in show.cuts()] == [5 * BAR_NS]
    show.chunk(SetAutoPilot(stamp_ns=0, plan=None))
    show.bars(6)
    assert len(show.cuts()) == 1 and show.told()[-1].plan is None


def test_it_goes_through_a_playlist() -> None:
    show = Show()
    prompts = ("one", "two", "three", "four")
    show.chunk(UsePlaylist(stamp_ns=0, playlist=Playlist("x.txt", prompts)), fly(scenes=(), prompts=True, bars=1))
    show.bars(12)
    seen = [commit.prompt_target for _, commit in show.commits]
    order = [one for one, before in zip(seen, ["", *seen], strict=False) if one != before][1:]
    assert set(order) == set(prompts) and not show.cuts()
    assert all(one not in order[max(place - 2, 0) : place] for place, one in enumerate(order))
    show.chunk(ShufflePlaylist(stamp_ns=0, seed=3), LoopPlaylist(stamp_ns=0, on=True))


def heard(level: float) -> FeatureTrack:
    return FeatureTrack((tuple(level if name not in ("beat", "bar") else 0.0 for name in FEATURE_IDS),))


def test_it_hears_another_section() -> None:
    show = Show()
    show.sound = heard(0.2)
    show.chunk(fly(time=AutoPilotTime.SECTIONS, bars=1))
    show.bars(7)
    assert not show.cuts() and show.told()[-1].due_ns == 0
    drop_ns = show.now_ns
    show.sound = heard(0.8)
    show.bars(4)
    (due_ns, _scene), *others = show.cuts()
    assert not others and due_ns % BAR_NS == 0 and 0 < due_ns - drop_ns <= 2 * BAR_NS


@pytest.mark.parametrize(
    "wrong", [fly(bars=0), fly(scenes=()), fly(scenes=(("A", 0.0),)), fly(scenes=(("A", float("inf")),))]
)
def test_a_flight_that_cannot_be_is_refused(wrong: SetAutoPilot) -> None:
    show = Show()
    assert [type(one) for one in show.chunk(wrong).events] == [CommandRefused]


def test_scenes_that_are_gone_are_passed_over() -> None:
    show = Show()
    show.chunk(fly(scenes=(("Gone", 5.0), ("B", 1.0), ("C", 1.0)), bars=1))
    show.bars(8)
    assert {scene for _, scene in show.cuts()} == {"B", "C"}
