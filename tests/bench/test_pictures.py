"""What is counted in pictures: planted steps, flicker and outlines are found, nothing else; and what scenes reach."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import Figure
from bench.measures.pictures import figures
from bench.picture_measures import (
    TOLERANCE_PX,
    Found,
    PictureMeasures,
    SceneFigures,
    boundary_ratio,
    edge_recall,
    flicker,
    grey,
    mean_recall,
    silhouette,
)
from bench.probes.pictures import (
    CELL,
    CHUNK_FRAMES,
    LABEL,
    LOOKED_INTO,
    MOVING_CHUNKS,
    SETTLE_CHUNKS,
    STRIP,
    SetFilm,
    film_set,
    labelled,
    measure_scene,
    sheet,
)
from engine.generators.base import VideoGenerator
from engine.generators.registry import DEFAULT_GENERATOR, find_generator, in_chunks
from engine.messages.scenes import load_library
from engine.sources.stage_sets import StageSet

FRAMES = (SETTLE_CHUNKS + MOVING_CHUNKS) * CHUNK_FRAMES
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


def test_what_is_found_is_the_mean_over_pictures_each_with_its_own_outline() -> None:
    depths = [np.where(disc(radius, EDGE // 2), 0.7, 0.1).astype(np.float32) for radius in (20, 8)]
    outlines = [silhouette(depth, EDGE) for depth in depths]
    drawn = np.dstack([disc(40, EDGE) * 200] * 3)
    right, wrong = (edge_recall(drawn, outline) for outline in outlines)
    found = mean_recall([(drawn, outline) for outline in outlines])
    assert right[0] > 0.99 and wrong[0] < 0.05
    assert found.recall == pytest.approx((right[0] + wrong[0]) / 2)
    assert found.chance == pytest.approx((right[1] + wrong[1]) / 2)
    with pytest.raises(ValueError, match="no picture"):
        mean_recall([])


def test_grey_is_luminance_of_the_first_three_channels() -> None:
    assert grey(np.full((2, 2, 4), 90, np.uint8)).tolist() == [[90.0, 90.0]] * 2


def played(chosen: StageSet, flickers: float, found: Found | None) -> SceneFigures:
    return SceneFigures(scene="Clear Glass", chosen=chosen, boundary=1.01, flicker=flickers, found=found)


def test_each_set_has_its_own_figures_and_one_without_a_figure_says_so() -> None:
    half = Found(recall=0.5, chance=0.25)
    scenes = [played(one, 0.99, None if one is StageSet.ABSTRACT else half) for one in StageSet]
    rows = {row.id: row for row in figures(PictureMeasures((*scenes, played(StageSet.DUO, 1.01, half)), ()))}

    def told(row: Figure) -> tuple[float | None, bool | None]:
        return row.median, row.reached

    assert told(rows["pictures.flicker"]) == (0.99, True) and told(rows["pictures.duo.flicker"]) == (1.01, False)
    assert told(rows["pictures.close.boundary"]) == (1.01, True)
    assert told(rows["pictures.close.edges.clear-glass"]) == (50.0, None)
    without = rows["pictures.abstract.edges"]
    assert told(without) == (None, None) and without.note == "no figure on this set"


def test_only_sets_with_a_figure_have_outlines_to_find() -> None:
    count = SETTLE_CHUNKS * CHUNK_FRAMES + LOOKED_INTO
    for chosen in StageSet:
        film = film_set(chosen, count)
        assert len(film.inputs) == count
        places = [] if chosen is StageSet.ABSTRACT else list(range(count - 1, count - 1 - LOOKED_INTO, -1))
        assert list(film.outlines) == places


@pytest.fixture(scope="module")
def generator() -> Iterator[VideoGenerator]:
    found = in_chunks(find_generator(DEFAULT_GENERATOR), CHUNK_FRAMES).build()
    try:
        list(found.warm_up())
        yield found
    finally:
        found.close()


@pytest.fixture(scope="module")
def stage() -> SetFilm:
    return film_set(StageSet.STAGE, FRAMES)


@pytest.mark.parametrize(("name", "least"), [("Clear Glass", 0.8), ("Frost Bloom", 0.65), ("Neon Rain", 0.65)])
def test_a_scene_steps_evenly_holds_still_and_shows_its_figure(
    generator: VideoGenerator, stage: SetFilm, name: str, least: float
) -> None:
    """With the real generator, whose pictures are the same each time."""
    spec = generator.spec
    scene = load_library(spec.scenes_folder, spec.parameters)[name]
    found, strip = measure_scene(generator, scene, stage)
    assert (found.scene, found.chosen, len(strip)) == (name, StageSet.STAGE, STRIP)
    assert found.boundary <= 1.05 and found.flicker < 1.0
    assert found.found is not None
    assert found.found.recall >= max(least, found.found.chance + 0.2)
    page = sheet([labelled(cell, found) for cell in strip], 4)
    assert page.shape == (2 * (CELL + LABEL), 4 * CELL, 3)


def test_the_brightest_scene_holds_still_on_the_set_where_it_flickers_most(generator: VideoGenerator) -> None:
    scene = load_library(generator.spec.scenes_folder, generator.spec.parameters)["Body Heat"]
    found, _ = measure_scene(generator, scene, film_set(StageSet.ABSTRACT, FRAMES))
    assert found.flicker < 1.0 and found.boundary <= 1.05
    assert found.found is None
