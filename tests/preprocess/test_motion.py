"""Optical flow: right where something moves, nothing where nothing does, no past across a cut."""

import numpy as np
import pytest

from engine.preprocess.compiled.estimator import CompiledExplain
from engine.preprocess.motion import MAX_FLOW, WORK_EDGE, MotionTracker, work_luma
from tests.preprocess.pictures import PERIOD_NS, clouds, dancer, flat, noise


@pytest.fixture(params=["plain", "compiled"])
def tracker(request: pytest.FixtureRequest, compiled_cues: None) -> MotionTracker:
    """Of either way of computing."""
    return MotionTracker(CompiledExplain() if request.param == "compiled" else None)


TEXTURE = work_luma(clouds(5, (255, 255, 255), blur=12.0))


@pytest.mark.parametrize(("dx", "dy"), [(3, 0), (-4, 0), (0, 2), (2, -3)])
def test_a_shifted_picture_gives_that_shift(dx: int, dy: int, tracker: MotionTracker) -> None:
    tracker.track(TEXTURE, 0, 0)
    motion = tracker.track(np.roll(TEXTURE, (dy, dx), axis=(0, 1)), 1, PERIOD_NS)
    inner = motion.flow[20:-20, 20:-20] * WORK_EDGE
    np.testing.assert_allclose(np.median(inner, axis=(0, 1)), (dx, dy), atol=0.2)
    assert not motion.cut


def test_flow_is_per_input_frame_though_frames_were_left_out(tracker: MotionTracker) -> None:
    tracker.track(TEXTURE, 10, 0)
    motion = tracker.track(np.roll(TEXTURE, 4, axis=1), 12, 2 * PERIOD_NS)
    assert np.median(motion.flow[20:-20, 20:-20, 0]) * WORK_EDGE == pytest.approx(2.0, abs=0.15)


def test_carry_brings_along_what_was_known(tracker: MotionTracker) -> None:
    tracker.track(TEXTURE, 0, 0)
    motion = tracker.track(np.roll(TEXTURE, 3, axis=1), 1, PERIOD_NS)
    known = np.zeros((WORK_EDGE, WORK_EDGE), np.float32)
    known[40:60, 40:60] = 1.0
    carried = motion.carry(known)
    assert carried[50, 45:61].min() > 0.9
    assert carried[50, :41].max() < 0.1


def test_sensor_noise_does_not_move(tracker: MotionTracker) -> None:
    grain = np.random.default_rng(0)
    room = clouds(1, (200, 180, 160))
    for index in range(6):
        image = np.clip(room + grain.normal(0, 6, room.shape), 0, 255).astype(np.uint8)
        motion = tracker.track(work_luma(image), index, index * PERIOD_NS)
        assert np.abs(motion.flow).max() * WORK_EDGE < 0.1


def test_only_the_dancer_moves(tracker: MotionTracker) -> None:
    for index in range(8):
        image, _ = dancer(index)
        motion = tracker.track(work_luma(image), index, index * PERIOD_NS)
    speed = np.hypot(motion.flow[..., 0], motion.flow[..., 1]) * WORK_EDGE
    assert speed[40:100, 40:90].max() > 0.5
    assert speed[:, :15].max() < 0.05
    assert speed[:15].max() < 0.05


def test_a_cut_has_no_flow_and_is_told_once(tracker: MotionTracker) -> None:
    scenes = [TEXTURE, TEXTURE, work_luma(clouds(77, (255, 255, 255), blur=12.0))]
    motions = [tracker.track(scenes[order], i, i * PERIOD_NS) for i, order in enumerate((0, 1, 2, 2, 2))]
    assert [motion.cut for motion in motions] == [True, False, True, False, False]
    assert not motions[2].flow.any()


def test_fades_and_strobes_are_not_cuts(tracker: MotionTracker) -> None:
    levels = (1.0, 0.7, 0.5, 0.7, 1.0, 0.0, 0.0, 1.0, 0.02, 1.0)
    pictures = [(TEXTURE * level).astype(np.uint8) for level in levels]
    motions = [tracker.track(picture, i, i * PERIOD_NS) for i, picture in enumerate(pictures)]
    assert [motion.cut for motion in motions] == [True] + [False] * 9
    assert [i for i, motion in enumerate(motions) if motion.blank] == [5, 6, 8]


def test_a_scene_that_stays_dim_is_a_scene(tracker: MotionTracker) -> None:
    tracker.track(TEXTURE, 0, 0)
    dim = (TEXTURE * 0.1).astype(np.uint8)
    told = [tracker.track(dim, i, i * PERIOD_NS).blank for i in range(1, 61)]
    assert told[0]
    assert not told[-1]


def test_the_first_picture_after_black_is_a_cut(tracker: MotionTracker) -> None:
    assert tracker.track(work_luma(flat(0)), 0, 0).cut
    assert tracker.track(TEXTURE, 1, PERIOD_NS).cut


def test_flow_is_bounded_on_noise_and_a_long_gap_has_none(tracker: MotionTracker) -> None:
    for index in range(4):
        motion = tracker.track(work_luma(noise(index)), index, index * PERIOD_NS)
        assert np.isfinite(motion.flow).all()
        assert np.hypot(motion.flow[..., 0], motion.flow[..., 1]).max() <= MAX_FLOW * 1.0001
    tracker.reset()
    tracker.track(TEXTURE, 0, 0)
    assert not tracker.track(np.roll(TEXTURE, 3, axis=1), 1, 10**9).flow.any()
