"""What each output tick shows: exact event lists, and what must hold for every history."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.output.playout import Action, FrameHeader, Playout, ticks_per_frame

P24, P30, P60 = 41_666_667, 33_333_333, 16_666_667
RATE = Fraction(30)


def header(sequence: int, epoch: int = 0, period_ns: int = P30) -> FrameHeader:
    return FrameHeader(sequence, epoch, sequence // 12, sequence % 12, 0, period_ns)


def play(playout: Playout, ticks: int) -> list[int | str]:
    """What the next ticks do: the sequence number of a new picture, or the word for an old one."""
    events: list[int | str] = []
    for _ in range(ticks):
        decision = playout.tick()
        events.append(decision.frame.sequence if decision.frame else decision.action.value)
    return events


def offered(count: int, epoch: int = 0, period_ns: int = P30, first: int = 0) -> list[FrameHeader]:
    return [header(first + index, epoch, period_ns) for index in range(count)]


def loaded(frames: list[FrameHeader], rate: Fraction = RATE) -> Playout:
    playout = Playout(rate)
    for frame in frames:
        playout.offer(frame)
    return playout


def test_content_30_on_30_is_one_to_one() -> None:
    assert play(loaded(offered(5)), 6) == [0, 1, 2, 3, 4, "repeat"]


def test_content_24_on_30_holds_every_fourth_frame_by_design() -> None:
    playout = loaded(offered(9, period_ns=P24))
    assert play(playout, 11) == [0, "hold", 1, 2, 3, 4, "hold", 5, 6, 7, 8]
    assert (playout.held, playout.repeated, playout.skipped) == (2, 0, 0)


def test_content_60_on_30_shows_every_second_frame() -> None:
    playout = loaded(offered(9, period_ns=P60))
    assert play(playout, 5) == [0, 2, 4, 6, 8]
    assert (playout.shown, playout.skipped) == (5, 4)


def test_nothing_yet_is_not_a_repeat() -> None:
    playout = Playout(RATE)
    assert play(playout, 3) == ["wait", "wait", "wait"]
    assert playout.repeated == 0


def test_after_a_stall_the_clock_starts_anew_and_nothing_is_skipped() -> None:
    playout = loaded(offered(2))
    assert play(playout, 5) == [0, 1, "repeat", "repeat", "repeat"]
    for frame in offered(4, first=2):
        playout.offer(frame)
    assert play(playout, 4) == [2, 3, 4, 5]
    assert (playout.repeated, playout.skipped, playout.held) == (3, 0, 0)


def test_a_new_epoch_takes_over_at_the_tick_that_sees_it() -> None:
    playout = loaded(offered(12))
    assert play(playout, 2) == [0, 1]
    for frame in offered(3, epoch=1, first=12):
        playout.offer(frame)
    assert play(playout, 4) == [12, 13, 14, "repeat"]
    assert (playout.discarded, playout.shown) == (10, 5)


def test_a_cut_interrupts_a_picture_that_is_still_due() -> None:
    playout = loaded(offered(1, period_ns=10 * P30))
    assert play(playout, 2) == [0, "hold"]
    playout.offer(header(1, epoch=1))
    assert play(playout, 2) == [1, "repeat"]


def test_a_stale_frame_is_never_shown() -> None:
    playout = loaded([header(0, epoch=5), header(1, epoch=4), header(2, epoch=5)])
    assert play(playout, 3) == [0, 2, "repeat"]
    playout.offer(header(3, epoch=4))
    assert play(playout, 1) == ["repeat"]
    assert playout.discarded == 2


def test_a_change_of_the_output_rate_goes_on_with_the_next_frame() -> None:
    playout = loaded(offered(4))
    assert play(playout, 1) == [0]
    playout.retime(Fraction(60))
    assert play(playout, 4) == [1, "hold", 2, "hold"]


@pytest.mark.parametrize(
    ("period_ns", "rate", "ticks"),
    [
        (P30, Fraction(30), Fraction(1)),
        (33_333_334, Fraction(30), Fraction(1)),
        (P24, Fraction(30), Fraction(5, 4)),
        (33_366_667, Fraction(30), Fraction(1001, 1000)),
        (33_366_667, Fraction(30000, 1001), Fraction(1)),
        (P60, Fraction(30), Fraction(1, 2)),
    ],
)
def test_a_rounded_period_means_the_simple_ratio_behind_it(period_ns: int, rate: Fraction, ticks: Fraction) -> None:
    assert ticks_per_frame(period_ns, rate) == ticks


def test_equal_rates_stay_one_to_one_for_an_hour() -> None:
    playout = Playout(RATE)
    for sequence in range(30 * 3600):
        playout.offer(header(sequence))
        decision = playout.tick()
        assert decision.frame is not None and decision.frame.sequence == sequence
    assert (playout.held, playout.skipped, playout.repeated) == (0, 0, 0)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("offer"), st.integers(1, 14), st.integers(-1, 2)),
        st.tuples(st.just("tick"), st.integers(1, 20), st.just(0)),
    ),
    max_size=40,
)
PERIODS = st.sampled_from([P24, P30, P60, 33_366_667, 8_333_333, 100_000_000])
RATES = st.sampled_from([Fraction(30), Fraction(24), Fraction(60), Fraction(30000, 1001)])


@given(steps=STEPS, period_ns=PERIODS, rate=RATES)
def test_every_history_conserves_frames_keeps_their_order_and_never_runs_ahead(
    steps: list[tuple[str, int, int]], period_ns: int, rate: Fraction
) -> None:
    playout = Playout(rate)
    published = ticks = epoch = 0
    newest_offered = -1
    shown: list[FrameHeader] = []
    shown_at: list[int] = []
    for kind, count, jump in steps:
        if kind == "offer":
            epoch += jump
            for _ in range(count):
                playout.offer(header(published, epoch, period_ns))
                newest_offered = max(newest_offered, epoch)
                published += 1
        else:
            for _ in range(count):
                decision = playout.tick()
                ticks += 1
                assert (decision.action is Action.SHOW) == (decision.frame is not None)
                if decision.frame is not None:
                    assert decision.frame.epoch == newest_offered
                    shown.append(decision.frame)
                    shown_at.append(ticks)
        assert published == playout.shown + playout.skipped + playout.discarded + playout.queued
        assert playout.shown == len(shown)
    sequences = [frame.sequence for frame in shown]
    assert sequences == sorted(set(sequences))
    waited = ticks - playout.shown - playout.held - playout.repeated
    assert 0 <= waited <= (shown_at[0] - 1 if shown_at else ticks)
    # Content never runs faster than the ticks: within an epoch, the distance in content is at most the distance
    # in ticks, give or take the one tick by which frames fall between ticks.
    span = ticks_per_frame(period_ns, rate)
    for (first, first_at), (last, last_at) in pairwise(zip(shown, shown_at, strict=True)):
        if first.epoch == last.epoch and playout.discarded == 0:
            assert (last.sequence - first.sequence) * span <= last_at - first_at + 1
