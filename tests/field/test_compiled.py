"""The compiled loops: held against torch, against numpy, and at every edge; and what plays where they cannot be had."""

import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.generators.base import ChunkAbortedError, ChunkRequest
from engine.generators.field import PARAMETERS, make_field
from engine.generators.field import parameters as p
from engine.generators.field.choice import Method
from engine.generators.field.compiled.library import LIBRARY
from engine.generators.field.compiled.painter import CompiledPainter
from engine.generators.field.compiled.picture import pack_tile, shrink_bytes
from engine.generators.field.compiled.weights import COUNT
from engine.generators.field.generator import FieldGenerator
from engine.generators.field.lattice import Lattice
from engine.generators.field.reference.painter import TorchPainter
from engine.generators.field.trunk import Trunk
from engine.jit.library import FAULT
from engine.messages.frame import InputFrame, RgbxImage
from engine.messages.scenes import load_library
from tests.field import loops
from tests.field.runs import CHUNK_FRAMES, Film, never, run

SCENES = load_library("field", PARAMETERS)
SIZES = [(448, 448), (592, 336), (336, 592), (64, 48), (61, 83), (16, 16), (97, 18)]

MEAN_LEVELS = 0.6
"""Of 255, that a picture may be off on average: OpenCV rounds places to a 32nd of a pixel, feedback adds that up."""

FAR_LEVELS = 10
"""Of 255, that one byte in a thousand may be off by, where a fine line has moved by such a fraction."""


def compare(one: RgbxImage, other: RgbxImage) -> tuple[float, float]:
    """Mean difference and its 99.9th percentile, in levels."""
    off = np.abs(one.astype(np.int16) - other.astype(np.int16))
    return float(off.mean()), float(np.percentile(off, 99.9))


@pytest.mark.parametrize("name", list(SCENES))
def test_every_scene_is_what_torch_paints(
    field: FieldGenerator, reference: FieldGenerator, film: Film, name: str
) -> None:
    scene = SCENES[name]
    requests = [film.request(chunk, scene.values(PARAMETERS), scene.prompt) for chunk in range(6)]
    for mine, wanted in zip(run(field, requests), run(reference, requests), strict=True):
        mean, far = compare(mine, wanted)
        assert mean <= MEAN_LEVELS
        assert far <= FAR_LEVELS


@pytest.mark.parametrize(
    "values",
    [
        {p.FEEDBACK: 0.0, p.GLOW: 0.0, p.EDGES: 0.0, p.GRAIN: 0.0},
        {p.FEEDBACK: 1.0, p.ZOOM: 1.0, p.SPIN: -1.0, p.FLOW: 1.0, p.SPEED: 4.0},
        {p.SYMMETRY: 12.0, p.WARP: 1.0, p.EDGES: 1.0},
        {p.ENERGY: 0.0, p.STRUCTURE: 1.0, p.CONTRAST: 1.0},
    ],
)
def test_extreme_settings_are_what_torch_paints(
    field: FieldGenerator, reference: FieldGenerator, film: Film, values: dict[str, float]
) -> None:
    requests = [film.request(chunk, values) for chunk in range(4)]
    for mine, wanted in zip(run(field, requests), run(reference, requests), strict=True):
        assert compare(mine, wanted)[0] <= MEAN_LEVELS


def test_a_dark_room_is_what_torch_paints(field: FieldGenerator, reference: FieldGenerator, film: Film) -> None:
    requests = [replace(film.request(chunk), frames=(), control=None) for chunk in range(3)]
    for mine, wanted in zip(run(field, requests), run(reference, requests), strict=True):
        assert compare(mine, wanted)[0] <= MEAN_LEVELS


def fitted(request: ChunkRequest, width: int, height: int) -> ChunkRequest:
    """The request with its input in another format."""

    def fit(frame: InputFrame) -> InputFrame:
        image = cv2.resize(frame.image, (width, height), interpolation=cv2.INTER_AREA)
        return replace(frame, image=np.ascontiguousarray(image))

    return replace(request, frames=tuple(fit(frame) for frame in request.frames))


def warm(method: Method, width: int, height: int) -> FieldGenerator:
    field = FieldGenerator("cpu", method=method, width=width, height=height, chunk_frames=CHUNK_FRAMES)
    for _ in field.warm_up():
        pass
    return field


@pytest.mark.parametrize(("width", "height"), SIZES[1:])
def test_every_format_is_what_torch_paints(film: Film, width: int, height: int) -> None:
    """Where the lattice does not fit the picture evenly, OpenCV's area means differ a little from ours; where it has
    a handful of points, the material's mean over them is not that over the picture."""
    values = {p.SYMMETRY: 2.0, p.FEEDBACK: 0.7}
    requests = [fitted(film.request(chunk, values), width, height) for chunk in range(3)]
    painted = []
    for method in (Method.BEST, Method.TORCH):
        field = warm(method, width, height)
        painted.append(run(field, requests))
        field.close()
    even = width % 4 == 0 and height % 4 == 0 and width > 16
    for mine, wanted in zip(*painted, strict=True):
        assert mine.shape == (height, width, 4)
        assert (mine[..., 3] == 255).all()
        assert compare(mine, wanted)[0] <= (MEAN_LEVELS if even else 4.0)


