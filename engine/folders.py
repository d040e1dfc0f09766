"""Where this system keeps what a program needs: one function for each kind of file. Only runtime_folder makes one.

Those that hold files follow the system (XDG, Application Support, AppData) through platformdirs.
"""

import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import Final

from platformdirs import PlatformDirs

from engine.errors import OutputError

RUNTIME_VARIABLE: Final = "HARDCUT_RUNTIME_DIR"
MODELS_VARIABLE: Final = "HARDCUT_MODELS"

_NAME: Final = "Hardcut" if sys.platform in ("darwin", "win32") else "hardcut"


def user_folder() -> Path:
    """The user's scenes, settings and learnt controls. On Linux $XDG_CONFIG_HOME/hardcut."""
    return PlatformDirs(_NAME, appauthor=False, roaming=True).user_config_path


def models_folder() -> Path:
    """Weights: HARDCUT_MODELS, or `models` in the user's data folder. On Linux $XDG_DATA_HOME/hardcut/models."""
    if named := os.environ.get(MODELS_VARIABLE):
        return Path(named)
    return PlatformDirs(_NAME, appauthor=False).user_data_path / "models"


def cache_folder() -> Path:
    """What may be deleted at any time. On Linux $XDG_CACHE_HOME/hardcut."""
    return PlatformDirs(_NAME, appauthor=False, opinion=False).user_cache_path


def videos_folder() -> Path:
    """Recordings of what goes out: `Hardcut` in the system's folder of the user's videos."""
    return PlatformDirs().user_videos_path / "Hardcut"


def pictures_folder() -> Path:
    """Stills of what goes out: `Hardcut` in the system's folder of the user's pictures."""
    return PlatformDirs().user_pictures_path / "Hardcut"


def state_folder() -> Path:
    """What is kept from one run to the next and is no setting. On Linux $XDG_STATE_HOME/hardcut."""
    return PlatformDirs(_NAME, appauthor=False).user_state_path


def runtime_folder() -> Path:
    """The folder by which processes of this user find each other, made if need be, closed to everyone else.

    HARDCUT_RUNTIME_DIR, or $XDG_RUNTIME_DIR/hardcut, or a folder in the system's for temporary files. Not through
    platformdirs: without XDG_RUNTIME_DIR it would look elsewhere, past an output that is on air.

    Raises:
        OutputError: it cannot be made, or belongs to someone else.
    """
    chosen = os.environ.get(RUNTIME_VARIABLE)
    system = os.environ.get("XDG_RUNTIME_DIR")
    if chosen:
        folder = Path(chosen)
    elif system and os.access(system, os.W_OK):
        folder = Path(system) / "hardcut"
    else:
        user = str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
        folder = Path(tempfile.gettempdir()) / f"hardcut-{user}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = folder.lstat()
    except OSError as error:
        raise OutputError(
            f"The runtime folder cannot be made: {error.strerror}", where=str(folder), remedy=f"Set {RUNTIME_VARIABLE}."
        ) from error
    if hasattr(os, "getuid") and (not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid()):
        raise OutputError(
            "The runtime folder belongs to someone else", where=str(folder), remedy=f"Set {RUNTIME_VARIABLE}."
        )
    return folder


def cards_folder() -> Path:
    """The user's model cards, one TOML file each; it need not be there."""
    return user_folder() / "cards"


def profiles_folder() -> Path:
    """The user's controller profiles, one TOML file each; it need not be there."""
    return user_folder() / "profiles"


def log_folder() -> Path:
    """The logs of the latest runs. On Linux $XDG_STATE_HOME/hardcut/log."""
    return PlatformDirs(_NAME, appauthor=False).user_log_path
