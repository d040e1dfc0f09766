"""Where a learned depth model computes."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import torch
from torch import Tensor

from engine.preprocess.learned.recorded import Recorder, recorder_of

CPU_EDGE: Final = 224
"""Shorter edge of the pictures that a model sees on a CPU: a quarter of the work of 448."""

_LOWEST_PRIORITY: Final = 0
"""Of CUDA's streams; the generator's decoder goes before it, and nothing goes behind."""

_BEHIND: Final = 15
"""Niceness of the thread on a CPU: the picture's threads and the output go first."""


class DepthDevice:
    """A device with its number type; one thread owns it and calls everything.

    Args:
        recorder: makes what records the work of a frame; gives None where each kernel is to be launched by itself.

    Attributes:
        device, dtype: bfloat16 on CUDA; float32 on a CPU.
        edge: shorter edge that pictures are brought to, or None.
        recorder: for the device, or None.
    """

    def __init__(
        self,
        device: torch.device | None = None,
        *,
        recorder: Callable[[torch.device], Recorder | None] = recorder_of,
    ) -> None:
        self.device: Final = device or torch.device("cuda" if torch.cuda.is_available() else "cpu")
        cuda = self.device.type == "cuda"
        self.dtype: Final = torch.bfloat16 if cuda else torch.float32
        self.edge: Final = None if cuda else CPU_EDGE
        self.recorder: Final = recorder(self.device)
        self._stream: torch.cuda.Stream | None = None
        if cuda:
            self._stream = torch.cuda.Stream(self.device, priority=_LOWEST_PRIORITY)  # type: ignore[no-untyped-call]

    def step_behind(self) -> None:
        """Let this thread wait for the picture's threads, and compute alone."""
        if self.device.type == "cpu":
            torch.set_num_threads(1)
            if sys.platform == "linux":  # elsewhere niceness belongs to the whole process
                os.setpriority(os.PRIO_PROCESS, 0, _BEHIND)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Run what is launched inside on the device's own stream, without gradients."""
        with torch.inference_mode():
            if self._stream is None:
                yield
            else:
                with torch.cuda.stream(self._stream):
                    yield

    def put(self, picture: Tensor) -> Tensor:
        """Bring a picture to the device, in its type."""
        if self._stream is not None:
            picture = picture.pin_memory()
        return picture.to(self.device, self.dtype, non_blocking=True)

    def fetch(self, found: Tensor) -> Tensor:
        """Bring a result to the CPU as float32; waits for this stream alone."""
        if self._stream is None:
            return found.float()
        host = torch.empty(found.shape, dtype=torch.float32, pin_memory=True)
        host.copy_(found.float(), non_blocking=True)
        done = torch.cuda.Event()  # type: ignore[no-untyped-call]
        done.record(self._stream)
        done.synchronize()
        return host

    def describe(self) -> str:
        kind = str(self.dtype).removeprefix("torch.")
        if self._stream is None:
            return f"torch cpu {kind}, 1 thread behind the others"
        return f"torch {torch.cuda.get_device_name(self.device)} {kind}, a stream of its own behind the generator's"
