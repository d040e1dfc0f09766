"""The window of newest frames: nearest in time, never backwards, unused frames counted once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.frame import InputFrame
from engine.sources.window import SPARE_NS, UNASKED_NS, FrameWindow

IMAGE = np.zeros((1, 1, 3), np.uint8)


def frame(frame_id: int, capture_ns: int) -> InputFrame:
    return InputFrame(frame_id=frame_id, capture_ns=capture_ns, source_serial=1, image=IMAGE)


def window_of(instants: list[int], capacity: int = 48) -> FrameWindow:
    window = FrameWindow(capacity)
    for number, instant in enumerate(instants, start=1):
        window.add(frame(number, instant))
    return window


def ids(frames: tuple[InputFrame, ...]) -> list[int]:
    return [one.frame_id for one in frames]


def test_empty_before_the_first_frame() -> None:
    assert FrameWindow().select([1, 2, 3]) == ()
    assert FrameWindow().newest is None


def test_a_tie_goes_to_the_older_frame() -> None:
    assert ids(window_of([0, 10]).select([4, 5, 6])) == [1, 1, 2]


def test_a_slow_source_is_doubled_and_a_fast_one_thinned() -> None:
    assert ids(window_of([0, 40, 80]).select([0, 20, 41, 60, 80])) == [1, 1, 2, 2, 3]
    assert ids(window_of(list(range(0, 100, 10))).select([0, 30, 60, 90])) == [1, 4, 7, 10]


def test_targets_that_step_back_do_not() -> None:
    assert ids(window_of([0, 10, 20]).select([20, 0])) == [3, 3]


def test_frames_that_leave_unused_are_dropped() -> None:
    window = window_of([0, 10, 20], capacity=3)
    window.select([10])
    for number, instant in ((4, 30), (5, 40), (6, 50)):
        window.add(frame(number, instant))
    assert window.dropped == 1  # frame 3; when frame 1 came, nobody was there to use it


def test_what_came_before_anyone_asked_was_not_dropped() -> None:
    window = window_of([0, 10, 20, 30, 40], capacity=3)
    window.select([40])
    for number in range(6, 12):
        window.add(frame(number, number * 10))
    assert window.dropped == 3  # of 6..11 the window still holds three; 5 was used


def test_a_glance_finds_the_same_frames_and_uses_none() -> None:
    window = window_of([0, 10, 20], capacity=3)
    assert window.glance([]) == FrameWindow().glance([1]) == ()
    window.select([0])
    assert ids(window.glance([10, 19])) == [2, 3]
    for number in range(4, 7):
        window.add(frame(number, 10 * number))
    assert window.dropped == 2  # frames 2 and 3 were seen in passing only


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="older"):
        window_of([10, 9])


def test_a_show_keeps_what_the_next_chunk_may_ask_for_and_no_more() -> None:
    window = FrameWindow()
    period_ns = NS_PER_SECOND // 30
    for number in range(1, 200):
        window.add(frame(number, number * period_ns))
        if number % 2 == 0:
            window.select([(number - 1) * period_ns, number * period_ns])
    assert len(window) <= (SPARE_NS // period_ns) + 5
    assert window.dropped == 0
    assert ids(window.glance([199 * period_ns - SPARE_NS])) == [round(199 - SPARE_NS / period_ns)]


def test_before_the_first_chunk_it_keeps_what_that_may_ask_for() -> None:
    period_ns = NS_PER_SECOND // 30
    window = window_of([number * period_ns for number in range(1, 200)])
    assert (199 - UNASKED_NS // period_ns) in ids(window.glance([199 * period_ns - UNASKED_NS + 1]))
    assert len(window) <= UNASKED_NS // period_ns + 2


@given(
    st.lists(st.tuples(st.integers(1, 80), st.integers(0, 40), st.integers(1, 12)), min_size=1, max_size=60),
    st.integers(10, 60),
)
def test_what_it_lets_go_nobody_would_have_got(chunks: list[tuple[int, int, int]], period_ms: int) -> None:
    """Chunks that reach back at most SPARE_NS further than any before get what a window of everything gives them."""
    window, everything = FrameWindow(400), FrameWindow(400)
    everything.select([0])
    now_ms, number, furthest_ms = 0, 0, 0
    for wait_ms, age_ms, count in chunks:
        for _ in range(0, wait_ms, 16):
            now_ms, number = now_ms + 16, number + 1
            for one in (window, everything):
                one.add(frame(number, now_ms * NS_PER_MS))
        first_ms = max(now_ms - age_ms - count * period_ms, furthest_ms - SPARE_NS // NS_PER_MS, 0)
        furthest_ms = max(furthest_ms, first_ms)
        targets = [(first_ms + place * period_ms) * NS_PER_MS for place in range(count)]
        if now_ms - first_ms < UNASKED_NS // NS_PER_MS:
            assert ids(window.select(targets)) == ids(everything.glance(targets))


instants = st.lists(st.integers(0, 10_000), min_size=1, max_size=80).map(sorted)
targets = st.lists(st.integers(-100, 10_100), max_size=20).map(sorted)


@given(instants, targets, st.integers(1, 50))
def test_each_target_gets_the_nearest_frame_kept(captured: list[int], wanted: list[int], capacity: int) -> None:
    window = window_of(captured, capacity)
    kept = captured[-capacity:]
    chosen = window.select(wanted)
    assert len(chosen) == len(wanted)
    assert [one.capture_ns for one in chosen] == sorted(one.capture_ns for one in chosen)
    for one, target in zip(chosen, wanted, strict=True):
        assert abs(one.capture_ns - target) == min(abs(instant - target) for instant in kept)
        assert not any(target - instant == one.capture_ns - target > 0 for instant in kept)  # ties: older


@given(st.lists(st.tuples(st.integers(0, 40), st.lists(st.integers(0, 3000), max_size=3)), max_size=80))
def test_every_frame_is_used_dropped_or_still_there(steps: list[tuple[int, list[int]]]) -> None:
    window = FrameWindow(8)
    now, used, first = 0, set[int](), len(steps) + 1
    for number, (gap, wanted) in enumerate(steps, start=1):
        now += gap
        window.add(frame(number, now))
        chosen = ids(window.select(sorted(wanted)))
        if chosen and not used:
            first = chosen[0]
        used |= set(chosen)
    gone = range(first, max(len(steps) - 8, 0) + 1)
    assert window.dropped == sum(number not in used for number in gone)
