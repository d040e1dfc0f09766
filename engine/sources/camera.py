"""A camera by its number, or a stream by its address, through OpenCV."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import cv2
import numpy as np

from engine.clock import Clock
from engine.errors import SourceError
from engine.sources.base import Picture
from engine.sources.fit import fit

OPEN_TIMEOUT_MS: Final = 5000
READ_TIMEOUT_MS: Final = 2000
"""A stream that says nothing for this long is lost. (OpenCV's own limit is 30 s.)"""


_MOST_DIGITS: Final = 9  # of a device number; OpenCV takes 32 bits


class CameraSource:
    """Reads as fast as the device delivers, so that nothing waits in a driver's queue.

    Args:
        address: a device number or a stream's URL.
    """

    def __init__(self, address: str, clock: Clock, halt: threading.Event) -> None:
        self._address = address
        self._clock = clock
        self._halt = halt
        self._device: cv2.VideoCapture | None = None
        self._label = self._name
        self._rate = 0.0

    @property
    def label(self) -> str:
        return self._label

    @property
    def rate(self) -> float:
        return self._rate

    @property
    def _name(self) -> str:
        return f"camera {self._address}" if self._address.isdecimal() else self._address

    def open(self) -> None:
        self.close()
        with quiet_opencv():
            device = _opened(self._address)
        if not device.isOpened():
            device.release()
            remedy = (
                "Check that it is plugged in and that no other program has it open."
                if self._address.isdecimal()
                else "Check the address and that the sender is running."
            )
            raise SourceError("The camera cannot be opened", where=self._name, remedy=remedy)
        self._device = device
        self._rate = _plausible_rate(device.get(cv2.CAP_PROP_FPS))

    def read(self) -> Picture | None:
        """The next picture, stamped when it was grabbed. Waits for the device, READ_TIMEOUT_MS at most."""
        device = self._device
        assert device is not None, "open comes first"
        try:
            grabbed = device.grab()
            capture_ns = self._clock.now_ns()
            image = device.retrieve()[1] if grabbed and not self._halt.is_set() else None
        except cv2.error as error:
            raise SourceError(f"The camera has failed: {error.err}", where=self._name) from error
        if self._halt.is_set():
            return None
        if image is None:
            raise SourceError("The camera does not deliver any more", where=self._name)
        height, width = image.shape[:2]
        rate = f", {self._rate:.5g} fps" if self._rate else ""
        self._label = f"{self._name}, {width}×{height}{rate}"
        return Picture(image=_to_rgb(fit(np.asarray(image, dtype=np.uint8))), capture_ns=capture_ns)

    def close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            device.release()


def _opened(address: str) -> cv2.VideoCapture:
    if address.isdecimal():
        if len(address) > _MOST_DIGITS:
            raise SourceError("There is no camera of that number", where=f"{address[:20]}", remedy="Try camera:0.")
        device = cv2.VideoCapture(int(address), cv2.CAP_ANY)
        # The newest picture, not the oldest of four; drivers that cannot do it ignore it.
        device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        return device
    # FFmpeg inside OpenCV writes to stderr past OpenCV's log; it reads this once, at its first use. -8: quiet.
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    # One decoder thread: two cores are shared with a generator.
    limits = [
        (cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS),
        (cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS),
        (cv2.CAP_PROP_N_THREADS, 1),
    ]
    return cv2.VideoCapture(address, cv2.CAP_FFMPEG, [int(number) for pair in limits for number in pair])


def _to_rgb(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    code = cv2.COLOR_GRAY2RGB if image.ndim == 2 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(image, code), dtype=np.uint8)


def _plausible_rate(fps: float) -> float:
    """What a device declares, or 0.0 where it is a placeholder (streams report a time base of 90000)."""
    return float(fps) if 1.0 <= fps <= 240.0 else 0.0


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """Keep OpenCV from writing about devices that are not there; the caller tells it in a sentence."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
