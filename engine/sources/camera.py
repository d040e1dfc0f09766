"""A camera by its number or name, or a stream by its address."""

import threading
from typing import Protocol

from engine.clock import Clock
from engine.errors import SourceError
from engine.sources.base import Picture
from engine.sources.camera_device import CameraDevice
from engine.sources.camera_search import is_address
from engine.sources.camera_stream import CameraStream

_SLOWEST, _FASTEST = 1.0, 240.0


class Feed(Protocol):
    """What is open: a device or a stream.

    Attributes:
        name, notes: for its label, in front and behind; rate: as it declares it, 0.0 if it does not.
        size: width and height of the newest picture.
    """

    name: str
    notes: str
    rate: float
    size: tuple[int, int]

    def read(self) -> Picture | None:
        """Wait for what comes next; SourceError if nothing comes, None if it is no picture."""
        ...

    def close(self) -> None:
        """Release it."""
        ...


class CameraSource:
    """A device through OpenCV, or a stream through FFmpeg.

    Args:
        address: a device's number, its name or a part of it, or a stream's URL.
    """

    def __init__(self, address: str, clock: Clock, halt: threading.Event) -> None:
        self._address = address
        self._clock = clock
        self._halt = halt
        self._feed: Feed | None = None
        self._label = address if is_address(address) else f"camera {address}"
        self._rate = 0.0

    @property
    def label(self) -> str:
        return self._label

    @property
    def rate(self) -> float:
        return self._rate

    def open(self) -> None:
        self.close()
        feed_type = CameraStream if is_address(self._address) else CameraDevice
        self._feed = feed = feed_type(self._address, self._clock)
        self._rate = feed.rate if _SLOWEST <= feed.rate <= _FASTEST else 0.0  # streams report a time base of 90000

    def read(self) -> Picture | None:
        """The next picture. Waits for the camera, for two seconds at most."""
        feed = self._feed
        assert feed is not None, "open comes first"
        try:
            picture = feed.read()
        except SourceError:
            if self._halt.is_set():
                return None
            raise
        if self._halt.is_set() or picture is None:
            return None
        width, height = feed.size
        rate = f", {self._rate:.5g} fps" if self._rate else ""
        self._label = f"{feed.name}, {width}×{height}{rate}{feed.notes}"
        return picture

    def close(self) -> None:
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.close()
