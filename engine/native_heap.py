"""Memory that the C library keeps after it was given back.

glibc gives every thread an arena of its own, up to eight for each processor, and each keeps the gaps that it has: over
a night of generators that end and are built again, their number makes the program grow. A few arenas serve as well,
since Python's own small objects never come from there. Source: glibc manual, "Malloc Tunable Parameters".
"""

import ctypes
import platform
from functools import cache
from typing import Final

_ARENA_MAX: Final = -8
"""M_ARENA_MAX of mallopt."""

_ARENAS: Final = 4


def limit_arenas() -> bool:
    """Let the C library have few arenas; call it before threads begin. False where it is not glibc."""
    library = _glibc()
    return library is not None and bool(library.mallopt(_ARENA_MAX, _ARENAS))


def give_back() -> bool:
    """Give the system what is free, wherever it lies; False where the C library is not glibc. Takes milliseconds."""
    library = _glibc()
    if library is None:
        return False
    library.malloc_trim(ctypes.c_size_t(0))
    return True


@cache
def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
