"""The built-in stage: the same every time, never a short loop, and its depth is true."""

import itertools
import threading

import cv2
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND, ManualClock, SystemClock
from engine.jit import NotCompiledError
from engine.messages.events import SourceState
from engine.messages.frame import FRAME_SIZE
from engine.sources.manager import SourceManager
from engine.sources.registry import parse_source
from engine.sources.stage import StageRenderer, StageSource
from engine.sources.stage.choreography import BEATS_PER_PHRASE, PHRASES, pose_at
from engine.sources.stage.compiled.library import LIBRARY, MEAN_DEPTH, MEAN_LEVELS
from engine.sources.stage.compiled.painter import CompiledPainter
from engine.sources.stage.figure import body
from engine.sources.stage.gbuffer import GBuffer
from engine.sources.stage.layered import LayeredPainter
from engine.sources.stage.props import pearl_at
from engine.sources.stage.scene import instant_at
from engine.sources.stage.skeleton import BEATS_PER_SECOND, joints_at
from engine.sources.stage.view import CENTRE, FAR_M, FOCAL_PX, NEAR_M, Lens, depth_of, view_at
from tests.sources.scripted import Heard, eventually


@pytest.fixture(scope="module", params=["layered", "compiled"])
def renderer(request: pytest.FixtureRequest, compiled_stage: None) -> StageRenderer:
    """A renderer of either way of painting."""
    return StageRenderer(seed=3, painter=LayeredPainter() if request.param == "layered" else CompiledPainter())


def depth_at(distance: float) -> float:
    return float(np.clip((1 / distance - 1 / FAR_M) / (1 / NEAR_M - 1 / FAR_M), 0, 1))


def test_shapes_and_ranges(renderer: StageRenderer) -> None:
    image, depth = renderer.render(1.0)
    assert (image.shape, image.dtype) == ((FRAME_SIZE, FRAME_SIZE, 3), np.uint8)
    assert image.flags.c_contiguous
    assert (depth.shape, depth.dtype) == ((224, 224), np.float32)
    assert depth.min() >= 0.0
    assert 0.3 < depth.max() <= 1.0


def test_it_is_a_function_of_time_and_seed(renderer: StageRenderer) -> None:
    painter = type(renderer._painter)
    renderer.render(5.0)
    first, second = renderer.render(12.3), StageRenderer(seed=3, painter=painter()).render(12.3)
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])
    assert not np.array_equal(first[0], StageRenderer(seed=4, painter=painter()).render(12.3)[0])


def test_earlier_pictures_are_never_written_again(renderer: StageRenderer) -> None:
    image, depth = renderer.render(2.0)
    kept = image.copy(), depth.copy()
    renderer.render(2.5)
    assert np.array_equal(image, kept[0])
    assert np.array_equal(depth, kept[1])


def test_the_dance_is_no_short_loop_and_never_jerks() -> None:
    phrases = [pose_at(BEATS_PER_PHRASE * number + 2.0, seed=0).round(3) for number in range(20)]
    assert len({tuple(np.delete(pose, 3)) for pose in phrases}) >= len(PHRASES)
    step = 1.0 / 30.0
    path = np.array([joints_at(n * step, 0).right_arm.end for n in range(30 * 60)])
    speed = np.linalg.norm(np.diff(path, axis=0), axis=1) / step
    assert 0.3 < speed.mean() < 4.0
    assert speed.max() < 12.0  # a fast arm of a trained dancer, at most


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_the_figure_keeps_its_bones_and_stays_above_the_floor(seed: int) -> None:
    for number in range(300):
        joints = joints_at(number * 0.31, seed)
        for limb in (joints.left_arm, joints.right_arm, joints.left_leg, joints.right_leg):
            upper = np.linalg.norm(limb.middle - limb.root)
            lower = np.linalg.norm(limb.end - limb.middle)
            assert 0.2 < lower <= upper < 0.5
        for capsule in body(joints):
            assert min(capsule.start[1], capsule.end[1]) > -0.06
            assert max(capsule.start[1], capsule.end[1]) < 2.6


