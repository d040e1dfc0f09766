"""The keyboard's focus under X11: it stays where it is while a window is opened.

Without a window manager SDL takes it for every window that it shows. https://www.x.org/releases/current/doc/libX11
"""

import contextlib
import ctypes
import ctypes.util
from collections.abc import Iterator
from typing import Final

_REVERT_TO_PARENT: Final = 2
_CURRENT_TIME: Final = 0
_NOBODY: Final = (0, 1)
"""X.h: None and PointerRoot, which are no window's."""


_IGNORE: Final = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda _connection, _event: 0)
"""An error handler: Xlib's own ends the process."""


@contextlib.contextmanager
def keeping_focus() -> Iterator[None]:
    """Give the focus back after the with-block to whatever window had it before."""
    name = ctypes.util.find_library("X11")
    library = ctypes.CDLL(name) if name else None
    if library is None:
        yield
        return
    library.XOpenDisplay.restype = ctypes.c_void_p
    found = library.XOpenDisplay(None)
    connection = ctypes.c_void_p(found)
    if not found:
        yield
        return
    window, revert = ctypes.c_ulong(), ctypes.c_int()
    library.XGetInputFocus(connection, ctypes.byref(window), ctypes.byref(revert))
    try:
        yield
    finally:
        target = window.value if window.value not in _NOBODY else 1
        library.XSync(connection, 0)
        library.XSetErrorHandler.restype = ctypes.c_void_p
        before = library.XSetErrorHandler(_IGNORE)  # the window may have gone meanwhile: nobody has the focus then
        library.XSetInputFocus(connection, ctypes.c_ulong(target), _REVERT_TO_PARENT, ctypes.c_ulong(_CURRENT_TIME))
        library.XSync(connection, 0)
        library.XSetErrorHandler(ctypes.c_void_p(before))
        library.XCloseDisplay(connection)
