"""Work on a CUDA stream of its own, so that it overlaps what the thread launches next.

Decoding a block and carrying its pictures to the host need nothing of the next block, and fill gaps that its passes
leave: the decoded frames are needed now, the next block is not. Work on a side stream must not share a graph's memory
with what it overlaps: give it a recorder of its own.
"""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from engine.generators.graph_capture import stream_ahead

Result = TypeVar("Result")


class SideStream:
    """One stream beside the current one; on a CPU there is none, and work runs at once. Owned by one thread.

    Work stays in the order of its launch. Its tensors belong to the stream: read them there, or after `join`.
    """

    def __init__(self, device: torch.device) -> None:
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = stream_ahead(device)

    def launch(self, work: Callable[[Tensor], Result], x: Tensor) -> Result:
        """Run work(x) after everything launched so far, and concurrently with what is launched later.

        Args:
            x: of the current stream; its memory is kept while the side stream reads it. Nobody may write to it.
        """
        if self._stream is None:
            return work(x)
        self._stream.wait_stream(torch.cuda.current_stream(x.device))
        x.record_stream(self._stream)
        with torch.cuda.stream(self._stream):
            return work(x)

    def join(self) -> None:
        """Let the current stream wait for everything launched here; call it before reading or changing its state."""
        if self._stream is not None:
            torch.cuda.current_stream(self._stream.device).wait_stream(self._stream)