@pytest.mark.parametrize("seconds", [0.0, 3.7, 11.1, 48.0])
def test_the_depth_of_the_floor_is_exact(seconds: float, renderer: StageRenderer) -> None:
    _, depth = renderer.render(seconds)
    view = view_at(seconds)
    hits = 0
    for column in (3, 60, 160, 220):
        for row in (205, 215, 223):
            pixel = np.array([2 * column + 0.5, 2 * row + 0.5])
            ray = view.axes.T @ np.array([*(pixel - CENTRE) / FOCAL_PX, 1.0])
            distance = -view.position[1] / ray[1]  # along the axis, because the ray's forward part is 1
            expected = depth_at(float(distance))
            assert depth[row, column] >= expected - 1e-3  # a solid may stand before it
            hits += abs(depth[row, column] - expected) < 1e-3
    assert hits >= 6


def test_the_depth_of_a_ball_is_that_of_its_surface() -> None:
    checked = 0
    for seconds in np.arange(0.0, 40.0, 0.5):
        view, pearl = view_at(float(seconds)), pearl_at(float(seconds))
        x, y, inverse = view.project(pearl.start[None])[0]
        if not (60 < x < 388 and 60 < y < 388):
            continue
        buffer = GBuffer()
        ends = np.repeat(np.array([[x, y, inverse]]), 2, axis=0)[None]
        buffer.capsules(ends, np.array([[pearl.start_radius] * 2]), [0], FOCAL_PX)
        nearest = 1.0 / buffer.inverse.max()
        assert nearest == pytest.approx(1.0 / inverse - pearl.start_radius, rel=0.01)
        checked += 1
    assert checked > 20


@pytest.mark.parametrize("front_first", [True, False])
def test_the_nearer_solid_hides_the_farther(front_first: bool) -> None:
    buffer = GBuffer()
    near, far = [224.0, 224.0, 1 / 3.0], [230.0, 224.0, 1 / 5.0]
    order = [(near, 1), (far, 2)] if front_first else [(far, 2), (near, 1)]
    ends = np.array([[point, point] for point, _ in order])
    buffer.capsules(ends, np.full((2, 2), 0.3), [material for _, material in order], FOCAL_PX)
    assert buffer.material[112, 112] == 1
    assert buffer.inverse[112, 112] == pytest.approx(1 / 2.7, rel=0.02)


def test_a_limb_towards_the_viewer_has_the_depth_of_a_cylinder() -> None:
    """Against sphere tracing of the same capsule."""
    start, end, radius = np.array([-0.3, 0.0, 4.3]), np.array([0.4, 0.1, 3.6]), 0.12
    buffer = GBuffer()
    points = np.array(
        [[CENTRE + FOCAL_PX * p[0] / p[2], CENTRE + FOCAL_PX * p[1] / p[2], 1 / p[2]] for p in (start, end)]
    )
    buffer.capsules(points[None], np.full((1, 2), radius), [0], FOCAL_PX)
    rows, columns = np.nonzero(buffer.inverse > 1e-3)
    errors = []
    for row, column in list(zip(rows, columns, strict=True))[::37]:
        ray = np.array([(2 * column + 0.5 - CENTRE) / FOCAL_PX, (2 * row + 0.5 - CENTRE) / FOCAL_PX, 1.0])
        length, z = float(np.linalg.norm(ray)), 2.0
        for _ in range(80):
            along = np.clip((ray * z - start) @ (end - start) / ((end - start) @ (end - start)), 0, 1)
            z += (float(np.linalg.norm(ray * z - start - along * (end - start))) - radius) / length
        if z < 6.0:
            errors.append(abs(1.0 / buffer.inverse[row, column] - z))
    assert len(errors) > 20
    assert np.median(errors) < 0.008
    assert np.max(errors) < 0.06


