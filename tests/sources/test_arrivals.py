"""The rate of arrivals under a clock moved by hand."""

import pytest

from engine.sources.arrivals import ArrivalRate

SECOND = 1_000_000_000


def test_nothing_arrives() -> None:
    assert ArrivalRate().per_second(5 * SECOND) == 0.0


@pytest.mark.parametrize("fps", [5, 24, 30, 60])
def test_a_steady_source_reads_steadily_between_its_frames(fps: int) -> None:
    rate = ArrivalRate()
    for number in range(3 * fps):
        rate.note(number * SECOND // fps)
    last = (3 * fps - 1) * SECOND // fps
    for part in (0.0, 0.5, 0.99):
        assert rate.per_second(last + round(part * SECOND / fps)) == pytest.approx(fps, rel=1e-3)


def test_a_source_that_stops_falls_to_zero() -> None:
    rate = ArrivalRate()
    for number in range(31):
        rate.note(number * SECOND // 30)
    readings = [rate.per_second(SECOND + gap * SECOND // 10) for gap in range(12)]
    assert readings == sorted(readings, reverse=True)
    assert readings[0] == pytest.approx(30.0)
    assert readings[-1] == 0.0
