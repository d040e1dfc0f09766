"""Whether there is a screen to open a window on."""

import os
import sys


def has_display() -> bool:
    """True where a window can be opened."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
