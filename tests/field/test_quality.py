"""The field's steps of quality: alike both ways, without a seam, and never a reset."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from engine.generators.base import ChunkAbortedError, ChunkRequest
from engine.generators.field import PARAMETERS, SPEC
from engine.generators.field import parameters as p
from engine.generators.field.choice import Method
from engine.generators.field.generator import FieldGenerator
from engine.generators.field.lattice import Lattice
from engine.generators.field.quality import COARSE, SOFT, SOFTER, Level, level_of
from engine.generators.field.reference.halo_products import resize_product
from engine.generators.field.reference.raster import CpuRaster, TorchRaster
from engine.generators.graph_capture import CallAgain
from engine.messages.scenes import load_library
from tests.field.runs import CHUNK_FRAMES, Film, distance, never, run

SCENES = load_library("field", PARAMETERS)
LADDER = [
    (SOFT.id,),
    (COARSE.id,),
    (SOFT.id, COARSE.id),
    (SOFT.id, SOFTER.id),
    (SOFT.id, COARSE.id, SOFTER.id),
]

MEAN_LEVELS = 3.0
"""Of 255, between the two ways: the compiled loops take the material's mean over the lattice, torch over the picture;
on fewer points, above all in a kaleidoscope, the two differ a little more."""


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[FieldGenerator, FieldGenerator]]:
    """A field in compiled loops, and the reference."""
    fields = tuple(
        FieldGenerator("cpu", method=method, chunk_frames=CHUNK_FRAMES) for method in (Method.BEST, Method.TORCH)
    )
    for field in fields:
        for _ in field.warm_up():
            pass
    yield fields
    for field in fields:
        field.close()


def at(requests: Sequence[ChunkRequest], *taken: Sequence[str]) -> list[ChunkRequest]:
    """The requests with these steps; the last of them for all that follow."""
    return [replace(one, quality=tuple(taken[min(place, len(taken) - 1)])) for place, one in enumerate(requests)]


Pair = tuple[FieldGenerator, FieldGenerator]


@pytest.mark.parametrize("taken", LADDER, ids="+".join)
@pytest.mark.parametrize("scene", ["Acid Mandala", "Noir"])
def test_every_step_is_what_torch_paints(pair: Pair, film: Film, scene: str, taken: tuple[str, ...]) -> None:
    requests = [film.request(chunk, SCENES[scene].values(PARAMETERS), SCENES[scene].prompt) for chunk in range(3)]
    field, reference = pair
    for mine, wanted in zip(run(field, at(requests, taken)), run(reference, at(requests, taken)), strict=True):
        assert mine.shape == (448, 448, 4)
        assert (mine[..., 3] == 255).all()
        assert distance(mine, wanted) <= MEAN_LEVELS


def test_steps_that_change_are_what_torch_paints(pair: Pair, film: Film) -> None:
    requests = at([film.request(chunk, {p.FEEDBACK: 0.9}) for chunk in range(7)], (), *LADDER, ())
    for mine, wanted in zip(run(pair[0], requests), run(pair[1], requests), strict=True):
        assert distance(mine, wanted) <= MEAN_LEVELS


@pytest.mark.parametrize("taken", LADDER[1::3], ids="+".join)
def test_what_is_carried_lives_on_through_a_change(pair: Pair, film: Film, taken: tuple[str, ...]) -> None:
    """There and back: a step changes the picture far less than a reset does, and it is as before soon after."""
    field = pair[0]
    requests = [film.request(chunk, {p.FEEDBACK: 1.0}) for chunk in range(20)]
    full = run(field, requests)
    stepped = run(field, at(requests, *[()] * 6, *[taken] * 3, ()))
    fresh = run(field, requests[6:])
    first = 2 * 6
    reset = distance(fresh[0], full[first])
    assert distance(stepped[first], full[first]) < 0.5 * reset
    back = 2 * 9
    assert distance(stepped[back], full[back]) < 0.5 * reset
    assert distance(stepped[-1], full[-1]) < distance(stepped[back], full[back]) + 0.5


def test_the_same_steps_make_the_same_bytes(pair: Pair, film: Film) -> None:
    field = pair[0]
    requests = at([film.request(chunk) for chunk in range(6)], (), *LADDER)
    first = run(field, requests)
    for mine, wanted in zip(run(field, requests), first, strict=True):
        np.testing.assert_array_equal(mine, wanted)


def test_an_abort_at_a_new_step_leaves_the_state_before_it(pair: Pair, film: Film) -> None:
    field = pair[0]
    requests = [film.request(chunk) for chunk in range(3)]
    expected = run(field, requests)
    images = run(field, requests[:2])
    for safe_points in (0, 3, 6):
        left = iter(range(safe_points))
        with pytest.raises(ChunkAbortedError):
            field.generate(replace(requests[2], quality=LADDER[-1]), lambda: next(left, None) is None)  # noqa: B023
    images += field.generate(requests[2], never).images
    for mine, wanted in zip(images, expected, strict=True):
        np.testing.assert_array_equal(mine, wanted)


def test_an_opening_and_a_snapshot_go_on_at_any_step(pair: Pair, film: Film) -> None:
    field = pair[0]
    requests = at([film.request(chunk) for chunk in range(3)], LADDER[0], LADDER[0], LADDER[3])
    expected = run(field, requests)
    work = field.prepare(requests[0])
    while True:
        try:
            next(work)
        except StopIteration as done:
            opening = done.value
            break
    field.restore(opening.after)
    images = list(opening.chunk.images)
    for request in requests[1:]:
        images += field.generate(request, never).images
    for mine, wanted in zip(images, expected, strict=True):
        np.testing.assert_array_equal(mine, wanted)


def test_every_level_has_a_lattice_and_the_spec_names_every_step() -> None:
    assert {step.id for step in SPEC.quality_steps} == {SOFT.id, COARSE.id, SOFTER.id}
    assert level_of(()) == Level() == level_of(("another.step",))
    found = [level_of(taken) for taken in LADDER]
    assert len(set(found)) == len(LADDER)
    for level in (Level(), *found):
        lattice = level.lattice(448, 448)
        assert (lattice.full_width, lattice.full_height) == (448, 448)
        assert lattice.pixel == pytest.approx(1 / float(level.size))
        assert lattice.lowered is (level != Level())
        assert level.lattice(16, 16).width == 16
        assert level.lattice(97, 61).height <= 61


def test_only_full_quality_is_recorded(film: Film) -> None:
    """A graph is recorded in the warm-up alone; a lower level is launched, and paints the same."""
    recorders: list[CallAgain] = []

    def make(_: torch.device) -> CallAgain:
        recorders.append(CallAgain())
        return recorders[-1]

    replaying = FieldGenerator("cpu", method=Method.TORCH, record=make, chunk_frames=CHUNK_FRAMES)
    for _ in replaying.warm_up():
        pass
    ready = len(recorders)
    plain = FieldGenerator("cpu", method=Method.TORCH, chunk_frames=CHUNK_FRAMES)
    for _ in plain.warm_up():
        pass
    requests = at([film.request(chunk) for chunk in range(3)], (), LADDER[-1], ())
    for mine, wanted in zip(run(replaying, requests), run(plain, requests), strict=True):
        np.testing.assert_array_equal(mine, wanted)
    assert len(recorders) == ready == 2
    replaying.close()
    plain.close()


@pytest.mark.parametrize(("size", "new_size"), [(448, 320), (448, 224), (320, 448), (224, 320), (61, 40), (40, 61)])
def test_a_picture_is_resized_as_opencv_does(size: int, new_size: int) -> None:
    column = np.random.default_rng(5).random((size, 1), np.float32)
    interpolation = cv2.INTER_AREA if new_size < size else cv2.INTER_LINEAR
    wanted = cv2.resize(column, (1, new_size), interpolation=interpolation)
    np.testing.assert_allclose(resize_product(size, new_size) @ column, wanted, atol=2e-5)


def test_both_rasters_enlarge_bytes_alike() -> None:
    lattice = Lattice(320, 224, full=(448, 336))
    image = torch.from_numpy(np.random.default_rng(6).integers(0, 256, (224, 320, 4), np.uint8))
    out = [torch.zeros((336, 448, 4), dtype=torch.uint8) for _ in range(2)]
    CpuRaster(lattice).enlarge_bytes(image, out[0])
    TorchRaster(lattice, torch.device("cpu")).enlarge_bytes(image, out[1])
    assert int((out[0].int() - out[1].int()).abs().max()) <= 1
