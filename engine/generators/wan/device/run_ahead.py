"""Keeps the host close to the device, which does what it is given long after: an abort must find something to leave."""

import torch


class RunAheadLimiter:
    """Lets the host run ahead of one device by a step, and no further. Owned by the engine thread.

    One step always waits behind the one that runs, so the device never does. On a CPU there is nothing to wait for.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._marks: list[torch.cuda.Event] = []
        if device.type == "cuda":  # marks that let go of the processor while they are waited for
            self._marks = [torch.cuda.Event(blocking=True) for _ in range(2)]  # type: ignore[no-untyped-call]

    def step(self) -> None:
        """After a step was launched: wait for the one before."""
        if self._marks:
            self._marks.reverse()
            self._marks[0].record(torch.cuda.current_stream(self._device))
            self._marks[1].synchronize()

    def settle(self) -> None:
        """Wait for all that was launched."""
        if self._marks:
            self._marks[0].record(torch.cuda.current_stream(self._device))
            self._marks[0].synchronize()
