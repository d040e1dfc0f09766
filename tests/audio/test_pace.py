"""When the sound is analysed, against the boundaries that take it."""

from hypothesis import given
from hypothesis import strategies as st

from engine.audio.pace import MOST_HOPS, Pace, PaceWatch, hops_next
from engine.audio.ring import Bell, SoundRing
from engine.audio.spectrum import HOP_NS
from engine.clock import NS_PER_MS

LEAD_NS = 6 * NS_PER_MS


@given(every=st.integers(15, 400), begun=st.integers(0, 10**6))
def test_before_each_boundary_the_newest_hop_is_told_and_few_looks_are_taken(every: int, begun: int) -> None:
    pace = Pace(10**12, every * NS_PER_MS)
    heard_ns, looks, ends = 10**12 + begun * 1000, 0, []
    for _ in range(100):
        hops = hops_next(heard_ns, pace)
        assert 1 <= hops <= MOST_HOPS
        heard_ns += hops * HOP_NS
        looks += 1
        ends.append(heard_ns)
    boundaries = range(10**12 + pace.every_ns * (3 + begun // 1000 // every), heard_ns, pace.every_ns)
    for at_ns in boundaries:
        newest = max(one for one in ends if one <= at_ns - LEAD_NS)
        assert at_ns - LEAD_NS - newest < 2 * HOP_NS
    lasted = ends[-1] - ends[0]
    assert looks <= 2 + lasted / (MOST_HOPS * HOP_NS) + 2 * lasted / pace.every_ns


@given(every=st.integers(15, 400), jitter=st.lists(st.integers(-1000, 1000), min_size=60, max_size=60))
def test_a_steady_pace_is_told_seldom_and_a_boundary_is_expected_where_it_comes(every: int, jitter: list[int]) -> None:
    watch, at_ns, told = PaceWatch(), 10**9, []
    for tremble in jitter:
        pace = watch.passed(at_ns + tremble * 1000)
        told += [pace] if pace is not None else []
        at_ns += every * NS_PER_MS
    assert 1 <= len(told) <= 12
    assert abs(told[-1].apart_ns(at_ns)) < 4 * NS_PER_MS
    before = len(told)
    for _ in range(12):  # a cut: from here on they come at other moments
        at_ns += every * NS_PER_MS
        told += [pace] if (pace := watch.passed(at_ns + every * NS_PER_MS * 2 // 5)) is not None else []
    assert len(told) > before or every * 2 // 5 < 4
    assert abs(told[-1].apart_ns(at_ns + every * NS_PER_MS * 2 // 5)) < 4 * NS_PER_MS
    watch.forget()
    assert watch.passed(at_ns + every * NS_PER_MS * 7 // 5) is not None


def test_the_bell_rings_once_there_is_enough_and_at_once_if_there_is() -> None:
    ring, bell = SoundRing(1000, 1), Bell()
    ring.call(bell, 20)
    ring.write(ring.room_for(12), 1)
    assert not bell.wait(0)
    ring.write(ring.room_for(12), 2)
    assert bell.wait(0)
    assert not bell.wait(0)
    ring.call(bell, 24)
    assert bell.wait(0)
    assert len(ring.read()[0]) == 24
    ring.call(bell, 1)
    assert not bell.wait(0)
