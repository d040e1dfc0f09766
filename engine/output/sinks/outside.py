"""Which address of a sink is taken from outside: from a show of somebody else, or from the network.

The performer at the command line, in the window or at a controller names any place. What comes from outside names a
sink, and at most a file in the folder where its kind of file belongs.
"""

import re
from pathlib import Path
from typing import Final

from engine.errors import OutputError

REMEDY: Final = "Name it with --sink, or switch it on in the Output menu."
LONGEST: Final = 120
_NAME: Final = re.compile(rf"[^./\\:\0-\x1f\x7f][^/\\:\0-\x1f\x7f]{{0,{LONGEST - 1}}}")
_DEVICE: Final = re.compile(r"/dev/video[0-9]{1,3}|[^./\\:\0-\x1f\x7f][^/\\\0-\x1f\x7f]*")


def no_address(address: str) -> str:
    """Take no address from outside: what a sink does with one is not known.

    Raises:
        OutputError: there is one.
    """
    if address:
        raise OutputError("A show or the network cannot say where this sink writes", where=address, remedy=REMEDY)
    return ""


def any_address(address: str) -> str:
    """Take every address: it names nothing that is written."""
    return address


def camera_device(address: str) -> str:
    """Take the name of a camera, and no other path.

    Raises:
        OutputError: it is another path.
    """
    if address and not _DEVICE.fullmatch(address):
        raise OutputError("A show or the network can name a camera only", where=address, remedy=REMEDY)
    return address


def name_within(folder: Path, address: str) -> str:
    """Take a plain name, as the path of a file or folder directly within a folder; "" stays.

    Raises:
        OutputError: it is a path, or what is there leads out of the folder.
    """
    if not address:
        return ""
    if not _NAME.fullmatch(address):
        raise OutputError(
            f"A show or the network can name a film in {folder} only, and no other place", where=address, remedy=REMEDY
        )
    path = folder / address
    try:
        inside = path.resolve().parent == folder.resolve()
    except (OSError, RuntimeError, ValueError):  # a link that leads to itself
        inside = False
    if not inside:
        raise OutputError(f"This name leads out of {folder}", where=address, remedy=REMEDY)
    return str(path)
