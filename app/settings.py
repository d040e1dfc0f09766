"""What the program remembers from one run to the next, as small TOML files beside the user's scenes.

Where the window was, and what the performer chose once.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

import tomli_w

from app.errors import AppError
from engine.documents import is_missing, read_toml
from engine.files import FileKind, save_file
from engine.folders import user_folder

USUAL_SIZE: Final = (1280, 800)
LARGEST_EDGE: Final = 32_768
"""No screen is larger; a file that says so was not written here."""


class SettingsError(AppError):
    """The window's file cannot be read or written."""


_PLACE: Final = FileKind(
    "window's place",
    SettingsError,
    unread="The window opens as for the first time.",
    unsaved="The next time the window opens as it did this time.",
)


class Area(NamedTuple):
    """A rectangle of the desktop in logical pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPlace:
    """Where the window was.

    Attributes:
        screen: the display's name.
        x, y, width, height: the window's inside on the desktop, in logical pixels; when maximised, as before that.
    """

    screen: str
    x: int
    y: int
    width: int
    height: int
    maximised: bool = False


def placed(place: WindowPlace | None, screens: Mapping[str, Area], smallest: tuple[int, int]) -> Area | None:
    """Where the window goes: as it was if its display is still there, else of the usual size on the first display.

    Args:
        screens: what is free of each display, the first one first.
        smallest: the least width and height of the window.

    Returns:
        An area within one display, as far as the smallest size allows; None where there is no display.
    """
    if not screens:
        return None
    known = place is not None and place.screen in screens
    room = screens[place.screen] if known and place is not None else next(iter(screens.values()))
    wanted = (place.width, place.height) if known and place is not None else USUAL_SIZE
    width, height = (max(least, min(size, most)) for size, most, least in zip(wanted, room[2:], smallest, strict=True))
    x, y = (place.x, place.y) if known and place is not None else (room.x, room.y)
    if not known:
        x, y = room.x + max(0, room.width - width) // 2, room.y + max(0, room.height - height) // 2
    x = min(max(x, room.x), room.x + max(0, room.width - width))
    y = min(max(y, room.y), room.y + max(0, room.height - height))
    return Area(x, y, width, height)


def load_place(file: Path) -> WindowPlace | None:
    """Where the window was; None before the first time.

    Raises:
        SettingsError: the file cannot be read, or holds something else.
    """
    if is_missing(file):
        return None
    document = read_toml(file, _PLACE)
    screen, maximised = document.get("screen"), document.get("maximised", False)
    numbers = [document.get(key) for key in ("x", "y", "width", "height")]
    whole = [one for one in numbers if isinstance(one, int) and not isinstance(one, bool) and abs(one) <= LARGEST_EDGE]
    if not isinstance(screen, str) or not isinstance(maximised, bool) or len(whole) < len(numbers):
        raise SettingsError("The window's place is not one", where=str(file), remedy=_PLACE.unread)
    x, y, width, height = whole
    return WindowPlace(screen=screen, x=x, y=y, width=width, height=height, maximised=maximised)


def save_place(file: Path, place: WindowPlace) -> None:
    """Remember where the window is; the file is replaced whole.

    Raises:
        SettingsError: it cannot be written.
    """
    save_file(file, tomli_w.dumps(asdict(place)), _PLACE)


_CHOICES: Final = FileKind(
    "file of choices",
    SettingsError,
    unread="Hardcut begins as for the first time.",
    unsaved="The next time it begins as it did this time.",
)


class AfterEnd(Enum):
    """What a start begins with once the show before it was ended in order."""

    RESUME = "resume"
    HOME = "home"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the performer chose once.

    Attributes:
        after_end: what a start begins with.
        steps_seen: the first steps were put away.
    """

    after_end: AfterEnd = AfterEnd.RESUME
    steps_seen: bool = False


def choices_file() -> Path:
    """Where the performer's choices are kept."""
    return user_folder() / "settings.toml"


def load_choices(file: Path) -> Choices:
    """What was chosen; the usual before the first time.

    Raises:
        SettingsError: the file cannot be read, or holds something else.
    """
    if is_missing(file):
        return Choices()
    document = read_toml(file, _CHOICES)
    after_end, steps_seen = document.get("after_end", AfterEnd.RESUME.value), document.get("steps_seen", False)
    if after_end not in [one.value for one in AfterEnd] or not isinstance(steps_seen, bool):
        raise SettingsError("The choices are none", where=str(file), remedy=_CHOICES.unread)
    return Choices(after_end=AfterEnd(after_end), steps_seen=steps_seen)


def save_choices(file: Path, choices: Choices) -> None:
    """Remember what is chosen; the file is replaced whole.

    Raises:
        SettingsError: it cannot be written.
    """
    document = {"after_end": choices.after_end.value, "steps_seen": choices.steps_seen}
    save_file(file, tomli_w.dumps(document), _CHOICES)
