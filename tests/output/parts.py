"""What the tests of the output process share."""

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from engine.clock import SystemClock
from engine.messages.frame import OutputFrame
from engine.output.client import NULL_SINK, OutputClient, OutputConfig, OutputStatus, SinkSpec

PATIENCE_S = 20.0
"""How long a test waits for what must happen; generous, for machines that are busy otherwise."""


def flat(red: int, green: int, blue: int) -> npt.NDArray[np.uint8]:
    image = np.empty((448, 448, 4), np.uint8)
    image[...] = (red, green, blue, 255)
    return image


def frame(
    image: npt.NDArray[np.uint8], *, epoch: int = 0, chunk: int = 0, position: int = 0, period_ns: int = 33_333_333
) -> OutputFrame:
    return OutputFrame(
        epoch=epoch,
        chunk_index=chunk,
        position=position,
        capture_ns=time.monotonic_ns(),
        period_ns=period_ns,
        image=image,
    )


def connect(name: str = "Test", sink: SinkSpec = NULL_SINK, linger_s: float = 60.0) -> OutputClient:
    return OutputClient.connect(
        OutputConfig(name=name, sinks=(sink,)), SystemClock(), linger_ns=int(linger_s * 1_000_000_000)
    )


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.01)


def when(client: OutputClient, condition: Callable[[OutputStatus], bool], what: str) -> OutputStatus:
    """Wait for a status in which it holds; returns that status."""
    found: list[OutputStatus] = []

    def holds() -> bool:
        status = client.status()
        found.append(status)
        return condition(status)

    eventually(holds, what)
    return found[-1]
