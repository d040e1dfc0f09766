"""The control maps of a performance: an estimator that is slow, stuck, broken or mad costs only freshness."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from engine.clock import NS_PER_MS, NS_PER_SECOND, ManualClock
from engine.errors import DepthError, ParameterError
from engine.messages.commands import SetParameter
from engine.messages.control_map import MapSettings
from engine.messages.events import BackendChoice, ComponentState, DepthChanged, Event, MapChanged
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.input_commands import SelectMap
from engine.messages.output_commands import SetFreeze
from engine.messages.parameters import MAP_CONTRAST, MAP_WAIT
from engine.preprocess.base import DEPTH, DepthEstimator
from engine.preprocess.lateness import CALM_NS, LATE_FOR_NS, StateFilter
from engine.preprocess.maps.shaping import ShapedEstimator
from engine.preprocess.supply import ControlMaps
from tests.preprocess.pictures import PERIOD_NS, flat, frame

PATIENCE_S = 20


class Part:
    """An estimator of small flat maps that can be held back, broken or driven mad."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.gate = threading.Event()
        self.gate.set()
        self.broken = False
        self.level = 0.5

    def reset(self) -> None:
        """Remembers nothing."""

    def push(self, given: InputFrame, now_ns: int) -> ControlMap | None:
        assert self.gate.wait(PATIENCE_S)
        if self.broken:
            raise RuntimeError("the model is broken")
        depth = np.full((4, 4), self.level, np.float32)
        return ControlMap(given.frame_id, given.capture_ns, now_ns, depth, np.zeros((4, 4, 2), np.float32))

    def flush(self) -> ControlMap | None:
        return None

    def backends(self) -> tuple[BackendChoice, ...]:
        return (BackendChoice(component=DEPTH, chosen=self.name, reason="the test says so"),)


