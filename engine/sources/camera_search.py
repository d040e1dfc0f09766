"""The cameras of this machine, by number and by name."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from engine.errors import SourceError
from engine.sources.names import match_name

_PROBED: Final = 4
"""Camera numbers tried where the system does not list its devices."""

_MOST_DIGITS: Final = 9  # of a device number; OpenCV takes 32 bits

DEVICES: Final = Path("/dev")
NAMES: Final = Path("/sys/class/video4linux")


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """A camera that can be opened; label: its name and size, for people."""

    number: int
    label: str


def find_cameras() -> Iterator[FoundCamera]:
    """Each camera that can be opened, which is done for a moment."""
    for number in _camera_numbers():
        with quiet_opencv():
            device = cv2.VideoCapture(number, cv2.CAP_ANY)
            try:
                if not device.isOpened():
                    continue
                width = round(device.get(cv2.CAP_PROP_FRAME_WIDTH))
                height = round(device.get(cv2.CAP_PROP_FRAME_HEIGHT))
            finally:
                device.release()
        yield FoundCamera(number, f"{_camera_name(number)}, {width}×{height}")


def is_address(text: str) -> bool:
    """It is a stream's address, or a file's, and no device's number or name (which may hold a colon)."""
    return "/" in text or "\\" in text


def camera_number(text: str) -> int:
    """The number of the camera that is meant by its number, its name or a part of its name.

    Of several devices of one name the first is meant: Linux gives a webcam a second one for its metadata.

    Raises:
        SourceError: no camera, or several, can be meant.
    """
    if text.isdecimal():
        if len(text) > _MOST_DIGITS:
            raise SourceError("There is no camera of that number", where=f"{text[:20]}", remedy="Try camera:0.")
        return int(text)
    numbers: dict[str, int] = {}
    for number in _camera_numbers():
        numbers.setdefault(_camera_name(number), number)
    name = match_name(text, list(numbers), "cameras")
    if name is None:
        others = f"Found: {', '.join(numbers)}." if numbers else "None was found."
        raise SourceError("There is no camera of that name", where=text, remedy=others)
    return numbers[name]


def _camera_numbers() -> list[int]:
    if sys.platform != "linux":
        return list(range(_PROBED))
    numbers = (path.name.removeprefix("video") for path in DEVICES.glob("video*"))
    return sorted(int(number) for number in numbers if number.isdecimal())


def _camera_name(number: int) -> str:
    try:
        return (NAMES / f"video{number}" / "name").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return f"camera {number}"


@contextmanager
def quiet_opencv() -> Iterator[None]:
    """Keep OpenCV from writing about devices that are not there; the caller tells it in a sentence."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
