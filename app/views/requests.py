"""What the parts of the window ask to be opened over it."""

from enum import Enum


class Request(Enum):
    """A menu, a page or a window."""

    SOURCE = "source"
    DEPTH = "depth"
    GENERATOR = "generator"
    OUTPUT = "output"
    CONTROLLERS = "controllers"
    CLOCKS = "clocks"
    EVENTS = "events"
    OSC = "osc"
    HELP = "help"
    PREFLIGHT = "preflight"
    FULL_SCREEN = "full screen"
