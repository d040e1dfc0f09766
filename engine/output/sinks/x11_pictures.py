"""Pictures in a window of an X server on this machine, which reads them from where they were drawn, without a copy.

The server maps the picture's memory by its descriptor, which Xlib cannot pass: XCB does, over a connection of its own.
MIT-SHM 1.2: https://www.x.org/releases/current/doc/xextproto/shm.html; https://xcb.freedesktop.org/manual.
"""

import contextlib
import ctypes
import os
from typing import Final

from engine.output.settings import WireImage
from engine.output.shared_images import SharedImage

MOST_MAPPED: Final = 16
"""Pictures that the server keeps mapped; as many as a sink's process does (engine.output.sinks.exchange)."""

_WHOLE_PIXELS: Final = 2
"""X.h: ZPixmap."""

_DEPTH: Final = 24


class _Cookie(ctypes.Structure):
    _fields_ = (("sequence", ctypes.c_uint),)


class X11Pictures:
    """Put pictures into a window of B G R X pixels. A one-thread object.

    Args:
        window: its id; width, height: its size in pixels.

    Raises:
        OSError: there is no X server here, or the libraries of XCB are missing.
    """

    def __init__(self, window: int, width: int, height: int) -> None:
        self._xcb, self._shm = ctypes.CDLL("libxcb.so.1"), ctypes.CDLL("libxcb-shm.so.0")
        self._window = ctypes.c_uint32(window)
        self._shape = (height, width, 4)
        self._segments: dict[str, int] = {}
        self._xcb.xcb_connect.restype = ctypes.c_void_p
        self._xcb.xcb_request_check.restype = ctypes.c_void_p
        for call in (self._shm.xcb_shm_attach_fd_checked, self._shm.xcb_shm_put_image_checked):
            call.restype = _Cookie
        self._connection = ctypes.c_void_p(self._xcb.xcb_connect(None, None))
        self._context = ctypes.c_uint32(self._xcb.xcb_generate_id(self._connection))
        if self._broken:
            self.close()
            raise OSError("There is no X server here")
        self._xcb.xcb_create_gc(self._connection, self._context, self._window, 0, None)

    def show(self, image: WireImage) -> bool:
        """Show a picture; return whether that went: it has the window's size and lies where the server can read it.

        The server has read it when this returns. A server that refuses one is not asked again.
        """
        if image.shape != self._shape or not isinstance(image, SharedImage) or not image.name:
            self._forget(0)
            return False
        segment = self._segments.get(image.name) or self._attach(image)
        if not segment:
            return False
        height, width = image.shape[:2]
        size = (ctypes.c_uint16(width), ctypes.c_uint16(height))
        start = (ctypes.c_uint16(0), ctypes.c_uint16(0))
        return self._succeeds(
            self._shm.xcb_shm_put_image_checked(
                *(self._connection, self._window, self._context, *size, *start, *size),
                *(ctypes.c_int16(0), ctypes.c_int16(0), ctypes.c_uint8(_DEPTH), ctypes.c_uint8(_WHOLE_PIXELS)),
                *(ctypes.c_uint8(0), ctypes.c_uint32(segment), ctypes.c_uint32(0)),
            )
        )

    def close(self) -> None:
        """Let go of the server and of every picture. Idempotent."""
        connection, self._connection = self._connection, ctypes.c_void_p()
        self._segments.clear()
        if connection.value is not None:
            self._xcb.xcb_disconnect(connection)

    @property
    def _broken(self) -> bool:
        return self._connection.value is None or bool(self._xcb.xcb_connection_has_error(self._connection))

    def _attach(self, image: SharedImage) -> int:
        """Let the server map a picture; return the id of that, 0 if it cannot."""
        if self._broken:
            return 0
        self._forget(MOST_MAPPED - 1)
        try:
            descriptor = os.open(image.path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return 0
        segment = int(self._xcb.xcb_generate_id(self._connection)) & 0xFFFFFFFF
        # XCB closes the descriptor once it is sent.
        cookie = self._shm.xcb_shm_attach_fd_checked(
            self._connection, ctypes.c_uint32(segment), ctypes.c_int32(descriptor), ctypes.c_uint8(1)
        )
        if not self._succeeds(cookie):
            return 0
        self._segments[image.name] = segment
        return segment

    def _forget(self, most: int) -> None:
        """Keep so many pictures mapped at most: the newest."""
        while len(self._segments) > most and not self._broken:
            name = next(iter(self._segments))
            self._shm.xcb_shm_detach(self._connection, ctypes.c_uint32(self._segments.pop(name)))
            self._xcb.xcb_flush(self._connection)

    def _succeeds(self, cookie: _Cookie) -> bool:
        """Wait until the server has carried out a request, and return whether it could; if not, let go of it."""
        fault = self._xcb.xcb_request_check(self._connection, cookie)
        if fault:
            _free(fault)
        if not fault and not self._broken:
            return True
        self.close()
        return False


def reach(window: int, width: int, height: int) -> X11Pictures | None:
    """Return what puts pictures into a window without copying them; None where that is not to be had."""
    with contextlib.suppress(OSError):
        return X11Pictures(window, width, height)
    return None


def _free(address: int) -> None:
    ctypes.CDLL(None).free(ctypes.c_void_p(address))
