"""What the program remembers of the window from one run to the next: a small TOML file beside the user's scenes."""

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, NamedTuple

import tomli_w

from app.errors import AppError

USUAL_SIZE: Final = (1280, 800)
LARGEST_EDGE: Final = 32_768
"""No screen is larger; a file that says so was not written here."""


class SettingsError(AppError):
    """The window's file cannot be read or written."""


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
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unreadable(file, str(error)) from error
    screen, maximised = document.get("screen"), document.get("maximised", False)
    numbers = [document.get(key) for key in ("x", "y", "width", "height")]
    whole = [one for one in numbers if isinstance(one, int) and abs(one) <= LARGEST_EDGE]
    if not isinstance(screen, str) or not isinstance(maximised, bool) or len(whole) < len(numbers):
        raise _unreadable(file, "it holds no place of a window")
    x, y, width, height = whole
    return WindowPlace(screen=screen, x=x, y=y, width=width, height=height, maximised=maximised)


def save_place(file: Path, place: WindowPlace) -> None:
    """Remember where the window is; the file is replaced whole.

    Raises:
        SettingsError: it cannot be written.
    """
    draft = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(tomli_w.dumps(asdict(place)), encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        why = error.strerror or str(error)
        raise SettingsError(f"The window's place cannot be kept: {why}", where=str(file)) from error


def _unreadable(file: Path, why: str) -> SettingsError:
    return SettingsError(
        f"The window's place cannot be read: {why}", where=str(file), remedy="The window opens as for the first time."
    )
