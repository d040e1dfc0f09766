"""Profiles: what a kind of controller sends and how its lights are set, read from TOML.

A factory profile is package data and read-only. The format:

    name = "Maker Model"
    confidence = "high" | "medium" | "low"
    evidence = "where the numbers come from"
    match = ["part of a port name", …]     # case-insensitive; empty only for the generic profile
    reject = ["part of a port name", …]    # ports of the same device that are left alone

    [[controls]]                           # any number of these
    slots = "knob.1-8"                     # or a list of such texts
    cc = "48-55"                           # or note; a number, a range, or a list of them, one per slot
    channel = 1                            # left out: any channel

    [leds]
    init = ["F0 … F7"]                     # sent when the port opens
    exit = ["F0 … F7"]                     # sent before it closes
    pad = { off = 0, loaded = 3, queued = { value = 9, channel = 14 }, playing = 21 }
    button = { off = 0, on = 1 }
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from app.errors import MidiError
from app.midi.slots import Slot, SlotKind, parse_slots

GENERIC: Final = "generic.toml"
"""The profile for whatever no other profile knows."""


class Confidence(Enum):
    """How sure the profile's numbers are."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class SourceKind(Enum):
    """What a control sends."""

    CC = "cc"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Source:
    """A control by what it sends; channel 1..16, or None for any."""

    kind: SourceKind
    number: int
    channel: int | None = None


class Lamp(Enum):
    """What a light says."""

    OFF = "off"
    LOADED = "loaded"
    QUEUED = "queued"
    PLAYING = "playing"
    ON = "on"


