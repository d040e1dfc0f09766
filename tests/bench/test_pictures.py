"""What is counted in pictures: planted steps, flicker and outlines are found, and nothing else."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.picture_measures import TOLERANCE_PX, boundary_ratio, edge_recall, flicker, grey, silhouette
from bench.probes.pictures import (
    CELL,
    CHUNK_FRAMES,
    LABEL,
    SETTLE_CHUNKS,
    STRIP,
    labelled,
    measure_scene,
    sheet,
    stage_inputs,
)
from engine.generators.registry import DEFAULT_GENERATOR, find_generator, in_chunks
from engine.messages.frame import FRAME_SIZE
from engine.messages.scenes import load_library

EDGE = 128


def plain(level: float) -> np.ndarray:
    return np.full((EDGE, EDGE), level, np.float32)


def disc(radius: int, edge: int) -> np.ndarray:
    found = np.zeros((edge, edge), np.uint8)
    cv2.circle(found, (edge // 2, edge // 2), radius, 1, -1)
    return found


@given(st.floats(0.5, 20.0), st.floats(0.5, 20.0), st.integers(2, 4))
def test_steps_across_boundaries_against_steps_inside(inside: float, across: float, length: int) -> None:
    level, frames = 0.0, []
    for index in range(6 * length):
        if index:
            level += across if index % length == 0 else inside
        frames.append(plain(level))
    assert boundary_ratio(frames, length) == pytest.approx(across / inside, rel=1e-3)


def test_a_picture_that_stands_still_has_no_boundaries() -> None:
    assert boundary_ratio([plain(7.0)] * 8, 2) == 1.0


@pytest.mark.parametrize(("count", "length"), [(2, 2), (6, 1)])
def test_no_boundary_or_nothing_inside_is_refused(count: int, length: int) -> None:
    with pytest.raises(ValueError, match="two chunks of two frames"):
        boundary_ratio([plain(0.0)] * count, length)


@given(st.floats(0.0, 50.0), st.floats(-3.0, 3.0))
def test_flicker_is_what_alternates(height: float, slope: float) -> None:
    frames = [plain(100.0 + slope * index + (height if index % 2 else 0.0)) for index in range(9)]
    assert flicker(frames) == pytest.approx(height, abs=1e-3)


def test_what_moves_inside_a_block_does_not_flicker() -> None:
    stripes = np.tile(np.repeat([0.0, 255.0], 4), EDGE // 8).astype(np.float32)
    frames = [np.tile(np.roll(stripes, 2 * index), (EDGE, 1)) for index in range(6)]
    assert flicker(frames) < 0.5


def test_flicker_needs_three_frames() -> None:
    with pytest.raises(ValueError, match="three frames"):
        flicker([plain(0.0)] * 2)


def test_an_outline_that_is_drawn_is_found_and_one_that_is_not_is_not() -> None:
    depth = np.where(disc(20, EDGE // 2), 0.7, 0.1).astype(np.float32)
    outline = silhouette(depth, EDGE)
    assert 300 < outline.sum() < 900
    drawn = np.dstack([disc(40, EDGE) * 200] * 3)
    recall, chance = edge_recall(drawn, outline)
    assert recall > 0.99 and chance < 0.2
    elsewhere = np.dstack([disc(40 - 4 * TOLERANCE_PX, EDGE) * 200] * 3)
    assert edge_recall(elsewhere, outline)[0] < 0.05
    assert edge_recall(np.zeros((EDGE, EDGE, 3), np.uint8), outline) == (0.0, 0.0)


def test_texture_everywhere_finds_no_more_than_chance() -> None:
    depth = np.where(disc(20, EDGE // 2), 0.7, 0.1).astype(np.float32)
    noise = np.random.default_rng(0).integers(0, 256, (EDGE, EDGE, 3), np.uint8)
    recall, chance = edge_recall(noise, silhouette(depth, EDGE))
    assert abs(recall - chance) < 0.15


def test_no_outline_is_refused() -> None:
    with pytest.raises(ValueError, match="no outline"):
        edge_recall(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), bool))


def test_grey_is_luminance_of_the_first_three_channels() -> None:
    assert grey(np.full((2, 2, 4), 90, np.uint8)).tolist() == [[90.0, 90.0]] * 2


def test_a_scene_is_played_counted_and_put_on_a_sheet() -> None:
    """With the real generator: its figure stands on the stage and is found there."""
    entry = in_chunks(find_generator(DEFAULT_GENERATOR), CHUNK_FRAMES)
    spec = entry.describe()
    generator = entry.build()
    try:
        list(generator.warm_up())
        inputs = stage_inputs((SETTLE_CHUNKS + 4) * spec.chunk_frames)
        truth = inputs[-1][0].true_depth
        assert truth is not None
        scene = load_library(spec.scenes_folder, spec.parameters)["Clear Glass"]
        figures, strip = measure_scene(generator, scene, inputs, silhouette(truth, FRAME_SIZE))
    finally:
        generator.close()
    assert figures.scene == "Clear Glass"
    assert figures.recall > figures.chance + 0.2
    assert 0.0 <= figures.flicker < 5.0 and 0.2 < figures.boundary < 5.0
    assert len(strip) == STRIP
    page = sheet([labelled(cell, figures) for cell in strip], 4)
    assert page.shape == (2 * (CELL + LABEL), 4 * CELL, 3)
