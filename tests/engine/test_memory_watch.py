"""When memory is short, said once each way; and what is not begun then."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND, ManualClock
from engine.loop.snapshot_caches import SnapshotCaches
from engine.mailbox import Latest
from engine.memory_left import Headroom, read_headroom
from engine.memory_watch import ENOUGH_BYTES, FILM_BYTES, SHORT_BYTES, STILL_BYTES, MemoryWatch, hindrance_to
from engine.messages.commands import Command
from engine.messages.events import Event, Level, Notice
from engine.messages.output_commands import SetBlackout, SwitchSink, TakeStill
from tests.engine.fakes import PreparingToy

MIB = 2**20


@given(lefts=st.lists(st.integers(0, 400), min_size=1, max_size=40))
def test_it_is_said_once_each_way_and_not_again_between_the_two_bounds(lefts: list[int]) -> None:
    events: list[Event] = []
    short: Latest[bool] = Latest()
    room = Headroom(0, 1000 * MIB)
    watch = MemoryWatch(lambda: room, short, events.append)
    was = False
    for number, left in enumerate(lefts):
        room = Headroom(left * MIB, 1000 * MIB)
        told = len(events)
        watch.poll(number * NS_PER_SECOND)
        now = room.left < (ENOUGH_BYTES if was else SHORT_BYTES)
        assert len(events) - told == (now is not was)
        if now is not was:
            notice = events[-1]
            assert isinstance(notice, Notice) and notice.level is (Level.WARNING if now else Level.INFO)
            assert f"{left} of 1000 MiB are left" in notice.text or not now
        was = now
        assert (short.peek() is True) is now


FILM = SwitchSink(stamp_ns=0, sink="record", on=True)
FILM_SOMEWHERE = SwitchSink(stamp_ns=0, sink="record:/films", on=True)
STILL = TakeStill(stamp_ns=0)


@pytest.mark.parametrize(
    ("command", "needed"), [(FILM, FILM_BYTES), (FILM_SOMEWHERE, FILM_BYTES), (STILL, STILL_BYTES)]
)
def test_what_takes_more_than_is_left_is_refused_with_a_remedy(command: Command, needed: int) -> None:
    assert hindrance_to(command, lambda: Headroom(needed, needed)) == ""
    refused = hindrance_to(command, lambda: Headroom(needed - MIB, needed))
    assert f"{needed // MIB - 1} are left. Close other programs, then try again." in refused
    assert "Raise the limit of its control group" in hindrance_to(command, lambda: Headroom(0, needed, grouped=True))


@pytest.mark.parametrize(
    "command", [SwitchSink(stamp_ns=0, sink="record", on=False), SwitchSink(stamp_ns=0, sink="display:1", on=True)]
)
def test_what_ends_or_carries_the_show_is_never_refused_nor_is_memory_read_for_it(command: Command) -> None:
    def read() -> Headroom:
        raise AssertionError("read")

    assert hindrance_to(command, read) == hindrance_to(SetBlackout(stamp_ns=0, on=True), read) == ""


def group(folder: Path, **files: int | str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in files.items():
        (folder / name.replace("__", ".")).write_text(f"{value}\n")


def of(tmp_path: Path, line: str) -> Callable[[], Headroom]:
    (tmp_path / "membership").write_text(f"3:cpuset:/\n{line}\n")
    return lambda: read_headroom(tmp_path / "membership", tmp_path / "groups")


def test_the_scarcest_group_counts_and_what_can_be_dropped_is_left(tmp_path: Path) -> None:
    read, outer = of(tmp_path, "0::/a/b"), tmp_path / "groups" / "a"
    assert not read().grouped
    group(outer, memory__max=9 * MIB, memory__high="max", memory__current=8 * MIB)
    group(outer / "b", memory__max="max", memory__high=5 * MIB, memory__current=3 * MIB)
    assert read() == Headroom(MIB, 9 * MIB, grouped=True)
    group(outer, memory__stat=f"anon 1\ninactive_file {3 * MIB}")
    assert read() == Headroom(2 * MIB, 5 * MIB, grouped=True)
    group(outer / "b", memory__current=7 * MIB)
    assert read().left == 0


def test_in_version_1_too_also_where_only_the_root_is_seen(tmp_path: Path) -> None:
    read, root = of(tmp_path, "4:memory:/docker/of/the/machine"), tmp_path / "groups" / "memory"
    group(root, memory__limit_in_bytes=2**63 - 4096, memory__usage_in_bytes=MIB)
    assert not read().grouped
    group(root, memory__limit_in_bytes=4 * MIB, memory__stat=f"total_inactive_file {MIB}")
    assert read() == Headroom(4 * MIB, 4 * MIB, grouped=True)


@given(text=st.text(max_size=60))
def test_nonsense_in_those_files_limits_nothing(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("groups")
    (folder / "membership").write_text(text, encoding="utf-8")
    assert not read_headroom(folder / "membership", folder / "nowhere").grouped


def test_snapshots_give_their_caches_up_with_the_budget() -> None:
    caches, toy = SnapshotCaches(), PreparingToy(ManualClock(0))
    caches.store((1, 2), toy)
    caches.set_budget(0)
    assert caches.find(1) is caches.find(2) is None
    caches.set_budget(1000)
    caches.store((1, 2), toy)
    assert caches.find(1) is None and caches.find(2) is not None
