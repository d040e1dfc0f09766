"""A second source as control map: opened when chosen, held while silent, a cut when it returns, and closed after."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.clock import NS_PER_SECOND, ManualClock, SystemClock
from engine.errors import EngineError
from engine.map_input import MapInput
from engine.map_output import wire_image
from engine.messages.commands import Command, HardCut
from engine.messages.control_map import MapSettings
from engine.messages.events import Committed, Event, MapChanged
from engine.messages.frame import InputFrame
from engine.messages.parameters import MAP_PARAMETERS, MAP_RETURN_CUT
from engine.messages.picture_format import PictureFormat
from engine.preprocess.maps.external import STALE_NS, SecondSourceEstimator
from tests.preprocess.pictures import dancer, flat, frame


class Feed:
    """A second source that shows what it is given."""

    label = "map from the test"

    def __init__(self) -> None:
        self.shown: InputFrame | None = None

    def newest(self) -> InputFrame | None:
        return self.shown


def test_the_newest_picture_is_the_map_and_a_silent_source_is_held_and_told() -> None:
    feed = Feed()
    estimator = SecondSourceEstimator(feed)
    assert estimator.push(frame(0, dancer(0)[0]), 0) is None
    feed.shown = frame(3, flat(51))
    found = estimator.push(frame(1, dancer(1)[0]), feed.shown.capture_ns)
    assert found is not None
    assert found.frame_id == 1
    assert np.allclose(found.depth, 0.2, atol=1e-3)
    assert found.flow.shape == (*found.depth.shape, 2)
    later = estimator.push(frame(2, dancer(2)[0]), feed.shown.capture_ns + STALE_NS + 1)
    assert later is not None
    assert later.depth is found.depth
    assert estimator.name == "map from the test, held"
    assert "held" in estimator.backends()[0].reason
    depth = np.linspace(-0.5, 1.5, 64, dtype=np.float32).reshape(8, 8)
    feed.shown = frame(400, flat(9), depth=depth)
    deep = estimator.push(frame(3, dancer(3)[0]), feed.shown.capture_ns)
    assert deep is not None
    assert np.array_equal(deep.depth, np.clip(depth, 0, 1))
    assert estimator.name == "map from the test"


class Desk:
    """A map input, and what it says."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.posted: list[Command] = []
        self.clock = SystemClock()
        self.maps = MapInput(self.clock, self.events.append, self.posted.append)

    def tell(self, name: str, **values: float) -> None:
        settings = {**MAP_PARAMETERS.defaults(), **{key.replace("__", "."): value for key, value in values.items()}}
        self.maps.hear(MapChanged(at_ns=0, name=name, values=settings))


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.maps.close()


def test_a_real_second_source_is_opened_and_closed(desk: Desk) -> None:
    estimator = desk.maps.build("external:stage:close", MapSettings)
    for _ in range(500):
        if desk.maps.newest() is not None:
            break
        threading.Event().wait(0.01)
    found = estimator.push(frame(0, dancer(0)[0]), desk.clock.now_ns())
    assert found is not None
    assert found.depth.std() > 0.05
    assert estimator.name == "map from Stage, close"
    desk.tell("cues")
    assert desk.maps.newest() is None
    assert desk.maps.build("cues", MapSettings).name != estimator.name
    with pytest.raises(EngineError):
        desk.maps.build("external:nonsense", MapSettings)


def test_a_cut_follows_its_return_only_where_that_is_set() -> None:
    posted: list[Command] = []
    maps = MapInput(ManualClock(), lambda _event: None, posted.append)
    maps.hear(
        Committed(
            at_ns=0,
            version=1,
            chunk_index=0,
            epoch=0,
            scene="Noir",
            prompt="",
            prompt_progress=1.0,
            values={},
            targets={},
        )
    )
    values = MAP_PARAMETERS.defaults()
    number = 0
    for wanted in (0.0, 1.0):
        maps.hear(MapChanged(at_ns=0, name="external:stage", values={**values, MAP_RETURN_CUT: wanted}))
        for gap_ns in (NS_PER_SECOND // 30, 2 * STALE_NS, NS_PER_SECOND // 30):
            number += gap_ns
            maps._captured(0, replace(frame(1, flat(9)), capture_ns=number))
        assert [type(one) for one in posted] == [HardCut] * int(wanted)
    assert isinstance(posted[0], HardCut)
    assert posted[0].scene == "Noir"


def test_a_map_goes_out_as_grey_in_limited_range() -> None:
    depth = np.array([[0.0, 1.0, 0.5], [-1.0, 2.0, 0.0], [0.0, 0.0, 0.0]], np.float32)
    assert wire_image(depth).tolist() == [[[128, 16], [128, 235]], [[128, 16], [128, 235]]]


def test_a_second_source_follows_the_format(desk: Desk) -> None:
    desk.maps.frame_in(PictureFormat.WIDE)
    desk.maps.build("external:stage:close", MapSettings)
    for picture_format in (PictureFormat.WIDE, PictureFormat.SQUARE):
        desk.maps.frame_in(picture_format)
        for _ in range(500):
            newest = desk.maps.newest()
            if newest is not None and newest.image.shape[:2] == picture_format.shape:
                break
            threading.Event().wait(0.01)
        assert newest is not None
        assert newest.image.shape[:2] == picture_format.shape
