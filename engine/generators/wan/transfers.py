"""Between the host and the device, through page-locked memory: what lies elsewhere is copied twice, and waited for.

torch keeps freed page-locked memory for the next who asks, and gives none back while a copy still uses it.
"""

import torch
from torch import Tensor


def on_device(host: Tensor, device: torch.device) -> Tensor:
    """A tensor of the host's on a device; on a GPU the copy is behind whatever was launched, and not waited for."""
    if device.type == "cuda":
        host = host.pin_memory()
    return host.to(device, non_blocking=True)


def on_host(*values: Tensor) -> tuple[Tensor, ...]:
    """Tensors of one device on the host, memory of their own on a GPU: all are copied, then waited for once."""
    if values[0].device.type != "cuda":
        return tuple(value.cpu() for value in values)
    copies = tuple(torch.empty(value.shape, dtype=value.dtype, pin_memory=True) for value in values)
    for copy, value in zip(copies, values, strict=True):
        copy.copy_(value, non_blocking=True)
    torch.cuda.current_stream(values[0].device).synchronize()
    return copies
