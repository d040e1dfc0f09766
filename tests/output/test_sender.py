"""The thread that feeds the sink: it opens it for ever, counts what left, and says when nothing does."""

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from engine.clock import NS_PER_MS, NS_PER_SECOND, ManualClock, SystemClock
from engine.errors import OutputError
from engine.output import sender, sink_set
from engine.output.pacer import wait_until
from engine.output.sender import Job, SendThread
from engine.output.settings import SinkSpec, VideoFormat, WireFormat, WireImage
from engine.output.sink_set import FOLLOWER_PATIENCE_NS, PATIENCE_NS, SETTLED_NS, SinkSet
from engine.output.sinks.base import SinkStatus
from engine.output.sinks.registry import parse_sink
from tests.output.parts import eventually

VIDEO = VideoFormat(width=16, height=16)
IMAGE: WireImage = np.zeros((16, 16, 2), np.uint8)


class ScriptedSink:
    """Opens, takes and hangs as it is told."""

    def __init__(self) -> None:
        self.openings: list[Exception] = []
        self.fault: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.tries = self.taken = 0
        self.hangs = False

    def open(self) -> None:
        self.tries += 1
        if self.openings:
            raise self.openings.pop(0)

    def wanted(self) -> bool:
        return True

    def send(self, _image: WireImage, _video: VideoFormat) -> None:
        if not self.gate.is_set():
            self.hangs = True
            self.gate.wait()
        if self.fault is not None:
            raise self.fault
        self.taken += 1

    def status(self) -> SinkStatus:
        return SinkStatus("scripted", 0, False)

    def close(self) -> None:
        pass


class Feeding:
    """A send thread and a pacer that gives it a hundred jobs a second."""

    def __init__(self, sink: ScriptedSink, wait: Callable[[int], None] = wait_until) -> None:
        self.thread = SendThread("scripted", sink, SystemClock(), wait)
        self._ended = threading.Event()
        self._pacer = threading.Thread(target=self._pace)
        self.thread.start()
        self._pacer.start()

    def _pace(self) -> None:
        while not self._ended.wait(0.01):
            self.thread.put(Job(time.monotonic_ns(), IMAGE, VIDEO))

    def close(self) -> None:
        self._ended.set()
        self._pacer.join()
        assert self.thread.close(10.0)


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> ScriptedSink:
    monkeypatch.setattr(sender, "FIRST_RETRY_NS", 20 * NS_PER_MS)
    monkeypatch.setattr(sender, "LONGEST_RETRY_NS", 40 * NS_PER_MS)
    monkeypatch.setattr(sender, "REFUSING_NS", 100 * NS_PER_MS)
    return ScriptedSink()


@pytest.fixture
def feed(sink: ScriptedSink) -> Iterator[list[Feeding]]:
    feeding: list[Feeding] = []
    yield feeding
    sink.gate.set()
    for one in feeding:
        one.close()


def begin(sink: ScriptedSink, feed: list[Feeding]) -> SendThread:
    feed.append(Feeding(sink))
    return feed[0].thread


def test_a_sink_that_cannot_be_opened_counts_nothing_and_is_tried_again(
    sink: ScriptedSink, feed: list[Feeding]
) -> None:
    sink.openings = [OutputError("The name is taken"), ValueError("what is this"), *[OutputError("Still taken")] * 30]
    thread = begin(sink, feed)
    eventually(lambda: "Still taken. It is tried again" in thread.report.sink.detail, "that it is told")
    assert (thread.report.output_fps, thread.report.sink.sent, sink.taken) == (0.0, 0, 0)
    assert not thread.wanted
    sink.openings = []
    eventually(lambda: sink.taken > 3 and thread.report.sink.detail == "", "that it sends")
    eventually(lambda: thread.report.output_fps > 0.0, "its rate")


def test_a_sink_that_refuses_everything_is_opened_anew_and_counts_nothing(
    sink: ScriptedSink, feed: list[Feeding]
) -> None:
    thread = begin(sink, feed)
    eventually(lambda: sink.taken > 3, "that it sends")
    sink.fault = RuntimeError("lost")
    eventually(lambda: thread.report.output_fps == 0.0 and "lost" in thread.report.sink.detail, "that it is told")
    eventually(lambda: sink.tries > 1, "that it is opened anew")
    sent = thread.report.sink.sent
    sink.fault = None
    eventually(lambda: thread.report.sink.sent > sent, "that it sends")


