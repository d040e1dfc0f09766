"""Bounds how far the CPU runs ahead of the GPU, so that an abort takes effect within one step."""

import torch


class RunAheadLimiter:
    """Lets the host queue one step ahead of the device, and no more. Owned by the engine thread.

    One step is always queued behind the running one, so the device never idles. On a CPU nothing is waited for.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._marks: list[torch.cuda.Event] = []
        if device.type == "cuda":  # blocking: waiting yields the processor
            self._marks = [torch.cuda.Event(blocking=True) for _ in range(2)]  # type: ignore[no-untyped-call]

    def step(self) -> None:
        """Wait for the step before the one just launched."""
        if self._marks:
            self._marks.reverse()
            self._marks[0].record(torch.cuda.current_stream(self._device))
            self._marks[1].synchronize()

    def wait(self) -> None:
        """Wait for everything launched."""
        if self._marks:
            self._marks[0].record(torch.cuda.current_stream(self._device))
            self._marks[0].synchronize()
