"""Deadlines: exact, without drift, and honest about those that went by."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND
from engine.output.pacer import Cadence


def test_a_thousand_seconds_of_30000_1001_end_on_the_nanosecond() -> None:
    cadence = Cadence(Fraction(30000, 1001), 7)
    for _ in range(30000):
        cadence.advance()
    assert cadence.deadline_ns == 7 + 1001 * NS_PER_SECOND


def test_less_than_a_period_late_is_late_and_not_lagged() -> None:
    cadence = Cadence(Fraction(10), 0)
    assert not cadence.catch_up(99_999_999)
    assert (cadence.deadline_ns, cadence.lagged) == (0, 0)


def test_whole_deadlines_that_went_by_are_counted_and_the_phase_is_kept() -> None:
    cadence = Cadence(Fraction(10), 0)
    assert cadence.catch_up(350_000_000)
    assert (cadence.deadline_ns, cadence.lagged) == (400_000_000, 4)


def test_a_deadline_that_is_now_has_gone_by_once_a_later_one_is_sought() -> None:
    cadence = Cadence(Fraction(10), 0)
    assert cadence.catch_up(100_000_000)
    assert (cadence.deadline_ns, cadence.lagged) == (200_000_000, 2)


@given(
    rate=st.fractions(min_value=1, max_value=240, max_denominator=1001),
    steps=st.lists(st.integers(0, 3 * NS_PER_SECOND), max_size=30),
    anchor_ns=st.integers(0, 10**15),
)
def test_every_deadline_is_met_or_counted(rate: Fraction, steps: list[int], anchor_ns: int) -> None:
    cadence = Cadence(rate, anchor_ns)
    now_ns = anchor_ns
    for kept, step in enumerate(steps):
        now_ns += step
        cadence.catch_up(now_ns)
        assert cadence.deadline_ns > now_ns - NS_PER_SECOND / rate
        index = kept + cadence.lagged
        assert cadence.deadline_ns == anchor_ns + index * NS_PER_SECOND * rate.denominator // rate.numerator
        cadence.advance()
