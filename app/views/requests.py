"""What the parts of the window ask to be opened over it."""

from enum import Enum


class Request(Enum):
    """A menu, a page or a window."""

    SHOW = "show"
    FIRST_STEPS = "first steps"
    SAVE_SHOW = "save show"
    OPEN_SHOW = "open show"
    SOURCE = "source"
    DEPTH = "depth"
    GENERATOR = "generator"
    OUTPUT = "output"
    SOUND = "sound"
    CONTROLLERS = "controllers"
    CLOCKS = "clocks"
    EVENTS = "events"
    AUTO = "auto"
    OSC = "osc"
    HELP = "help"
    PREFLIGHT = "preflight"
    FULL_SCREEN = "full screen"
