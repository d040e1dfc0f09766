"""The windows on an X display by their titles. https://www.x.org/releases/current/doc/libX11"""

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from engine.errors import SourceError
from engine.sources.names import match_name

_VIEWABLE: Final = 2
"""X.h: IsViewable."""

_LONGEST: Final = 1024
"""Bytes of a title."""

_DEEPEST: Final = 3
"""Window managers put a window into one or two of their own."""

_IGNORE: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda _connection, _event: 0)
"""An error handler: Xlib's own ends the process where a window has gone meanwhile."""


@dataclass(frozen=True, slots=True)
class X11Window:
    """A window that is seen."""

    id: int
    title: str


class _Attributes(ctypes.Structure):
    """Xlib.h: XWindowAttributes."""

    _fields_ = (
        *((name, ctypes.c_int) for name in ("x", "y", "width", "height", "border_width", "depth")),
        ("visual", ctypes.c_void_p),
        ("root", ctypes.c_ulong),
        *((name, ctypes.c_int) for name in ("klass", "bit_gravity", "win_gravity", "backing_store")),
        *((name, ctypes.c_ulong) for name in ("backing_planes", "backing_pixel")),
        ("save_under", ctypes.c_int),
        ("colormap", ctypes.c_ulong),
        *((name, ctypes.c_int) for name in ("map_installed", "map_state")),
        *((name, ctypes.c_long) for name in ("all_event_masks", "your_event_mask", "do_not_propagate_mask")),
        ("override_redirect", ctypes.c_int),
        ("screen", ctypes.c_void_p),
    )


def list_windows() -> tuple[X11Window, ...]:
    """Return the windows with a title that are seen; none where there is no X display."""
    with _connection() as found:
        if found is None:
            return ()
        library, display = found
        root = library.XDefaultRootWindow(display)
        return tuple(dict.fromkeys(_titled(library, display, root, 0)))


def find_window(title: str) -> X11Window:
    """Return the window of a title, or of a part of it.

    Raises:
        SourceError: there is none, or there are several.
    """
    windows = {one.title: one for one in list_windows()}
    name = match_name(title, list(windows), "windows")
    if name is None:
        others = f"Seen are: {', '.join(windows)}." if windows else "No window is seen."
        raise SourceError("There is no such window", where=title, remedy=others)
    return windows[name]


def _titled(library: Any, display: int, window: int, depth: int) -> Iterator[X11Window]:
    title = _title(library, display, window) if depth else ""
    if title:
        attributes = _Attributes()
        seen = library.XGetWindowAttributes(display, window, ctypes.byref(attributes))
        if seen and attributes.map_state == _VIEWABLE and min(attributes.width, attributes.height) > 1:
            yield X11Window(window, title)
    if depth >= _DEEPEST:
        return
    root, parent, count = ctypes.c_ulong(), ctypes.c_ulong(), ctypes.c_uint()
    children = ctypes.POINTER(ctypes.c_ulong)()
    if library.XQueryTree(
        display, window, ctypes.byref(root), ctypes.byref(parent), ctypes.byref(children), ctypes.byref(count)
    ):
        inner = [children[place] for place in range(count.value)]
        if count.value:
            library.XFree(children)
        for one in inner:
            yield from _titled(library, display, one, depth + 1)


def _title(library: Any, display: int, window: int) -> str:
    """Return a window's title, "" where it has none: _NET_WM_NAME, or WM_NAME of older programs."""
    for name in (b"_NET_WM_NAME", b"WM_NAME"):
        kind, bits = ctypes.c_ulong(), ctypes.c_int()
        count, rest = ctypes.c_ulong(), ctypes.c_ulong()
        value = ctypes.c_void_p()
        failed = library.XGetWindowProperty(
            display,
            window,
            library.XInternAtom(display, name, 0),
            0,
            _LONGEST // 4,
            0,
            0,
            *map(ctypes.byref, (kind, bits, count, rest, value)),
        )
        if failed or not value.value:
            continue
        text = ctypes.string_at(value.value, count.value) if bits.value == 8 else b""
        library.XFree(value)
        if title := text.decode("utf-8", errors="replace").strip():
            return title
    return ""


@contextmanager
def _connection() -> Iterator[tuple[Any, int] | None]:
    """Open the X display; None where there is none."""
    name = ctypes.util.find_library("X11")
    library = ctypes.CDLL(name) if name else None
    if library is None:
        yield None
        return
    library.XOpenDisplay.restype = ctypes.c_void_p
    library.XDefaultRootWindow.restype = ctypes.c_ulong
    library.XDefaultRootWindow.argtypes = (ctypes.c_void_p,)
    library.XInternAtom.restype = ctypes.c_ulong
    library.XInternAtom.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
    library.XGetWindowProperty.argtypes = (
        *(ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_long, ctypes.c_long, ctypes.c_int, ctypes.c_ulong),
        *[ctypes.c_void_p] * 5,
    )
    library.XGetWindowAttributes.argtypes = (ctypes.c_void_p, ctypes.c_ulong, ctypes.c_void_p)
    library.XQueryTree.argtypes = (ctypes.c_void_p, ctypes.c_ulong, *[ctypes.c_void_p] * 4)
    library.XFree.argtypes = (ctypes.c_void_p,)
    library.XCloseDisplay.argtypes = (ctypes.c_void_p,)
    library.XSync.argtypes = (ctypes.c_void_p, ctypes.c_int)
    library.XSetErrorHandler.restype = ctypes.c_void_p
    library.XSetErrorHandler.argtypes = (ctypes.c_void_p,)
    display = library.XOpenDisplay(None)
    if not display:
        yield None
        return
    before = library.XSetErrorHandler(ctypes.cast(_IGNORE, ctypes.c_void_p))
    try:
        yield library, display
    finally:
        library.XSync(display, 0)
        library.XSetErrorHandler(before)
        library.XCloseDisplay(display)
