"""A codec stream whose steady pushes are replayed from a graph, and which is a codec stream in every other way."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.generators.graph_capture import Recorder, Replay
from engine.generators.wan.acceleration.decisions import first_line
from engine.generators.wan.codecs.base import CodecStream, StreamSnapshot
from engine.generators.wan.device.numerics import relative_error

REPLAYED_TOLERANCE: Final = {torch.float32: 1e-5, torch.bfloat16: 1e-2}
"""Relative error of a whole pass as replayed against the one that was recorded: the same kernels, unless a library
chooses others."""


@dataclass(frozen=True, slots=True)
class _Steady:
    """A recorded push: what it reads, what it leaves."""

    input: Tensor
    output: Tensor
    replay: Replay


class GraphedStream:
    """Replays pushes of whole groups; see `CodecStream`. Owned by the engine thread.

    A push is recorded when one of its shape is first met behind the first of a video, which codes a shorter group
    and always runs as it stands. Recording puts the stream's state back. State lies where it lay through resets and
    restores, so what was recorded stays good. The caller is given a copy of its own of what a replay leaves.

    A recording is held against the push as it stands. One that cannot be made, or comes out otherwise, is left.

    Attributes:
        recorded: shapes recorded so far.
        refused: why the last one was left; "": none was.
    """

    def __init__(self, stream: CodecStream, recorder: Recorder) -> None:
        self._stream = stream
        self._recorder = recorder
        self._steady: dict[torch.Size, _Steady | None] = {}  # None: it is pushed as it stands
        self._begun = False
        self.recorded = 0
        self.refused = ""

    @property
    def waiting(self) -> int:
        return self._stream.waiting

    def reset(self) -> None:
        self._stream.reset()
        self._begun = False

    @torch.inference_mode()
    def push(self, x: Tensor) -> Tensor:
        if not self._begun or self._stream.waiting:
            self._begun = True
            return self._stream.push(x)
        if x.shape not in self._steady:
            self._steady[x.shape] = self._record(x)
        steady = self._steady[x.shape]
        if steady is None:
            return self._stream.push(x)
        steady.input.copy_(x)
        steady.replay()
        return steady.output.clone()

    def flush(self) -> Tensor:
        self._begun = False
        return self._stream.flush()

    def snapshot(self) -> StreamSnapshot:
        return self._stream.snapshot()

    def restore(self, snapshot: StreamSnapshot) -> None:
        if snapshot.fresh and snapshot.pending is None:
            self.reset()  # and not to a stream without buffers, which the graphs know
            return
        self._stream.restore(snapshot)
        self._begun = not snapshot.fresh

    def state_bytes(self) -> int:
        return self._stream.state_bytes()

    def flops(self, height: int, width: int) -> int:
        return self._stream.flops(height, width)

    def _record(self, x: Tensor) -> _Steady | None:
        """None: frames are left waiting, which no graph can, or the recording is refused."""
        before = self._stream.snapshot()
        still = x.clone()
        expected = self._stream.push(still).clone()
        out = torch.empty_like(expected)
        replay: Replay | None = None
        if not self._stream.waiting:

            def work() -> None:
                out.copy_(self._stream.push(still))

            try:
                replay = self._recorder.record(work)
                self._stream.restore(before)
                out.fill_(float("nan"))
                replay()
                error = relative_error(out, expected)
            except torch.OutOfMemoryError:
                raise
            except RuntimeError as problem:  # torch's base of all that a device refuses
                self.refused = f"failed: {first_line(problem)}"
            else:
                limit = REPLAYED_TOLERANCE[expected.dtype]
                if not error <= limit:
                    self.refused = f"wrong: relative error {error:.1e} against the same as it stands (limit {limit:g})"
            self.recorded += 1
        self._stream.restore(before)
        return _Steady(still, out, replay) if replay is not None and not self.refused else None
