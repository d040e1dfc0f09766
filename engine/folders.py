"""Where the user's own files lie."""

import os
import sys
from pathlib import Path


def user_folder() -> Path:
    """Where the user's scenes and settings live (XDG, AppData or Application Support)."""
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home())) / "Hardcut"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Hardcut"
    return Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config")) / "hardcut"


def cards_folder() -> Path:
    """The user's model cards, one TOML file each; it need not be there."""
    return user_folder() / "cards"


def profiles_folder() -> Path:
    """The user's controller profiles, one TOML file each; it need not be there."""
    return user_folder() / "profiles"
