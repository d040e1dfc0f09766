"""The tick at which a quantised cut is to be seen."""

from hypothesis import given
from hypothesis import strategies as st

from engine.scheduling.publish_time import publish_at_ns, tick_nearest

PERIODS = st.integers(4_000_000, 1_000_000_000)
INSTANTS = st.integers(0, 10**15)


@given(INSTANTS, INSTANTS, PERIODS)
def test_the_tick_is_on_the_grid_and_at_most_half_a_frame_away(due_ns: int, known_ns: int, period_ns: int) -> None:
    tick_ns = tick_nearest(due_ns, known_ns, period_ns)
    assert (tick_ns - known_ns) % period_ns == 0
    assert 2 * abs(tick_ns - due_ns) <= period_ns


def test_it_is_published_at_the_deadline_before() -> None:
    assert [publish_at_ns(due_ns, 1000, 100) for due_ns in (1040, 1050, 1149, 1150, 940)] == [
        900,
        1000,
        1000,
        1100,
        800,
    ]
