"""One source on air, another opening: no gap, nothing lost, everything told once and in order."""

import math
import threading
from collections.abc import Iterator

import pytest

from engine.clock import NS_PER_SECOND, Clock
from engine.errors import SourceError
from engine.messages.events import SourceState
from engine.messages.frame import InputFrame
from engine.messages.framing import CENTRE
from engine.sources import capture
from engine.sources.base import Picture, Source
from engine.sources.manager import SourceManager
from engine.sources.registry import parse_source
from engine.sources.silence import MIN_LOOKS, SILENT_NS
from engine.sources.spec import SourceSpec
from tests.sources.scripted import CLOCK, GONE, IMAGE, Heard, ScriptedSource, eventually

A, B = parse_source("file:a"), parse_source("file:b")
OPENING, LIVE, LOST, FAILED = SourceState.OPENING, SourceState.LIVE, SourceState.LOST, SourceState.FAILED


class Desk:
    """A manager whose sources are scripted."""

    def __init__(self) -> None:
        self.heard = Heard()
        self.frames: list[InputFrame] = []
        self.built: list[ScriptedSource] = []
        self.manager = SourceManager(CLOCK, self.heard, self.frames.append, build=self._build)

    def _build(self, _spec: SourceSpec, _clock: Clock, halt: threading.Event) -> Source:
        source = ScriptedSource(halt)
        self.built.append(source)
        return source

    def select(self, spec: SourceSpec, *marks: int) -> ScriptedSource:
        """Select a source that opens at once and shows these pictures."""
        self.manager.select(spec)
        source = self.built[-1]
        if marks:
            source.opening.put(None)
            source.show(*marks)
        return source

    def marks(self) -> list[int]:
        return [int(frame.image[0, 0, 0]) for frame in self.frames]

    def until(self, *marks: int) -> None:
        assert eventually(lambda: self.marks() == list(marks)), self.marks()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(capture, "RETRY_S", 0.02)
    desk = Desk()
    yield desk
    desk.manager.close()
    assert all(source.closed for source in desk.built)


def test_before_anything_is_selected(desk: Desk) -> None:
    assert desk.manager.frames([1, 2]) == ()
    assert desk.manager.latest() is None
    assert desk.manager.current is None
    assert desk.manager.input_fps(CLOCK.now_ns()) == 0.0
    with pytest.raises(SourceError, match="position"):
        desk.manager.seek(1.0)


def test_a_source_opens_and_delivers(desk: Desk) -> None:
    desk.select(A, 1, 2, 3)
    desk.until(1, 2, 3)
    desk.heard.wait_for("file:a", LIVE)
    assert desk.heard.states() == [("file:a", OPENING), ("file:a", LIVE)]
    assert [frame.frame_id for frame in desk.frames] == [1, 2, 3]
    assert desk.manager.latest() is desk.frames[-1]
    instants = [frame.capture_ns for frame in desk.frames]
    assert desk.manager.frames([instants[0], instants[2]]) == (desk.frames[0], desk.frames[2])


def test_the_old_source_delivers_until_the_new_one_does(desk: Desk) -> None:
    old = desk.select(A, 1)
    desk.until(1)
    new = desk.select(B)
    new.opening.put(None)
    old.show(2, 3)
    desk.until(1, 2, 3)
    assert desk.manager.current == A
    new.show(4)
    desk.until(1, 2, 3, 4)
    assert desk.manager.current == B
    assert eventually(lambda: old.closed > 0)
    old.show(99)
    new.show(5)
    desk.until(1, 2, 3, 4, 5)
    assert [frame.frame_id for frame in desk.frames] == [1, 2, 3, 4, 5]
    assert [frame.source_serial for frame in desk.frames] == [1, 1, 1, 2, 2]
    desk.heard.wait_for("file:b", LIVE)
    assert desk.heard.states() == [("file:a", OPENING), ("file:a", LIVE), ("file:b", OPENING), ("file:b", LIVE)]


