"""A source that hangs in a call is told, left behind, opened anew or given up; nothing else waits for it."""

import threading
import time
from collections.abc import Iterator
from queue import Empty

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND, Clock
from engine.errors import SourceError
from engine.messages.events import SourceState
from engine.messages.frame import InputFrame
from engine.sources import capture, manager
from engine.sources.base import Picture, Source
from engine.sources.hangs import FIRST_NS, LONGEST_NS, LOOK_NS, MOST_CHOSEN, MOST_LEFT, REMEDY, TOLD_NS, CallWatch, Step
from engine.sources.manager import SourceManager
from engine.sources.registry import parse_source
from engine.sources.spec import SourceSpec
from tests.sources.scripted import CLOCK, GONE, Heard, ScriptedSource, eventually

GOOD, BAD, STAGE = parse_source("file:good"), parse_source("file:bad"), parse_source("stage")


class PollingSource(ScriptedSource):
    """Its reads return soon, as those of every source do."""

    def __init__(self, halt: threading.Event) -> None:
        super().__init__(halt)
        self.polls = 0

    def read(self) -> Picture | None:
        self.polls += 1
        try:
            step = self.reading.get(timeout=0.001)
        except Empty:
            return None
        if isinstance(step, BaseException):
            raise step
        return step


class HangingSource(PollingSource):
    """Open, or read, does not return, whatever is asked of it, until the test lets it."""

    def __init__(self, halt: threading.Event) -> None:
        super().__init__(halt)
        self.stuck = threading.Event()
        self.free = threading.Event()
        self.opens = self.reads = False

    def open(self) -> None:
        if not self.opens:
            self._hang()
        super().open()

    def read(self) -> Picture | None:
        if self.opens and not self.reads:
            self._hang()
        return super().read()

    def _hang(self) -> None:
        self.stuck.set()
        self.free.wait()


