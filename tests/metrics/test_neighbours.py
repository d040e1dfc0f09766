"""Who else is on our GPU: told when it changes, asked for seldom, never claimed without knowing."""

from collections.abc import Collection

from engine.clock import NS_PER_SECOND
from engine.messages.stats import GpuShared, SharedGpu
from engine.metrics.gpus import GpuLoad, GpuReport
from engine.metrics.neighbours import POLL_NS, GpuNeighbours


class Driver:
    """Says what it is told to."""

    def __init__(self) -> None:
        self.report = GpuReport()
        self.asked = 0

    def __call__(self, own_pids: Collection[int]) -> GpuReport:
        assert own_pids == (1,)
        self.asked += 1
        return self.report


def gpu(*others: int, ours: bool = True, busy: float | None = 0.5) -> GpuLoad:
    return GpuLoad("H200", 0.9, 9 << 30, others, len(others) << 30, busy, ours=ours)


def test_neighbours_are_told_when_they_come_and_go() -> None:
    driver = Driver()
    neighbours = GpuNeighbours([1], driver)
    told = []
    for step, load in enumerate([gpu(), gpu(7), gpu(7, busy=0.9), gpu(7, 8), gpu(7, ours=False), gpu()]):
        driver.report = GpuReport(loads=(load, gpu(99, ours=False)))
        if (event := neighbours.poll(step * POLL_NS)) is not None:
            told.append(event)
    assert told == [
        GpuShared(at_ns=POLL_NS, gpus=(SharedGpu("H200", 1, 1 << 30, 0.5),)),
        GpuShared(at_ns=3 * POLL_NS, gpus=(SharedGpu("H200", 2, 2 << 30, 0.5),)),
        GpuShared(at_ns=4 * POLL_NS, gpus=()),
    ]


def test_the_driver_is_asked_seldom() -> None:
    driver = Driver()
    driver.report = GpuReport(loads=(gpu(),))
    neighbours = GpuNeighbours([1], driver)
    for now_ns in range(0, 2 * POLL_NS, NS_PER_SECOND // 4):
        neighbours.poll(now_ns)
    assert driver.asked == 2


def test_without_a_driver_it_is_asked_once_and_nothing_is_claimed() -> None:
    driver = Driver()
    driver.report = GpuReport(missing="no NVIDIA driver")
    neighbours = GpuNeighbours([1], driver)
    assert [neighbours.poll(step * POLL_NS) for step in range(3)] == [None] * 3
    assert driver.asked == 1
