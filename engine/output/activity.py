"""Tell the system that something runs which must not be slowed down or put to sleep.

macOS: App Nap throttles the timers of what it takes for idle; an activity of NSProcessInfo says that this is not.
Windows: SetThreadExecutionState. On Linux there is a service to be asked, which takes a library this process does not
carry. Not run yet: there was neither a Mac nor a Windows machine to run it on.
"""

import contextlib
import ctypes
import ctypes.util
import sys
from collections.abc import Iterator
from typing import Final

FOUNDATION: Final = "/System/Library/Frameworks/Foundation.framework/Foundation"

# NSActivityOptions of NSProcessInfo.h.
USER_INITIATED: Final = 0x00FFFFFF | 1 << 20
"""Work that somebody waits for; the machine does not fall asleep meanwhile."""

LATENCY_CRITICAL: Final = 0xFF00000000
"""Timers fire when they are due; meant for audio and video."""

DISPLAY_AWAKE: Final = 1 << 40
"""The display does not go dark either."""


ES_CONTINUOUS: Final = 0x80000000
ES_SYSTEM_REQUIRED: Final = 0x1
ES_DISPLAY_REQUIRED: Final = 0x2
"""winbase.h; what is continuous holds until this thread says otherwise, or ends."""


@contextlib.contextmanager
def activity(reason: str, *, display: bool = False) -> Iterator[bool]:
    """Keep the system awake during a with-block, entered and left on one thread; yield whether the system agreed.

    Args:
        reason: for the system's own list of reasons.
        display: keep the display awake too.
    """
    if sys.platform == "win32":
        kernel = ctypes.windll.kernel32
        wanted = ES_CONTINUOUS | ES_SYSTEM_REQUIRED | (ES_DISPLAY_REQUIRED if display else 0)
        granted = bool(kernel.SetThreadExecutionState(wanted))
        try:
            yield granted
        finally:
            kernel.SetThreadExecutionState(ES_CONTINUOUS)
    elif sys.platform == "darwin":
        objc = ctypes.cdll.LoadLibrary(ctypes.util.find_library("objc") or "libobjc.dylib")
        ctypes.cdll.LoadLibrary(FOUNDATION)
        pointer = ctypes.c_void_p
        for name in ("objc_getClass", "sel_registerName"):
            function = getattr(objc, name)
            function.restype, function.argtypes = pointer, [ctypes.c_char_p]

        def send(receiver: int | None, selector: str, *arguments: object, types: tuple[type, ...] = ()) -> int | None:
            method = ctypes.CFUNCTYPE(pointer, pointer, pointer, *types)(("objc_msgSend", objc))
            found: int | None = method(receiver, objc.sel_registerName(selector.encode()), *arguments)
            return found

        text = send(objc.objc_getClass(b"NSString"), "stringWithUTF8String:", reason.encode(), types=(ctypes.c_char_p,))
        process = send(objc.objc_getClass(b"NSProcessInfo"), "processInfo")
        options = USER_INITIATED | LATENCY_CRITICAL | (DISPLAY_AWAKE if display else 0)
        token = send(
            process, "beginActivityWithOptions:reason:", options, text, types=(ctypes.c_uint64, ctypes.c_void_p)
        )
        send(token, "retain")
        try:
            yield True
        finally:
            send(process, "endActivity:", token, types=(ctypes.c_void_p,))
            send(token, "release")
    else:
        yield True