def test_a_new_source_that_fails_leaves_the_old_one_on(desk: Desk) -> None:
    old = desk.select(A, 1)
    desk.until(1)
    new = desk.select(B)
    new.opening.put(GONE)
    assert desk.heard.wait_for("file:b", FAILED).detail == "It is gone (here)."
    assert eventually(lambda: new.closed > 0)
    old.show(2)
    desk.until(1, 2)
    assert (desk.manager.current, desk.manager.state) == (A, LIVE)


def test_with_nothing_on_air_it_is_tried_until_it_comes(desk: Desk) -> None:
    source = desk.select(A)
    for step in (GONE, GONE, None):
        source.opening.put(step)
    source.show(1)
    desk.until(1)
    desk.heard.wait_for("file:a", LIVE)
    assert desk.heard.states() == [("file:a", OPENING), ("file:a", FAILED), ("file:a", LIVE)]


def test_a_lost_source_keeps_its_last_frame_and_comes_back(desk: Desk) -> None:
    source = desk.select(A, 1)
    desk.until(1)
    source.reading.put(GONE)
    desk.heard.wait_for("file:a", LOST)
    assert desk.manager.state is LOST
    assert desk.manager.latest() is desk.frames[0]
    assert desk.manager.frames([CLOCK.now_ns()]) == (desk.frames[0],)
    for step in (GONE, None):
        source.opening.put(step)
    source.show(2)
    desk.until(1, 2)
    desk.heard.wait_for("file:a", LIVE, times=2)
    assert [frame.source_serial for frame in desk.frames] == [1, 2]
    assert [state for _, state in desk.heard.states()] == [OPENING, LIVE, LOST, LIVE]


def test_selecting_again_what_is_on_air_changes_nothing(desk: Desk) -> None:
    desk.select(A, 1)
    desk.until(1)
    desk.heard.wait_for("file:a", LIVE)
    desk.manager.select(B)
    desk.manager.select(A)
    assert len(desk.built) == 2
    assert eventually(lambda: desk.built[1].closed > 0)
    assert desk.manager.current == A


def test_the_latest_choice_wins(desk: Desk) -> None:
    first = desk.select(A)
    second = desk.select(B, 7)
    desk.until(7)
    assert eventually(lambda: first.closed > 0)
    assert desk.manager.current == B
    assert second.closed == 0


