"""The depth thread: newest wins, nobody waits for it, and it comes back by itself."""

import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from engine.clock import NS_PER_MS, NS_PER_SECOND, ManualClock
from engine.errors import EngineError
from engine.messages.events import BackendChoice, ComponentState, DepthChanged
from engine.messages.frame import ControlMap, InputFrame
from engine.preprocess.auto import AutoEstimator
from engine.preprocess.worker import DepthWorker
from tests.preprocess.pictures import dancer, flat

GREY = flat(90)
PATIENCE_S = 20


class Script:
    """An estimator that does as it is told, and keeps a list of what was asked of it."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.name = "script"
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.faults: list[BaseException] = []
        self.lookahead = False
        self._held: InputFrame | None = None

    def reset(self) -> None:
        self.calls.append("reset")

    def push(self, frame: InputFrame, now_ns: int) -> ControlMap | None:
        self.calls.append(f"push {frame.frame_id}")
        self.entered.release()
        assert self.gate.wait(PATIENCE_S)
        if self.faults:
            raise self.faults.pop(0)
        ready, self._held = (self._held, frame) if self.lookahead else (frame, None)
        return None if ready is None else self._map(ready, now_ns)

    def flush(self) -> ControlMap | None:
        self.calls.append("flush")
        ready, self._held = self._held, None
        return None if ready is None else self._map(ready, 0)

    def backends(self) -> tuple[BackendChoice, ...]:
        return (BackendChoice(component="depth", chosen=self.name, reason="the test says so"),)

    @staticmethod
    def _map(frame: InputFrame, now_ns: int) -> ControlMap:
        depth = np.zeros((2, 2), np.float32)
        return ControlMap(frame.frame_id, frame.capture_ns, now_ns, depth, np.zeros((2, 2, 2), np.float32))


def wait_for(condition: Callable[[], bool]) -> None:
    """Look again until it holds; fail when patience ends."""
    pause = threading.Event()
    for _ in range(PATIENCE_S * 500):
        if condition():
            return
        pause.wait(0.002)
    raise AssertionError("waited in vain")


class Booth:
    """A worker around a script, under a clock that moves by hand."""

    def __init__(self) -> None:
        self.script = Script()
        self.clock = ManualClock(10 * NS_PER_SECOND)
        self.told: list[DepthChanged] = []
        self.worker = DepthWorker(
            self.script,
            self.clock,
            self.told.append,
            idle_ns=5 * NS_PER_MS,
            late_ns=300 * NS_PER_MS,
            close_ns=NS_PER_SECOND,
        )

    def states(self) -> list[ComponentState]:
        return [change.state for change in self.told]

    def offer(self, index: int, serial: int = 1, age_ms: int = 0) -> None:
        self.worker.offer(InputFrame(index, self.clock.now_ns() - age_ms * NS_PER_MS, serial, GREY))

    def show(self, index: int, serial: int = 1, age_ms: int = 0) -> None:
        """Offer a frame and wait for its map."""
        self.offer(index, serial, age_ms)
        wait_for(lambda: self.newest_id() == index)

    def newest_id(self) -> int:
        found = self.worker.newest()
        return -1 if found is None else found.frame_id

    def pushes(self) -> list[str]:
        return [call for call in self.script.calls if call != "flush"]


@pytest.fixture
def booth() -> Iterator[Booth]:
    made = Booth()
    made.worker.start()
    yield made
    made.script.gate.set()
    made.worker.close()


OFF, STARTING, READY = ComponentState.OFF, ComponentState.STARTING, ComponentState.READY
LATE, FAILED = ComponentState.LATE, ComponentState.FAILED


def test_a_frame_becomes_the_newest_map(booth: Booth) -> None:
    assert booth.worker.newest() is None
    assert booth.worker.backends() == ()
    booth.show(4)
    found = booth.worker.newest()
    assert found is not None
    assert (found.frame_id, found.ready_ns) == (4, booth.clock.now_ns())
    assert booth.worker.newest() is found
    wait_for(lambda: booth.states() == [STARTING, READY])
    assert booth.told[-1].detail == "script: the test says so"
    assert booth.worker.backends()[0].chosen == "script"


def test_while_it_is_busy_the_newest_frame_wins(booth: Booth) -> None:
    booth.script.gate.clear()
    booth.offer(1)
    assert booth.script.entered.acquire(timeout=PATIENCE_S)
    for index in (2, 3, 4, 5):
        booth.offer(index)
    booth.script.gate.set()
    wait_for(lambda: booth.newest_id() == 5)
    assert booth.pushes() == ["push 1", "push 5"]
    stats = booth.worker.stats()
    assert (stats.computed, stats.replaced, stats.failures, stats.rate) == (2, 3, 0, 2.0)


def test_the_rate_falls_to_nothing_when_no_frames_come(booth: Booth) -> None:
    for index in range(10):
        booth.clock.advance(100 * NS_PER_MS)
        booth.show(index)
    assert booth.worker.stats().rate == 10.0
    booth.clock.advance(450 * NS_PER_MS)
    assert booth.worker.stats().rate == 6.0
    booth.clock.advance(NS_PER_SECOND)
    assert booth.worker.stats().rate == 0.0


def test_another_source_resets_the_estimator(booth: Booth) -> None:
    for index, serial in enumerate((1, 1, 2, 2, 1)):
        booth.show(index, serial)
    assert booth.pushes() == ["push 0", "push 1", "reset", "push 2", "push 3", "reset", "push 4"]


def test_every_second_frame_is_taken_when_asked_and_each_source_begins_at_once(booth: Booth) -> None:
    booth.worker.take_every(2)
    booth.show(3)
    for index in range(4, 9):
        if index % 2 == 0:
            booth.show(index)
        else:
            booth.offer(index)
    booth.show(11, serial=2)
    booth.offer(13, serial=2)
    booth.show(14, serial=2)
    booth.worker.take_every(1)
    booth.show(15, serial=2)
    frames = [call for call in booth.pushes() if call != "reset"]
    assert list(dict.fromkeys(frames)) == [f"push {index}" for index in (3, 4, 6, 8, 11, 14, 15)]
    with pytest.raises(ValueError, match="0th"):
        booth.worker.take_every(0)


def test_a_stuck_estimator_is_told_late_once_and_nobody_waits(booth: Booth) -> None:
    booth.show(0)
    booth.script.gate.clear()
    booth.offer(1)
    assert booth.script.entered.acquire(timeout=PATIENCE_S)
    assert booth.script.entered.acquire(timeout=PATIENCE_S)
    booth.clock.advance(299 * NS_PER_MS)
    booth.offer(2)
    assert booth.states() == [STARTING, READY]
    booth.clock.advance(2 * NS_PER_MS)
    booth.offer(3)
    booth.offer(4)
    booth.worker.stats()
    assert booth.states() == [STARTING, READY, LATE]
    assert booth.newest_id() == 0
    booth.script.gate.set()
    wait_for(lambda: booth.newest_id() == 4)
    booth.show(5)
    wait_for(lambda: booth.states() == [STARTING, READY, LATE, READY])


def test_a_slow_estimator_is_late_until_its_maps_are_clearly_younger(booth: Booth) -> None:
    for index, age_ms in enumerate((100, 310, 290, 230, 220, 299)):
        booth.show(index, age_ms=age_ms)
    wait_for(lambda: booth.states() == [STARTING, READY, LATE, READY])
    assert "310 ms" in booth.told[2].detail


def test_a_failed_estimator_is_tried_again_with_growing_pauses(booth: Booth) -> None:
    booth.show(0)
    booth.script.faults = [EngineError("The model ran out of memory"), SystemExit("odd")]
    booth.offer(1)
    wait_for(lambda: booth.states()[-1] is FAILED)
    assert booth.told[-1].detail == "The model ran out of memory. It is tried again in 0.5 s."
    assert booth.newest_id() == 0
    booth.clock.advance(499 * NS_PER_MS)
    for index in (2, 3):  # once 3 has been taken, 2 has been left alone
        booth.offer(index)
        wait_for(lambda: not booth.worker._inbox._fresh)
    booth.clock.advance(1 * NS_PER_MS)
    booth.offer(3)
    wait_for(lambda: booth.worker.stats().failures == 2)
    wait_for(lambda: booth.states()[-1] is FAILED)
    assert booth.told[-1].detail == "The depth estimator failed: SystemExit('odd'). It is tried again in 1 s."
    booth.clock.advance(NS_PER_SECOND)
    booth.show(4)
    wait_for(lambda: booth.states() == [STARTING, READY, FAILED, STARTING, FAILED, STARTING, READY])
    assert booth.pushes()[-5:] == ["push 1", "reset", "push 3", "reset", "push 4"]


def test_what_a_model_with_lookahead_holds_is_asked_for_when_frames_stop(booth: Booth) -> None:
    booth.script.lookahead = True
    booth.offer(1)
    wait_for(lambda: booth.newest_id() == 1)
    wait_for(lambda: booth.script.calls[:2] == ["push 1", "flush"])
    threading.Event().wait(0.05)  # ten idle periods
    assert booth.script.calls.count("flush") == 1


def test_a_change_of_estimator_inside_is_told() -> None:
    told: list[DepthChanged] = []
    worker = DepthWorker(AutoEstimator(edge=112), ManualClock(NS_PER_SECOND), told.append)
    worker.start()
    slope = np.zeros((8, 8), np.float32)
    for index, depth in enumerate((None, slope, slope, None)):
        worker.offer(InputFrame(index, NS_PER_SECOND, 1, dancer(index)[0], depth))
        wait_for(lambda at=index: (found := worker.newest()) is not None and found.frame_id == at)
    worker.close()
    expected = [("image cues", STARTING), ("image cues", READY), ("true depth", READY), ("image cues", READY)]
    assert [(change.estimator, change.state) for change in told] == [*expected, ("image cues", OFF)]


def test_closing_ends_the_thread_and_is_told_last(booth: Booth) -> None:
    booth.show(0)
    booth.worker.close()
    assert not booth.worker._thread.is_alive()
    assert booth.states() == [STARTING, READY, OFF]
    booth.offer(1)
    assert booth.newest_id() == 0


def test_closing_before_the_start_is_no_fault() -> None:
    booth = Booth()
    booth.worker.close()
    assert booth.states() == []


def test_closing_leaves_a_stuck_estimator_behind_and_hears_no_more_of_it() -> None:
    booth = Booth()
    booth.worker = DepthWorker(booth.script, booth.clock, booth.told.append, close_ns=20 * NS_PER_MS)
    booth.worker.start()
    booth.script.gate.clear()
    booth.offer(0)
    assert booth.script.entered.acquire(timeout=PATIENCE_S)
    booth.worker.close()
    assert booth.states() == [STARTING, FAILED]
    assert "did not stop" in booth.told[-1].detail
    booth.script.gate.set()
    booth.worker._thread.join(PATIENCE_S)
    assert booth.worker.newest() is None
    assert booth.states() == [STARTING, FAILED]
