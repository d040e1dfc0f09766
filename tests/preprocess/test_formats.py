"""Control maps of every format: in its proportions, and the same by compiled loops and by numpy."""

from collections.abc import Callable

import numpy as np
import pytest

from engine.clock import ManualClock
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.picture_format import PictureFormat
from engine.preprocess.base import DepthEstimator
from engine.preprocess.compiled.estimator import compiled_estimator
from engine.preprocess.compiled.library import LIBRARY, MEAN_DEPTH, MEAN_FLOW
from engine.preprocess.image_cues import CueEstimator
from engine.preprocess.registry import STAND_IN_DEPTH, build_depth
from engine.preprocess.supply import ControlMaps
from engine.sources.stage.render import StageRenderer
from engine.sources.stage.view import Lens
from tests.preprocess.maps import MAPS
from tests.preprocess.pictures import PERIOD_NS


def danced(picture_format: PictureFormat, count: int, *, truth: bool = False) -> list[InputFrame]:
    renderer, frames = StageRenderer(lens=Lens(picture_format.width, picture_format.height)), []
    for number in range(count):
        image, depth = renderer.render(3.0 + number / 30)
        frames.append(InputFrame(number, number * PERIOD_NS, 1, image, depth if truth else None))
    return frames


@pytest.mark.parametrize("name", MAPS)
def test_a_map_has_the_proportions_of_its_picture(name: str, build: Callable[[str], DepthEstimator]) -> None:
    estimator = build(name)
    for serial, picture_format in enumerate((PictureFormat.WIDE, PictureFormat.SQUARE, PictureFormat.TALL)):
        for frame in danced(picture_format, 2):
            found = estimator.push(InputFrame(frame.frame_id + 10 * serial, frame.capture_ns, serial, frame.image), 0)
        assert found is not None
        scale = picture_format.height // found.depth.shape[0]
        assert scale in (1, 2)
        assert found.depth.shape == (picture_format.height // scale, picture_format.width // scale)
        assert found.flow.shape == (*found.depth.shape, 2)
        assert 0.0 <= found.depth.min() <= found.depth.max() <= 1.0


@pytest.mark.parametrize("picture_format", [PictureFormat.WIDE, PictureFormat.TALL])
def test_compiled_cues_are_the_plain_ones(picture_format: PictureFormat) -> None:
    LIBRARY.load()
    plain, compiled = CueEstimator(), compiled_estimator()
    for frame in danced(picture_format, 5):
        one, other = plain.push(frame, 0), compiled.push(frame, 0)
        assert one is not None and other is not None
        assert np.abs(one.depth - other.depth).mean() < MEAN_DEPTH
        assert np.abs(one.flow - other.flow).mean() < MEAN_FLOW


@pytest.mark.parametrize("picture_format", PictureFormat)
def test_true_depth_is_handed_over_as_it_is(picture_format: PictureFormat) -> None:
    (frame,) = danced(picture_format, 1, truth=True)
    found = build_depth(STAND_IN_DEPTH).push(frame, 0)
    assert found is not None and frame.true_depth is not None
    assert np.array_equal(found.depth, frame.true_depth)


def test_maps_of_the_format_before_are_known_no_more() -> None:
    maps = ControlMaps(STAND_IN_DEPTH, ManualClock(1), lambda event: None)
    flat = np.zeros((4, 4), np.float32)
    maps._primary._outbox.put(ControlMap(7, 0, 0, flat, np.zeros((4, 4, 2), np.float32)))
    assert maps.newest() is not None
    maps.begin_at(8)
    assert maps.newest() is None and maps.awaited(7) is None
    maps._primary._outbox.put(ControlMap(8, 0, 0, flat, np.zeros((4, 4, 2), np.float32)))
    assert maps.newest() is not None
    maps.close()
