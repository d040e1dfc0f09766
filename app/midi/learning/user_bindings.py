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

from app.control.macros import span_table
from app.control.settings_folder import UNSAVED
from app.control.slots import Slot, SlotKind
from app.control.toml_sections import Section
from app.errors import ControlError
from app.midi.bindings import Binding, Encoding, Mode, grouped
from app.midi.control_ids import UNNUMBERED, ControlId
from app.midi.profiles.control_tables import parse_bindings
from engine.documents import is_missing, read_toml
from engine.files import FileKind, save_file

_UNFIT = re.compile(r"[^a-z0-9]+")
CONTROLS_FILE: Final = FileKind("file of learnt controls", ControlError, unsaved=UNSAVED)


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
        """The bindings in which one control does this and nothing else; nothing at all silences it."""
        group = tuple(bindings) or (Binding(source=source, slot=Slot(SlotKind.NONE), mode=Mode.TRIGGER),)
        kept = tuple(binding for binding in self.bindings if binding.source != source)
        return UserBindings(self.port, (*kept, *group))

    def as_shipped(self, source: ControlId) -> "UserBindings":
        """The bindings that leave a control to the factory profile."""
        return UserBindings(self.port, tuple(binding for binding in self.bindings if binding.source != source))


def parse_user_bindings(document: Mapping[str, object], where: str) -> UserBindings:
    """User bindings from their TOML document; ControlError with file and key."""
    top = Section(document, where, "")
    top.only("port", "controls")
    bindings = [binding for section in top.sections("controls") for binding in parse_bindings(section)]
    return UserBindings(top.text("port"), tuple(bindings))


def user_bindings_document(user: UserBindings) -> dict[str, object]:
    """User bindings as TOML."""
    controls = [_table(binding) for group in grouped(user.bindings).values() for binding in group]
    return {"port": user.port, "controls": controls}


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
    """The user's folder of learnt controls. Files are replaced whole: a crash leaves the old or the new."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, port: str) -> UserBindings:
        """What was bound on a controller; none where nothing was.

        Raises:
            ControlError: its file is damaged, with the place.
        """
        file = self._file(port)
        return UserBindings(port) if is_missing(file) else self.read(file)

    def save(self, user: UserBindings) -> None:
        """Keep what was bound on a controller; ControlError if the folder cannot be written."""
        self.export(user, self._file(user.port))

    @staticmethod
    def read(file: Path) -> UserBindings:
        """User bindings from any file; ControlError if it holds none."""
        return parse_user_bindings(read_toml(file, CONTROLS_FILE), file.name)

    @staticmethod
    def export(user: UserBindings, file: Path) -> None:
        """Write user bindings anywhere; ControlError if that cannot be done."""
        save_file(file, tomli_w.dumps(user_bindings_document(user)), CONTROLS_FILE)

    def _file(self, port: str) -> Path:
        return self._folder / f"{_UNFIT.sub('-', port.casefold()).strip('-') or 'controller'}.toml"
