"""What there is to choose from: the stage, the cameras and the NDI senders found."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2

from engine.errors import SourceError
from engine.sources.camera import quiet_opencv
from engine.sources.ndi import list_sources
from engine.sources.spec import SourceKind, SourceSpec

_PROBED: Final = 4
"""Camera numbers tried where the system does not list its devices."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One source that can be chosen; str(spec) is what to write."""

    spec: SourceSpec
    label: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What was found, and a sentence for each kind that could not be searched."""

    entries: tuple[CatalogueEntry, ...]
    notes: tuple[str, ...] = ()


def find_sources(ndi_timeout_s: float = 2.0, extra_ips: str = "") -> Catalogue:
    """Look around; takes about ndi_timeout_s. Opens each camera for a moment."""
    entries = [CatalogueEntry(SourceSpec(SourceKind.STAGE), "built-in moving scene with true depth"), *_cameras()]
    notes: list[str] = []
    try:
        senders = list_sources(ndi_timeout_s, extra_ips)
    except SourceError as error:
        notes.append(str(error))
    else:
        entries += [CatalogueEntry(SourceSpec(SourceKind.NDI, sender.name), sender.url) for sender in senders]
    return Catalogue(tuple(entries), tuple(notes))


def _cameras() -> list[CatalogueEntry]:
    found = []
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
        label = f"{_camera_name(number)}, {width}×{height}"
        found.append(CatalogueEntry(SourceSpec(SourceKind.CAMERA, str(number)), label))
    return found


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