@pytest.mark.parametrize(("width", "height"), [(448, 448), (61, 83)])
def test_another_generator_paints_the_same_bytes(film: Film, width: int, height: int) -> None:
    requests = [fitted(film.request(chunk), width, height) for chunk in range(3)]
    one, other = warm(Method.BEST, width, height), warm(Method.BEST, width, height)
    first = run(one, requests)
    for images in (run(one, requests), run(other, requests)):
        for mine, wanted in zip(images, first, strict=True):
            np.testing.assert_array_equal(mine, wanted)


def test_an_abort_in_the_middle_of_a_lattice_row_leaves_nothing_behind(film: Film) -> None:
    field = warm(Method.BEST, 61, 83)
    requests = [fitted(film.request(chunk, {p.GLOW: 1.0}), 61, 83) for chunk in range(2)]
    expected = run(field, requests)
    field.reset()
    for safe_points in range(8):
        left = iter(range(safe_points))
        with pytest.raises(ChunkAbortedError):
            field.generate(requests[1], lambda left=left: next(left, None) is None)  # type: ignore[misc]
        again = run(field, requests)
        for mine, wanted in zip(again, expected, strict=True):
            np.testing.assert_array_equal(mine, wanted)
        field.reset()
    field.close()


@given(
    size=st.tuples(st.integers(16, 70), st.integers(16, 70)),
    values=st.fixed_dictionaries(
        {spec.id: st.floats(spec.minimum, spec.maximum, width=32) for spec in PARAMETERS.values()}
    ),
    broken=st.sampled_from([0.0, np.nan, np.inf, -np.inf, 1e30]),
)
@settings(max_examples=10)
def test_no_format_no_setting_and_no_map_leaves_a_hole(
    film: Film, size: tuple[int, int], values: dict[str, float], broken: float
) -> None:
    """Whatever a map says, every picture is opaque, and what it is carried on with is finite."""
    field = warm(Method.BEST, *size)
    request = fitted(film.request(0, values, "silhouette haze sparkle iridescent trail"), *size)
    assert request.control is not None
    depth, flow = request.control.depth.copy(), request.control.flow.copy()
    depth[:9] = broken
    flow[5:20] = broken
    for chunk in range(2):
        control = replace(request.control, depth=depth, flow=flow)
        image = field.generate(replace(request, control=control), never).images[-1]
        assert (image[..., 3] == 255).all(), chunk
    state = field.snapshot().state
    assert np.isfinite(state.picture).all()  # type: ignore[attr-defined]
    field.close()


# --- the small functions, by machine code, against numpy ---


@pytest.fixture(scope="module")
def parts() -> None:
    loops.LIBRARY.ensure()
    LIBRARY.ensure()


any_row = st.lists(st.floats(width=32, allow_nan=True, allow_infinity=True), min_size=1, max_size=40)
real_row = st.lists(st.floats(-40.0, 40.0, width=32), min_size=1, max_size=40)


@given(x=real_row)
def test_wave_and_tanh(parts: None, x: list[float]) -> None:
    row = np.array(x, np.float32)
    out = np.zeros_like(row)
    loops.each_squashed(row, out)
    np.testing.assert_allclose(out, np.tanh(row), atol=1e-5)
    loops.each_wave(row, out)
    shifted = np.zeros_like(row)
    loops.each_wave(row + np.float32(2.0), shifted)
    np.testing.assert_allclose(out, shifted, atol=2e-4)
    assert np.abs(out).max() <= 1.0 + 1e-6
    assert (np.sign(out) == np.sign(np.sin(np.pi * row.astype(np.float64)))).all() or np.abs(out).min() < 1e-4


@given(x=any_row)
@example(x=[np.nan, np.inf, -np.inf, -1e-9, 3.0e38])
def test_clamps_hold_whatever_comes(parts: None, x: list[float]) -> None:
    row = np.array(x, np.float32)
    out = np.zeros_like(row)
    loops.each_fraction(row, out)
    assert ((out >= 0.0) & (out <= 1.0)).all()
    loops.each_clamped(row, out)
    assert ((out >= -1.0) & (out <= 2.0)).all()
    np.testing.assert_array_equal(out[np.isnan(row)], -1.0)


@given(x=any_row, y=any_row)
@example(x=[-5.0, 29.0, 400.0, np.nan], y=[-0.5, 19.0, np.inf, 3.0])
def test_places_beyond_the_rim_are_the_rim(parts: None, x: list[float], y: list[float]) -> None:
    count = min(len(x), len(y))
    across, down = np.array(x[:count], np.float32), np.array(y[:count], np.float32)
    at, right, below = np.zeros(count, np.int32), np.zeros(count, np.float32), np.zeros(count, np.float32)
    loops.carry(across, down, at, right, below)
    column, row = at // 4 % 30, at // 4 // 30
    assert (at % 4 == 0).all()
    assert ((column >= 0) & (column <= 28) & (row >= 0) & (row <= 18)).all()
    assert ((right >= 0.0) & (right <= 1.0) & (below >= 0.0) & (below <= 1.0)).all()
    for place, wanted, last in ((column + right, across, 29), (row + below, down, 19)):
        told = np.abs(wanted) < 1e6  # infinitely far is somewhere on the rim
        np.testing.assert_allclose(place[told], np.clip(wanted[told], 0, last), atol=1e-4)


