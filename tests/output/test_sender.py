"""The send thread: whatever a sink does, it is counted and told, and the next picture is tried."""

import time

import numpy as np
import pytest

from engine.clock import NS_PER_SECOND, ManualClock
from engine.errors import OutputError
from engine.output.sender import Job, SendThread
from engine.output.settings import VideoFormat, WireImage
from engine.output.sinks.base import SinkState, SinkStatus

PICTURE = np.zeros((16, 16, 2), np.uint8)
VIDEO = VideoFormat(width=16, height=16)


class Moody:
    """A sink that raises what it is told to, call by call."""

    def __init__(self, opening: Exception | None = None, sending: tuple[Exception | None, ...] = ()) -> None:
        self._opening = opening
        self._sending = list(sending)
        self.closed = False

    def open(self) -> None:
        if self._opening is not None:
            raise self._opening

    def wanted(self) -> bool:
        return True

    def send(self, image: WireImage, video: VideoFormat) -> None:
        assert (image is PICTURE, video) == (True, VIDEO)
        error = self._sending.pop(0)
        if error is not None:
            raise error

    def status(self) -> SinkStatus:
        return SinkStatus("somewhere", 2, True, "")

    def close(self) -> None:
        self.closed = True
        raise ValueError("closed twice")


def states(sink: Moody, jobs: int) -> list[SinkState]:
    """Feed pictures a second apart; the state after each."""
    clock, found = ManualClock(0), []
    thread = SendThread("moody", sink, clock, clock.advance_to)
    thread.start()
    for number in range(1, jobs + 1):
        before = thread.report
        thread.put(Job(number * NS_PER_SECOND, PICTURE, VIDEO))
        while thread.report is before:
            time.sleep(0.001)
        found.append(thread.report.sink)
    assert thread.close(5.0)
    assert sink.closed
    return found


def test_failures_are_counted_told_and_outlived() -> None:
    sink = Moody(sending=(None, OutputError("The disk is full", remedy="Make room."), KeyError("wheel"), None))
    told = [(one.id, one.sent, one.failed, one.status.detail) for one in states(sink, 4)]
    assert told == [
        ("moody", 1, 0, ""),
        ("moody", 1, 1, "The disk is full. Make room."),
        ("moody", 1, 2, "The sink moody failed: KeyError: 'wheel'."),
        ("moody", 2, 2, ""),
    ]


@pytest.mark.parametrize("error", [OutputError("There is no such place"), OSError("no such place")])
def test_nothing_is_drawn_for_a_sink_that_cannot_be_opened(error: Exception) -> None:
    thread = SendThread("moody", Moody(opening=error), clock := ManualClock(0), clock.advance_to)
    thread.start()
    thread.put(Job(NS_PER_SECOND, None, VIDEO))
    while not thread.report.sink.status.detail:
        time.sleep(0.001)
    assert "no such place" in thread.report.sink.status.detail.lower()
    assert not thread.wanted
    assert thread.close(5.0)
