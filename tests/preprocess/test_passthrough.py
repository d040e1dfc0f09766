"""True depth where the source has it, an estimate where not."""

import numpy as np
import pytest

from engine.errors import EngineError
from engine.preprocess.auto import AutoEstimator
from engine.preprocess.passthrough import TrueDepthEstimator
from tests.preprocess.pictures import dancer, frame

SLOPE = np.broadcast_to(np.linspace(0, 1, 448, dtype=np.float32), (448, 448))


def test_the_source_s_depth_arrives_as_it_is() -> None:
    found = TrueDepthEstimator(edge=112).push(frame(3, dancer(3)[0], depth=SLOPE), 5)
    assert found is not None
    assert (found.frame_id, found.ready_ns, found.depth.shape, found.flow.shape) == (3, 5, (112, 112), (112, 112, 2))
    np.testing.assert_allclose(found.depth[50], np.linspace(0, 1, 112), atol=0.005)


def test_motion_is_measured_beside_it() -> None:
    estimator = TrueDepthEstimator()
    for index in range(4):
        found = estimator.push(frame(index, dancer(index)[0], depth=SLOPE), 0)
    assert found is not None
    assert np.abs(found.flow).max() > 0.005


def test_depth_outside_the_range_is_brought_into_it() -> None:
    wild = np.array([[np.nan, np.inf], [-np.inf, 7.0]], np.float32)
    found = TrueDepthEstimator(edge=2).push(frame(0, dancer(0)[0], depth=wild), 0)
    assert found is not None
    np.testing.assert_array_equal(found.depth, [[0, 1], [0, 1]])


def test_a_frame_without_depth_is_refused_in_a_sentence() -> None:
    with pytest.raises(EngineError, match="no depth of its own"):
        TrueDepthEstimator().push(frame(0, dancer(0)[0]), 0)


def test_auto_takes_what_the_frame_offers_and_says_so() -> None:
    estimator = AutoEstimator(edge=112)
    told = []
    for index in range(6):
        depth = SLOPE if index in (2, 3) else None
        found = estimator.push(frame(index, dancer(index)[0], depth=depth), 0)
        assert found is not None
        assert found.depth.shape == (112, 112)
        choice = estimator.backends()[0]
        told.append((estimator.name, choice.rejected[-1][0]))
    cues, truth = ("image cues", "true depth"), ("true depth", "image cues")
    assert told == [cues, cues, truth, truth, cues, cues]
    estimator.reset()
    assert estimator.flush() is None
