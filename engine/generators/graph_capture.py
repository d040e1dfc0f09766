"""Recording work on fixed buffers as graphs of CUDA (and ROCm, which torch calls the same), replayed by one launch."""

from collections.abc import Callable
from typing import Final, Protocol

import torch

from engine.device_turn import device_turn

_WARM_CALLS: Final = 2
"""Before recording: the first call compiles and lets libraries allocate, the second finds everything in place."""


_PRIORITY: Final = -1
"""Of the streams that are recorded, which what is recorded keeps: before others that compute on the device (0), as
depth does."""


def stream_ahead(device: torch.device) -> torch.cuda.Stream:
    """A stream whose work goes before what else waits on the device."""
    return torch.cuda.Stream(device, priority=_PRIORITY)  # type: ignore[no-untyped-call]


Replay = Callable[[], None]


class Recorder(Protocol):
    """Turns work on fixed buffers into something that can be done again."""

    def record(self, work: Callable[[], None]) -> Replay:
        """Work may be called any number of times meanwhile."""
        ...


class CallAgain:
    """Records nothing: for devices without graphs, and for tests."""

    def record(self, work: Callable[[], None]) -> Replay:
        return work


class _Pool:
    """Memory that graphs share. Torch takes no pool again whose last graph has gone, so one graph of nothing stays."""

    @device_turn()
    def __init__(self, device: torch.device) -> None:
        self.handle: Final = torch.cuda.graph_pool_handle()
        self._aside = stream_ahead(device)
        self._graph = torch.cuda.CUDAGraph()
        self._touched = torch.zeros(1, device=device)
        with torch.cuda.graph(self._graph, pool=self.handle, stream=self._aside, capture_error_mode="thread_local"):
            self._touched.zero_()


class CudaRecorder:
    """Records CUDA graphs that share one memory pool, and on one stream the workspaces that libraries keep for it."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._pool = _Pool(device)
        self._aside = stream_ahead(device)

    @device_turn()
    def record(self, work: Callable[[], None]) -> Replay:
        aside = self._aside
        aside.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(aside):  # what libraries keep per stream must exist before
            for _ in range(_WARM_CALLS):
                work()
        torch.cuda.current_stream(self._device).wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        # Other threads (the text encoder's) may allocate and wait meanwhile, on streams of their own.
        with torch.cuda.graph(graph, pool=self._pool.handle, stream=aside, capture_error_mode="thread_local"):
            work()
        replay: Replay = graph.replay
        return replay


Cut = Callable[[Callable[[], None]], None]
"""Does a call, and leaves it out of what is recorded."""


class CutRecorder:
    """Records work that leaves the process in between: a graph for each stretch, and plain calls between them.

    Recording a collective of NCCL into a graph hung on the machine where it was tried; a graph on either side of it
    does not know that it is there.

    Args:
        take: is given what to do with each call that is to stay out of a graph; None: to do it as ever.
    """

    def __init__(self, device: torch.device, take: Callable[[Cut | None], None]) -> None:
        self._device = device
        self._take = take
        self._pool = _Pool(device)
        self._aside = stream_ahead(device)

    @device_turn()
    def record(self, work: Callable[[], None]) -> Replay:
        aside = self._aside
        aside.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(aside):
            for _ in range(_WARM_CALLS):
                work()
            torch.cuda.synchronize(self._device)
            parts = stretches(work, self._begin, self._take)
        torch.cuda.current_stream(self._device).wait_stream(aside)

        def replay() -> None:
            for part in parts:
                part()

        return replay

    def _begin(self) -> Callable[[], Replay]:
        graph = torch.cuda.CUDAGraph()
        graph.capture_begin(pool=self._pool.handle, capture_error_mode="thread_local")

        def end() -> Replay:
            graph.capture_end()
            replay: Replay = graph.replay
            return replay

        return end


def stretches(
    work: Callable[[], None], begin: Callable[[], Callable[[], Replay]], take: Callable[[Cut | None], None]
) -> list[Replay]:
    """Do some work once, recording: what lies between its cuts, and the calls at them, in their order.

    Args:
        begin: begins to record; what it returns ends that, and gives the replay.
        take: see `CutRecorder`.
    """
    parts: list[Replay] = []
    end = begin()

    def cut(call: Callable[[], None]) -> None:
        nonlocal end
        parts.append(end())
        call()
        parts.append(call)
        end = begin()

    take(cut)
    try:
        work()
    finally:
        take(None)
        parts.append(end())
    return parts


def recorder_of(device: torch.device) -> Recorder | None:
    """A recorder with memory of its own; None where the device has no graphs."""
    return CudaRecorder(device) if device.type == "cuda" else None
