"""A display: the programme in full on one of them, black beside it. In a process of its own: it outlives the window.

While the display is not there, nothing is shown anywhere: it never moves to another one, and is back by itself.
"""

import time
from collections.abc import Callable
from typing import Final, Protocol

from engine.clock import NS_PER_SECOND
from engine.errors import OutputError
from engine.messages.shape import parse_shape
from engine.output.settings import VideoFormat, WireImage
from engine.output.sinks.base import SinkStatus
from engine.output.sinks.sdl import Display, Sdl
from engine.output.sinks.warp import Warp, pattern

LOOK_NS: Final = NS_PER_SECOND
"""How often the displays are counted."""


class Window(Protocol):
    """A window that covers a display; see engine.output.sinks.sdl.SdlWindow."""

    @property
    def vsync(self) -> bool: ...

    @property
    def driver(self) -> str: ...

    def show(self, image: WireImage) -> None: ...

    def close(self) -> None: ...


class Displays(Protocol):
    """The displays of a system; see engine.output.sinks.sdl.Sdl."""

    def displays(self) -> tuple[Display, ...]: ...

    def pump(self) -> bool: ...

    def open(self, display: Display) -> Window: ...

    def close(self) -> None: ...


class DisplaySink:
    """Show the programme on a display.

    Args:
        address: the display's number from 1, or a part of its name; "": the second one, or the only one.
        connect: reaches the displays.
        now_ns: the time, on any monotonic clock.
    """

    def __init__(
        self, address: str, connect: Callable[[], Displays] = Sdl, now_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._address = address
        self._connect = connect
        self._now_ns = now_ns
        self._displays: Displays | None = None
        self._window: Window | None = None
        self._covered: Display | None = None
        self._last: WireImage | None = None
        self._warp: Warp | None = None
        self._pattern: WireImage | None = None
        self._looked_ns = 0
        self._seen = False

    def open(self) -> None:
        self._displays = self._connect()
        self._seen = False
        self._look()
        if self._window is None and not self._address.isdecimal() and self._address:
            names = ", ".join(one.name for one in self._displays.displays())
            missing = f"There is no display {self._address}"
            self.close()
            raise OutputError(missing, remedy=f"Connected are: {names or 'none'}.")

    def wanted(self) -> bool:
        return self._window is not None

    def send(self, image: WireImage, _video: VideoFormat) -> None:
        if self._displays is None:
            return
        self._look_now_and_then()
        if self._window is not None:
            self._last = self._shaped(image)
            self._window.show(self._last)

    def shape(self, text: str) -> None:
        shape = parse_shape(text)
        self._warp = None if shape.usual else Warp(shape)
        if not shape.pattern:
            self._pattern = None

    def _shaped(self, image: WireImage) -> WireImage:
        """Return the picture as it lies on the display."""
        warp, covered = self._warp, self._covered
        if warp is None or covered is None:
            return image
        if warp.shape.pattern:
            if self._pattern is None or self._pattern.shape != image.shape:
                self._pattern = pattern(image.shape[1], image.shape[0])
            image = self._pattern
        return warp.draw(image, covered.width, covered.height)

    def status(self) -> SinkStatus:
        if self._displays is None:
            return SinkStatus("", 0, False)
        exposed = self._displays.pump()
        self._look_now_and_then()
        covered, window = self._covered, self._window
        if covered is None or window is None:
            which = f"The display {self._address}" if self._address else "The display"
            return SinkStatus("", 0, False, detail=f"{which} is not there; the picture is back with it.")
        if exposed and self._last is not None:
            window.show(self._last)
        refresh = f"{covered.hertz} Hz, " if covered.hertz else ""
        vsync = "vsync" if window.vsync else "no vsync"
        remark = f"{covered.width}×{covered.height}, {refresh}{vsync} ({window.driver})"
        return SinkStatus(covered.name, 0, False, remark=remark)

    def close(self) -> None:
        self._uncover()
        displays, self._displays = self._displays, None
        if displays is not None:
            displays.close()

    def _look_now_and_then(self) -> None:
        if self._now_ns() - self._looked_ns >= LOOK_NS:
            self._look()

    def _look(self) -> None:
        """Cover the display if it is there and is not covered; let go of one that has gone or has changed."""
        assert self._displays is not None
        self._looked_ns = self._now_ns()
        wanted = find_display(self._displays.displays(), self._address)
        if wanted == self._covered:
            return
        self._uncover()
        if wanted is not None:
            self._window = self._displays.open(wanted)
            self._covered = wanted

    def _uncover(self) -> None:
        window, self._window, self._covered, self._last = self._window, None, None, None
        if window is not None:
            window.close()


def find_display(displays: tuple[Display, ...], address: str) -> Display | None:
    """Return the display that an address means; None while it is not there."""
    if not address:
        return displays[min(1, len(displays) - 1)] if displays else None
    if address.isdecimal():
        return next((one for one in displays if one.number == int(address)), None)
    whole = next((one for one in displays if one.name.casefold() == address.casefold()), None)
    return whole or next((one for one in displays if address.casefold() in one.name.casefold()), None)