def test_the_surface_has_no_holes_within_its_outline() -> None:
    rng = np.random.default_rng(5)
    for _ in range(200):
        start = np.array([*rng.uniform(-0.5, 0.5, 2), rng.uniform(2.5, 5.0)])
        end = start + rng.uniform(-0.25, 0.25, 3)
        buffer = GBuffer()
        points = np.array(
            [[CENTRE + FOCAL_PX * p[0] / p[2], CENTRE + FOCAL_PX * p[1] / p[2], 1 / p[2]] for p in (start, end)]
        )
        buffer.capsules(points[None], rng.uniform(0.012, 0.1, (1, 2)), [0], FOCAL_PX)
        inside = cv2.erode(buffer.outline, np.ones((5, 5), np.uint8))[::2, ::2] == 255
        assert (buffer.inverse[inside] > 0.1).all()
        assert (buffer.inverse[cv2.dilate(buffer.outline, np.ones((5, 5), np.uint8))[::2, ::2] == 0] < 0.1).all()


def test_depth_and_picture_show_the_same_silhouette(renderer: StageRenderer) -> None:
    """Where depth steps, the picture has an edge: the figure is where its depth is."""
    image, depth = renderer.render(6.0)
    grey = image[::2, ::2].astype(np.float32).mean(axis=2)
    jump = np.abs(np.diff(depth, axis=1)) > 0.08
    edge = np.abs(np.diff(grey, axis=1))
    near_edge = np.maximum(edge, np.maximum(np.roll(edge, 1, axis=1), np.roll(edge, -1, axis=1)))
    assert jump.sum() > 200
    assert (near_edge[jump] > 12).mean() > 0.85


SIZES = [(448, 448), (592, 336), (336, 592), (896, 896)]


