"""A generator that does not return: another plays on, the one that wakes up late touches nothing, the program ends."""

import dataclasses
import threading
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND
from engine.generators.base import Chunk, ChunkRequest
from engine.loop.lease import Lease, LeaseRevokedError
from engine.loop.patience import (
    BUILT_IN_START_NS,
    FREELY_LEFT,
    HUNG_NS,
    LONGEST_NS,
    MOST_LEFT,
    START_NS,
    STILL_NS,
    WAITED_FOR_NS,
    Silence,
    hang,
    patience_ns,
)
from engine.loop.supervisor import Supervisor
from engine.loop.watchdog import Watchdog
from engine.messages.events import ComponentState, GeneratorChanged, Level, Notice
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


class Starting(ToyGenerator):
    """Shows progress once in its warm-up, and then none until it is released; meanwhile its clock goes on."""

    def __init__(self, bench: Bench, name: str = "toy", silent_ns: int = START_NS + NS_PER_SECOND) -> None:
        super().__init__(bench.clock)
        self.spec = dataclasses.replace(SPEC, name=name)
        self.released = threading.Event()
        self.hangs = threading.Event()
        self._silent_ns = silent_ns

    def warm_up(self) -> Iterator[float]:
        self.clock.advance(START_NS - NS_PER_SECOND)  # as long as a first compilation takes
        yield 0.3
        if not self.hangs.is_set():
            self.hangs.set()
            self.clock.advance(self._silent_ns)
            self.released.wait()


@pytest.mark.parametrize(
    ("name", "silent_ns"), [("toy", START_NS + NS_PER_SECOND), ("field", BUILT_IN_START_NS + NS_PER_SECOND)]
)
def test_a_start_without_progress_is_told_and_given_up(bench: Bench, name: str, silent_ns: int) -> None:
    starting = Starting(bench, name, silent_ns)
    bench.generator = starting
    field = toy(bench, "field", "f.x") if name == "toy" else None
    supervisor, reached = supervise(bench, {"field": field} if field else None, name), published(bench, 1)
    supervisor.start()
    try:
        assert reached.wait(PATIENCE_S)
    finally:
        starting.released.set()
        supervisor.stop()
    told = [event.text for event in bench.events if isinstance(event, Notice)]
    assert any(f"The generator {name} is still starting" in text for text in told)
    assert any("It has made no progress in its start for" in text for text in told)


@pytest.mark.parametrize("failures", [1, 3])
def test_a_thread_that_cannot_be_started_is_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    left, start = [failures], threading.Thread.start

    def starved(thread: threading.Thread) -> None:
        if hanging(bench).hangs.is_set() and thread.name == "hardcut-engine" and left[0]:
            left[0] -= 1
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", starved)
    supervisor = played_on(bench, {"field": toy(bench, "field", "f.x")})
    hanging(bench).released.set()
    assert supervisor.stop()
    errors = [event.text for event in bench.events if isinstance(event, Notice) and event.level is Level.ERROR]
    assert ["can't start new thread" in text for text in errors] == [True, False]  # once, not at every poll


class Show:
    """What a watchdog looks at and does, on a clock by hand."""

    def __init__(self) -> None:
        self.silence = Silence(ns=0, generator="wan")
        self.replaced: list[Silence] = []
        self.told: list[tuple[Level, str]] = []
        self.dog = Watchdog(
            Bench().clock, lambda _now: self.silence, self.replaced.append, lambda *one: self.told.append(one)
        )

    def poll(self, seconds: int, **changes: object) -> bool:
        self.silence = dataclasses.replace(self.silence, ns=seconds * NS_PER_SECOND, **changes)  # type: ignore[arg-type]
        return self.dog.poll(0)


def test_who_hangs_after_many_others_is_given_more_time_and_that_is_told() -> None:
    show = Show()
    for left in range(FREELY_LEFT):
        assert show.poll(31, left=left)
    assert show.told == []
    assert not show.poll(31, left=FREELY_LEFT) and not show.poll(32)
    [(level, text)] = show.told
    assert level is Level.ERROR
    assert text.startswith("5 generators hang, wan the last of them; the last picture stays on air. field is started")
    assert text.endswith("after 60 s. End Hardcut and start it again; the show is kept.")
    assert show.poll(61)
    assert not show.poll(10**6, left=MOST_LEFT, generator="field")
    assert "No other is started any more. End Hardcut and start it again" in show.told[-1][1]
    assert not show.poll(0)
    assert show.told[-1] == (Level.INFO, "The generator field has returned.")
    assert not show.poll(31)
    assert len(show.told) == 4  # another hang is another fault


@given(left=st.integers(0, MOST_LEFT - 2), starting=st.booleans(), awaited=st.booleans(), built_in=st.booleans())
def test_patience_grows_with_those_that_hang_and_stays_bounded(
    left: int, starting: bool, awaited: bool, built_in: bool
) -> None:
    name = "field" if built_in else "wan"
    waits = [
        patience_ns(Silence(ns=0, generator=name, starting=starting, awaited=awaited, left=n), "field")
        for n in (left, left + 1)
    ]
    assert waits[0] is not None and waits[1] is not None
    assert WAITED_FOR_NS <= waits[0] <= waits[1] <= max(LONGEST_NS, START_NS)
    assert patience_ns(Silence(ns=0, generator=name, left=MOST_LEFT), "field") is None


def test_a_start_without_progress_is_told_ever_more_seldom() -> None:
    show = Show()
    for second in range(600):
        assert not show.poll(second, starting=True)
    assert [text.partition(", ")[2].partition(" s ")[0] for _, text in show.told] == ["61", "121", "241", "481"]
    assert all("After 10 min without any, another takes its place." in text for _, text in show.told)
    assert not show.poll(0) and not show.poll(STILL_NS // NS_PER_SECOND)  # a sign of progress
    assert len(show.told) == 4


def test_a_slow_chunk_is_no_hang() -> None:
    show = Show()
    assert not show.poll(10)
    assert show.poll(10, awaited=True)
    assert type(hang(show.silence, "field")) is not type(hang(show.silence, "wan"))


def test_what_goes_wrong_in_a_watchdog_does_not_end_it(caplog: pytest.LogCaptureFixture) -> None:
    looks, enough = list[int](), threading.Event()

    def look(_now: int) -> Silence:
        looks.append(1)
        if len(looks) == 3:
            enough.set()
        raise MemoryError

    dog = Watchdog(Bench().clock, look, lambda _: None, lambda *_: None)
    dog.start()
    assert enough.wait(PATIENCE_S)
    dog.stop()
    assert len([one for one in caplog.records if "goes on" in one.message]) == 1


def test_a_lease_serves_the_thread_that_has_it_and_tells_how_long_it_is_silent() -> None:
    bench = Bench()
    lease = Lease(bench.rooms)
    with pytest.raises(LeaseRevokedError):
        lease.ports.progress.peek()
    lease.lend_to(threading.current_thread())
    lease.preparing()
    assert lease.starting
    lease.playing()
    assert not lease.starting
    bench.clock.advance(NS_PER_SECOND)
    assert lease.away_ns(bench.clock.now_ns()) == NS_PER_SECOND
    lease.ports.output.free_slots()
    assert lease.away_ns(bench.clock.now_ns()) == 0
    lease.revoke()
    for reach in (lambda: lease.ports.commands.drain(), lambda: lease.ports.emit(bench.events), lease.check):
        with pytest.raises(LeaseRevokedError):
            reach()
    assert bench.events == []
