"""Playlists, cue lists and snapshots: exact steps, exact events, sentences for what cannot be done."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND
from engine.errors import CueError, PlaylistError
from engine.messages.commands import (
    CancelQueued,
    Command,
    Origin,
    RecallSnapshot,
    SetPromptBlend,
    SetTempo,
    StoreSnapshot,
)
from engine.messages.cue_lists import Cue, CueKind, load_cues
from engine.messages.events import CommandRefused, SnapshotStored
from engine.messages.list_commands import (
    DropCues,
    DropPlaylist,
    GoToCue,
    GoToPrompt,
    LoopPlaylist,
    ShufflePlaylist,
    StepCues,
    StepPlaylist,
    UseCues,
    UsePlaylist,
)
from engine.messages.list_events import CueChanged, PlaylistChanged, no_cues, no_playlist
from engine.messages.playlists import Playlist, load_playlist, parse_playlist
from engine.messages.prompt import PromptBlend
from engine.messages.transitions import AT_ONCE, Launch, Span, SpanUnit
from engine.scheduling.commit_scheduler import Commit
from engine.scheduling.sequences import start_playlist
from tests.scheduling.show import CHUNK_NS, SCENES, Show, cues, cut, move, written

TEXT = "# my set\n\nred   sea\n@drop\nblue sky\n  # not yet\ngreen sun\n"
LIST = parse_playlist(TEXT, "set.txt")


def refusals(commit: Commit) -> list[str]:
    return [event.text for event in commit.events if isinstance(event, CommandRefused)]


# -- playlists ---------------------------------------------------------------------------------


def test_a_prompt_behind_its_bookmark_is_played() -> None:
    read = parse_playlist("@start some prompt\n@ drop\n  a  fall", "p")
    assert read == Playlist("p", ("some prompt", "a fall"), (("start", 0), ("drop", 1)))


def test_a_playlist_is_one_prompt_a_line(tmp_path: Path) -> None:
    assert Playlist("set.txt", ("red sea", "blue sky", "green sun"), (("drop", 1),)) == LIST
    assert load_playlist(written(tmp_path, "set.txt", "\ufeff" + TEXT)) == LIST


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# nothing\n", "The playlist holds no prompt (p). Write one prompt a line."),
        ("@\na", "A bookmark has no name (p, line 1)."),
        ("@x\na\n@x\nb", "The bookmark 'x' is there twice (p, line 3)."),
        ("a\n@x\n", "No prompt follows the bookmark 'x' (p)."),
    ],
)
def test_a_bad_playlist_is_told_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(PlaylistError) as caught:
        parse_playlist(text, "p")
    assert str(caught.value) == words


def test_a_file_that_is_no_text_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "noise.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlaylistError, match="not UTF-8"):
        load_playlist(path)
    with pytest.raises(PlaylistError, match="cannot be read: No such file"):
        load_playlist(tmp_path / "none.txt")
    with pytest.raises(CueError, match="not UTF-8"):
        load_cues(path, SCENES)
    with pytest.raises(CueError, match="cannot be read: No such file"):
        load_cues(tmp_path / "none.toml", SCENES)


def test_stepping_morphs_and_tells_where_it_is() -> None:
    show = Show()
    [told] = show.told(UsePlaylist(stamp_ns=0, playlist=LIST))
    before = PlaylistChanged(
        at_ns=0,
        name="set.txt",
        number=0,
        count=3,
        prompt="",
        loop=False,
        shuffled=False,
        bookmarks=("drop",),
        next_prompt="red sea",
    )
    assert told == before
    commit = show.boundary(StepPlaylist(stamp_ns=0, chunks=2))
    assert commit.prompt == PromptBlend((("red", 0.5), ("red sea", 0.5)))
    assert commit.prompt_target == "red sea"
    places: list[Command] = [
        StepPlaylist(stamp_ns=0),
        StepPlaylist(stamp_ns=0),
        StepPlaylist(stamp_ns=0, steps=-2),
        GoToPrompt(stamp_ns=0, place=3),
        GoToPrompt(stamp_ns=0, place="Drop"),
    ]
    targets = [show.boundary(command).prompt_target for command in places]
    assert targets == ["blue sky", "green sun", "red sea", "green sun", "blue sky"]


def test_a_playlist_ends_or_loops() -> None:
    show = Show()
    show.boundary(UsePlaylist(stamp_ns=0, playlist=LIST), GoToPrompt(stamp_ns=0, place=3))
    over = show.boundary(StepPlaylist(stamp_ns=0))
    assert (refusals(over), over.prompt_target) == (["The playlist is at its end (set.txt)."], "green sun")
    [last] = show.told(LoopPlaylist(stamp_ns=0, on=False))
    [looped] = show.told(LoopPlaylist(stamp_ns=0, on=True))
    assert isinstance(last, PlaylistChanged) and isinstance(looped, PlaylistChanged)
    assert (last.next_prompt, looped.next_prompt) == ("", "red sea")
    assert show.boundary(StepPlaylist(stamp_ns=0)).prompt_target == "red sea"
    assert show.boundary(StepPlaylist(stamp_ns=0, steps=-1)).prompt_target == "green sun"


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (GoToPrompt(stamp_ns=0, place=4), "There is no prompt 4 (set.txt). Choose 1 to 3."),
        (GoToPrompt(stamp_ns=0, place="x"), "There is no bookmark 'x' (set.txt). Known are drop."),
        (StepPlaylist(stamp_ns=0, steps=-1), "The playlist is at its beginning (set.txt)."),
        (StepCues(stamp_ns=0), "There is no cue list. Load one first."),
        (RecallSnapshot(stamp_ns=0, slot=3), "Snapshot 3 is empty. Store one first."),
        (StoreSnapshot(stamp_ns=0, slot=17), "There is no snapshot 17. Choose 1 to 16."),
    ],
)
def test_steps_to_nowhere_are_refused(command: Command, words: str) -> None:
    show = Show()
    show.boundary(UsePlaylist(stamp_ns=0, playlist=LIST), GoToPrompt(stamp_ns=0, place=1))
    assert refusals(show.boundary(command)) == [words]


def test_without_a_playlist_a_step_is_refused() -> None:
    assert refusals(Show().boundary(StepPlaylist(stamp_ns=0))) == ["There is no playlist. Load one first."]


@given(st.integers(1, 40), st.integers(0, 2**32), st.integers(0, 60))
def test_a_shuffle_plays_each_once_from_here_and_is_the_same_again(count: int, seed: int, place: int) -> None:
    run = start_playlist(Playlist("p", tuple(f"prompt {number}" for number in range(count))))
    run = run.moved_to(1 + place % count)
    shuffled = run.ordered(seed)
    assert shuffled == run.ordered(seed)
    assert (sorted(shuffled.order), shuffled.place, shuffled.prompt) == (list(range(count)), 0, run.prompt)
    assert shuffled.ordered(None) == run


def test_a_shuffled_playlist_says_so() -> None:
    show = Show()
    [_, told] = show.told(UsePlaylist(stamp_ns=0, playlist=LIST), ShufflePlaylist(stamp_ns=0, seed=4))
    assert isinstance(told, PlaylistChanged) and told.shuffled


# -- cues --------------------------------------------------------------------------------------

CUES = """
[[cue]]
scene = "two"
follow = "4 beats"
launch = "bar"

