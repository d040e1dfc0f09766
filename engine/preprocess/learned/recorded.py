"""A network's work of one frame as one CUDA graph, replayed on the stream of its own.

Launched one by one, the some hundred kernels of a small network take longer to launch than to run, and each launch
holds the interpreter against the generator's thread. Compiling would take minutes of start for kernels that are short
anyway; a graph is recorded in a fraction of a second, and tried against the plain network before it serves.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final, Protocol

import torch
from torch import Tensor

from engine.device_turn import device_turn_if_free
from engine.errors import DepthError

Tensors = tuple[Tensor, ...]
Work = Callable[[Tensors], Tensors]
"""From tensors to tensors of shapes that depend on those of the first alone; never waits for the device."""

Replay = Callable[[], None]

TOLERANCE: Final = 0.02
"""Largest difference from the plain network that is taken, as a share of the largest number: what bfloat16 leaves
when a library sums in another order. A graph that reads wrong memory is off by far more."""

_WARM_CALLS: Final = 2
"""Before recording: libraries load and allocate in the first, the second finds everything in place."""

_LONGEST: Final = 200
"""Characters of a reason."""


class Recorder(Protocol):
    """Turns work on fixed buffers into something that can be done again."""

    def record(self, work: Callable[[], None]) -> Replay:
        """Work may be called any number of times meanwhile."""
        ...


class StreamRecorder:
    """Records on the current stream, which must not be the default one.

    `torch.cuda.graph` waits for the whole device first and gives memory back, the generator's too; this does neither.
    Every graph has memory of its own.
    """

    def record(self, work: Callable[[], None]) -> Replay:
        for _ in range(_WARM_CALLS):
            work()
        graph = torch.cuda.CUDAGraph()
        # The generator's thread launches, allocates and waits meanwhile.
        graph.capture_begin(capture_error_mode="thread_local")
        try:
            work()
        except BaseException:
            with suppress(RuntimeError):  # what broke the recording says more
                graph.capture_end()
            raise
        graph.capture_end()
        replay: Replay = graph.replay
        return replay


def recorder_of(device: torch.device) -> Recorder | None:
    """Return a recorder; None where the device has no graphs."""
    return StreamRecorder() if device.type == "cuda" else None


class RecordedWork:
    """Work that is recorded for the shapes it comes with. One thread owns it; call it on one stream.

    With the first inputs of other shapes the plain work is done, recorded, and both are compared on those inputs and
    on mirrored ones: only a recording that gives the same serves from then on. While another thread has the device's
    turn (a generator warms up), the plain work is done, and it is tried with the next inputs.

    Args:
        recorder: None: the work is always launched one by one.
    """

    def __init__(self, work: Work, recorder: Recorder | None) -> None:
        self._work = work
        self._recorder = recorder
        self._shapes: tuple[torch.Size, ...] | None = None
        self._replay: Replay | None = None
        self._inputs: Tensors = ()
        self._outputs: list[Tensor] = []
        self._refused = ""

    @property
    def recordable(self) -> bool:
        return self._recorder is not None

    def __call__(self, inputs: Tensors) -> Tensors:
        """Return the work's result, which the next call may overwrite.

        Raises:
            DepthError: a recording for new shapes was refused after others had served, told so that it is known; the
                next call computes.
        """
        if self._recorder is not None and _shapes(inputs) != self._shapes:
            with device_turn_if_free() as free:
                return self._try(inputs, self._recorder) if free else self._work(inputs)
        if self._replay is None:
            return self._work(inputs)
        _fill(self._inputs, inputs)
        self._replay()
        return tuple(self._outputs)

    def describe(self) -> str:
        """Tell how it is launched, e.g. "one graph a frame"; "" where there is nothing to tell."""
        if self._recorder is None or self._shapes is None:
            return ""
        return "one graph a frame" if self._replay is not None else f"kernels launched one by one: {self._refused}"

    def _try(self, inputs: Tensors, recorder: Recorder) -> Tensors:
        served = self._replay is not None
        self._shapes, self._replay, self._outputs, self._inputs = None, None, [], ()
        expected = self._work(inputs)
        if not all(bool(one.isfinite().all()) for one in expected):
            return expected  # nothing to compare with; the next frame may have
        self._shapes = _shapes(inputs)
        try:
            self._refused = self._record(inputs, expected, recorder)
        except RuntimeError as error:  # torch's base of all that a device refuses
            line = (str(error).strip().splitlines() or [type(error).__name__])[0]
            self._refused = f"recording a graph failed: {line[:_LONGEST]}"
        if self._refused:
            self._replay, self._outputs, self._inputs = None, [], ()
            if served:
                raise DepthError(f"The depth model goes on with {self.describe()}")
        return expected

    def _record(self, inputs: Tensors, expected: Tensors, recorder: Recorder) -> str:
        """Record and compare; return why the recording is refused, "" where it is right."""
        self._inputs = tuple(one.clone() for one in inputs)

        def work() -> None:
            self._outputs = list(self._work(self._inputs))

        replay = recorder.record(work)
        mirrored = tuple(one.flip(-1) for one in inputs)
        for given, right in ((mirrored, self._work(mirrored)), (inputs, expected)):
            _fill(self._inputs, given)
            replay()
            if (apart := _apart(self._outputs, right)) > TOLERANCE:
                return f"a graph gave other numbers, by {apart:.1%} of the largest"
        self._replay = replay
        return ""


def _shapes(tensors: Iterable[Tensor]) -> tuple[torch.Size, ...]:
    return tuple(one.shape for one in tensors)


def _fill(buffers: Tensors, values: Tensors) -> None:
    for buffer, value in zip(buffers, values, strict=True):
        buffer.copy_(value)


def _apart(found: Iterable[Tensor], right: Iterable[Tensor]) -> float:
    """The largest difference, as a share of the largest number; infinite where a number is none."""
    worst = 0.0
    for one, other in zip(found, right, strict=True):
        difference = float((one.float() - other.float()).abs().max())
        largest = float(other.float().abs().max())
        if difference != difference:  # not a number
            return float("inf")
        worst = max(worst, difference / largest if largest else difference)
    return worst
