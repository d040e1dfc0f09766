"""The soak fails on its figures: each is judged by what was measured."""

from dataclasses import replace
from typing import Any

import pytest

from tests.soak.sizes import Size, Sizes
from tests.soak.verdict import Allowed, Measured, Tally, is_well, judge, judge_kind

MIB = 2**20
MS = 1_000_000


def tally(*, due: int = 150, got: int = 150, gap_ms: int = 50, repeat_ms: int = 700) -> Tally:
    one = Tally()
    one.add(due=due, got=got, gap_ns=gap_ms * MS, repeat_ns=repeat_ms * MS)
    return one


def sizes(*, memory: int = 0, threads: int = 0, descriptors: int = 0) -> Sizes:
    """Of an hour, grown by so much from its second half on; memory at rest."""
    return Sizes(
        [
            Size(at_s, 400 * MIB, 17 + (at_s > 1800) * threads, 16 + (at_s > 1800) * descriptors)
            for at_s in range(0, 3600, 5)
        ],
        [400 * MIB, 400 * MIB + memory],
    )


GOOD = Measured(
    tallies={"odd": tally(), "killed": tally(got=130, gap_ms=700), "hangs": tally(repeat_ms=3000)},
    allowed={"odd": Allowed(), "killed": Allowed(gap_s=1.0), "hangs": Allowed(lasts_s=3.0)},
    sizes=sizes(),
    seconds=3600,
    reference_s=120,
    alive=True,
    ended=None,
    films=3,
)
TIMED: tuple[dict[str, Any], ...] = (
    {"tallies": {"odd": tally(got=148)}},
    {"tallies": {"odd": tally(repeat_ms=2100)}},
    {"tallies": {"killed": tally(gap_ms=1001)}},
    {"tallies": {"hangs": tally(repeat_ms=3600)}},
    {"sizes": sizes(memory=13 * MIB)},
)
ALWAYS: tuple[dict[str, Any], ...] = (
    {"sizes": sizes(threads=1)},
    {"sizes": sizes(descriptors=1)},
    {"sizes": Sizes()},
    {"sizes": replace(sizes(), rests=[400 * MIB])},
    {"alive": False},
    {"ended": 0},
    {"left": ("LEFT BEHIND: a",)},
    {"raised": ("Traceback",)},
    {"broken_films": 1},
)


def test_a_soak_that_reaches_all_is_well() -> None:
    rows = judge(GOOD)
    assert is_well(rows, busy=False), [row for row in rows if not row.well]
    assert all(row.wanted and row.reached for row in rows)


@pytest.mark.parametrize("change", TIMED)
def test_what_other_programs_can_spoil_fails_only_where_none_run(change: dict[str, Any]) -> None:
    rows = judge(replace(GOOD, **change))
    assert [row.timed for row in rows if not row.well] == [True]
    assert not is_well(rows, busy=False) and is_well(rows, busy=True)


@pytest.mark.parametrize("change", ALWAYS)
def test_everything_else_fails_wherever_it_runs(change: dict[str, Any]) -> None:
    rows = judge(replace(GOOD, **change))
    assert not is_well(rows, busy=True)


def test_just_within_is_within() -> None:
    edge = {"odd": tally(got=149, repeat_ms=2000), "killed": tally(gap_ms=1000), "hangs": tally(repeat_ms=3500)}
    assert is_well(judge(replace(GOOD, tallies=edge, sizes=sizes(memory=12 * MIB))), busy=False)


def test_frames_that_are_lost_again_and_again_add_up() -> None:
    again = tally()
    for _ in range(3):
        again.add(due=150, got=147, gap_ns=0, repeat_ns=0)
    assert (again.times, again.due, again.got, again.missed) == (4, 600, 591, 6)


def test_a_kind_says_what_was_wanted_of_it() -> None:
    assert judge_kind(tally(got=140), Allowed()) == ("none missed, repeat ≤ 2.0 s", False)
    assert judge_kind(tally(got=140), Allowed(gap_s=0.6, why="NDI's library")) == (
        "gap ≤ 0.6 s (NDI's library), repeat ≤ 2.0 s",
        True,
    )


def test_the_series_tells_a_leak_from_what_is_kept() -> None:
    grown = [Size(at_s, 400 * MIB + round(min(at_s, 1200) * MIB / 60), 17, 16) for at_s in range(0, 3600, 5)]
    memory = [(round(at_s), one.memory // MIB) for at_s, one in Sizes(grown).series(120, 3600)]
    assert memory == [(120, 402), (600, 410), *((at_s, 420) for at_s in (1200, 1800, 2400, 3000, 3600))]


def test_the_series_ends_where_the_program_did() -> None:
    early = Sizes([Size(at_s, MIB, 1, 1) for at_s in range(0, 50, 5)])
    assert [round(at_s) for at_s, _ in early.series(33, 100)] == [10, 20, 30, 33, 40, 50]
