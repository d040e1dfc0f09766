"""Soft takeover: caught by crossing, never by surprise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.takeover import CATCH, Takeover, TakeoverMode

travels = st.floats(0.0, 1.0)
sweeps = st.lists(st.integers(0, 127).map(lambda value: value / 127), min_size=1, max_size=30)


def swept(state: Takeover, positions: list[float], travel: float) -> Takeover:
    for position in positions:
        state = state.moved(position, travel)
    return state


@pytest.mark.parametrize(
    ("positions", "held"),
    [
        ([0.0], False),  # far, from below
        ([1.0], False),  # far, from above
        ([0.5], True),  # at once
        ([0.5 + CATCH / 2], True),  # within a step
        ([0.0, 0.25, 0.45], False),  # nearing
        ([0.0, 0.25, 0.45, 0.55], True),  # slowly through, from below
        ([1.0, 0.6, 0.4], True),  # slowly through, from above
        ([0.0, 1.0], True),  # in one leap
        ([0.6, 0.9, 0.7], False),  # back and forth on one side
    ],
)
def test_pickup_catches_by_crossing(positions: list[float], held: bool) -> None:
    state = swept(Takeover(), positions, 0.5)
    assert (state.held, state.waiting, state.position) == (held, not held, positions[-1])


def test_before_the_first_message_nothing_waits() -> None:
    assert not Takeover().waiting
    assert Takeover().rearmed(0.3) == Takeover()


def test_once_held_it_stays_held_wherever_the_value_is() -> None:
    assert swept(Takeover(0.5, held=True), [0.9, 0.1], 0.5).held


def test_rearmed_by_another_hand_unless_it_stands_there_already() -> None:
    held = Takeover(0.5, held=True)
    assert held.rearmed(0.9) == Takeover(0.5, held=False)
    assert held.rearmed(0.5 + CATCH / 2) == held
    assert held.rearmed(0.9).rearmed(0.5) == held


def test_jump_takes_the_value_along() -> None:
    assert Takeover().moved(1.0, 0.0, TakeoverMode.JUMP).held
    assert Takeover(0.2).moved(0.3, 0.9, TakeoverMode.JUMP).held


@given(travels, sweeps)
def test_it_holds_exactly_when_the_path_met_the_value(travel: float, positions: list[float]) -> None:
    low, high = min(positions) - CATCH, max(positions) + CATCH
    assert swept(Takeover(), positions, travel).held == (low <= travel <= high)


@given(travels, travels, sweeps)
def test_the_first_value_driven_is_no_further_than_the_last_move(
    travel: float, start: float, positions: list[float]
) -> None:
    state = Takeover().moved(start, travel)
    for position in positions:
        before, state = state, state.moved(position, travel)
        if state.held and not before.held:
            assert before.position is not None
            assert abs(position - travel) <= abs(position - before.position) + CATCH


@given(sweeps)
def test_a_full_sweep_catches_any_value(positions: list[float]) -> None:
    for travel in positions:
        assert swept(Takeover(), [0.0, 1.0], travel).held
