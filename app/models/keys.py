"""Which key is which pad: by place on the keyboard, so that every national layout has the same block."""

import sys
from typing import Final

PAD_ROWS: Final = ("1234", "qwer", "asdf", "zxcv")
"""The block as it is printed on an English keyboard, top row first. F lies in it: freeze is the key beside, G."""

PAD_LETTERS: Final = "".join(PAD_ROWS)

_EVDEV: Final = (10, 11, 12, 13, 24, 25, 26, 27, 38, 39, 40, 41, 52, 53, 54, 55)
"""X11 and Wayland key codes (evdev + 8) of the block."""

_WINDOWS: Final = (2, 3, 4, 5, 16, 17, 18, 19, 30, 31, 32, 33, 44, 45, 46, 47)
"""Scan codes (set 1) of the block."""


def pad_of_key(key: int, scan_code: int, platform: str = sys.platform) -> int | None:
    """The pad, 0..15, that a key plays.

    Args:
        key: the key's Latin character as a code point (Qt.Key); used where the place is not told.
        scan_code: the platform's code of the key's place, 0 if it is not known.
        platform: as sys.platform; macOS tells no scan codes.
    """
    table = _EVDEV if platform.startswith("linux") else _WINDOWS if platform == "win32" else ()
    if scan_code and table:
        return table.index(scan_code) if scan_code in table else None
    letter = chr(key).lower() if 0x20 < key < 0x7F else ""
    return PAD_LETTERS.index(letter) if letter and letter in PAD_LETTERS else None
