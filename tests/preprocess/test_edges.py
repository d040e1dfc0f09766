"""Compiled edges against OpenCV's."""

import cv2
import hypothesis
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import strategies as st

from engine.preprocess.compiled.edge_finder import CompiledEdges
from engine.preprocess.compiled.library import EDGE_PIXELS
from engine.preprocess.maps.edges import plain_edges
from engine.preprocess.motion import luma_of
from tests.preprocess.pictures import dancer

Luma = npt.NDArray[np.uint8]


def shapes(seed: int, height: int, width: int) -> Luma:
    """Lines and noise, blurred more or less: edges of every direction, up to the border."""
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, (height, width), dtype=np.uint8) // np.uint8(rng.integers(1, 40))
    for _ in range(12):
        ends = rng.integers(0, max(height, width), 4).tolist()
        cv2.line(picture, ends[:2], ends[2:], int(rng.integers(0, 256)), int(rng.integers(1, 9)), cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 3.0))), dtype=np.uint8)


@pytest.mark.usefixtures("compiled_cues")
@hypothesis.given(st.integers(0, 2**31 - 1), st.integers(8, 90), st.integers(8, 150), st.floats(0.3, 2.0))
def test_compiled_edges_are_opencv_s(seed: int, height: int, width: int, scale: float) -> None:
    luma, told = shapes(seed, height, width), list[float]()

    def follow(found: float) -> float:
        told.append(found)
        return max(found * scale, 0.5)

    compiled, plain = CompiledEdges()(luma, follow), plain_edges(luma, follow)
    assert told[0] == pytest.approx(told[1], rel=1e-5, abs=1e-5)
    assert np.count_nonzero(compiled != plain) <= EDGE_PIXELS * luma.size


@pytest.mark.usefixtures("compiled_cues")
def test_one_finder_takes_pictures_of_any_size() -> None:
    find, whole = CompiledEdges(), luma_of(dancer(3)[0])
    for luma in (whole, whole[:336], np.ascontiguousarray(whole[:, :100]), whole[:5], whole):
        found = find(luma, float)
        assert np.array_equal(found, plain_edges(luma, float))
        assert found.dtype == np.float32
        assert found.shape == luma.shape
    assert find(whole, float).mean() > 0.01