class Stage:
    """Control maps of parts, on a clock that is moved by hand."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.events: list[Event] = []
        self.made: list[Part] = []
        self.maps = ControlMaps("edges", self.clock, self.events.append, self.build)
        self.number = 0

    def build(self, name: str, settings: Callable[[], MapSettings]) -> DepthEstimator:
        self.made.append(Part(name))
        return ShapedEstimator(self.made[-1], settings)

    def show(self) -> InputFrame:
        """Offer the next frame, stamped now."""
        self.clock.advance(PERIOD_NS)
        self.number += 1
        given = replace(frame(self.number, flat(90)), capture_ns=self.clock.now_ns())
        self.maps.offer(given)
        return given

    def until(self, seen: Callable[[], bool], *, showing: bool = True) -> None:
        """Show frames until something is seen."""
        for _ in range(2000):
            if seen():
                return
            if showing:
                self.show()
            threading.Event().wait(0.005)
        raise AssertionError("it was not seen")

    def states(self) -> list[tuple[str, ComponentState]]:
        return [(one.estimator, one.state) for one in self.events if isinstance(one, DepthChanged)]

    def level(self) -> float:
        found = self.maps.newest()
        return -1.0 if found is None else float(found.depth[0, 0])


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    made.maps.start()
    yield made
    for part in made.made:
        part.gate.set()
    made.maps.close()


def test_a_broken_estimator_is_stood_in_for_and_comes_back(stage: Stage) -> None:
    stage.made[0].broken = True
    stage.until(lambda: len(stage.made) == 2)
    stage.made[1].level = 0.25
    stage.until(lambda: stage.level() == 0.25)
    assert stage.states().count(("edges", ComponentState.FAILED)) == 1  # tried again since, and told once
    stage.made[0].broken = False
    stage.until(lambda: stage.level() == 0.5)
    assert stage.states()[-1] == ("edges", ComponentState.READY)


@pytest.mark.parametrize("level", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_never_leave(stage: Stage, level: float) -> None:
    stage.made[0].level = level
    stage.until(lambda: ("edges", ComponentState.FAILED) in stage.states())
    stage.until(lambda: len(stage.made) == 2)
    stage.until(lambda: stage.level() == 0.5)


def test_a_stuck_estimator_is_stood_in_for_and_another_is_made(stage: Stage) -> None:
    stage.until(lambda: stage.level() == 0.5)
    stage.made[0].gate.clear()
    stage.until(lambda: len(stage.made) >= 2)
    assert stage.made[1].name == "cues"
    stage.made[1].level = 0.25
    stage.until(lambda: stage.level() == 0.25 or len(stage.made) >= 3)
    stage.until(lambda: len(stage.made) >= 3)
    assert stage.made[2].name == "edges"
    stage.made[2].level = 0.75
    stage.until(lambda: stage.level() == 0.75)


def test_nobody_waits_for_an_estimator_that_sleeps_at_every_frame(stage: Stage) -> None:
    stage.until(lambda: stage.level() == 0.5)
    stage.made[0].gate.clear()
    before = stage.maps.newest()
    for _ in range(60):
        given = stage.show()
        assert stage.maps.awaited(given.frame_id) is before
    assert stage.maps.stats().replaced >= 57  # of those frames only the newest is kept for it
    stage.made[0].gate.set()
    stage.until(lambda: stage.maps.newest() is not before)


def test_a_chunk_waits_only_as_long_as_it_is_told_to(stage: Stage) -> None:
    stage.until(lambda: stage.level() == 0.5)
    stage.made[0].gate.clear()
    given = stage.show()
    before = stage.maps.newest()
    assert stage.maps.awaited(given.frame_id) is before  # nobody said to wait
    stage.maps.apply(SetParameter(stamp_ns=0, parameter=MAP_WAIT, value=1))
    assert stage.maps.awaited(given.frame_id) is before  # and in vain
    stage.maps.apply(SetParameter(stamp_ns=0, parameter=MAP_WAIT, value=100))
    opener = threading.Timer(0.01, stage.made[0].gate.set)
    opener.start()
    for _ in range(100):
        found = stage.maps.awaited(given.frame_id)
        if found is not before:
            break
    opener.join()
    assert found is not None
    assert found.frame_id >= given.frame_id


def test_what_is_chosen_and_set_is_told_and_wrong_is_refused(stage: Stage) -> None:
    assert not stage.maps.apply(SetFreeze(stamp_ns=0, on=True))
    assert stage.maps.apply(SetParameter(stamp_ns=0, parameter=MAP_CONTRAST, value=2.0))
    stage.until(lambda: stage.level() == pytest.approx(0.25))
    assert stage.maps.apply(SelectMap(stamp_ns=0, name="lines"))
    assert [part.name for part in stage.made] == ["edges", "lines"]
    stage.made[1].level = 0.1
    stage.until(lambda: stage.level() == pytest.approx(0.01))
    told = [one for one in stage.events if isinstance(one, MapChanged)][-1]
    assert (told.name, told.values[MAP_CONTRAST]) == ("lines", 2.0)
    with pytest.raises(DepthError, match="no such depth estimator"):
        stage.maps.apply(SelectMap(stamp_ns=0, name="guess"))
    with pytest.raises(ParameterError):
        stage.maps.apply(SetParameter(stamp_ns=0, parameter=MAP_CONTRAST, value=9.0))
    assert stage.level() == pytest.approx(0.01)


def test_late_by_turns_is_told_once() -> None:
    told, heard = StateFilter(), []
    events = [ComponentState.READY]
    events += [ComponentState.LATE, ComponentState.READY] * 20  # a hiccup twice a second
    events += [ComponentState.LATE]
    now_ns = 0
    for state in events:
        now_ns += 250 * NS_PER_MS
        one = DepthChanged(at_ns=now_ns, estimator="edges", state=state)
        heard += [found for found in (told.hear(one), told.tick(now_ns)) if found is not None]
    assert [one.state for one in heard] == [ComponentState.READY]
    assert told.tick(now_ns + LATE_FOR_NS - 1) is None
    late = told.tick(now_ns + LATE_FOR_NS)
    assert late is not None
    assert late.state is ComponentState.LATE
    now_ns += 2 * NS_PER_SECOND
    assert told.hear(DepthChanged(at_ns=now_ns, estimator="edges", state=ComponentState.READY)) is None
    assert told.tick(now_ns + CALM_NS - 1) is None
    ready = told.tick(now_ns + CALM_NS)
    assert ready is not None
    assert ready.state is ComponentState.READY
