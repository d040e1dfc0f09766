"""A codec stream whose steady pushes are replayed from a graph, and which is a codec stream in every other way."""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.generators.graph_capture import Recorder, Replay
from engine.generators.wan.codecs.base import CodecStream, StreamSnapshot


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

    Attributes:
        recorded: shapes recorded so far.
    """

    def __init__(self, stream: CodecStream, recorder: Recorder) -> None:
        self._stream = stream
        self._recorder = recorder
        self._steady: dict[torch.Size, _Steady | None] = {}  # None: leaves frames waiting, which no graph can
        self._begun = False
        self.recorded = 0

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
        before = self._stream.snapshot()
        still = x.clone()
        out = torch.empty_like(self._stream.push(still))
        replay: Replay | None = None
        if not self._stream.waiting:

            def work() -> None:
                out.copy_(self._stream.push(still))

            replay = self._recorder.record(work)
            self.recorded += 1
        self._stream.restore(before)
        return _Steady(still, out, replay) if replay is not None else None
