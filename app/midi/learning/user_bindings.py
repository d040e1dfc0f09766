"""The user's bindings over a factory profile: one TOML file per controller, by its normalised port name.

port = "APC mini mk2 Control"
[[controls]]                           # as in a profile; each control named here stands as it is written here
slots = "parameter:field.hue"
cc = 48
channel = 1
mode = "absolute"
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tomli_w

from app.control.clock_settings import ClockSettings, clock_document, parse_clock
from app.control.macros import NO_MACROS, Macros, macros_document, parse_macros, span_table
from app.control.slots import Slot, SlotKind
from app.control.toml_sections import Section
from app.errors import MidiError
from app.midi.bindings import Binding, Encoding, Mode, grouped
from app.midi.control_ids import UNNUMBERED, ControlId
from app.midi.profiles.control_tables import parse_bindings
from engine.documents import is_missing, read_toml
from engine.files import FileKind, save_file

_UNFIT = re.compile(r"[^a-z0-9]+")
_MACROS: Final = "macros.toml"
_CLOCK: Final = "clock.toml"
_UNSAVED: Final = "They stay as they are until the end."
CONTROLS_FILE: Final = FileKind("file of learnt controls", MidiError, unsaved=_UNSAVED)
MACROS_FILE: Final = FileKind("file of macros", MidiError, unsaved=_UNSAVED)
CLOCK_FILE: Final = FileKind("file of clocks", MidiError, unsaved=_UNSAVED)


@dataclass(frozen=True, slots=True)
class UserBindings:
    """What the user has bound on one controller."""

    port: str
    bindings: tuple[Binding, ...] = ()

    @property
    def count(self) -> str:
        """How many controls it binds, in words."""
        controls = len({binding.source for binding in self.bindings})
        return f"{controls} learnt control{'s' * (controls != 1)}"

    def with_control(self, source: ControlId, bindings: Iterable[Binding]) -> "UserBindings":
        """The overlay in which one control does this and nothing else; nothing at all silences it."""
        group = tuple(bindings) or (Binding(source=source, slot=Slot(SlotKind.NONE), mode=Mode.TRIGGER),)
        kept = tuple(binding for binding in self.bindings if binding.source != source)
        return UserBindings(self.port, (*kept, *group))

    def as_shipped(self, source: ControlId) -> "UserBindings":
        """The overlay that leaves a control to the factory profile."""
        return UserBindings(self.port, tuple(binding for binding in self.bindings if binding.source != source))


def parse_overlay(document: Mapping[str, object], where: str) -> UserBindings:
    """An overlay from its TOML document; MidiError with file and key."""
    top = Section(document, where, "")
    top.only("port", "controls")
    bindings = [binding for section in top.sections("controls") for binding in parse_bindings(section)]
    return UserBindings(top.text("port"), tuple(bindings))


def overlay_document(overlay: UserBindings) -> dict[str, object]:
    """An overlay as TOML."""
    controls = [_table(binding) for group in grouped(overlay.bindings).values() for binding in group]
    return {"port": overlay.port, "controls": controls}


def _table(binding: Binding) -> dict[str, object]:
    source = binding.source
    table: dict[str, object] = {"slots": str(binding.slot)}
    table[source.kind.value] = True if source.kind in UNNUMBERED else source.number
    if source.channel is not None:
        table["channel"] = source.channel
    table["mode"] = binding.mode.value
    if binding.mode is Mode.RELATIVE:
        table["encoding"] = Encoding(binding.encoding).value
    if binding.takeover is not None:
        table["takeover"] = binding.takeover.value
    if binding.bank is not None:
        table["bank"] = binding.bank
    return {**table, **span_table(binding.span)}


class UserBindingsFolder:
    """The user's folder of learnt controls and macros. Files are replaced whole: a crash leaves the old or the new."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, port: str) -> UserBindings:
        """What was bound on a controller; an empty overlay where nothing was.

        Raises:
            MidiError: its file is damaged, with the place.
        """
        file = self._file(port)
        return UserBindings(port) if is_missing(file) else self.read(file)

    def save(self, overlay: UserBindings) -> None:
        """Keep an overlay; MidiError if the folder cannot be written."""
        self.export(overlay, self._file(overlay.port))

    def load_macros(self) -> Macros:
        """The user's macros, none where there is no file; MidiError if it is damaged."""
        file = self._folder / _MACROS
        return NO_MACROS if is_missing(file) else parse_macros(read_toml(file, MACROS_FILE), file.name)

    def save_macros(self, macros: Macros) -> None:
        """Keep the macros; MidiError if the folder cannot be written."""
        save_file(self._folder / _MACROS, tomli_w.dumps(macros_document(macros)), MACROS_FILE)

    def load_clock(self) -> ClockSettings:
        """What was set about clocks, the usual where there is no file; MidiError if it is damaged."""
        file = self._folder / _CLOCK
        return ClockSettings() if is_missing(file) else parse_clock(read_toml(file, CLOCK_FILE), file.name)

    def save_clock(self, settings: ClockSettings) -> None:
        """Keep what is set about clocks; MidiError if the folder cannot be written."""
        save_file(self._folder / _CLOCK, tomli_w.dumps(clock_document(settings)), CLOCK_FILE)

    @staticmethod
    def read(file: Path) -> UserBindings:
        """Import an overlay from any file; MidiError if it is none."""
        return parse_overlay(read_toml(file, CONTROLS_FILE), file.name)

    @staticmethod
    def export(overlay: UserBindings, file: Path) -> None:
        """Write an overlay anywhere; MidiError if that cannot be done."""
        save_file(file, tomli_w.dumps(overlay_document(overlay)), CONTROLS_FILE)

    def _file(self, port: str) -> Path:
        return self._folder / f"{_UNFIT.sub('-', port.casefold()).strip('-') or 'controller'}.toml"
