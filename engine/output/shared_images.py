"""Pictures in memory that the process of a sink can map, so that they are handed over without being copied.

On Linux such memory has no name in any folder: nothing is left behind whoever is killed. Elsewhere there is none, and a
sink in a process of its own is given copies. Where there should be some, the sink's state tells that it gets copies.
"""

import math
import mmap
import os
import sys
import weakref
from typing import Any, Final

import numpy as np

from engine.output.settings import WireImage

HERE: Final = sys.platform == "linux"
"""Pictures can be shared on this system, as a rule."""


class SharedImage(np.ndarray[Any, np.dtype[np.uint8]]):
    """A picture that another process of this user can map. Parts of it, and what is computed from it, are none.

    Attributes:
        name: its own, never used for another; "" for no shared picture.
        path: of the file that is mapped.
    """

    name: str = ""
    path: str = ""


def share(image: WireImage) -> WireImage:
    """Return a copy of a picture in memory that other processes can map, or in memory as usual where there is none."""
    found = shared(image.shape)
    found[...] = image
    return found


def shared(shape: tuple[int, ...]) -> WireImage:
    """Return memory for a picture that other processes can map, uint8 of this shape; as usual where there is none."""
    if sys.platform != "linux":  # as HERE; only so it is understood by type checkers
        return np.empty(shape, np.uint8)
    try:
        descriptor = os.memfd_create("hardcut-picture")
    except OSError:
        return np.empty(shape, np.uint8)
    path = f"/proc/{os.getpid()}/fd/{descriptor}"
    size = math.prod(shape)
    try:
        os.posix_fallocate(descriptor, 0, size)
        mapping = mmap.mmap(descriptor, size)
        os.close(os.open(path, os.O_RDWR))
    except OSError:
        os.close(descriptor)
        return np.empty(shape, np.uint8)
    found = named(np.frombuffer(mapping, np.uint8).reshape(shape), os.urandom(8).hex(), path)
    weakref.finalize(found, os.close, descriptor)
    return found


def named(image: WireImage, name: str, path: str) -> SharedImage:
    """Return a picture that lies at the beginning of a mapped file as what it is."""
    found = image.view(SharedImage)
    found.name, found.path = name, path
    return found