[[cue]]
scene = "One"
transition = "soft"
duration = "1 s"
follow = "0.5 s"
note = "lights down"

[[cue]]
scene = "Two"
follow = "1 s"
"""


def test_a_cue_list_is_read_whole() -> None:
    assert cues(CUES).cues == (
        Cue(scene="Two", follow=Span(4, SpanUnit.BEATS), launch=Launch.BAR),
        Cue(scene="One", kind=CueKind.SOFT, duration=Span(1.0), follow=Span(0.5), note="lights down"),
        Cue(scene="Two", follow=Span(1.0)),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cue = 3", "A cue list consists of [[cue]] tables, and may have an offset (show.toml)."),
        ("", "A cue list consists of [[cue]] tables, and may have an offset (show.toml)."),
        ("cue = [3]", "A cue must be a table (show.toml, cue 1)."),
        ("[[cue]]\nscene=4", "'scene' must be a text (show.toml, cue 1)."),
        ('[[cue]]\nscene="Nine"', "There is no such scene (show.toml, cue 1: 'Nine'). Known are: One, Two."),
        (
            '[[cue]]\nscene="One"\n[[cue]]\nscene="One"\nfade="1"',
            (
                "The cue has an unknown key 'fade' (show.toml, cue 2). "
                "Known keys are duration, follow, launch, note, scene, time, transition."
            ),
        ),
        (
            '[[cue]]\nscene="One"\ntransition="wipe"',
            "'transition' cannot be 'wipe' (show.toml, cue 1). Choose cut, soft.",
        ),
        (
            '[[cue]]\nscene="One"\nfollow="soon"',
            "'follow' cannot be 'soon' (show.toml, cue 1). Write for example \"4 s\" or \"16 beats\".",
        ),
        (
            '[[cue]]\nscene="One"\nfollow="nan s"',
            "'follow' cannot be 'nan s' (show.toml, cue 1). Write for example \"4 s\" or \"16 beats\".",
        ),
        (
            '[[cue]]\nscene="One"\ntime="1:62:00"',
            (
                "'time' cannot be '1:62:00' (show.toml, cue 1). "
                'Write hours, minutes, seconds and frames, for example "01:00:10:00".'
            ),
        ),
        (
            '[[cue]]\nscene="One"\nduration="1 s"',
            'A cut has no duration (show.toml, cue 1). Write transition = "soft", or leave it out.',
        ),
    ],
)
def test_a_bad_cue_list_is_told_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(CueError) as caught:
        cues(text)
    assert str(caught.value) == words


def test_cues_follow_from_the_beat_on_which_they_fell() -> None:
    show = Show()
    show.boundary(SetTempo(stamp_ns=0, bpm=120.0), UseCues(stamp_ns=0, cues=cues(CUES)))
    first = show.boundary(StepCues(stamp_ns=9, origin=Origin.MIDI))
    bar_ns = 2 * NS_PER_SECOND
    follow_ns = bar_ns + 4 * NS_PER_SECOND // 2
    assert [event for event in first.events if isinstance(event, CueChanged)] == [
        CueChanged(
            at_ns=CHUNK_NS, name="show.toml", number=1, count=3, scene="Two", next_scene="One", follow_ns=follow_ns
        )
    ]
    commits = show.until(follow_ns + NS_PER_SECOND // 2)
    [hard] = [one for commit in commits for one in commit.cuts if one.origin is Origin.MIDI]
    assert (hard.scene, hard.stamp_ns, hard.due_ns) == ("Two", 9, bar_ns)
    told = [event for commit in commits for event in commit.events if isinstance(event, CueChanged)]
    assert [(event.number, event.scene, event.next_scene, event.follow_ns, event.note) for event in told] == [
        (2, "One", "Two", follow_ns + NS_PER_SECOND // 2, "lights down"),
        (3, "Two", "", 0, ""),  # nothing follows the last
    ]
    assert [one.scene for commit in commits for one in commit.cuts] == ["Two", "Two"]  # the middle one was soft
    assert refusals(show.boundary(StepCues(stamp_ns=0))) == ["The cue list is at its end (show.toml)."]
    assert show.boundary(GoToCue(stamp_ns=0, number=2)).scene == "One"
    assert refusals(show.boundary(GoToCue(stamp_ns=0, number=9))) == ["There is no cue 9 (show.toml). Choose 1 to 3."]


def test_a_list_that_is_dropped_plays_and_follows_no_more() -> None:
    show = Show()
    show.boundary(UsePlaylist(stamp_ns=0, playlist=LIST), StepPlaylist(stamp_ns=0))
    show.boundary(UseCues(stamp_ns=0, cues=cues(CUES)), StepCues(stamp_ns=0))
    commit = show.boundary(DropPlaylist(stamp_ns=0), DropCues(stamp_ns=0))
    told = [event for event in commit.events if isinstance(event, PlaylistChanged | CueChanged)]
    assert told == [no_playlist(told[0].at_ns), no_cues(told[0].at_ns)]
    assert (commit.prompt_target, show.scheduler.upcoming) == ("red sea", ("", ""))
    assert [one.scene for commit in show.until(20 * NS_PER_SECOND) for one in commit.cuts] == [
        "Two"
    ]  # it waited already
    assert show.scheduler.next_due_ns is None
    lost = show.boundary(StepPlaylist(stamp_ns=0), StepCues(stamp_ns=0))
    assert refusals(lost) == [
        "There is no playlist. Load one first.",
        "There is no cue list. Load one first.",
    ]


def test_cancelling_holds_the_cue_list() -> None:
    show = Show()
    show.boundary(UseCues(stamp_ns=0, cues=cues(CUES)), StepCues(stamp_ns=0))
    assert show.scheduler.next_due_ns is not None
    show.boundary(CancelQueued(stamp_ns=0))
    assert show.scheduler.next_due_ns is None
    assert [one for commit in show.until(5 * NS_PER_SECOND) for one in commit.cuts] == []
    assert show.boundary(StepCues(stamp_ns=0)).scene == "One"


# -- snapshots ---------------------------------------------------------------------------------


def test_a_snapshot_brings_back_values_prompt_scene_and_tempo() -> None:
    show = Show()
    blend = SetPromptBlend(stamp_ns=0, parts=(("sea", 1.0), ("sky", 1.0)))
    show.boundary(cut("Two"), move("g.a", 0.3, AT_ONCE), SetTempo(stamp_ns=5, bpm=90.0), blend)
    stored = show.boundary(StoreSnapshot(stamp_ns=0, slot=2))
    assert stored.stored == (2,)
    assert stored.events == (SnapshotStored(at_ns=CHUNK_NS, slot=2, scene="Two"),)
    show.boundary(cut("One"), SetTempo(stamp_ns=0, bpm=120.0))
    back = show.boundary(RecallSnapshot(stamp_ns=7, slot=2, origin=Origin.OSC))
    assert (back.values, back.prompt, back.scene) == (stored.values, stored.prompt, "Two")
    [hard] = back.cuts
    assert (hard.snapshot, hard.reason, hard.origin, hard.stamp_ns) == (2, "back to snapshot 2", Origin.OSC, 7)
    show.boundary(move("g.b", 1.0))
    assert show.boundary(RecallSnapshot(stamp_ns=0, slot=2)).values == stored.values


def test_a_snapshot_can_wait_for_its_beat_and_is_what_it_was_when_asked_for() -> None:
    show = Show()
    show.boundary(SetTempo(stamp_ns=0, bpm=120.0), StoreSnapshot(stamp_ns=0, slot=1))
    show.boundary(RecallSnapshot(stamp_ns=0, slot=1, launch=Launch.BEAT))
    show.boundary(cut("Two"), StoreSnapshot(stamp_ns=0, slot=1))
    commits = show.until(NS_PER_SECOND // 2)
    assert [(one.scene, one.snapshot) for commit in commits for one in commit.cuts] == [("One", 1)]
