"""The cameras of this machine, by number."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from engine.sources.camera import quiet_opencv

_PROBED: Final = 4
"""Camera numbers tried where the system does not list its devices."""


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


def _camera_numbers() -> list[int]:
    if sys.platform != "linux":
        return list(range(_PROBED))
    numbers = (path.name.removeprefix("video") for path in Path("/dev").glob("video*"))
    return sorted(int(number) for number in numbers if number.isdecimal())


def _camera_name(number: int) -> str:
    try:
        return Path(f"/sys/class/video4linux/video{number}/name").read_text(encoding="utf-8").strip()
    except OSError:
        return f"camera {number}"
