"""`hardcut midi export NAME FILE` and `hardcut midi import FILE`: what was learnt, from one machine to another."""

from collections.abc import Callable
from pathlib import Path

from app.errors import ControlError
from app.midi.learning.user_bindings import CONTROLS_FILE, UserBindings, UserBindingsFolder
from engine.documents import read_toml

PrintLine = Callable[[str], None]


def export_bindings(folder: Path, name: str, file: Path, print_line: PrintLine) -> int:
    """Write what was learnt for the controller whose name contains a text; return the exit status.

    Raises:
        ControlError: nothing was learnt for such a controller, or for several, or the file cannot be written.
    """
    learnt = _learnt(folder)
    found = [one for one in learnt if name.casefold() in one.port.casefold()]
    exact = [one for one in found if name.casefold() == one.port.casefold()]
    if len(exact or found) != 1:
        what = "Several controllers have that in their names" if found else "Nothing was learnt for such a controller"
        known = ", ".join(one.port for one in found or learnt)
        remedy = f"Choose one of: {known}." if known else "Learn something in the window first."
        raise ControlError(what, where=name, remedy=remedy)
    user = (exact or found)[0]
    UserBindingsFolder.export(user, file)
    print_line(f"{user.port}: {user.count} in {file}.")
    return 0


def import_bindings(folder: Path, file: Path, print_line: PrintLine) -> int:
    """Replace what was learnt for the controller that a file names; return the exit status.

    Raises:
        ControlError: the file is none of learnt controls, with the place, or it cannot be kept.
    """
    user = UserBindingsFolder.read(file)
    UserBindingsFolder(folder).save(user)
    print_line(f"{user.port}: {user.count} taken; in use from the next start of Hardcut on.")
    return 0


def _learnt(folder: Path) -> list[UserBindings]:
    """Read every file of learnt controls; the folder holds other files too, which name no port."""
    files = sorted(folder.glob("*.toml"))
    return [UserBindingsFolder.read(file) for file in files if "port" in read_toml(file, CONTROLS_FILE)]
