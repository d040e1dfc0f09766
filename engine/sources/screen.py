"""What stands on a screen: all of it, a region, or one window, through FFmpeg's own grabbers.

x11grab on Linux (X11 and XWayland), gdigrab on Windows, avfoundation on macOS, as far as the FFmpeg that comes with
PyAV has them. https://ffmpeg.org/ffmpeg-devices.html
"""

import os
import re
import sys
import threading
from dataclasses import dataclass
from typing import Final

import av
import numpy as np

from engine.clock import Clock
from engine.errors import SourceError
from engine.sources.base import Picture
from engine.sources.container import Opened, best_video
from engine.sources.fit import fit

FPS: Final = 30
_REGION: Final = re.compile(r"(\d+),(\d+),(\d+)x(\d+)")
_GRABBERS: Final = {"linux": "x11grab", "win32": "gdigrab", "darwin": "avfoundation"}


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the desktop in pixels."""

    x: int
    y: int
    width: int
    height: int


def parse_screen(address: str) -> "Region | str":
    """Read "X,Y,WxH" as a region; anything else is (a part of) a window's title, "" the whole desktop.

    Raises:
        SourceError: the region is empty.
    """
    found = _REGION.fullmatch(address.strip())
    if found is None:
        return address.strip()
    region = Region(*map(int, found.groups()))
    if region.width < 2 or region.height < 2:
        raise SourceError("There is nothing in this part of the screen", where=address, remedy="Write X,Y,WxH.")
    return region


def hindrance() -> str:
    """Return why no screen can be read from here, as a sentence; "" where it can."""
    grabber = _GRABBERS.get(sys.platform, "")
    if grabber not in av.formats_available:
        return "FFmpeg, as it comes with PyAV, cannot read the screen on this system: send it by NDI."
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        wayland = "Wayland lets no program read the screen. " if os.environ.get("WAYLAND_DISPLAY") else ""
        return f"{wayland}There is no X display to read from: DISPLAY is not set."
    return ""


class ScreenSource:
    """The desktop, a region of it, or a window.

    Args:
        address: see parse_screen.
    """

    def __init__(self, address: str, clock: Clock, halt: threading.Event) -> None:
        self._wanted = parse_screen(address)
        self._address = address
        self._clock = clock
        self._halt = halt
        self._opened: Opened | None = None
        self._crop: Region | None = None
        self._label = f"screen {address}".strip()

    @property
    def label(self) -> str:
        return self._label

    @property
    def rate(self) -> float:
        return float(FPS)

    def open(self) -> None:
        self.close()
        if why := hindrance():
            raise SourceError("The screen cannot be read", where=why.removesuffix("."))
        grabber = _GRABBERS[sys.platform]
        name, options = self._request()
        try:
            container = av.open(name, format=grabber, options={"framerate": str(FPS), **options})
        except (av.FFmpegError, OSError, ValueError) as error:
            remedy = (
                "Allow Hardcut to record the screen." if sys.platform == "darwin" else "Is the region on the screen?"
            )
            raise SourceError(f"The screen cannot be read: {error}", where=self._address, remedy=remedy) from error
        stream = best_video(container)
        if stream is None:
            container.close()
            raise SourceError("There is no picture of the screen", where=self._address)
        self._opened = Opened(container, stream)

    def read(self) -> Picture | None:
        opened = self._opened
        assert opened is not None, "open comes first"
        try:
            packet = next(opened.packets, None)
        except av.FFmpegError:
            packet = None
        if packet is None:
            raise SourceError("The screen or the window is gone", where=self._address)
        now_ns = self._clock.now_ns()
        frames = opened.decode(packet)
        if not frames or self._halt.is_set():
            return None
        pixels = frames[-1].to_ndarray(format="rgb24")
        if self._crop is not None:
            crop = self._crop
            pixels = pixels[crop.y : crop.y + crop.height, crop.x : crop.x + crop.width]
            if min(pixels.shape[:2]) < 2:
                raise SourceError("The region does not lie on the screen", where=self._address)
        height, width = pixels.shape[:2]
        what = self._wanted if isinstance(self._wanted, str) and self._wanted else "screen"
        self._label = f"{what}, {width}×{height}, {FPS} fps"
        return Picture(image=np.ascontiguousarray(fit(pixels)), capture_ns=now_ns)

    def close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.container.close()

    def _request(self) -> tuple[str, dict[str, str]]:
        """Return what the grabber is to open, and its options."""
        wanted, self._crop = self._wanted, None
        if sys.platform == "win32":
            if isinstance(wanted, Region):
                size = f"{wanted.width}x{wanted.height}"
                return "desktop", {"offset_x": str(wanted.x), "offset_y": str(wanted.y), "video_size": size}
            return (f"title={wanted}" if wanted else "desktop"), {"draw_mouse": "0"}
        if sys.platform == "darwin":
            if isinstance(wanted, str) and wanted:
                raise SourceError("One window cannot be read on this system", where=wanted, remedy="Give a region.")
            self._crop = wanted if isinstance(wanted, Region) else None
            return "Capture screen 0:none", {"pixel_format": "bgr0"}
        display = os.environ["DISPLAY"]
        if isinstance(wanted, Region):
            size = f"{wanted.width}x{wanted.height}"
            return f"{display}+{wanted.x},{wanted.y}", {"video_size": size, "draw_mouse": "0"}
        if not wanted:
            return display, {"draw_mouse": "0"}
        from engine.sources.x11_windows import find_window

        return display, {"window_id": str(find_window(wanted).id), "draw_mouse": "0"}
