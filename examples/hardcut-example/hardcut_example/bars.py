"""The source: eight bars of colour, moving sideways at thirty frames a second."""

import threading

import numpy as np

from engine.clock import NS_PER_SECOND, Clock
from engine.errors import SourceError
from engine.messages.frame import FRAME_SIZE
from engine.sources.base import Picture, wait_until
from engine.sources.registry import FoundSource, SourceEntry

FPS = 30
COLOURS = [(r, g, b) for r in (255, 0) for g in (255, 0) for b in (255, 0)]


class BarsSource:
    """Bars that move `speed` widths of the picture a second; frame n is due n/30 s after the first."""

    def __init__(self, speed: float, clock: Clock, halt: threading.Event) -> None:
        self._speed = speed
        self._clock = clock
        self._halt = halt
        self._row = np.repeat(np.array(COLOURS, np.uint8), FRAME_SIZE // len(COLOURS), axis=0)
        self._start_ns = 0
        self._next = 0

    @property
    def label(self) -> str:
        return f"bars, {FPS} fps"

    @property
    def rate(self) -> float:
        return float(FPS)

    def open(self) -> None:
        self._start_ns, self._next = self._clock.now_ns(), 0

    def read(self) -> Picture | None:
        elapsed_ns = self._clock.now_ns() - self._start_ns
        self._next = max(self._next, elapsed_ns * FPS // NS_PER_SECOND)  # one that is late is left out
        offset_ns = self._next * NS_PER_SECOND // FPS
        if not wait_until(self._start_ns + offset_ns, self._clock, self._halt):
            return None
        self._next += 1
        shift = round(self._speed * FRAME_SIZE * offset_ns / NS_PER_SECOND)
        image = np.tile(np.roll(self._row, shift, axis=0), (FRAME_SIZE, 1, 1))
        return Picture(image=image, capture_ns=self._start_ns + offset_ns)

    def close(self) -> None:
        return


def build_bars(address: str, clock: Clock, halt: threading.Event) -> BarsSource:
    """The source for what was written behind "bars:"."""
    try:
        speed = float(address or "0.25")
    except ValueError:
        raise SourceError("The bars' speed is not a number", where=address, remedy="Write bars:0.5.") from None
    return BarsSource(speed, clock, halt)


BARS = SourceEntry(
    id="bars",
    label="Moving bars",
    forms=("bars", "bars:SPEED"),
    build=build_bars,
    look=lambda _timeout_s: [FoundSource("", "coloured bars that move")],
)
