"""Marks in time on the device, without waiting for it."""

import time
from collections.abc import Callable
from typing import Protocol

import torch

from engine.clock import NS_PER_SECOND

_MS_PER_S = 1e3


class Mark(Protocol):
    """A point in the order of the device's work."""

    def wait(self) -> None:
        """Wait until the device has reached this mark."""
        ...

    def ms_since(self, earlier: "Mark") -> float:
        """Return the milliseconds since another mark; both must have been reached."""
        ...


class _HostMark:
    def __init__(self) -> None:
        self.ns = time.perf_counter_ns()

    def wait(self) -> None:
        """Return at once, as the host runs everything itself."""

    def ms_since(self, earlier: Mark) -> float:
        assert isinstance(earlier, _HostMark)
        return (self.ns - earlier.ns) / NS_PER_SECOND * _MS_PER_S


class _CudaMark:
    def __init__(self) -> None:
        self.event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        self.event.record()

    def wait(self) -> None:
        self.event.synchronize()

    def ms_since(self, earlier: Mark) -> float:
        assert isinstance(earlier, _CudaMark)
        return float(earlier.event.elapsed_time(self.event))


def mark(device: torch.device) -> Mark:
    """Here and now, behind everything launched on the current stream so far."""
    return _CudaMark() if device.type == "cuda" else _HostMark()


def fastest_ms(work: Callable[[], object], device: torch.device, *, calls: int, rounds: int = 3) -> float:
    """Time of one call: the best mean of some rounds, after a round of warm-up."""
    means = []
    for _ in range(rounds + 1):
        start = mark(device)
        for _ in range(calls):
            work()
        end = mark(device)
        end.wait()
        means.append(end.ms_since(start) / calls)
    return min(means[1:])
