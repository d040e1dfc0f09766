"""Over a long show: nothing grows from chunk to chunk, neither away from the truth nor at the seams."""

import dataclasses
import itertools

import numpy as np
import pytest

from engine.generators.base import Chunk
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.recipes import Recipe
from tests.wan.models import relative
from tests.wan.shows import KINDS, ask, never
from tests.wan.test_cache import PLAIN, SINK, all_at_once, runner_for, video

CHUNKS = 200
LONG = 15


@pytest.mark.parametrize("recipe", [PLAIN, SINK], ids=lambda recipe: recipe.name)
def test_no_error_grows_over_two_hundred_chunks(recipe: Recipe) -> None:
    """Every chunk of a show that is far longer than its window, against all of it computed at once."""
    runner, block = runner_for(recipe), recipe.block_frames
    latents = video(recipe, CHUNKS)
    expected = all_at_once(runner, recipe, latents, 0.0).split(block, dim=2)
    errors = []
    for part, whole in zip(latents.split(block, dim=2), expected, strict=True):
        errors.append(relative(runner.passed(part, 0.0), whole))
        runner.cache.commit()
    assert len(errors) == CHUNKS and max(errors) < 1e-4
    early, late = max(errors[20:60]), max(errors[-40:])
    assert late < 2.0 * early + 1e-6


@KINDS
def test_a_constant_input_grows_no_error_at_the_seams(card: ModelCard) -> None:
    """The same picture, map and noise for ever end in the same chunk for ever, seams and all: nothing adds up."""
    generator = WanGenerator(card, device="cpu")
    asked = ask(card, 0)
    constant = dataclasses.replace(asked, frames=asked.frames[:1] * card.chunk_frames)
    try:
        for _ in generator.warm_up():
            """It takes its time."""
        chunks = [_pixels(generator.generate(constant, never)) for _ in range(LONG)]
    finally:
        generator.close()
    steps = [float(np.abs(b - a).mean()) for a, b in itertools.pairwise(chunks)]
    seams = [float(np.abs(b[0] - a[-1]).mean()) for a, b in itertools.pairwise(chunks)]
    assert steps[0] > 10.0  # of 255: the opening is another picture
    # Where frames keep their positions, those of the sink and the newest move apart: no chunk is quite the last one.
    settled = 0.02 if card.recipe.positions is None else 0.2
    assert max(steps[-4:]) < settled
    assert max(seams[-4:]) - min(seams[-4:]) < settled


def _pixels(chunk: Chunk) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    return np.stack([image[..., :3] for image in chunk.images]).astype(np.float32)
