"""Pictures between generated pictures: where they lie, how good they are, and what happens when they are late."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND, ManualClock, SystemClock
from engine.messages.frame import RgbxImage
from engine.messages.interpolation import Interpolation
from engine.output.interpolation.flow import FlowEstimator
from engine.output.interpolation.interpolator import Interpolator
from engine.output.interpolation.synthesis import MotionSynthesis, blend
from engine.output.playout import SLOWER, Action, Decision, FrameHeader, Playout, ticks_per_frame
from engine.sources.stage.render import StageRenderer
from tests.output.parts import eventually

P15, P23, P24, P30 = 66_666_667, 43_478_261, 41_666_667, 33_333_333
RATE = Fraction(30)


def header(sequence: int, epoch: int = 0, period_ns: int = P15) -> FrameHeader:
    return FrameHeader(sequence, epoch, sequence // 2, sequence % 2, 0, period_ns)


def interpolating(rate: Fraction, frames: list[FrameHeader]) -> Playout:
    playout = Playout(rate)
    playout.interpolate(on=True)
    for frame in frames:
        playout.offer(frame)
    return playout


def places(decisions: list[Decision]) -> list[Fraction | str]:
    """Where on the frames' numbers each tick stands, or what it does."""
    return [one.frame.sequence + one.share if one.frame is not None else one.action.value for one in decisions]


def test_15_on_30_shows_a_picture_half_way() -> None:
    playout = interpolating(RATE, [header(number) for number in range(4)])
    assert places([playout.tick() for _ in range(6)]) == [Fraction(half, 2) for half in range(6)]
    assert (playout.held, playout.repeated, playout.shown) == (0, 0, 3)


def test_content_as_fast_as_the_output_is_left_alone() -> None:
    playout = interpolating(RATE, [header(number, period_ns=P30) for number in range(4)])
    assert [playout.tick().action for _ in range(4)] == [Action.SHOW] * 4
    assert playout.added_ns == 0


def test_a_cut_is_shown_at_once_and_nothing_lies_across_it() -> None:
    playout = interpolating(RATE, [header(0), header(1)])
    assert places([playout.tick(), playout.tick()]) == [0, Fraction(1, 2)]
    playout.offer(header(2, epoch=1))
    decision = playout.tick()
    assert (decision.action, decision.frame, decision.toward) == (Action.SHOW, header(2, epoch=1), None)
    playout.offer(header(3, epoch=1))
    assert places([playout.tick(), playout.tick()]) == [Fraction(5, 2), 3]


def test_movement_waits_for_a_late_frame_and_goes_on_from_there() -> None:
    playout = interpolating(RATE, [header(0), header(1)])
    assert places([playout.tick() for _ in range(4)]) == [0, Fraction(1, 2), 1, "hold"]
    playout.offer(header(2))
    assert places([playout.tick() for _ in range(2)]) == [Fraction(3, 2), 2]
    assert places([playout.tick() for _ in range(6)])[-1] == "repeat"
    playout.offer(header(3))
    playout.offer(header(4))
    assert places([playout.tick() for _ in range(2)]) == [3, Fraction(7, 2)]  # it has been too long: anew


def test_what_comes_next_is_told_without_being_done() -> None:
    playout = interpolating(RATE, [header(number) for number in range(3)])
    playout.tick()
    told = playout.upcoming(3)
    assert playout.queued == 2
    assert [playout.tick() for _ in range(3)] == told


@given(
    period_ns=st.integers(P30, 8 * P30),
    rate=st.sampled_from([Fraction(30), Fraction(50), Fraction(60000, 1001), Fraction(60)]),
    cuts=st.lists(st.integers(1, 40), max_size=3),
)
def test_slower_content_moves_by_the_same_share_at_every_tick(period_ns: int, rate: Fraction, cuts: list[int]) -> None:
    frames, epoch = [], 0
    for sequence in range(60):
        epoch += sequence in cuts
        frames.append(header(sequence, epoch, period_ns))
    playout = Playout(rate)
    playout.interpolate(on=True)
    step = 1 / ticks_per_frame(period_ns, rate)
    stood: Fraction | None = None
    for frame in frames:
        playout.offer(frame)
        while playout.queued > 2:
            decision = playout.tick()
            if decision.frame is None:
                stood = None
                continue
            assert decision.toward is None or decision.toward.epoch == decision.frame.epoch
            place = decision.frame.sequence + decision.share
            if step <= 1 / SLOWER and stood is not None and decision.frame.epoch == epoch:
                assert abs(place - stood - step) <= Fraction(1, 32) or decision.share == 0
            stood = place if decision.frame.epoch == epoch else None
    assert playout.repeated == 0