@given(x=real_row, y=real_row, seed=st.integers(0, 99))
def test_a_tile_is_read_around_and_around(
    parts: None,
    x: list[float],
    y: list[float],
    seed: int,
) -> None:
    tile = np.zeros((9, 9), np.float32)
    tile[:8, :8] = np.random.default_rng(seed).normal(0.0, 2.0, (8, 8))
    tile[8], tile[:, 8] = tile[0], tile[:, 0]
    tile[8, 8] = tile[0, 0]
    quads = np.zeros(8 * 8, np.int64)
    pack_tile(tile, quads)
    count = min(len(x), len(y))
    across, down = np.array(x[:count], np.float32), np.array(y[:count], np.float32)
    out = np.zeros(count, np.float32)
    places, spare = np.full((3, count + 1), -1, np.int32), np.zeros((2, count), np.float32)
    loops.read_tile(quads, across, down, places, spare, out)
    u, v = np.mod(across.astype(np.float64), 1.0) * 8.0, np.mod(down.astype(np.float64), 1.0) * 8.0
    i, j = np.minimum(u.astype(int), 7), np.minimum(v.astype(int), 7)
    u, v = u - i, v - j
    upper = tile[j, i] * (1 - u) + tile[j, i + 1] * u
    lower = tile[j + 1, i] * (1 - u) + tile[j + 1, i + 1] * u
    np.testing.assert_allclose(out, upper * (1 - v) + lower * v, atol=2e-3)


@given(points=st.integers(2, 40), pixels=st.integers(8, 170), seed=st.integers(0, 99))
@example(points=28, pixels=112, seed=0)
def test_lattice_rows_become_as_wide_as_opencv_makes_them(
    parts: None,
    points: int,
    pixels: int,
    seed: int,
) -> None:
    from engine.generators.field.compiled.painter import _places

    row = np.random.default_rng(seed).random(points, dtype=np.float32)
    left, share = _places(points, pixels)
    out = np.zeros(pixels, np.float32)
    loops.widen(row, left, share, out)
    wanted = cv2.resize(row[None], (pixels, 1), interpolation=cv2.INTER_LINEAR)[0]
    np.testing.assert_allclose(out, wanted, atol=1e-5)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_light_on_the_lattice_is_the_mean(width: int, height: int) -> None:
    LIBRARY.ensure()
    lattice = Lattice(width, height)
    image = np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8)
    light = CompiledPainter(lattice, Trunk()).see(image)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64) / 255.0
    rows_of, columns_of = np.arange(height) * lattice.rows // height, np.arange(width) * lattice.columns // width
    sums, counts = np.zeros(lattice.shape), np.zeros(lattice.shape)
    np.add.at(sums, (rows_of[:, None], columns_of[None]), grey)
    np.add.at(counts, (rows_of[:, None], columns_of[None]), 1.0)
    np.testing.assert_allclose(light, sums / counts, atol=1e-5)
    assert shrink_bytes.name == "shrink_bytes"


# --- which of the two plays, and why ---


def test_on_a_cpu_the_loops_play_and_torch_is_not_even_imported() -> None:
    code = (
        "import sys\n"
        "from engine.generators.field import make_field\n"
        "field = make_field('cpu')\n"
        "list(field.warm_up())\n"
        "assert field.backends()[0].chosen == 'compiled loop on one core, fp32', field.backends()\n"
        "sys.exit('torch' in sys.modules or 'numba' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_loops_that_failed_their_check_are_told_and_torch_plays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HARDCUT_COMPILED", str(tmp_path))
    monkeypatch.setattr(LIBRARY, "_engine", None)
    with zipfile.ZipFile(LIBRARY.path(), "w") as kept:
        kept.writestr(FAULT, "A compiled loop failed its check: a picture is off by 9 of 255")
    field = make_field("cpu", chunk_frames=CHUNK_FRAMES)
    list(field.warm_up())
    for choice in field.backends():
        assert "torch" in choice.chosen
        assert (
            "compiled loops",
            "A compiled loop failed its check: a picture is off by 9 of 255 (field).",
        ) in choice.rejected
    assert isinstance(field._painter, TorchPainter)
    field.close()


def test_the_weights_have_room() -> None:
    from engine.generators.field.compiled import weights

    names = {name: value for name, value in vars(weights).items() if name.isupper() and isinstance(value, int)}
    del names["COUNT"], names["TABLE_LIGHTS"]
    assert sorted(names.values()) == list(range(COUNT))
