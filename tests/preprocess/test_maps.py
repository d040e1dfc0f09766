"""Control maps without weights: right polarity, in range, steady, and new at once after a cut."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import cv2
import hypothesis
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import strategies as st

from engine.messages.control_map import MapSettings
from engine.messages.frame import ControlMap
from engine.preprocess.base import DepthEstimator
from engine.preprocess.maps.composite import soft_maximum
from engine.preprocess.maps.shaping import shaped
from engine.preprocess.registry import build_depth
from tests.preprocess.maps import MAPS
from tests.preprocess.pictures import clouds, dancer, flat, frame, noise

Picture = npt.NDArray[np.uint8]


def run(maker: DepthEstimator, images: list[Picture], first: int = 0) -> list[ControlMap]:
    found = [maker.push(frame(first + number, image), 7) for number, image in enumerate(images)]
    return [one for one in found if one is not None]


def box_picture(left: int) -> Picture:
    """A bright box before a dark, soft ground."""
    image = clouds(1, (40, 45, 60), blur=30.0)
    cv2.rectangle(image, (left, 150), (left + 120, 330), (220, 200, 180), -1)
    return image


def outline_share(depth: npt.NDArray[np.float32], left: int) -> tuple[float, float]:
    """The mean of the map on the box's left and right outlines, and away from any."""
    large = cv2.resize(depth, (448, 448), interpolation=cv2.INTER_AREA)
    rows = slice(180, 300)
    on = np.mean([large[rows, x - 2 : x + 3] for x in (left, left + 120)])
    return float(on), float(large[rows, left + 40 : left + 80].mean())


@pytest.mark.parametrize(("name", "sign"), [("edges", 1), ("soft-edges", 1), ("lines", -1)])
def test_outlines_have_the_polarity_that_is_told(name: str, sign: int) -> None:
    on, away = outline_share(run(build_depth(name), [box_picture(160)] * 3)[-1].depth, 160)
    assert sign * (on - away) > 0.15
    assert away == pytest.approx(0.0 if sign > 0 else 1.0, abs=0.05)


@pytest.mark.parametrize("name", MAPS)
def test_any_picture_gives_a_map_in_range(name: str, build: Callable[[str], DepthEstimator]) -> None:
    maker = build(name)
    images = [flat(0), flat(255), noise(1), noise(2), dancer(3)[0], flat(90), box_picture(20)]
    for found in run(maker, [*images, np.ascontiguousarray(dancer(4)[0][:, 96:352])]):
        assert found.depth.dtype == np.float32
        assert found.flow.shape == (*found.depth.shape, 2)
        assert np.isfinite(found.depth).all()
        assert 0.0 <= found.depth.min() <= found.depth.max() <= 1.0


@pytest.mark.parametrize("name", MAPS)
def test_a_still_scene_moves_less_than_one_grey_level(name: str, build: Callable[[str], DepthEstimator]) -> None:
    rng = np.random.default_rng(5)
    image = box_picture(160)
    images = [np.clip(image + rng.normal(0.0, 1.0, image.shape), 0, 255).astype(np.uint8) for _ in range(40)]
    maps = run(build(name), images)[-10:]
    changes = [float(np.abs(after.depth - before.depth).mean()) for before, after in pairwise(maps)]
    assert max(changes) < 1 / 255


@pytest.mark.parametrize("name", ["edges", "soft-edges", "lines", "external"])
@pytest.mark.parametrize("smoothing_s", [0.0, 1.0])
def test_a_cut_is_new_at_once(name: str, smoothing_s: float) -> None:
    maker = build_depth(name, lambda: MapSettings(smoothing_s=smoothing_s))
    run(maker, [noise(3)] * 10)
    after = run(maker, [box_picture(260)], first=10)[-1].depth
    alone = run(build_depth(name), [box_picture(260)])[-1].depth
    assert np.abs(after - alone).mean() < 0.01


def test_motion_is_bright_where_something_moves() -> None:
    found = run(build_depth("motion"), [box_picture(100 + 4 * step) for step in range(12)])[-1].depth
    assert found[75:165, 72:132].mean() > 0.5
    assert found[:60].mean() < 0.1
    still = run(build_depth("motion"), [box_picture(100)] * 3)[-1].depth
    assert still.max() == 0.0


def test_smoothing_follows_slowly_and_along_the_motion() -> None:
    slow = build_depth("external", lambda: MapSettings(smoothing_s=1.0))
    dark = clouds(1, (120, 120, 120))
    first = run(slow, [dark])[-1].depth
    brighter = np.clip(dark.astype(np.int16) + 40, 0, 255).astype(np.uint8)
    second = run(slow, [brighter], first=1)[-1].depth
    assert 0.0 < float((second - first).mean()) < 0.1 * 40 / 255


@hypothesis.given(
    st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.25, 4.0), st.booleans(), st.integers(0, 2**31 - 1)
)
def test_shaping_stays_in_range_and_in_order(near: float, far: float, contrast: float, invert: bool, seed: int) -> None:
    depth = np.sort(np.random.default_rng(seed).random((1, 64), dtype=np.float32))
    found = shaped(depth, MapSettings(contrast=contrast, near=near, far=far, invert=invert))
    assert 0.0 <= found.min() <= found.max() <= 1.0
    steps = np.diff(found[0])
    assert (steps <= 0).all() if invert else (steps >= 0).all()
    assert shaped(depth, MapSettings()) is depth


@hypothesis.given(st.floats(0.0, 40.0), st.integers(0, 2**31 - 1))
def test_the_soft_maximum_lies_between_mean_and_maximum(sharpness: float, seed: int) -> None:
    first, second = np.random.default_rng(seed).random((2, 8, 8), dtype=np.float32)
    found = soft_maximum(first, second, sharpness)
    assert (found >= (first + second) / 2 - 1e-5).all()
    assert (found <= np.maximum(first, second) + 1e-5).all()


def test_the_sources_own_depth_counts_for_depth_alone() -> None:
    image, truth = dancer(0)[0], np.linspace(0, 1, 224 * 224, dtype=np.float32).reshape(224, 224)
    given = replace(frame(0, image), true_depth=truth)
    for name in ("cues", "edges"):
        found = build_depth(name).push(given, 0)
        assert found is not None
        assert (found.depth.shape == truth.shape and np.array_equal(found.depth, truth)) is (name == "cues")
