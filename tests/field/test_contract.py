"""The generator keeps its contract: determinism, reset, abort, ownership of what it returns."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import GeneratorError
from engine.generators.base import (
    ChunkAbortedError,
    ChunkKey,
    ChunkRequest,
    GeneratorSnapshot,
    Opening,
    Preparing,
    VideoGenerator,
    opening_key,
)
from engine.generators.field import PARAMETERS, SPEC, make_field
from engine.generators.field import parameters as p
from engine.generators.field.generator import FieldGenerator
from engine.messages.frame import FRAME_SIZE, RgbxImage
from tests.field.runs import CHUNK_FRAMES, Film, distance, never, run


def test_package_imports_no_torch() -> None:
    code = "import sys, engine.generators.field as f; f.PARAMETERS; f.SPEC; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_spec(field: FieldGenerator) -> None:
    generator: VideoGenerator = field
    assert generator.spec == replace(SPEC, chunk_frames=CHUNK_FRAMES)
    assert make_field(device="cpu").spec == SPEC
    assert SPEC.name == "field"
    assert len(PARAMETERS) >= 12
    assert [key.removeprefix("field.") for key in list(PARAMETERS)[:8]] == [
        "energy",
        "scale",
        "warp",
        "flow",
        "feedback",
        "hue",
        "structure",
        "depth",
    ]


def test_warm_up_reports_progress_and_reasons() -> None:
    field = make_field(device="cpu", chunk_frames=CHUNK_FRAMES)
    with pytest.raises(GeneratorError, match="before its warm-up"):
        field.generate(Film(2).request(0), never)
    steps = list(field.warm_up())
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    assert {choice.component for choice in field.backends()} == {"field trunk", "field raster"}
    assert all(choice.reason and choice.shapes and choice.rejected for choice in field.backends())
    field.close()


def test_missing_device_is_told() -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(GeneratorError, match="no CUDA device"):
        make_field(device="cuda")


def test_images_are_rgbx_and_belong_to_the_caller(field: FieldGenerator, film: Film) -> None:
    first = field.generate(film.request(0), never)
    kept = [image.copy() for image in first.images]
    for chunk in range(1, 4):
        field.generate(film.request(chunk), never)
    assert len(first.images) == CHUNK_FRAMES
    for image, copy in zip(first.images, kept, strict=True):
        assert image.shape == (FRAME_SIZE, FRAME_SIZE, 4)
        assert image.dtype == np.uint8
        assert image.flags.c_contiguous
        assert (image[..., 3] == 255).all()
        np.testing.assert_array_equal(image, copy)


def test_same_requests_same_bytes(field: FieldGenerator, film: Film) -> None:
    requests = [film.request(chunk) for chunk in range(4)]
    for one, other in zip(run(field, requests), run(field, requests), strict=True):
        np.testing.assert_array_equal(one, other)


def test_reset_equals_a_fresh_generator(field: FieldGenerator, film: Film) -> None:
    for chunk in range(3):
        field.generate(film.request(chunk, {"field.hue": 90.0}, "frozen jade"), never)
    requests = [film.request(chunk) for chunk in range(3)]
    used = run(field, requests)
    fresh = make_field(device="cpu", threads=1, chunk_frames=CHUNK_FRAMES)
    list(fresh.warm_up())
    for one, other in zip(used, run(fresh, requests), strict=True):
        np.testing.assert_array_equal(one, other)
    fresh.close()


def test_seed_epoch_and_frame_change_the_noise(field: FieldGenerator, film: Film) -> None:
    still = {"field.speed": 0.0, "field.grain": 1.0}
    base = run(field, [film.request(0, still)])[0]
    assert distance(base, run(field, [film.request(0, still, seed=8)])[0]) > 1.0
    assert distance(base, run(field, [film.request(0, still, epoch=2)])[0]) > 1.0


@pytest.mark.parametrize("after", range(1, 15))
def test_abort_leaves_the_state(field: FieldGenerator, film: Film, after: int) -> None:
    requests = [film.request(chunk) for chunk in range(3)]
    expected = run(field, requests)
    field.reset()
    field.generate(requests[0], never)
    asked = 0

    def aborted() -> bool:
        nonlocal asked
        asked += 1
        return asked >= after

    with pytest.raises(ChunkAbortedError):
        field.generate(replace(requests[1], values={**requests[1].values, "field.hue": 120.0}), aborted)
    again = [*field.generate(requests[1], never).images, *field.generate(requests[2], never).images]
    for one, other in zip(expected[2:], again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_abort_is_asked_before_every_frame(field: FieldGenerator, film: Film) -> None:
    asked = 0

    def aborted() -> bool:
        nonlocal asked
        asked += 1
        return False

    field.generate(film.request(0), aborted)
    assert asked == 7 * CHUNK_FRAMES


def aside(field: FieldGenerator, request: ChunkRequest) -> Opening:
    """An opening, prepared in one go."""
    work = field.prepare(request)
    while True:
        try:
            next(work)
        except StopIteration as done:
            assert isinstance(done.value, Opening)
            return done.value


def test_a_snapshot_is_gone_on_from_bit_for_bit_as_often_as_wanted(field: FieldGenerator, film: Film) -> None:
    capable: object = field
    assert isinstance(capable, Preparing)
    requests = [film.request(chunk) for chunk in range(6)]
    run(field, requests[:2])
    kept = field.snapshot()
    expected = [image for request in requests[2:] for image in field.generate(request, never).images]
    for _ in range(2):
        # Whatever has been made in between, no buffer of the snapshot may have rotated back into use.
        run(field, [film.request(chunk, {"field.hue": 90.0}, "frozen jade") for chunk in range(4)])
        field.restore(kept)
        again = [image for request in requests[2:] for image in field.generate(request, never).images]
        for one, other in zip(expected, again, strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_snapshot_of_a_reset_field_is_a_reset(field: FieldGenerator, film: Film) -> None:
    field.reset()
    blank = field.snapshot()
    assert blank.bytes == 0
    requests = [film.request(chunk) for chunk in range(2)]
    expected = run(field, requests)
    field.restore(blank)
    again = [image for request in requests for image in field.generate(request, never).images]
    for one, other in zip(expected, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_opening_prepared_between_chunks_disturbs_no_byte_and_is_what_a_cut_would_make(
    field: FieldGenerator, film: Film
) -> None:
    show = [film.request(chunk) for chunk in range(5)]
    scene = [film.request(chunk, {"field.hue": 90.0, "field.feedback": 0.8}, "frozen jade") for chunk in range(3)]
    shown, cut_to = run(field, show), run(field, scene)
    field.reset()
    images: list[RgbxImage] = []
    work = field.prepare(scene[0])
    opening: Opening | None = None
    steps = 0
    for request in show:
        images += field.generate(request, never).images
        for _ in range(3):  # 7 * CHUNK_FRAMES pauses in all, spread over the chunks
            try:
                next(work)
                steps += 1
            except StopIteration as done:
                opening = done.value
                break
        if opening is not None:
            break
    assert steps == 7 * CHUNK_FRAMES
    assert opening is not None
    for one, other in zip(shown, images, strict=True):
        np.testing.assert_array_equal(one, other)
    aside(field, replace(scene[0], key=ChunkKey(1, 9, 0)))  # the next one does not paint over it
    field.restore(opening.after)
    images = [
        *opening.chunk.images,
        *(image for request in scene[1:] for image in field.generate(request, never).images),
    ]
    for one, other in zip(cut_to, images, strict=True):
        np.testing.assert_array_equal(one, other)
    assert opening.bytes > CHUNK_FRAMES * opening.chunk.images[0].nbytes


def test_an_opening_given_up_halfway_leaves_nothing_behind(field: FieldGenerator, film: Film) -> None:
    expected = aside(field, film.request(0))
    work = field.prepare(film.request(1, {"field.hue": 90.0}))
    for _ in range(5):
        next(work)
    work.close()
    for one, other in zip(expected.chunk.images, aside(field, film.request(0)).chunk.images, strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_generators_caches_are_refused(field: FieldGenerator) -> None:
    with pytest.raises(GeneratorError, match="another generator's"):
        field.restore(GeneratorSnapshot("other", 0, None))


def test_opening_keys_differ_by_scene_and_visit_and_are_no_epoch() -> None:
    keys = {opening_key(7, scene, visit) for scene in ("Noir", "Op Art") for visit in range(50)}
    assert len(keys) == 100
    assert {(key.seed, key.index) for key in keys} == {(7, 0)}
    assert all(2**62 <= key.epoch < 2**63 for key in keys)
    assert opening_key(7, "Noir", 3) == opening_key(7, "Noir", 3)


def test_values_per_frame_are_taken_frame_by_frame(field: FieldGenerator, film: Film) -> None:
    plain = [film.request(chunk, {p.ENERGY: 0.6}) for chunk in range(2)]
    still = [
        replace(one, tracks={p.ENERGY: (0.6,) * CHUNK_FRAMES, "other.thing": (1.0,) * CHUNK_FRAMES}) for one in plain
    ]
    bare = run(field, plain)
    assert all(np.array_equal(one, other) for one, other in zip(run(field, still), bare, strict=True))
    pulse = [plain[0], replace(plain[1], tracks={p.ENERGY: (0.95, 0.6)})]
    first, last = run(field, pulse)[CHUNK_FRAMES:]
    assert distance(first, bare[CHUNK_FRAMES]) > 1.0  # within the chunk, although it ends where it would have
    assert distance(last, bare[-1]) < distance(first, bare[CHUNK_FRAMES])


def test_dreams_without_input(field: FieldGenerator, film: Film) -> None:
    blind = [replace(film.request(chunk), frames=(), control=None) for chunk in range(4)]
    images = run(field, blind)
    assert images[-1][..., :3].std() > 8.0
    assert distance(images[0], images[-1]) > 0.3
    # The first input then arrives in the middle of the dream.
    arrived = field.generate(film.request(4), never).images[-1]
    assert distance(images[-1], arrived) > 2.0


def test_old_control_map_fades(field: FieldGenerator, film: Film) -> None:
    deep = {"field.depth": 1.0, "field.grain": 0.0}
    request = film.request(0, deep)

    def at_age(age_ms: int) -> np.ndarray:
        assert request.control is not None
        return run(field, [replace(request, now_ns=request.control.capture_ns + age_ms * 1_000_000)])[0]

    without = run(field, [replace(request, control=None)])[0]
    fresh, ageing, stale = at_age(100), at_age(600), at_age(1500)
    np.testing.assert_array_equal(fresh, at_age(240))
    assert distance(fresh, without) > distance(ageing, without) > 0.2
    np.testing.assert_array_equal(stale, without)
