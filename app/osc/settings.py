"""Who may play the show over OSC from the network, as the user keeps it: osc.toml.

allow = ["192.168.1.20", "192.168.2.0/24"]
"""

from pathlib import Path
from typing import Final

from app.control.allowed import NOBODY, Allowed, parse_allowed
from app.control.settings_folder import UNSAVED
from app.control.toml_sections import Section
from app.errors import ControlError
from engine.documents import is_missing, read_toml
from engine.files import FileKind

OSC_FILE: Final = FileKind("file of OSC settings", ControlError, unsaved=UNSAVED)


def allowed_at_start(file: Path) -> tuple[Allowed, str]:
    """Return who may speak from the network, and what is wrong with the file, in sentences.

    A file that cannot be read allows nobody: the show starts, and is open to no one whom the user may not have meant.
    """
    try:
        return load_allowed(file), ""
    except ControlError as error:
        return NOBODY, f"{error} Until the next start it allows nobody on the network to speak."


def load_allowed(file: Path) -> Allowed:
    """Read who may speak from the network; nobody where there is no file.

    Raises:
        ControlError: the file is damaged, with the key.
    """
    if is_missing(file):
        return NOBODY
    top = Section(read_toml(file, OSC_FILE), file.name, "")
    top.only("allow")
    try:
        return parse_allowed(top.texts("allow"))
    except ControlError as error:
        raise ControlError(error.what, where=file.name, remedy=error.remedy) from error
