"""The built-in depth: figures stand out, edges are crisp, nothing flickers, any input is survived."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import cv2
import hypothesis
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import strategies as st

from engine.jit import NotCompiledError
from engine.messages.frame import FRAME_SIZE, ControlMap
from engine.preprocess.auto import AutoEstimator
from engine.preprocess.compiled.estimator import compiled_estimator, cue_estimator, flow_choice
from engine.preprocess.compiled.library import LIBRARY
from engine.preprocess.image_cues import MAP_EDGE, CueEstimator
from engine.sources.stage.render import StageRenderer
from tests.preprocess.pictures import clouds, dancer, figure_mask, flat, frame, noise, reduced

Make = Callable[[int | None], CueEstimator]


@pytest.fixture(params=[CueEstimator, compiled_estimator], ids=["plain", "compiled"])
def make(request: pytest.FixtureRequest, compiled_cues: None) -> Make:
    """Makes an estimator of either way of computing, of an edge."""
    made: Make = request.param
    return made


def run(estimator: CueEstimator, images: list[npt.NDArray[np.uint8]], first: int = 0) -> list[ControlMap]:
    maps = [estimator.push(frame(first + i, image), 7) for i, image in enumerate(images)]
    return [found for found in maps if found is not None]


def check(found: ControlMap, edge: int = MAP_EDGE) -> None:
    assert found.depth.shape == (edge, edge)
    assert found.flow.shape == (edge, edge, 2)
    assert found.depth.dtype == found.flow.dtype == np.float32
    assert np.isfinite(found.depth).all()
    assert np.isfinite(found.flow).all()
    assert 0.0 <= found.depth.min() <= found.depth.max() <= 1.0


def flicker(maps: list[ControlMap], region: tuple[slice, slice]) -> float:
    """Standard deviation over time of a region that does not move, mean over its pixels."""
    return float(np.stack([found.depth[region] for found in maps]).std(axis=0).mean())


def test_a_map_belongs_to_its_frame(make: Make) -> None:
    found = make(112).push(frame(9, dancer(0)[0]), 1234)
    assert found is not None
    assert (found.frame_id, found.capture_ns, found.ready_ns) == (9, 9 * 33_333_333, 1234)
    check(found, 112)


def test_the_dancer_is_nearer_than_the_room(artefacts: Callable[[str], Path], make: Make) -> None:
    estimator = make(None)
    for index in range(45):
        image, mask = dancer(index)
        found = run(estimator, [image], index)[0]
        check(found)
        if index < 15:
            continue
        body = found.depth[reduced(mask, MAP_EDGE, 2)]
        wall = found.depth[: MAP_EDGE // 2][reduced(~mask, MAP_EDGE, 8)[: MAP_EDGE // 2]]
        assert np.median(body) > 0.85
        assert np.percentile(body, 5) > np.percentile(wall, 99)
    both = np.hstack([cv2.resize(image, (MAP_EDGE, MAP_EDGE)), cv2.merge([(found.depth * 255).astype(np.uint8)] * 3)])
    cv2.imwrite(str(artefacts("preprocess/dancer.png")), cv2.cvtColor(both, cv2.COLOR_RGB2BGR))


def test_outlines_are_crisp(make: Make) -> None:
    mask = figure_mask(224)
    image = clouds(1, (70, 80, 110), blur=20.0)
    image[mask] = clouds(3, (250, 150, 110))[mask]
    depth = run(make(None), [image] * 12)[-1].depth
    row = depth[105]  # through the trunk, whose outline is at 100 and 124
    outside, inside = row[90], row[112]
    steps = np.abs(np.diff(row[94:106]))
    assert inside - outside > 0.4
    assert np.sort(steps)[-3:].sum() > 0.7 * (inside - outside)


def test_the_still_room_does_not_flicker_behind_a_moving_dancer(make: Make) -> None:
    maps = run(make(None), [dancer(index)[0] for index in range(75)])[15:]
    wall, floor = (slice(8, 60), slice(4, 30)), (slice(180, 220), slice(4, 30))
    assert flicker(maps, wall) < 0.002
    assert flicker(maps, floor) < 0.008
    for region, grain, pulse in ((wall, 0.0006, 0.001), (floor, 0.002, 0.004)):
        steps = np.diff(np.stack([found.depth[region] for found in maps]), axis=0)
        assert np.abs(steps).mean() < grain
        assert np.abs(steps.mean(axis=(1, 2))).max() < pulse


def test_a_still_picture_settles_and_stays(make: Make) -> None:
    maps = run(make(None), [dancer(0)[0]] * 60)
    changes = [float(np.abs(after.depth - before.depth).max()) for before, after in pairwise(maps)]
    assert max(changes[-10:]) < 1e-3
    assert not maps[-1].flow.any()


def test_a_cut_in_the_input_shows_within_three_frames(make: Make) -> None:
    left, right = figure_mask(110), figure_mask(338)
    images = []
    for seed, mask, ground, body in (
        (1, left, (70, 80, 110), (250, 150, 110)),
        (9, right, (160, 190, 90), (60, 20, 90)),
    ):
        image = clouds(seed, ground, blur=20.0)
        image[mask] = clouds(seed + 1, body)[mask]
        images.append(image)
    estimator = make(None)
    run(estimator, [images[0]] * 30)
    third = run(estimator, [images[1]] * 3, first=30)[-1]
    settled = run(estimator, [images[1]] * 40, first=33)[-1]
    assert np.abs(third.depth - settled.depth).mean() < 0.03
    assert np.median(third.depth[reduced(right, MAP_EDGE, 2)]) > 0.8
    assert np.median(third.depth[reduced(left, MAP_EDGE, 2)][:2000]) < 0.5
    assert not run(estimator, [images[0]], first=73)[0].flow.any()


def test_a_strobe_holds_the_map(make: Make) -> None:
    image = dancer(0)[0]
    estimator = make(None)
    before = run(estimator, [image] * 30)[-1]
    dark = run(estimator, [flat(0)] * 3, first=30)
    light = run(estimator, [image] * 3, first=33)
    for found in (*dark, *light):
        assert np.abs(found.depth - before.depth).mean() < 0.01


def test_reset_forgets_all(make: Make) -> None:
    estimator = make(None)
    run(estimator, [dancer(index)[0] for index in range(20)])
    estimator.reset()
    image = clouds(4, (200, 180, 40))
    after, fresh = run(estimator, [image], first=20)[0], run(make(None), [image], first=20)[0]
    np.testing.assert_array_equal(after.depth, fresh.depth)


def difference(one: ControlMap, other: ControlMap) -> tuple[float, float]:
    """The greatest of depth and of flow."""
    return float(np.abs(one.depth - other.depth).max()), float(np.abs(one.flow - other.flow).max())


def test_compiled_maps_are_those_of_opencv_and_numpy(compiled_cues: None) -> None:
    """Through a minute's worth of what is remembered; rounding grows where a pixel's cue is nearly a step."""
    plain, loops = CueEstimator(), compiled_estimator()
    renderer = StageRenderer(4)
    for index in range(120):
        image = renderer.render(index / 12)[0] if index % 40 < 30 else dancer(index)[0]
        depth, flow = difference(run(plain, [image], index)[0], run(loops, [image], index)[0])
        assert depth < 2e-3
        assert flow < 5e-4  # of the width: a twentieth of a pixel of the motion that is worked out


@pytest.mark.parametrize(
    ("height", "width", "shape"), [(336, 592, (168, 296)), (592, 336, (296, 168)), (896, 896, (224, 224))]
)
def test_frames_of_other_sizes(height: int, width: int, shape: tuple[int, int], compiled_cues: None) -> None:
    """Also in the middle of a show: then nothing is known any more."""
    plain, loops = CueEstimator(), compiled_estimator()
    for index in range(12):
        image = dancer(index)[0]
        if index > 3:
            image = np.ascontiguousarray(cv2.resize(image, (width, height)))
        one, other = run(plain, [image], index)[0], run(loops, [image], index)[0]
        assert one.depth.shape == other.depth.shape == (shape if index > 3 else (224, 224))
        assert one.flow.shape == other.flow.shape == (*one.depth.shape, 2)
        assert difference(one, other) < (2e-3, 5e-4)
        assert other.depth.std() > 0.1
    fresh = run(compiled_estimator(), [image], 99)[0]
    assert np.isfinite(fresh.depth).all()


def test_the_same_frames_give_the_same_bytes(compiled_cues: None) -> None:
    images = [dancer(index)[0] for index in range(20)]
    first, second = run(compiled_estimator(), images), run(compiled_estimator(), images)
    assert all(
        np.array_equal(a.depth, b.depth) and np.array_equal(a.flow, b.flow) for a, b in zip(first, second, strict=True)
    )


def test_maps_are_never_written_again(make: Make) -> None:
    maps = run(make(None), [dancer(index)[0] for index in range(4)])
    kept = [(found.depth.copy(), found.flow.copy()) for found in maps]
    estimator = make(None)
    later = run(estimator, [dancer(index)[0] for index in range(4)])
    copies = [found.depth.copy() for found in later]
    run(estimator, [dancer(index)[0] for index in range(4, 8)], first=4)
    assert all(np.array_equal(found.depth, copy) for found, copy in zip(later, copies, strict=True))
    assert all(np.array_equal(found.flow, flow) for found, (_, flow) in zip(maps, kept, strict=True))


def test_it_is_told_what_computes(monkeypatch: pytest.MonkeyPatch, compiled_cues: None) -> None:
    estimator = cue_estimator()
    run(estimator, [dancer(0)[0]])
    (choice,) = estimator.backends()
    assert "compiled" in choice.chosen
    assert choice.shapes == "[112, 112] -> [224, 224]"

    def missing() -> None:
        raise NotCompiledError("numba is not installed", where="cues")

    assert not flow_choice().rejected
    monkeypatch.setattr(LIBRARY, "load", missing)
    assert any("numba is not installed" in why for _, why in flow_choice().rejected)
    assert isinstance(
        AutoEstimator().push(frame(0, dancer(0)[0], depth=np.ones((224, 224), np.float32)), 0), ControlMap
    )
    estimator = cue_estimator()
    run(estimator, [dancer(0)[0]])
    (choice,) = estimator.backends()
    assert "numpy" in choice.chosen
    assert any("numba is not installed" in why for _, why in choice.rejected)


def test_flush_has_nothing_and_the_backend_is_told() -> None:
    estimator = CueEstimator()
    assert estimator.flush() is None
    (choice,) = estimator.backends()
    assert choice.component == "depth"
    assert "OpenCV" in choice.chosen


def split(column: int) -> npt.NDArray[np.uint8]:
    """Black, and white from a column on."""
    return np.where(np.arange(FRAME_SIZE)[None, :, None] < column, flat(0), flat(255))


IMAGES = st.one_of(
    st.integers(0, 255).map(flat),
    st.integers(0, 5).map(noise),
    st.integers(0, 90).map(lambda index: dancer(index)[0]),
    st.integers(1, FRAME_SIZE - 1).map(
        lambda x: np.where(np.arange(FRAME_SIZE)[None, :, None] < x, flat(0), flat(255))
    ),
)


@pytest.mark.parametrize("make", [CueEstimator, compiled_estimator], ids=["plain", "compiled"])
@hypothesis.settings(max_examples=25)
@hypothesis.given(st.lists(st.tuples(IMAGES, st.integers(-1, 40)), min_size=1, max_size=6))
def test_any_pictures_in_any_order_give_sound_maps(
    compiled_cues: None, make: Make, shown: list[tuple[npt.NDArray[np.uint8], int]]
) -> None:
    estimator = make(112)
    at = 1
    for image, step in shown:
        at += step
        found = estimator.push(frame(at, image), 0)
        assert found is not None
        check(found, 112)
