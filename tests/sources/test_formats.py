"""Input in every format: framed without being stretched, turned, and changed while it plays."""

import threading
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import Clock
from engine.messages.framing import CENTRE, FrameWay, Framing
from engine.messages.picture_format import PictureFormat
from engine.sources.base import Picture, Source
from engine.sources.conform import conformed
from engine.sources.fit import fit
from engine.sources.framing import frame_by, framed, on_its_side, picture_format
from engine.sources.manager import SourceManager
from engine.sources.registry import parse_source
from engine.sources.spec import SourceSpec
from engine.sources.stage.render import StageRenderer
from engine.sources.stage.silhouette import silhouette_at
from engine.sources.stage.source import StageSource
from engine.sources.stage.view import Lens
from engine.sources.stage_sets import StageSet
from tests.sources.scripted import CLOCK, Heard, ScriptedSource, eventually

EACH = pytest.mark.parametrize("wanted", PictureFormat)
SIDES = st.integers(17, 700)


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    yield
    frame_by(CENTRE)


def disc(height: int, width: int) -> npt.NDArray[np.uint8]:
    """A white disc in the middle, as wide as high."""
    rows, columns = np.mgrid[0:height, 0:width]
    radius = min(height, width) / 5
    inside = (rows - (height - 1) / 2) ** 2 + (columns - (width - 1) / 2) ** 2 < radius**2
    return np.repeat(np.where(inside, 255, 0).astype(np.uint8)[..., None], 3, axis=2)


@given(st.sampled_from(PictureFormat), st.sampled_from([FrameWay.CROP, FrameWay.WHOLE]), SIDES, SIDES)
@settings(max_examples=60)
def test_nothing_is_pulled_out_of_shape(wanted: PictureFormat, way: FrameWay, height: int, width: int) -> None:
    frame_by(Framing(way), wanted)
    image = disc(height, width)
    part = framed(image)
    assert abs(part.shape[1] / part.shape[0] / (wanted.width / wanted.height) - 1.0) < 2.5 / min(part.shape[:2])
    if way is FrameWay.CROP:
        assert part.shape[0] == height or part.shape[1] == width
    else:
        assert part.shape[0] >= height and part.shape[1] >= width
        assert part.sum() == image.sum()
    seen = np.asarray(fit(image))
    assert seen.shape == (*wanted.shape, 3)


@EACH
@pytest.mark.parametrize("size", [(720, 1280), (1280, 720), (600, 600), (1080, 1920)])
def test_a_disc_stays_round(wanted: PictureFormat, size: tuple[int, int]) -> None:
    frame_by(CENTRE, wanted)
    lit = np.asarray(fit(disc(*size)))[..., 0] > 127
    high, wide = lit.any(axis=1).sum(), lit.any(axis=0).sum()
    assert abs(high - wide) <= 3


@EACH
def test_what_will_be_turned_by_a_quarter_is_fitted_on_its_side(wanted: PictureFormat) -> None:
    frame_by(CENTRE, wanted)
    with on_its_side():
        assert np.rot90(fit(disc(700, 900))).shape[:2] == wanted.shape
    with on_its_side(False):
        assert fit(disc(700, 900)).shape[:2] == wanted.shape
    assert picture_format() is wanted


@EACH
@pytest.mark.parametrize("chosen", StageSet)
def test_the_stage_fills_every_format_with_its_depth(wanted: PictureFormat, chosen: StageSet) -> None:
    image, depth = StageRenderer(lens=Lens(wanted.width, wanted.height), chosen=chosen).render(7.3)
    assert image.shape == (*wanted.shape, 3)
    assert depth.shape == (wanted.height // 2, wanted.width // 2)
    edges = np.concatenate([image[:, :4].reshape(-1, 3), image[:, -4:].reshape(-1, 3)])
    assert edges.any(axis=1).mean() > 0.99  # no black at the sides: the set goes on


@EACH
def test_the_dancer_is_as_wide_as_in_the_square(wanted: PictureFormat) -> None:
    for seconds in (1.0, 7.3, 22.0):
        square, here = silhouette_at(seconds), silhouette_at(seconds, lens=Lens(wanted.width, wanted.height))
        high, wide = (here.any(axis=axis).sum() / square.any(axis=axis).sum() for axis in (1, 0))
        assert abs(high - wide) < 0.05
        assert abs(high - min(wanted.shape) / 448) < 0.05  # by the shorter edge: never cut off


def test_the_stage_follows_a_change_of_format() -> None:
    source = StageSource(CLOCK, threading.Event())
    frame_by(CENTRE, PictureFormat.WIDE)
    source.open()
    shapes = []
    for wanted in (PictureFormat.WIDE, PictureFormat.TALL, PictureFormat.SQUARE):
        frame_by(CENTRE, wanted)
        while (picture := source.read()) is None:
            continue
        shapes.append(picture.image.shape[:2])
    assert shapes == [one.shape for one in (PictureFormat.WIDE, PictureFormat.TALL, PictureFormat.SQUARE)]


def test_frames_of_two_formats_never_stand_side_by_side() -> None:
    built: list[ScriptedSource] = []

    def build(_spec: SourceSpec, _clock: Clock, halt: threading.Event) -> Source:
        built.append(ScriptedSource(halt))
        return built[-1]

    frames: list[tuple[int, int, tuple[int, ...]]] = []
    manager = SourceManager(
        CLOCK,
        Heard(),
        lambda frame: frames.append((frame.frame_id, frame.source_serial, frame.image.shape[:2])),
        build=build,
    )
    try:
        assert manager.frame_in(PictureFormat.SQUARE) == 1
        manager.select(parse_source("file:a"))
        built[0].opening.put(None)
        built[0].show(1, 2)
        assert eventually(lambda: len(frames) == 2)
        first = manager.frame_in(PictureFormat.WIDE)
        assert (first, manager.latest(), manager.frames([0])) == (3, None, ())
        assert manager.frame_in(PictureFormat.WIDE) == first  # once more changes nothing
        built[0].show(3)  # of a source that knows the square alone
        deep = Picture(np.zeros((448, 448, 3), np.uint8), CLOCK.now_ns(), np.zeros((224, 224), np.float32))
        built[0].reading.put(deep)
        assert eventually(lambda: len(frames) == 4)
        newest = manager.latest()
        assert newest is not None and newest.true_depth is not None
        assert newest.true_depth.shape == (168, 296)
        assert [one[2] for one in frames] == [(448, 448)] * 2 + [(336, 592)] * 2
        assert frames[2][0] == first and frames[2][1] > frames[1][1]
    finally:
        manager.close()


@EACH
def test_a_sources_alpha_goes_with_its_picture_into_another_format(wanted: PictureFormat) -> None:
    image = disc(448, 448)
    frame_by(CENTRE, wanted)
    picture = conformed(Picture(image, 0, alpha=image[..., 0], true_pose=None), wanted)
    assert picture.alpha is not None and picture.alpha.shape == picture.image.shape[:2] == wanted.shape
    assert np.array_equal(picture.alpha, picture.image[..., 0])