@dataclass(frozen=True, slots=True)
class Light:
    """How a lamp is written: value 0..127 on a channel (None: the control's own)."""

    value: int
    channel: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leds:
    """A controller's lights; init and exit are whole messages."""

    init: tuple[bytes, ...] = ()
    exit: tuple[bytes, ...] = ()
    pad: Mapping[Lamp, Light] = field(default_factory=dict)
    button: Mapping[Lamp, Light] = field(default_factory=dict)

    def light(self, slot: Slot, lamp: Lamp) -> Light | None:
        """How to write a lamp on this slot; None where the device has no light for it."""
        return (self.pad if slot.kind is SlotKind.PAD else self.button).get(lamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of controller."""

    name: str
    confidence: Confidence
    evidence: str
    match: tuple[str, ...]
    reject: tuple[str, ...]
    controls: Mapping[Source, Slot]
    leds: Leds | None = None

    def slot(self, kind: SourceKind, number: int, channel: int) -> Slot | None:
        """The slot of a control; a binding to one channel goes before one to any."""
        return self.controls.get(Source(kind, number, channel)) or self.controls.get(Source(kind, number))


def load_profile(file: Traversable) -> Profile:
    """Read and check one profile.

    Raises:
        MidiError: with the file, the key and what is wrong there.
    """
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise MidiError(f"The controller profile cannot be read: {error.strerror}", where=file.name) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MidiError(f"The controller profile is not valid TOML: {error}", where=file.name) from error
    return parse_profile(document, file.name)


@cache
def factory_profiles() -> tuple[Profile, ...]:
    """Every profile that comes with the program, by file name, the generic one last."""
    folder = resources.files("app.midi") / "profiles"
    files = [file for file in folder.iterdir() if file.name.endswith(".toml")]
    return tuple(load_profile(file) for file in sorted(files, key=lambda file: (file.name == GENERIC, file.name)))


def match_profile(port: str, profiles: Iterable[Profile]) -> Profile | None:
    """The profile for a port by its normalised name; None if the port is one that its device's profile leaves alone.

    The longest matching text wins, so that "APC mini mk2" goes before "APC mini".
    """
    name = port.casefold()
    best: Profile | None = None
    best_length = -1
    for profile in profiles:
        lengths = [len(text) for text in profile.match if text in name] if profile.match else [0]
        if lengths and max(lengths) > best_length:
            best, best_length = profile, max(lengths)
    if best is not None and any(text in name for text in best.reject):
        return None
    return best


def parse_profile(document: Mapping[str, object], where: str) -> Profile:
    """A profile from its TOML document; MidiError as for load_profile."""
    top = _Section(document, where, "")
    top.only("name", "confidence", "evidence", "match", "reject", "controls", "leds")
    confidences = {level.value: level for level in Confidence}
    confidence = top.text("confidence")
    if confidence not in confidences:
        raise top.fault("confidence", f"must be one of {', '.join(confidences)}, not {confidence!r}")
    controls: dict[Source, Slot] = {}
    for section in top.sections("controls"):
        for source, slot in _controls(section):
            if source in controls:
                raise section.fault(source.kind.value, f"binds {source.number} a second time")
            controls[source] = slot
    leds = [_leds(section) for section in top.sections("leds")]
    return Profile(
        name=top.text("name"),
        confidence=confidences[confidence],
        evidence=top.text("evidence"),
        match=tuple(text.casefold() for text in top.texts("match")),
        reject=tuple(text.casefold() for text in top.texts("reject")),
        controls=MappingProxyType(controls),
        leds=leds[0] if leds else None,
    )


@dataclass(frozen=True, slots=True)
class _Section:
    """A table of the document that knows where it stands, so that every fault names file and key."""

    table: Mapping[str, object]
    file: str
    path: str

    def fault(self, key: str, clause: str) -> MidiError:
        place = f"{self.path}.{key}" if self.path else key
        return MidiError(f"{place!r} {clause}", where=self.file, remedy="Correct the controller profile.")

    def only(self, *known: str) -> None:
        for key in self.table:
            if key not in known:
                raise self.fault(key, f"is not a key here; known are {', '.join(known)}")

    def text(self, key: str) -> str:
        value = self.table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.fault(key, "needs a text")
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.table.get(key, [])
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) and item for item in items):
            raise self.fault(key, "must be a text or a list of texts")
        return tuple(items)

    def sections(self, key: str) -> tuple["_Section", ...]:
        value = self.table.get(key, [])
        items = value if isinstance(value, list) else [value]
        place = f"{self.path}.{key}" if self.path else key
        sections: list[_Section] = []
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                raise self.fault(key, "must be a table")
            sections.append(_Section(item, self.file, f"{place}[{index}]" if isinstance(value, list) else place))
        return tuple(sections)

    def integer(self, key: str, low: int, high: int) -> int | None:
        if key not in self.table:
            return None
        return self._checked(key, self.table[key], low, high)

    def integers(self, key: str) -> tuple[int, ...]:
        """Numbers 0..127 from 5, "5-8" or a list of both."""
        value = self.table[key]
        numbers: list[int] = []
        for item in value if isinstance(value, list) else [value]:
            first, dash, last = item.partition("-") if isinstance(item, str) else (item, "", "")
            ends = [int(end) if isinstance(end, str) and end.isdecimal() else end for end in (first, last)]
            low = self._checked(key, ends[0], 0, 127)
            high = self._checked(key, ends[1], low, 127) if dash else low
            numbers.extend(range(low, high + 1))
        return tuple(numbers)

    def _checked(self, key: str, value: object, low: int, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.fault(key, f"must hold whole numbers from {low} to {high}, not {value!r}")
        return value


def _controls(section: _Section) -> list[tuple[Source, Slot]]:
    section.only("slots", "cc", "note", "channel")
    slots: list[Slot] = []
    for text in section.texts("slots"):
        try:
            slots.extend(parse_slots(text))
        except ValueError as error:
            raise section.fault("slots", f"is wrong: {error}") from error
    kinds = [kind for kind in SourceKind if kind.value in section.table]
    if len(kinds) != 1:
        raise section.fault("cc", "or 'note' must be given, one of the two")
    kind = kinds[0]
    numbers = section.integers(kind.value)
    if len(numbers) != len(slots):
        raise section.fault(kind.value, f"holds {len(numbers)} numbers for {len(slots)} slots")
    if kind is SourceKind.NOTE and any(slot.continuous for slot in slots):
        raise section.fault("note", "cannot drive a knob or the level; use cc")
    channel = section.integer("channel", 1, 16)
    return [(Source(kind, number, channel), slot) for number, slot in zip(numbers, slots, strict=True)]


def _leds(section: _Section) -> Leds:
    section.only("init", "exit", "pad", "button")
    return Leds(
        init=_messages(section, "init"),
        exit=_messages(section, "exit"),
        pad=_lights(section, "pad", (Lamp.OFF, Lamp.LOADED, Lamp.QUEUED, Lamp.PLAYING)),
        button=_lights(section, "button", (Lamp.OFF, Lamp.ON)),
    )


def _messages(section: _Section, key: str) -> tuple[bytes, ...]:
    messages: list[bytes] = []
    for text in section.texts(key):
        try:
            message = bytes.fromhex(text)
        except ValueError as error:
            raise section.fault(key, f"must be bytes in hexadecimal, not {text!r}") from error
        if not message or message[0] < 0x80 or (message[0] == 0xF0) != (message[-1] == 0xF7):
            raise section.fault(key, f"must be whole MIDI messages, not {text!r}")
        messages.append(message)
    return tuple(messages)


def _lights(section: _Section, key: str, lamps: tuple[Lamp, ...]) -> Mapping[Lamp, Light]:
    lights: dict[Lamp, Light] = {}
    for table in section.sections(key):
        table.only(*(lamp.value for lamp in lamps))
        for lamp in lamps:
            if lamp.value not in table.table:
                raise table.fault(lamp.value, "is missing")
            if isinstance(table.table[lamp.value], dict):
                entry = table.sections(lamp.value)[0]
                entry.only("value", "channel")
                value = entry.integer("value", 0, 127)
                if value is None:
                    raise entry.fault("value", "is missing")
                lights[lamp] = Light(value, entry.integer("channel", 1, 16))
            else:
                lights[lamp] = Light(table.integers(lamp.value)[0])
    return MappingProxyType(lights)
