"""A generator that does not return: another plays on, the one that wakes up late touches nothing, the program ends."""

import dataclasses
import threading
from collections.abc import Callable, Iterator

import pytest

from engine.clock import NS_PER_SECOND
from engine.generators.base import Chunk, ChunkRequest
from engine.loop.lease import Lease, LeaseRevokedError
from engine.loop.supervisor import Supervisor
from engine.loop.watchdog import HUNG_NS, MAX_ABANDONED, WAITED_FOR_NS, Watchdog, hang
from engine.messages.events import ComponentState, GeneratorChanged, Notice
from tests.engine.fakes import SPEC, Bench, ToyGenerator
from tests.engine.test_supervisor import PATIENCE_S, supervise, toy


class Hanging(ToyGenerator):
    """Does not return from its second chunk until it is released; meanwhile its clock goes on."""

    def __init__(self, bench: Bench, name: str = "toy", silent_ns: int = HUNG_NS + NS_PER_SECOND) -> None:
        super().__init__(bench.clock)
        self.spec = dataclasses.replace(SPEC, name=name)
        self.hangs = threading.Event()
        self.released = threading.Event()
        self.returned = threading.Event()
        self._silent_ns = silent_ns

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        if len(self.requests) == 1 and not self.hangs.is_set():
            self.requests.append(request)
            self.hangs.set()
            self.clock.advance(self._silent_ns)
            self.released.wait()
            self.returned.set()
        return super().generate(request, aborted)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    bench.generator = Hanging(bench)
    yield bench
    bench.generator.released.set()


def hanging(bench: Bench) -> Hanging:
    assert isinstance(bench.generator, Hanging)
    return bench.generator


def published(bench: Bench, epoch: int) -> threading.Event:
    """Set once a frame of that epoch is out."""
    reached, publish = threading.Event(), bench.output.publish_chunk

    def watch(frames: object) -> None:
        publish(frames)  # type: ignore[arg-type]
        if bench.output.published[-1].epoch >= epoch:
            reached.set()

    bench.output.publish_chunk = watch  # type: ignore[method-assign]
    return reached


def played_on(bench: Bench, others: dict[str, ToyGenerator] | None = None) -> Supervisor:
    supervisor, reached = supervise(bench, others), published(bench, 2)
    supervisor.start()
    assert reached.wait(PATIENCE_S)
    return supervisor


def test_the_built_in_generator_plays_on_and_the_hung_one_touches_nothing(bench: Bench) -> None:
    field = toy(bench, "field", "f.x")
    supervisor = played_on(bench, {"field": field})
    [notice] = [event.text for event in bench.events if isinstance(event, Notice)]
    assert "It has not returned for 31 s, and what it holds is not had back (toy)." in notice
    assert "field is started in its place; the last picture stays on air." in notice
    hanging(bench).released.set()
    assert hanging(bench).returned.wait(PATIENCE_S)
    assert supervisor.stop()
    assert hanging(bench).log[-1] == "close"  # it found its way out, and gave back what it held
    epochs = [frame.epoch for frame in bench.output.published]
    assert epochs == sorted(epochs)
    assert epochs.count(1) == SPEC.chunk_frames
    states = [(event.name, event.state) for event in bench.events if isinstance(event, GeneratorChanged)]
    assert states[-1] == ("field", ComponentState.READY)


def test_the_built_in_generator_itself_is_started_again(bench: Bench) -> None:
    bench.generator = Hanging(bench, "field")
    supervisor = supervise(bench, name="field")
    reached = published(bench, 2)
    supervisor.start()
    assert reached.wait(PATIENCE_S)
    assert not supervisor.stop()  # the first still hangs
    hanging(bench).released.set()


def test_a_cut_does_not_wait_as_long(bench: Bench) -> None:
    bench.generator = Hanging(bench, silent_ns=WAITED_FOR_NS + NS_PER_SECOND)
    supervisor = supervise(bench, {"field": toy(bench, "field", "f.x")})
    reached = published(bench, 2)
    supervisor.start()
    assert hanging(bench).hangs.wait(PATIENCE_S)
    bench.interrupt.request()
    assert reached.wait(PATIENCE_S)
    hanging(bench).released.set()
    assert supervisor.stop()


def test_the_show_ends_while_a_generator_hangs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.loop.supervisor.END_PATIENCE_S", 0.05)
    bench.generator = Hanging(bench, silent_ns=NS_PER_SECOND)
    supervisor = supervise(bench)
    supervisor.start()
    assert hanging(bench).hangs.wait(PATIENCE_S)
    assert not supervisor.stop()
    told = len(bench.events), len(bench.output.published)
    hanging(bench).released.set()
    assert hanging(bench).returned.wait(PATIENCE_S)
    supervisor._thread.join(PATIENCE_S)
    assert (len(bench.events), len(bench.output.published)) == told


def test_no_more_threads_are_left_behind_than_there_is_room_for() -> None:
    bench, replaced = Bench(), list[int]()
    dog = Watchdog(bench.clock, lambda _now: HUNG_NS + 1, lambda: False, replaced.append)
    assert [dog.poll(0) for _ in range(MAX_ABANDONED + 2)] == [True] * MAX_ABANDONED + [False] * 2
    assert len(replaced) == MAX_ABANDONED


def test_a_slow_chunk_is_no_hang() -> None:
    bench, replaced = Bench(), list[int]()
    dog = Watchdog(bench.clock, lambda _now: 10 * NS_PER_SECOND, lambda: False, replaced.append)
    assert not dog.poll(0)
    assert type(hang("field", HUNG_NS, "field")) is not type(hang("wan", HUNG_NS, "field"))


def test_a_lease_serves_the_thread_that_has_it_and_tells_how_long_it_is_silent() -> None:
    bench = Bench()
    lease = Lease(bench.rooms)
    with pytest.raises(LeaseRevokedError):
        lease.ports.progress.peek()
    lease.lend_to(threading.current_thread())
    lease.preparing()
    bench.clock.advance(NS_PER_SECOND)
    assert lease.silent_ns(bench.clock.now_ns()) == 0  # it may take its time until it is ready
    lease.playing()
    bench.clock.advance(NS_PER_SECOND)
    assert lease.silent_ns(bench.clock.now_ns()) == NS_PER_SECOND
    lease.ports.output.free_slots()
    assert lease.silent_ns(bench.clock.now_ns()) == 0
    lease.revoke()
    for reach in (lambda: lease.ports.commands.drain(), lambda: lease.ports.emit(bench.events), lease.check):
        with pytest.raises(LeaseRevokedError):
            reach()
    assert bench.events == []
