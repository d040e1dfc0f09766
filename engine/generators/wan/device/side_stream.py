"""Work on a CUDA stream of its own, so that it overlaps what the thread launches next.

Decoding a block and carrying its pictures to the host need nothing of the next block, and fill gaps that its passes
leave. What runs in a lane must not share its graphs' memory with what it overlaps: give it a recorder of its own.
"""

from collections.abc import Callable
from typing import Final, TypeVar

import torch
from torch import Tensor

Result = TypeVar("Result")

_URGENT: Final = -1
"""Its kernels go first: somebody waits for the pictures, and for the next block not yet."""


class SideStream:
    """One stream beside the current one; on a CPU there is none, and work runs as it comes. Owned by one thread.

    What was launched in a lane stays in order. Its tensors belong to it: read them in the lane, or behind `join`.
    """

    def __init__(self, device: torch.device) -> None:
        self._stream: torch.cuda.Stream | None = None
        if device.type == "cuda":
            self._stream = torch.cuda.Stream(device, priority=_URGENT)  # type: ignore[no-untyped-call]

    def launch(self, work: Callable[[Tensor], Result], x: Tensor) -> Result:
        """Do work(x) behind everything launched so far, and beside everything launched later.

        Args:
            x: of the current stream; its memory is kept for as long as the lane reads it. Nobody may write to it.
        """
        if self._stream is None:
            return work(x)
        self._stream.wait_stream(torch.cuda.current_stream(x.device))
        x.record_stream(self._stream)
        with torch.cuda.stream(self._stream):
            return work(x)

    def join(self) -> None:
        """Let the current stream wait for all that was launched here: before the lane's state is read or changed."""
        if self._stream is not None:
            torch.cuda.current_stream(self._stream.device).wait_stream(self._stream)
