"""What is seen: boundaries, silhouettes, stability, and the way through for machine-readable codes."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from engine.clock import NS_PER_SECOND
from engine.generators.base import ChunkKey, ChunkRequest, PromptBlend
from engine.generators.field import PARAMETERS
from engine.generators.field.generator import FieldGenerator
from engine.messages.frame import FRAME_SIZE, InputFrame
from engine.messages.scenes import load_library
from tests.field.runs import Film, distance, light_of, never, run

LIBRARY = load_library("field", PARAMETERS)
CALIBRATION = {
    "field.structure": 1.0,
    "field.energy": 0.0,
    "field.warp": 0.0,
    "field.flow": 0.0,
    "field.feedback": 0.0,
    "field.grain": 0.0,
}


@pytest.mark.parametrize("prompt", ["amber liquid waves at dusk", "neon circuit grid", "smoke swirling slow"])
def test_chunk_boundaries_are_invisible(field: FieldGenerator, film: Film, prompt: str) -> None:
    """Frames differ across a boundary as much as inside a chunk, whatever the input does."""
    images = run(field, [film.request(chunk, None, prompt) for chunk in range(24)])[8:]
    steps = np.array([distance(one, other) for one, other in itertools.pairwise(images)])
    inside, across = steps[0::2], steps[1::2]
    assert abs(inside.mean() - across.mean()) < 0.12 * steps.mean()


def test_first_frame_after_a_cut_stands_at_full_strength(field: FieldGenerator, film: Film) -> None:
    images = run(field, [film.request(chunk, {"field.feedback": 0.9}) for chunk in range(3)])
    assert abs(float(images[0].mean()) - float(images[-1].mean())) < 0.35 * float(images[-1].mean())


@pytest.mark.parametrize("name", list(LIBRARY))
def test_the_figure_reads(field: FieldGenerator, film: Film, name: str) -> None:
    """In every scene the figure's outline separates unlike colours."""
    scene = LIBRARY[name]
    values = scene.values(PARAMETERS)
    image = run(field, [film.request(chunk, values, scene.prompt) for chunk in range(6)])[-1]
    depth = film.maps[11].depth
    mask = np.kron(depth > 0.6, np.ones((4, 4), bool))
    mask[int(0.8 * FRAME_SIZE) :] = False
    grown = mask.copy()
    for shift in range(-14, 15, 7):
        grown |= np.roll(mask, shift, 1) | np.roll(mask, shift, 0)
    ring = grown & ~mask
    colour = image[..., :3].astype(np.float32)
    assert np.abs(colour[mask].mean(0) - colour[ring].mean(0)).max() > 14.0


@pytest.mark.parametrize("prompt", ["acid rainbow trail echo smear", "white milk fog glow bright"])
def test_feedback_neither_burns_out_nor_dies_nor_freezes(field: FieldGenerator, film: Film, prompt: str) -> None:
    """Full feedback for 180 frames: the second half looks as the first did, and still moves."""
    loud = {"field.feedback": 1.0, "field.glow": 0.6, "field.energy": 0.9}
    images = run(field, [film.request(chunk, loud, prompt) for chunk in range(90)])
    early, late = (np.stack([light_of(image) for image in part[::8]]) for part in (images[40:80], images[140:180]))
    assert 0.6 < late.mean() / early.mean() < 1.6
    assert late[-1].std() > 6.0
    assert (late[-1] > 250).mean() < 0.5
    assert (late[-1] < 4).mean() < 0.5
    assert distance(images[-1], images[-2]) > 0.3


def _code_frame(rng: np.random.Generator, number: int, block: int) -> tuple[InputFrame, np.ndarray]:
    """A picture with a patch of black and white blocks in its corner, on an even grey."""
    bits = rng.integers(0, 2, (6, 6)).astype(bool)
    image = np.full((FRAME_SIZE, FRAME_SIZE, 3), 96, np.uint8)
    image[200:420, 250:430] = (150, 120, 90)
    patch = np.kron(np.where(bits, 255, 0).astype(np.uint8), np.ones((block, block), np.uint8))
    image[14 : 14 + 6 * block, 14 : 14 + 6 * block] = patch[..., None]
    return InputFrame(number, number * 33_333_333, 1, image), bits


def test_codes_pass_through_clear_glass(field: FieldGenerator, film: Film) -> None:
    """Blocks of 28 pixels are read from the output of the same frame with one threshold."""
    scene = LIBRARY["Clear Glass"]
    values = {**scene.values(PARAMETERS), **CALIBRATION}
    rng = np.random.default_rng(3)
    block = 28
    for chunk in range(6):
        pairs = [_code_frame(rng, 2 * chunk + offset, block) for offset in range(2)]
        control = film.maps[chunk]
        request = ChunkRequest(
            key=ChunkKey(1, 1, chunk),
            frames=tuple(frame for frame, _ in pairs),
            control=replace(control, frame_id=2 * chunk, capture_ns=0),
            now_ns=0,
            period_ns=NS_PER_SECOND // 30,
            values=values,
            prompt=PromptBlend(((scene.prompt, 1.0),)),
        )
        for image, (_, bits) in zip(field.generate(request, never).images, pairs, strict=True):
            light = light_of(image)[14 : 14 + 6 * block, 14 : 14 + 6 * block]
            inner = light.reshape(6, block, 6, block)[:, 7:-7, :, 7:-7].mean((1, 3))
            np.testing.assert_array_equal(inner > 128.0, bits)
            assert inner[bits].min() > 150.0
            assert inner[~bits].max() < 70.0


def test_clear_glass_maps_luminance_monotonically(field: FieldGenerator) -> None:
    scene = LIBRARY["Clear Glass"]
    values = {**scene.values(PARAMETERS), **CALIBRATION}
    ramp = np.repeat(np.linspace(0, 255, 14).astype(np.uint8), 32)[None, :, None]
    image = np.ascontiguousarray(np.broadcast_to(ramp, (FRAME_SIZE, FRAME_SIZE, 3)))
    request = ChunkRequest(
        key=ChunkKey(1, 1, 0),
        frames=(InputFrame(0, 0, 1, image), InputFrame(1, 0, 1, image)),
        control=None,
        now_ns=0,
        period_ns=NS_PER_SECOND // 30,
        values=values,
        prompt=PromptBlend(((scene.prompt, 1.0),)),
    )
    out = light_of(run(field, [request])[-1])[208:240].reshape(32, 14, 32)[:, :, 8:24].mean((0, 2))
    assert (np.diff(out) > -3.0).all()  # the vignette takes a little from the column at the rim
    assert out[-1] - out[0] > 140.0
