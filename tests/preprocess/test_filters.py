"""The smoothed range and the edge-preserving filter."""

import numpy as np
import pytest

from engine.preprocess.filters import SmoothedRange, blend_weight, guided_upsample

RAMP = np.tile(np.linspace(0.0, 1.0, 64, dtype=np.float32), (64, 1))


def test_the_first_picture_sets_the_range() -> None:
    followed = SmoothedRange(low=0.0, high=100.0, least_span=0.1)
    np.testing.assert_allclose(followed.normalise(RAMP * 4 - 2, 0.0)[:, ::60], [[0.0, 0.984]] * 64, atol=0.03)


def test_the_range_follows_slowly_and_arrives() -> None:
    followed = SmoothedRange(low=0.0, high=100.0, least_span=0.1)
    followed.normalise(RAMP, 1.0)
    middles = [float(followed.normalise(RAMP * 2, 0.1)[0, 16]) for _ in range(60)]
    at_once = float(SmoothedRange(low=0.0, high=100.0, least_span=0.1).normalise(RAMP * 2, 1.0)[0, 16])
    assert middles[0] == pytest.approx(at_once * 2.0 / 1.1, rel=1e-3)
    assert max(abs(np.diff(middles))) < 0.06
    assert middles[-1] == pytest.approx(at_once, rel=0.01)


def test_a_narrow_range_is_not_blown_up() -> None:
    followed = SmoothedRange(low=0.0, high=100.0, least_span=0.5)
    scaled = followed.normalise(0.7 + 0.01 * RAMP, 1.0)
    assert np.ptp(scaled) == pytest.approx(0.02, rel=0.1)
    assert scaled.mean() == pytest.approx(0.5, abs=0.01)


def test_smoothing_runs_by_time_and_not_by_frames() -> None:
    once = 1.0 - blend_weight(60, 100)
    assert once == pytest.approx((1.0 - blend_weight(20, 100)) ** 3)
    assert blend_weight(-5, 100) == 0.0


def test_the_filter_keeps_the_guide_s_edge_and_smooths_beside_it() -> None:
    guide = np.zeros((64, 64), np.float32)
    guide[:, 32:] = 1.0
    fine = np.repeat(np.repeat(guide, 2, axis=0), 2, axis=1)
    noisy = guide + np.random.default_rng(0).normal(0, 0.2, guide.shape).astype(np.float32)
    smooth = guided_upsample(noisy, guide, fine, diameter=9, eps=1e-3)
    assert smooth.shape == (128, 128)
    assert smooth[:, :64].max() < 0.3
    assert smooth[:, 64:].min() > 0.7
    assert smooth[:, :60].std() < 0.06
