"""How many exchanges a process has come to, counted where they happen: on its device, in the order of its stream."""

import threading
from typing import Final

import torch
from torch import Tensor

from engine.clock import NS_PER_MS, Clock, SystemClock

_READ_NS: Final = 300 * NS_PER_MS
"""How long a device may take to say: it needs microseconds, whatever else waits on it."""

_LOOK_S: Final = 0.002


class TurnCount:
    """A number on a device, that anybody may read while what is launched there waits.

    Attributes:
        number: int64 [1]; only the stream of the passes adds to it.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        with torch.inference_mode(False):  # written to in either mode
            self.number: Final = torch.zeros(1, dtype=torch.int64, device=device)
            self._seen: Tensor | None = None
            self._beside: torch.cuda.Stream | None = None
            if device.type == "cuda":
                self._seen = torch.zeros(1, dtype=torch.int64, pin_memory=True)
                self._beside = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def add(self) -> None:
        """One more, behind all that is launched so far."""
        self.number.add_(1)

    def read(self, clock: Clock | None = None) -> int | None:
        """As far as the device has come; None: it does not answer. Any thread, one at a time."""
        if self._seen is None or self._beside is None:
            return int(self.number.item())
        done = torch.cuda.Event()  # type: ignore[no-untyped-call]
        with torch.cuda.stream(self._beside):
            self._seen.copy_(self.number, non_blocking=True)
            done.record(self._beside)
        return int(self._seen.item()) if done_within(done, _READ_NS, clock or SystemClock()) else None


def done_within(event: torch.cuda.Event, patience_ns: int, clock: Clock) -> bool:
    """Wait until a device has come to an event, and no longer than that."""
    look, until_ns = threading.Event(), clock.now_ns() + patience_ns
    while not event.query():  # type: ignore[no-untyped-call]
        if clock.now_ns() > until_ns:
            return False
        look.wait(_LOOK_S)
    return True