def stage(first_s: float, count: int) -> list[RgbxImage]:
    """Frames of the stage, 60 a second."""
    renderer = StageRenderer()
    pictures = [renderer.render(first_s + number / 60)[0] for number in range(count)]
    return [np.ascontiguousarray(np.dstack([one, np.full(one.shape[:2], 255, np.uint8)])) for one in pictures]


def psnr(picture: RgbxImage, truth: RgbxImage) -> float:
    """Peak signal to noise of R G B, in dB."""
    error = np.mean((picture[..., :3].astype(np.float64) - truth[..., :3]) ** 2)
    return float(10 * np.log10(255**2 / error))


def test_motion_beats_blend_by_three_decibels_on_the_stage_at_half_its_frames() -> None:
    estimator, synthesis = FlowEstimator(), MotionSynthesis()
    blended, moved = [], []
    for first_s in (1.0, 15.2):
        frames = stage(first_s, 9)
        for number in range(1, 9, 2):
            before, truth, after = frames[number - 1 : number + 2]
            motion = estimator.between(estimator.gray(before), estimator.gray(after))
            blended.append(psnr(blend(before, after, 0.5), truth))
            moved.append(psnr(synthesis.picture(before, after, motion, 0.5), truth))
    assert np.mean(moved) >= np.mean(blended) + 3.0


def test_a_still_picture_stays_as_it_is() -> None:
    [picture] = stage(3.0, 1)
    estimator = FlowEstimator()
    gray = estimator.gray(picture)
    between = MotionSynthesis().picture(picture, picture, estimator.between(gray, gray), 0.3)
    assert between.shape == (448, 448, 4)
    assert np.abs(between.astype(int) - picture).max() <= 1


PICTURES = {number: np.full((448, 448, 4), 40 * number, np.uint8) for number in range(3)}
BETWEEN = Decision(Action.BETWEEN, header(0), header(1), Fraction(1, 2))


def read(frame: FrameHeader) -> RgbxImage:
    return PICTURES[frame.sequence]


def test_a_picture_that_was_named_in_time_is_moved() -> None:
    clock = SystemClock()
    interpolator = Interpolator(clock)
    interpolator.follow(Interpolation.MOTION)
    try:

        def made() -> bool:
            interpolator.prepare(header(0), [BETWEEN], clock.now_ns() + NS_PER_SECOND, 33_333_333, read)
            before = interpolator.blended
            interpolator.picture(BETWEEN, read)
            return interpolator.blended == before

        eventually(made, "a moved picture")
    finally:
        interpolator.close()


@pytest.mark.parametrize("mode", [Interpolation.BLEND, Interpolation.MOTION])
def test_a_picture_that_is_not_ready_is_blended_and_counted(mode: Interpolation) -> None:
    interpolator = Interpolator(ManualClock(NS_PER_SECOND))
    interpolator.follow(mode)
    try:
        interpolator.prepare(header(0), [BETWEEN], 0, 33_333_333, read)  # due before now
        picture = interpolator.picture(BETWEEN, read)
        assert picture[7, 7].tolist() == [20, 20, 20, 20]
        assert (interpolator.between, interpolator.blended) == (1, int(mode is Interpolation.MOTION))
        assert bool(interpolator.remark) is (mode is Interpolation.MOTION)
    finally:
        interpolator.close()


def test_frames_are_kept_for_as_long_as_they_are_shown_or_to_come() -> None:
    interpolator = Interpolator(SystemClock())
    interpolator.follow(Interpolation.BLEND)
    interpolator.picture(Decision(Action.SHOW, header(0)), read)
    copied = interpolator.prepare(header(0), [BETWEEN, Decision(Action.SHOW, header(1))], 0, 33_333_333, read)
    assert copied == header(1)

    def gone(_frame: FrameHeader) -> RgbxImage:
        raise AssertionError("its slot has been written again")

    assert interpolator.picture(BETWEEN, gone)[0, 0, 0] == 20
    assert interpolator.picture(Decision(Action.SHOW, header(1)), gone)[0, 0, 0] == 40