@pytest.mark.parametrize("size", SIZES)
def test_the_compiled_loop_paints_what_the_layers_do(size: tuple[int, int], compiled_stage: None) -> None:
    """Outlines are told apart in how they are smoothed: pixels on them may differ, and nothing else by much."""
    lens = Lens(*size)
    layered, compiled = LayeredPainter(lens), CompiledPainter(lens)
    for seconds in (0.0, 11.1, 58.2):
        instant = instant_at(seconds, 2, lens)
        (picture, depth), (other, other_depth) = layered.paint(instant), compiled.paint(instant)
        assert picture.shape == other.shape == (size[1], size[0], 3)
        assert depth.shape == other_depth.shape == (size[1] // 2, size[0] // 2)
        difference = np.abs(picture.astype(np.int16) - other)
        assert difference.mean() < MEAN_LEVELS
        assert np.percentile(difference, 98) <= 8
        away = np.abs(depth - other_depth)
        assert away.mean() < MEAN_DEPTH
        assert (away > 0.01).mean() < 0.003


@hypothesis.settings(max_examples=12)
@hypothesis.given(
    width=st.integers(10, 40),
    height=st.integers(10, 40),
    seconds=st.floats(0.0, 36000.0),
    seed=st.integers(0, 1000),
)
def test_any_lens_at_any_time(compiled_stage: None, width: int, height: int, seconds: float, seed: int) -> None:
    """Also where the picture cuts solids off. Small ones are mostly outline, so only the whole is held together."""
    lens = Lens(16 * width, 16 * height)
    instant = instant_at(seconds, seed, lens)
    (picture, depth), (other, other_depth) = LayeredPainter(lens).paint(instant), CompiledPainter(lens).paint(instant)
    assert np.abs(picture.astype(np.int16) - other).mean() < 2 * MEAN_LEVELS
    assert np.abs(depth - other_depth).mean() < 4 * MEAN_DEPTH


def test_a_limb_has_the_same_depth_in_the_compiled_loop(compiled_stage: None) -> None:
    """The figure alone, pixel by pixel: within a millimetre where both see the same surface."""
    layered, compiled = LayeredPainter(), CompiledPainter()
    for seconds in np.arange(0.0, 60.0, 5.0):
        instant = instant_at(float(seconds), 0)
        depth, other = layered.paint(instant)[1], compiled.paint(instant)[1]
        assert np.median(np.abs(depth - other)) < 1e-6
        assert np.percentile(np.abs(depth - other), 99.5) < 2e-3


@pytest.mark.parametrize("size", SIZES)
def test_any_size_shows_the_dancer_whole(size: tuple[int, int], compiled_stage: None) -> None:
    lens = Lens(*size)
    for seconds in np.arange(0.0, 90.0, 0.7):
        instant = instant_at(float(seconds), 0, lens)
        joints = np.array([instant.capsules[0].end, instant.capsules[-20].start])
        x, y, _ = instant.view.project(joints).T
        assert ((x > 0) & (x < size[0]) & (y > 0) & (y < size[1])).all()


def test_depth_grows_with_nearness() -> None:
    values = depth_of(np.array([1 / 20.0, 1 / FAR_M, 1 / 5.0, 1 / 3.0, 1 / NEAR_M, 1.0], np.float32))
    assert values[0] == values[1] == 0.0
    assert (np.diff(values[1:5]) > 0).all()
    assert values[4] == pytest.approx(1.0)
    assert values[5] == 1.0


def test_thirty_frames_a_second_at_absolute_times() -> None:
    source = StageSource(SystemClock(), threading.Event())
    source.open()
    times = [picture.capture_ns for picture in (source.read() for _ in range(12)) if picture is not None]
    source.close()
    offsets = [(time_ns - times[0]) * 30 / NS_PER_SECOND for time_ns in times]
    assert offsets == pytest.approx([round(offset) for offset in offsets], abs=1e-6)
    assert all(after > before for before, after in itertools.pairwise(offsets))


def film(every: int, frames: int) -> dict[int, bytes]:
    """Pictures of a source by their time, under a clock that reaches the time of each frame just before it is read."""
    clock = ManualClock(5 * NS_PER_SECOND)
    source = StageSource(clock, threading.Event())
    source.deliver_every(every)
    source.open()
    shown = {}
    for number in range(1, frames + 1):
        clock.advance_to(5 * NS_PER_SECOND + number * NS_PER_SECOND // 30 + 1)
        if number % every == 0:
            picture = source.read()
            assert picture is not None
            shown[picture.capture_ns] = picture.image.tobytes()
    assert source.rate == 30.0 / every
    source.close()
    return shown


def test_half_the_rate_is_every_second_frame_of_the_same_film() -> None:
    whole, half = film(1, 12), film(2, 12)
    assert list(half) == list(whole)[1::2]
    assert all(whole[at] == image for at, image in half.items())
    with pytest.raises(ValueError, match="0th"):
        StageSource(SystemClock(), threading.Event()).deliver_every(0)


def test_the_manager_thins_a_source_that_can_be() -> None:
    heard = Heard()
    manager = SourceManager(SystemClock(), heard)
    try:
        manager.deliver_every(3)
        manager.select(parse_source("stage"))
        heard.wait_for("stage", SourceState.LIVE)
        assert eventually(lambda: (latest := manager.latest()) is not None and latest.frame_id > 4)
        assert manager._on_air is not None
        assert manager._on_air.source.rate == 10.0
        (choice,) = manager.backends()
        assert choice.component == "stage"
        manager.deliver_every(1)
        assert manager._on_air.source.rate == 30.0
    finally:
        manager.close()


def test_without_compiled_loops_it_plays_layer_by_layer_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise NotCompiledError("numba is not installed", where="stage")

    monkeypatch.setattr(LIBRARY, "load", missing)
    source = StageSource(SystemClock(), threading.Event())
    source.open()
    assert "not compiled" in source.label
    (choice,) = source.backends()
    assert "OpenCV" in choice.chosen
    assert any("numba is not installed" in why for _, why in choice.rejected)
    assert source.read() is not None
    source.close()


def test_it_lives_behind_the_manager() -> None:
    heard = Heard()
    manager = SourceManager(SystemClock(), heard)
    try:
        manager.select(parse_source("stage"))
        heard.wait_for("stage", SourceState.LIVE)
        assert eventually(lambda: (latest := manager.latest()) is not None and latest.frame_id > 5)
        latest = manager.latest()
        assert latest is not None
        assert latest.true_depth is not None
    finally:
        manager.close()
    assert BEATS_PER_SECOND * 60 == 108
