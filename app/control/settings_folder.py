"""The user's macros and clock settings as files: macros.toml and clock.toml."""

from pathlib import Path
from typing import Final

from app.control.clock_settings import ClockSettings, clock_document, parse_clock
from app.control.macros import NO_MACROS, Macros, macros_document, parse_macros
from app.control.toml_sections import read_toml, write_toml

_MACROS: Final = "macros.toml"
_CLOCK: Final = "clock.toml"


class SettingsFolder:
    """A folder of settings. Files are replaced whole: a crash leaves the old one or the new one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load_macros(self) -> Macros:
        """The user's macros, none where there is no file; ControlError if it is damaged."""
        file = self._folder / _MACROS
        return parse_macros(read_toml(file, "file of macros"), file.name) if file.exists() else NO_MACROS

    def save_macros(self, macros: Macros) -> None:
        """Keep the macros; ControlError if the folder cannot be written."""
        write_toml(self._folder / _MACROS, macros_document(macros), "macros")

    def load_clock(self) -> ClockSettings:
        """What was set about clocks, the usual where there is no file; ControlError if it is damaged."""
        file = self._folder / _CLOCK
        return parse_clock(read_toml(file, "file of clocks"), file.name) if file.exists() else ClockSettings()

    def save_clock(self, settings: ClockSettings) -> None:
        """Keep what is set about clocks; ControlError if the folder cannot be written."""
        write_toml(self._folder / _CLOCK, clock_document(settings), "clock settings")