@pytest.mark.parametrize("fault", [ZeroDivisionError("oops"), SystemExit("oops"), KeyboardInterrupt("oops")], ids=repr)
def test_a_bug_in_a_source_is_told_and_tried_again(
    desk: Desk, fault: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.sources.capture.RETRY_S", 0.01)
    source = desk.select(A, 1)
    desk.until(1)
    source.reading.put(fault)
    assert "oops" in desk.heard.wait_for("file:a", LOST).detail
    source.opening.put(OverflowError("oops again"))
    source.opening.put(None)
    source.show(2)
    desk.until(1, 2)
    desk.heard.wait_for("file:a", LIVE, times=2)


def test_a_source_that_never_returns_is_told_and_comes_back(desk: Desk) -> None:
    source = desk.select(A, 1)
    desk.until(1)
    desk.heard.wait_for("file:a", LIVE)
    began_ns = CLOCK.now_ns()
    for look in range(MIN_LOOKS - 1):  # the whole program stood still: pictures may come first
        desk.manager.watch(began_ns + SILENT_NS + look)
    assert desk.manager.state is LIVE
    desk.manager.watch(began_ns + SILENT_NS - NS_PER_SECOND)
    assert desk.manager.state is LIVE
    for _ in range(3):
        desk.manager.watch(began_ns + SILENT_NS)
    assert desk.manager.state is LOST
    desk.manager.frame_by(CENTRE)  # it is still so
    told = [event.detail for event in desk.heard.events if event.state is LOST]
    assert told == ["No picture for 6 s. It goes on by itself when one comes."] * 2
    source.show(2)
    desk.until(1, 2)
    desk.heard.wait_for("file:a", LIVE, times=2)
    assert desk.manager.state is LIVE
    assert [frame.source_serial for frame in desk.frames] == [1, 2]
    desk.manager.watch(CLOCK.now_ns())
    assert desk.manager.state is LIVE


def test_a_source_that_never_returns_can_be_chosen_anew(desk: Desk) -> None:
    desk.select(A, 1)
    desk.until(1)
    desk.heard.wait_for("file:a", LIVE)
    for _ in range(MIN_LOOKS):
        desk.manager.watch(CLOCK.now_ns() + SILENT_NS)
    desk.select(A, 2)
    desk.until(1, 2)
    desk.heard.wait_for("file:a", LIVE, times=2)
    assert (len(desk.built), desk.manager.state) == (2, LIVE)


def test_a_source_with_a_bug_can_be_chosen_anew(desk: Desk) -> None:
    source = desk.select(A, 1)
    desk.until(1)
    source.reading.put(ZeroDivisionError("oops"))
    desk.heard.wait_for("file:a", LOST)
    desk.select(A, 2)
    desk.until(1, 2)


@pytest.mark.parametrize("seconds", [math.nan, math.inf])
def test_a_position_that_is_none_is_refused(desk: Desk, seconds: float) -> None:
    source = desk.select(A, 1)
    desk.until(1)
    with pytest.raises(SourceError, match="no position to go to"):
        desk.manager.seek(seconds)
    assert source.sought == []


def test_a_label_that_changes_is_told(desk: Desk) -> None:
    source = desk.select(A, 1)
    desk.heard.wait_for("file:a", LIVE)
    source.label = "another size"
    source.show(2)
    assert desk.heard.wait_for("file:a", LIVE, times=2).detail == "another size"


def test_capture_times_never_step_back(desk: Desk) -> None:
    old = desk.select(A, 1)
    desk.until(1)
    new = desk.select(B, 2)
    desk.until(1, 2)
    assert old is not new
    early = desk.frames[0].capture_ns - 1_000_000
    new.reading.put(Picture(IMAGE, early))
    assert eventually(lambda: len(desk.frames) == 3)
    assert [f.capture_ns for f in desk.frames] == sorted(f.capture_ns for f in desk.frames)


def test_seeking_reaches_the_source_on_air(desk: Desk) -> None:
    source = desk.select(A, 1)
    desk.until(1)
    desk.manager.seek(2.5)
    assert source.sought == [2.5]


def test_after_closing_nothing_can_be_selected(desk: Desk) -> None:
    desk.select(A, 1)
    desk.until(1)
    desk.manager.close()
    with pytest.raises(SourceError, match="closed"):
        desk.manager.select(B)


def test_hooks_may_call_back() -> None:
    heard = Heard()
    seen: list[object] = []
    built: list[ScriptedSource] = []

    def build(spec: SourceSpec, clock: Clock, halt: threading.Event) -> Source:
        built.append(ScriptedSource(halt))
        return built[-1]

    manager = SourceManager(CLOCK, heard, lambda frame: seen.append(manager.latest()), build=build)
    manager.select(A)
    built[0].opening.put(None)
    built[0].show(1)
    assert eventually(lambda: len(seen) == 1)
    manager.close()


def test_another_source_stands_in_until_the_first_one_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture, "RETRY_S", 0.02)
    heard, frames, built = Heard(), list[InputFrame](), dict[str, ScriptedSource]()

    def build(spec: SourceSpec, _clock: Clock, halt: threading.Event) -> Source:
        return built.setdefault(str(spec), ScriptedSource(halt))

    manager = SourceManager(CLOCK, heard, frames.append, build=build, stand_in=B)
    try:
        manager.select(A)
        built["file:a"].opening.put(GONE)
        heard.wait_for("file:a", FAILED)
        assert eventually(lambda: "file:b" in built)
        built["file:b"].opening.put(None)
        built["file:b"].show(7)
        heard.wait_for("file:b", LIVE)
        built["file:a"].opening.put(None)
        built["file:a"].show(1)
        heard.wait_for("file:a", LIVE)
        assert eventually(lambda: [int(frame.image[0, 0, 0]) for frame in frames] == [7, 1])
        assert manager.current == A
    finally:
        manager.close()
    assert all(source.closed for source in built.values())
