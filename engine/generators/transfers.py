"""Between the host and the device, through page-locked memory: what lies elsewhere is copied twice, and waited for.

torch keeps freed page-locked memory for the next who asks, and gives none back while a copy still uses it.
"""

import torch
from torch import Tensor


def on_device(value: Tensor, device: torch.device) -> Tensor:
    """A tensor on a device; from the host to a GPU behind whatever was launched there, and not waited for."""
    if device.type == "cuda" and value.device.type == "cpu":
        value = value.pin_memory()
    return value.to(device, non_blocking=True)


class OnHost:
    """Tensors of one device on their way to the host, in memory of their own on a GPU; behind what was launched.

    The tensors given may go at once; what they come to is there after `wait`.
    """

    def __init__(self, *values: Tensor) -> None:
        device = values[0].device
        self._arrived: torch.cuda.Event | None = None
        if device.type != "cuda":
            self._copies = tuple(value.cpu() for value in values)
            return
        self._copies = tuple(torch.empty(value.shape, dtype=value.dtype, pin_memory=True) for value in values)
        for copy, value in zip(self._copies, values, strict=True):
            copy.copy_(value, non_blocking=True)
        self._arrived = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
        self._arrived.record(torch.cuda.current_stream(device))

    def wait(self) -> tuple[Tensor, ...]:
        """All of them, in order, once they and all that was launched before them on their stream are done."""
        if self._arrived is not None:
            self._arrived.synchronize()
        return self._copies