class Desk:
    """A manager that is looked at as the program does, at times of the test's own."""

    def __init__(self) -> None:
        self.heard = Heard()
        self.frames: list[InputFrame] = []
        self.good: list[PollingSource] = []
        self.bad: list[HangingSource] = []
        self.now_ns = CLOCK.now_ns()
        self.manager = SourceManager(CLOCK, self.heard, self.frames.append, build=self._build, stand_in=STAGE)

    def _build(self, spec: SourceSpec, _clock: Clock, halt: threading.Event) -> Source:
        if spec == BAD:
            self.bad.append(HangingSource(halt))
            return self.bad[-1]
        self.good.append(PollingSource(halt))
        return self.good[-1]

    def play(self, spec: SourceSpec, mark: int) -> ScriptedSource:
        """Put a source on air that shows a picture."""
        self.manager.select(spec)
        return self.show(mark)

    def show(self, mark: int) -> ScriptedSource:
        """Let the newest good source open and show a picture, and await it."""
        source, times = self.good[-1], len(self.heard.events)
        source.opening.put(None)
        source.show(mark)
        assert eventually(lambda: bool(self.frames) and int(self.frames[-1].image[0, 0, 0]) == mark)
        assert eventually(lambda: any(one.state is SourceState.LIVE for one in self.heard.events[times:]))
        return source

    def hang(self) -> HangingSource:
        """Await that the newest bad source hangs."""
        assert self.bad[-1].stuck.wait(20)
        return self.bad[-1]

    def look(self, span_ns: int) -> list[tuple[SourceState, str]]:
        """What is told of the bad source while it is looked at for so long."""
        before = len(self.heard.events)
        for _ in range(span_ns // LOOK_NS + 1):
            self.now_ns += LOOK_NS
            self.manager.watch(self.now_ns)
            for source in self.good[-1:]:
                polls = source.polls
                while source.polls == polls and polls and not source.halt.is_set():
                    time.sleep(0.001)
        return [(one.state, one.detail) for one in self.heard.events[before:] if one.spec == str(BAD)]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(capture, "RETRY_S", 0.02)
    monkeypatch.setattr(manager, "OPENING_TIMEOUT_S", 0.2)
    desk = Desk()
    yield desk
    try:
        desk.manager.close()
    except SourceError as error:
        assert "does not let go" in error.what
    for source in desk.bad:
        source.free.set()
    assert eventually(lambda: all(source.closed for source in (*desk.bad, *desk.good)))


def test_with_nothing_on_air_it_is_told_another_stands_in_and_it_is_opened_anew(desk: Desk) -> None:
    desk.manager.select(BAD)
    first = desk.hang()
    ((state, text),) = desk.look(TOLD_NS)
    what = "The source has not opened for 8 s (file:bad). It is opened anew after 60 s."
    assert (state, text) == (SourceState.FAILED, f"{what} {REMEDY} The stage plays until it comes.")
    desk.show(7)
    ((state, text),) = desk.look(FIRST_NS - TOLD_NS)
    assert state is SourceState.FAILED and "for 60 s (file:bad). It is opened anew now." in text
    assert desk.hang() is not first
    first.opens = first.reads = True
    first.free.set()
    assert eventually(lambda: first.closed > 0)  # it came too late, and touches nothing
    again = desk.bad[-1]
    again.opens = again.reads = True
    again.free.set()
    again.opening.put(None)
    again.show(9)
    desk.heard.wait_for(str(BAD), SourceState.LIVE)
    assert desk.manager.current == BAD


def test_beside_another_it_is_told_and_given_up(desk: Desk) -> None:
    old = desk.play(GOOD, 1)
    desk.manager.select(BAD)
    desk.hang()
    ((state, text),) = desk.look(TOLD_NS)
    assert state is SourceState.OPENING and "not opened for 8 s" in text and "waited for, 60 s at most" in text
    ((state, text),) = desk.look(FIRST_NS - TOLD_NS)
    assert state is SourceState.FAILED and "given up" in text
    old.show(2)
    assert eventually(lambda: int(desk.frames[-1].image[0, 0, 0]) == 2)
    assert (desk.manager.current, desk.manager.state) == (GOOD, SourceState.LIVE)
    assert len(desk.bad) == 1


@pytest.mark.parametrize("looked_ns", [0, TOLD_NS])
def test_another_can_be_chosen_at_once_and_the_end_does_not_wait(desk: Desk, looked_ns: int) -> None:
    desk.manager.select(BAD)
    desk.hang()
    desk.look(looked_ns)
    desk.play(GOOD, 3)
    assert (desk.manager.current, desk.manager.state) == (GOOD, SourceState.LIVE)
    assert not desk.look(LONGEST_NS)
    desk.manager.select(BAD)
    desk.hang()
    ended = threading.Event()

    def end() -> None:
        with pytest.raises(SourceError, match="does not let go"):
            desk.manager.close()
        ended.set()

    thread = threading.Thread(target=end)
    thread.start()
    assert ended.wait(manager.CLOSE_TIMEOUT_S - 1)
    thread.join()


@pytest.mark.parametrize("reading", [False, True])
def test_one_on_air_that_hangs_keeps_its_last_picture_and_is_opened_anew(desk: Desk, reading: bool) -> None:
    desk.manager.select(BAD)
    source = desk.bad[-1]
    source.opens = source.reads = True
    source.free.set()
    source.opening.put(None)
    source.show(5)
    desk.heard.wait_for(str(BAD), SourceState.LIVE)
    source.free.clear()
    source.stuck.clear()
    if reading:
        source.reads = False
        source.reading.put(None)
    else:
        source.opens = False
        source.reading.put(GONE)
        desk.heard.wait_for(str(BAD), SourceState.LOST)
    desk.hang()
    told = desk.look(FIRST_NS)
    assert {state for state, _ in told} == {SourceState.LOST} and len(told) == 2
    assert "opened anew now" in told[-1][1]
    assert desk.manager.state is SourceState.LOST and int(desk.frames[-1].image[0, 0, 0]) == 5
    assert not desk.good  # nothing stands in for what has been seen
    again = desk.hang()
    assert again is not source
    again.opens = again.reads = True
    again.free.set()
    again.opening.put(None)
    again.show(6)
    desk.heard.wait_for(str(BAD), SourceState.LIVE, times=2)
    assert eventually(lambda: desk.manager.state is SourceState.LIVE)


def test_what_hangs_again_and_again_is_not_opened_for_ever(desk: Desk) -> None:
    desk.manager.select(BAD)
    for number in range(MOST_LEFT + 3):
        desk.hang()
        told = desk.look(LONGEST_NS + NS_PER_SECOND)
        if number >= MOST_LEFT:
            assert len(desk.bad) == MOST_LEFT + 1
            assert not told or "hung too often" in told[-1][1]
    for _ in range(2 * MOST_CHOSEN):
        desk.now_ns += LOOK_NS
        if len(desk.bad) > MOST_CHOSEN:
            with pytest.raises(SourceError, match=f"{MOST_CHOSEN} tries to open this source hang"):
                desk.manager.select(BAD)
        else:
            desk.manager.select(BAD)
            desk.hang()
    assert len(desk.bad) == MOST_CHOSEN + 1
    desk.play(GOOD, 4)


@given(
    calls=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40 * NS_PER_SECOND)), max_size=60),
    tries=st.integers(0, 9),
    left=st.integers(0, 6),
)
def test_only_a_call_that_was_looked_at_for_long_hangs(calls: list[tuple[int, int]], tries: int, left: int) -> None:
    watch, now_ns, row, before = CallWatch(tries), 0, 0, 0
    for call, gap_ns in calls:
        now_ns += gap_ns
        step = watch.look(call, now_ns, left)
        row = row + 1 if call and call == before else 0
        before = call
        if row < TOLD_NS // NS_PER_SECOND:
            assert step is Step.WAIT  # a pause of the whole program counts for one second
        if row < watch.patience_ns // NS_PER_SECOND:
            assert step in (Step.WAIT, Step.TELL)
        assert step is not (Step.LEAVE if left >= MOST_LEFT else Step.STAY)


def test_the_program_that_stood_still_gives_nothing_up(desk: Desk) -> None:
    desk.manager.select(BAD)
    desk.hang()
    desk.manager.watch(desk.now_ns)
    desk.now_ns += LONGEST_NS
    assert not desk.look(NS_PER_SECOND)