def test_a_sink_that_does_not_return_is_noticed(sink: ScriptedSink, feed: list[Feeding]) -> None:
    thread = begin(sink, feed)
    eventually(lambda: sink.taken > 3, "that it sends")
    assert thread.stuck_ns(time.monotonic_ns()) < 10 * NS_PER_SECOND
    sink.gate.clear()
    eventually(lambda: thread.stuck_ns(time.monotonic_ns()) > 200 * NS_PER_MS, "that it hangs")
    sink.gate.set()
    eventually(lambda: thread.stuck_ns(time.monotonic_ns()) < 200 * NS_PER_MS, "that it goes on")


@pytest.mark.parametrize("fault", [ValueError("no time"), SystemExit("no time")], ids=["error", "exit"])
def test_no_fault_ends_the_thread(sink: ScriptedSink, feed: list[Feeding], fault: BaseException) -> None:
    faults: list[BaseException] = []

    def wait(deadline_ns: int) -> None:
        if faults:
            raise faults.pop()
        wait_until(deadline_ns)

    feed.append(Feeding(sink, wait))
    thread = feed[0].thread
    eventually(lambda: sink.taken > 3, "that it sends")
    faults.append(fault)
    text = f"Sending to scripted failed: {type(fault).__name__}: no time. It is tried again"
    eventually(lambda: text in thread.report.sink.detail, "that it is told")
    taken = sink.taken
    eventually(lambda: sink.taken > taken and sink.tries == 2, "that it sends again")
    eventually(lambda: not thread.report.sink.detail, "that it is well")


@pytest.fixture
def stuck_sinks(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ScriptedSink]]:
    """The sinks that a set makes, by how they are written."""
    made: dict[str, ScriptedSink] = {}

    def make(spec: SinkSpec, _name: str) -> ScriptedSink:
        return made.setdefault(str(spec), ScriptedSink())

    monkeypatch.setattr(sink_set, "make_sink", make)
    yield made
    for one in made.values():
        one.gate.set()


@pytest.mark.parametrize(("place", "settled"), [(0, False), (1, False), (1, True)])
def test_any_sink_of_this_process_that_does_not_return_is_noticed(
    stuck_sinks: dict[str, ScriptedSink], place: int, settled: bool
) -> None:
    specs = [parse_sink("null"), parse_sink("ndi")]
    clock = ManualClock(NS_PER_SECOND)
    sinks = SinkSet("test", clock, lambda _: None)
    if settled:
        clock.advance(SETTLED_NS)
    sinks.follow(specs)

    def put() -> None:
        sinks.put(clock.now_ns(), dict.fromkeys(WireFormat, (IMAGE, VIDEO)), VIDEO)

    def taken() -> bool:
        put()
        return all(one.taken for one in stuck_sinks.values()) and len(stuck_sinks) == 2

    eventually(taken, "that they send")
    stuck_sinks[str(specs[place])].gate.clear()

    def hangs() -> bool:
        put()
        return stuck_sinks[str(specs[place])].hangs

    eventually(hangs, "that it hangs")
    clock.advance(PATIENCE_NS + 1)
    assert sinks.stuck() == ("null" if place == 0 else "")
    assert "does not return" in sinks.reports()[place].detail
    clock.advance(FOLLOWER_PATIENCE_NS)
    assert sinks.stuck() == ("" if (place, settled) == (1, False) else str(specs[place]))
    sinks.follow(specs[:place])  # switched off and on again, it waits for itself
    sinks.follow(specs)
    assert sinks._feeds[place].thread.stuck_ns(clock.now_ns()) > PATIENCE_NS
    assert "does not return" in sinks.reports()[place].detail
    stuck_sinks[str(specs[place])].gate.set()
    eventually(lambda: sinks.stuck() == "", "that it goes on")
    assert sinks.close(10.0)
