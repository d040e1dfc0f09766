"""The user's bindings over a factory profile: one TOML file per controller, by its normalised port name.

port = "APC mini mk2 Control"
[[controls]]                           # as in a profile; each control named here stands as it is written here
slots = "parameter:field.hue"
cc = 48
channel = 1
mode = "absolute"
"""

import os
import re
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tomli_w

from app.control.clock_settings import ClockSettings, clock_document, parse_clock
from app.control.macros import NO_MACROS, Macros, macros_document, parse_macros, span_table
from app.control.slots import Slot, SlotKind
from app.control.toml_sections import Section, read_toml
from app.errors import MidiError
from app.midi.bindings import Binding, Encoding, Mode, grouped
from app.midi.control_ids import UNNUMBERED, ControlId
from app.midi.profiles.control_tables import parse_bindings

_UNFIT = re.compile(r"[^a-z0-9]+")
_MACROS: Final = "macros.toml"
_CLOCK: Final = "clock.toml"
WHAT: Final = "file of learnt controls"


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
        return self.read(file) if file.exists() else UserBindings(port)

    def save(self, overlay: UserBindings) -> None:
        """Keep an overlay; MidiError if the folder cannot be written."""
        write_whole(self._file(overlay.port), overlay_document(overlay))

    def load_macros(self) -> Macros:
        """The user's macros, none where there is no file; MidiError if it is damaged."""
        file = self._folder / _MACROS
        return parse_macros(read_toml(file, "file of macros"), file.name) if file.exists() else NO_MACROS

    def save_macros(self, macros: Macros) -> None:
        """Keep the macros; MidiError if the folder cannot be written."""
        write_whole(self._folder / _MACROS, macros_document(macros))

    def load_clock(self) -> ClockSettings:
        """What was set about clocks, the usual where there is no file; MidiError if it is damaged."""
        file = self._folder / _CLOCK
        return parse_clock(read_toml(file, "file of clocks"), file.name) if file.exists() else ClockSettings()

    def save_clock(self, settings: ClockSettings) -> None:
        """Keep what is set about clocks; MidiError if the folder cannot be written."""
        write_whole(self._folder / _CLOCK, clock_document(settings))

    @staticmethod
    def read(file: Path) -> UserBindings:
        """Import an overlay from any file; MidiError if it is none."""
        return parse_overlay(read_toml(file, WHAT), file.name)

    @staticmethod
    def export(overlay: UserBindings, file: Path) -> None:
        """Write an overlay anywhere; MidiError if that cannot be done."""
        write_whole(file, overlay_document(overlay))

    def _file(self, port: str) -> Path:
        return self._folder / f"{_UNFIT.sub('-', port.casefold()).strip('-') or 'controller'}.toml"


def write_whole(file: Path, document: Mapping[str, object]) -> None:
    """Replace a file in one step; MidiError with the reason if that cannot be done."""
    name = ""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(tomli_w.dumps(document).encode())
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except OSError as error:
        if name:
            with suppress(OSError):
                Path(name).unlink()
        raise MidiError(
            f"The controls cannot be saved: {error.strerror}",
            where=str(file),
            remedy="They stay as they are until the end.",
        ) from error
