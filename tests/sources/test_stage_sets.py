"""The sets of the stage: painted alike by both ways, with true depth, and seen by cameras that stay inside them."""

import itertools

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from engine.errors import SourceError
from engine.sources.registry import SOURCES, parse_source
from engine.sources.stage import StageRenderer
from engine.sources.stage.compiled.library import MEAN_DEPTH, MEAN_LEVELS
from engine.sources.stage.compiled.painter import CompiledPainter
from engine.sources.stage.decor import decor_of
from engine.sources.stage.layered import LayeredPainter
from engine.sources.stage.pair import pair_at
from engine.sources.stage.scene import instant_at, lens_of
from engine.sources.stage.scenery import horizon, wall_shift, wall_size
from engine.sources.stage.shots import BEATS_PER_SHOT
from engine.sources.stage.skeleton import BEATS_PER_SECOND
from engine.sources.stage.view import SQUARE, Lens
from engine.sources.stage_sets import StageSet, spec_of

NEW = [one for one in StageSet if one is not StageSet.STAGE]
SHOT_S = BEATS_PER_SHOT / BEATS_PER_SECOND


@hypothesis.settings(max_examples=10)
@hypothesis.given(seconds=st.floats(0.0, 7200.0), seed=st.integers(0, 50))
@pytest.mark.parametrize("chosen", NEW)
def test_both_ways_paint_the_same(compiled_stage: None, chosen: StageSet, seconds: float, seed: int) -> None:
    lens = lens_of(chosen, Lens(320, 320))
    decor = decor_of(chosen, lens)
    instant = instant_at(seconds, seed, lens, chosen)
    (picture, depth), (other, other_depth) = (
        painter(lens, decor).paint(instant) for painter in (LayeredPainter, CompiledPainter)
    )
    assert np.abs(picture.astype(np.int16) - other).mean() < 2 * MEAN_LEVELS
    assert np.abs(depth - other_depth).mean() < 4 * MEAN_DEPTH


@pytest.mark.parametrize("chosen", NEW)
def test_solids_are_seen_and_have_depth(chosen: StageSet, compiled_stage: None) -> None:
    renderer = StageRenderer(0, chosen=chosen)
    for shot in range(6):
        image, depth = renderer.render((shot + 0.5) * SHOT_S)
        assert (image.shape, depth.shape) == ((448, 448, 3), (224, 224))
        steps = np.abs(np.diff(depth, axis=1)) > 0.05
        assert steps.sum() > 120
        grey = image[::2, ::2].astype(np.float32).mean(axis=2)
        edge = np.abs(np.diff(grey, axis=1))
        beside = np.maximum(edge, np.maximum(np.roll(edge, 1, axis=1), np.roll(edge, -1, axis=1)))
        assert (beside[steps] > 12).mean() > 0.7


@pytest.mark.parametrize("chosen", NEW)
@pytest.mark.parametrize("lens", [SQUARE, Lens(592, 336), Lens(336, 592)])
def test_cameras_glide_cut_on_the_music_and_never_see_past_the_wall(chosen: StageSet, lens: Lens) -> None:
    lens = lens_of(chosen, lens)
    widest = wall_size(lens)[1] - lens.width - 1
    times = np.arange(1, 40 * 16) * SHOT_S / 16.0 + 1e-6
    places = []
    for seconds in times:
        view = instant_at(float(seconds), 0, lens, chosen).view
        assert 0 <= wall_shift(view) <= widest
        assert horizon(view) <= wall_size(lens)[0]
        places.append(view.position)
    steps = [float(np.linalg.norm(b - a)) for a, b in itertools.pairwise(places)]
    cuts = [index for index, step in enumerate(steps) if step > 0.3]
    assert len(cuts) > 30
    assert {index % 16 for index in cuts} == {14}  # from the last sixteenth of a shot to the first of the next


def test_a_pair_never_dances_through_itself() -> None:
    for seconds in np.arange(0.0, 120.0, 0.37):
        capsules = pair_at(float(seconds), 0)
        half = len(capsules) // 2
        waists = [np.stack((one.start, one.end)) for one in (capsules[6], capsules[half + 6])]
        assert np.linalg.norm(waists[0][0] - waists[1][0]) > 0.5


def test_a_set_is_written_and_found() -> None:
    assert parse_source("stage:Duo").address == "Duo"
    entry = SOURCES.find("stage")
    assert entry is not None
    assert [found.address for found in entry.look(0.0)] == [one.value for one in StageSet]
    assert entry.forms == tuple(map(spec_of, StageSet))
    with pytest.raises(SourceError, match="no such set"):
        parse_source("stage:opera")
