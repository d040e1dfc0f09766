"""A camera of this machine, through OpenCV.

OpenCV converts the colours, always by BT.601: right for webcams (V4L2's default for sRGB, and JPEG).
"""

import cv2
import numpy as np

from engine.clock import Clock
from engine.errors import SourceError
from engine.messages.frame import RgbImage
from engine.sources.base import Picture
from engine.sources.camera_search import camera_number, quiet_opencv
from engine.sources.fit import fit


class CameraDevice:
    """Reads as fast as the device delivers, so that nothing waits in a driver's queue.

    Args:
        address: its number, or its name or a part of it.

    Raises:
        SourceError: it is not there, or cannot be opened.
    """

    def __init__(self, address: str, clock: Clock) -> None:
        number = camera_number(address)
        self.name = f"camera {address}"
        self._clock = clock
        with quiet_opencv():
            self._device = cv2.VideoCapture(number, cv2.CAP_ANY)
        if not self._device.isOpened():
            self._device.release()
            raise SourceError(
                "The camera cannot be opened",
                where=self.name,
                remedy="Check that it is plugged in and that no other program has it open.",
            )
        # The newest picture, not the oldest of four; drivers that cannot do it ignore it.
        self._device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self.rate = float(self._device.get(cv2.CAP_PROP_FPS))
        self.size = (0, 0)
        self.notes = ""

    def read(self) -> Picture:
        """The next picture, stamped when it was grabbed."""
        try:
            grabbed = self._device.grab()
            capture_ns = self._clock.now_ns()
            image = self._device.retrieve()[1] if grabbed else None
        except cv2.error as error:
            raise SourceError(f"The camera has failed: {error.err}", where=self.name) from error
        if image is None:
            raise SourceError("The camera does not deliver any more", where=self.name)
        self.size = (image.shape[1], image.shape[0])
        return Picture(image=_to_rgb(fit(np.asarray(image, dtype=np.uint8))), capture_ns=capture_ns)

    def close(self) -> None:
        """Let go of the device."""
        self._device.release()


def _to_rgb(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> RgbImage:
    code = cv2.COLOR_GRAY2RGB if image.ndim == 2 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(image, code), dtype=np.uint8)
