"""Pictures in memory that the process of a sink can map, so that they are handed over without being copied.

On Linux such memory has no name in any folder: nothing is left behind whoever is killed. Elsewhere there is none, and a
sink in a process of its own is given copies. Where there should be some, the sink's state tells that it gets copies.
"""

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
    """Return a copy of a picture in memory that other processes can map; the picture itself where there is none."""
    if sys.platform != "linux":  # as HERE; only so it is understood by type checkers
        return image
    try:
        descriptor = os.memfd_create("hardcut-picture")
    except OSError:
        return image
    path = f"/proc/{os.getpid()}/fd/{descriptor}"
    try:
        os.posix_fallocate(descriptor, 0, image.nbytes)
        mapping = mmap.mmap(descriptor, image.nbytes)
        os.close(os.open(path, os.O_RDWR))
    except OSError:
        os.close(descriptor)
        return image
    found = named(np.frombuffer(mapping, np.uint8).reshape(image.shape), os.urandom(8).hex(), path)
    found[...] = image
    weakref.finalize(found, os.close, descriptor)
    return found


def named(image: WireImage, name: str, path: str) -> SharedImage:
    """Return a picture that lies at the beginning of a mapped file as what it is."""
    found = image.view(SharedImage)
    found.name, found.path = name, path
    return found
