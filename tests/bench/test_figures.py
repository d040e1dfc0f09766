"""Medians, percentiles, goals and the table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import (
    Better,
    Figure,
    Row,
    around,
    at_least,
    at_most,
    measured,
    percentile,
    table,
    unmeasured,
)

COMMAND = "hardcut bench --only x"


def figure(*values: float, **more: object) -> Figure:
    return Figure(**{"id": "x", "label": "speed", "unit": "FPS", "values": values, "command": COMMAND} | more)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), st.integers(0, 100))
def test_percentile_is_a_value_that_enough_do_not_exceed(values: list[float], percent: int) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 <= percent * len(values)


def test_percentile_by_nearest_rank() -> None:
    assert percentile([5, 1, 4, 2, 3], 50) == 3
    assert percentile(range(1, 101), 95) == 95
    assert percentile([7], 0) == percentile([7], 100) == 7


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1], 101), ([1], -1)])
def test_percentile_of_nothing_is_refused(values: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, percent)


def test_goals_are_closed_ranges() -> None:
    assert (at_least(30).text, at_most(3).text, around(30, 0.1).text) == ("≥ 30", "≤ 3", "30.0 ± 0.1")
    assert at_least(30).contains(30)
    assert not at_least(30).contains(29.9)
    assert at_most(0).contains(0)
    assert not at_most(0).contains(1)
    assert around(30, 0.1).contains(30.1)
    assert not around(30, 0.1).contains(29.8)


def test_a_goal_is_judged_by_the_decimals_that_mean_something() -> None:
    assert figure(29.97, goal=at_least(30)).reached is True
    assert figure(29.94, goal=at_least(30)).reached is False
    assert figure(29.97, goal=at_least(30), digits=2).reached is False


def test_the_median_counts_and_no_repeat_is_hidden() -> None:
    one = figure(31, 10, 30, goal=at_least(30))
    assert (one.median, one.reached) == (30, True)
    assert "10.0 … 31.0" in table([one])


def test_what_was_not_measured_is_neither_reached_nor_missed() -> None:
    one = unmeasured("x", "latency", "ms", at_most(250), COMMAND, "no avahi")
    assert (one.median, one.reached) == (None, None)
    assert table([one]).splitlines()[2:] == [
        f"latency  ≤ 250 ms  – [1]                      {COMMAND}",
        "[1] not measured here: no avahi",
    ]


def test_equal_notes_are_told_once() -> None:
    lines = table([figure(1, note="slow disk"), figure(2, note="slow disk"), figure(3, note="hot")]).splitlines()
    assert lines[-2:] == ["[1] slow disk", "[2] hot"]


def test_a_table_of_figures_is_filled_run_by_run() -> None:
    rows: tuple[Row[dict[str, float]], ...] = (
        Row(
            id="x.rate",
            label="rate",
            unit="FPS",
            value=lambda run: run["rate"],
            goal=at_least(30),
            digits=2,
            better=Better.HIGHER,
        ),
        Row(id="x.stall", label="stall", unit="ms", value=lambda run: run.get("stall"), note="seen"),
    )
    rate, stall = measured(rows, [{"rate": 30.0}, {"rate": 29.0, "stall": 3.0}], COMMAND)
    assert (rate.values, rate.goal, rate.digits, rate.better) == ((30.0, 29.0), at_least(30), 2, Better.HIGHER)
    assert (stall.values, stall.note, stall.better, stall.command) == ((3.0,), "seen", Better.LOWER, COMMAND)
