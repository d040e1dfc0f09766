"""The user's macros and settings of clocks and sound as files: macros.toml, clock.toml and audio.toml."""

from pathlib import Path
from typing import Final

import tomli_w

from app.control.audio_settings import AudioSettings, audio_document, parse_audio
from app.control.clock_settings import ClockSettings, clock_document, parse_clock
from app.control.macros import NO_MACROS, Macros, macros_document, parse_macros
from app.errors import ControlError
from engine.documents import is_missing, read_toml
from engine.files import FileKind, save_file

UNSAVED: Final = "They stay as they are until the end."
"""What it means that settings of controllers cannot be kept."""

MACROS_FILE: Final = FileKind("file of macros", ControlError, unsaved=UNSAVED)
CLOCK_FILE: Final = FileKind("file of clocks", ControlError, unsaved=UNSAVED)
AUDIO_FILE: Final = FileKind("file of sound", ControlError, unsaved=UNSAVED)
_MACROS: Final = "macros.toml"
_CLOCK: Final = "clock.toml"
_AUDIO: Final = "audio.toml"


class SettingsFolder:
    """A folder of settings. Files are replaced whole: a crash leaves the old one or the new one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load_macros(self) -> Macros:
        """The user's macros, none where there is no file; ControlError if it is damaged."""
        file = self._folder / _MACROS
        return NO_MACROS if is_missing(file) else parse_macros(read_toml(file, MACROS_FILE), file.name)

    def save_macros(self, macros: Macros) -> None:
        """Keep the macros; ControlError if the folder cannot be written."""
        save_file(self._folder / _MACROS, tomli_w.dumps(macros_document(macros)), MACROS_FILE)

    def load_clock(self) -> ClockSettings:
        """What was set about clocks, the usual where there is no file; ControlError if it is damaged."""
        file = self._folder / _CLOCK
        return ClockSettings() if is_missing(file) else parse_clock(read_toml(file, CLOCK_FILE), file.name)

    def save_clock(self, settings: ClockSettings) -> None:
        """Keep what is set about clocks; ControlError if the folder cannot be written."""
        save_file(self._folder / _CLOCK, tomli_w.dumps(clock_document(settings)), CLOCK_FILE)

    def load_audio(self) -> AudioSettings:
        """What was set about sound, the usual where there is no file; ControlError if it is damaged."""
        file = self._folder / _AUDIO
        return AudioSettings() if is_missing(file) else parse_audio(read_toml(file, AUDIO_FILE), file.name)

    def save_audio(self, settings: AudioSettings) -> None:
        """Keep what is set about sound; ControlError if the folder cannot be written."""
        save_file(self._folder / _AUDIO, tomli_w.dumps(audio_document(settings)), AUDIO_FILE)
