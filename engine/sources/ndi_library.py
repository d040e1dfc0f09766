"""The NDI library behind thin, owning classes: every handle is destroyed once, every frame freed.

NDI® is a registered trademark of Vizrt NDI AB; see ndi.video.
"""

import importlib
import threading
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.errors import SourceError

_PACKAGE: Final = "NDIlib"
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class NdiSender:
    """A sender as discovery names it: "MACHINE (Name)" and its address."""

    name: str
    url: str


class NdiLayout(Enum):
    """The order of bytes, with the number of them per pixel."""

    UYVY = ("uyvy", 2)
    BGRX = ("bgrx", 4)
    BGRA = ("bgra", 4)
    RGBX = ("rgbx", 4)
    RGBA = ("rgba", 4)

    @property
    def channels(self) -> int:
        """Bytes per pixel."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class NdiPicture:
    """A received picture, in the library's memory: valid until its frame is freed.

    Attributes:
        pixels: uint8 [h, w, 2] (UYVY, limited range) or [h, w, 4] (B G R or R G B, then straight alpha or anything).
        rate: frames per second as the sender declares it, 0.0 if it does not.
        metadata: what the sender says of the frame, XML; "" where it says nothing.
    """

    pixels: npt.NDArray[np.uint8]
    layout: NdiLayout
    rate: float
    metadata: str


def load() -> Any:
    """The initialised module.

    Raises:
        SourceError: it is not installed, or does not run on this machine.
    """
    with _lock:  # initialize is not thread-safe
        return _load()


@cache
def _load() -> Any:
    try:
        module = importlib.import_module(_PACKAGE)
    except ImportError as error:
        raise SourceError(
            "NDI is not available", where=str(error), remedy="Install ndi-python and, on Linux, avahi-daemon."
        ) from error
    if not module.initialize():
        raise SourceError("NDI does not run on this machine", remedy="It needs a CPU with SSE4.2 or NEON.")
    return module


class Finder:
    """Looks for senders. One thread owns it.

    Args:
        extra_ips: addresses to ask besides multicast discovery, separated by commas.
    """

    def __init__(self, extra_ips: str = "") -> None:
        self._ndi = load()
        settings = self._ndi.FindCreate()
        settings.show_local_sources = True
        if extra_ips:
            settings.extra_ips = extra_ips
        self._handle = self._ndi.find_create_v2(settings)
        if self._handle is None:
            raise SourceError("NDI discovery cannot be started", remedy="On Linux, check that avahi-daemon runs.")

    def wait(self, timeout_ms: int) -> bool:
        """Wait for the list of senders to change."""
        return bool(self._ndi.find_wait_for_sources(self._handle, timeout_ms))

    def sources(self) -> tuple[NdiSender, ...]:
        """The senders known now, by name."""
        found = self._ndi.find_get_current_sources(self._handle)
        return tuple(sorted((NdiSender(one.ndi_name, one.url_address) for one in found), key=lambda one: one.name))

    def close(self) -> None:
        """Stop looking; may be called again."""
        handle, self._handle = self._handle, None
        if handle is not None:
            self._ndi.find_destroy(handle)


class Receiver:
    """Receives the video of one sender. One thread owns it."""

    def __init__(self, source: NdiSender) -> None:
        self._ndi = ndi = load()
        settings = ndi.RecvCreateV3()
        settings.color_format = ndi.RECV_COLOR_FORMAT_UYVY_BGRA  # as sent: no conversion in the library
        settings.bandwidth = ndi.RECV_BANDWIDTH_HIGHEST
        settings.allow_video_fields = False
        settings.ndi_recv_name = "Hardcut"
        self._handle = ndi.recv_create_v3(settings)
        if self._handle is None:
            raise SourceError("NDI cannot receive", where=source.name)
        self._layouts = {
            ndi.FOURCC_VIDEO_TYPE_UYVY: NdiLayout.UYVY,
            ndi.FOURCC_VIDEO_TYPE_BGRA: NdiLayout.BGRA,
            ndi.FOURCC_VIDEO_TYPE_BGRX: NdiLayout.BGRX,
            ndi.FOURCC_VIDEO_TYPE_RGBA: NdiLayout.RGBA,
            ndi.FOURCC_VIDEO_TYPE_RGBX: NdiLayout.RGBX,
        }
        self.connect(source)

    def connect(self, source: NdiSender) -> None:
        """Connect, or connect anew to a sender that has returned."""
        self._ndi.recv_connect(self._handle, self._ndi.Source(source.name, source.url))

    @property
    def connected(self) -> bool:
        """The sender is there."""
        return int(self._ndi.recv_get_no_connections(self._handle)) > 0

    def capture(self, timeout_ms: int) -> Any | None:
        """The newest video frame, older ones freed; hand it to `free` after use. None: none came."""
        ndi = self._ndi
        newest = None
        while True:
            kind, video, _, _ = ndi.recv_capture_v2(self._handle, timeout_ms, True, False, False)
            if kind != ndi.FRAME_TYPE_VIDEO:
                return newest
            if newest is not None:
                self.free(newest)
            newest, timeout_ms = video, 0

    def free(self, video: Any) -> None:
        """Give a frame's memory back; its pixels must not be touched afterwards."""
        self._ndi.recv_free_video_v2(self._handle, video)

    def view(self, video: Any) -> NdiPicture:
        """The pixels of a captured frame, checked against what it claims; valid until it is freed.

        Raises:
            SourceError: the format is not one of those asked for, or the memory does not fit it.
        """
        layout = self._layouts.get(video.FourCC)
        if layout is None:
            raise SourceError("The NDI source sends a format that was not asked for", where=str(video.FourCC))
        data = np.asarray(video.data)
        height, width = int(video.yres), int(video.xres)
        shape_fits = data.shape[:2] == (height, width) and data.ndim == 3 and data.shape[2] == layout.channels
        if data.dtype != np.uint8 or not shape_fits or height < 2 or width < 2:
            raise SourceError(
                f"The NDI source sends a broken picture: {data.dtype} {list(data.shape)} for {width}×{height}"
            )
        rate = video.frame_rate_N / video.frame_rate_D if video.frame_rate_D else 0.0
        return NdiPicture(data, layout, rate, video.metadata or "")

    def close(self) -> None:
        """Disconnect; may be called again."""
        handle, self._handle = self._handle, None
        if handle is not None:
            self._ndi.recv_destroy(handle)
