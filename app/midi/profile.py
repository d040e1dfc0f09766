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
    mode = "relative"                      # and encoding, low, high, invert, curve, takeover, bank: see bindings.py

    [seed]                                 # a message in which the device tells where its controls stand
    prefix = "F0 …"                        # what it begins with; one byte per control follows
    cc = "48-56"
    channel = 1

    [leds]
    resend_on_release = true               # the firmware clears a light when its pad is let go
    numbers = "8-23"                       # only these notes have lights; left out: all
    offset = -8                            # the light's number less the control's
    init = ["F0 … F7"]                     # sent when the port opens
    exit = ["F0 … F7"]                     # sent before it closes
    pad = { off = 0, loaded = 3, queued = { value = 9, channel = 14 }, playing = 21 }
    button = { off = 0, on = 1 }
    armed and empty may be left out of pad: armed looks as loaded does then, and empty as off.

    [[leds.rings]]                         # rings around knobs, and motor faders
    slots = "knob.1-8"
    cc = "9-16"
    channel = 1
    low = 1
    high = 11                              # the values of an empty and a full ring
    seeds = true                           # the control goes on from the value that its ring was sent

    [leds.sysex]                           # pads lit by system exclusive messages
    message = "F0 … pp cc F7"              # pp: the place, cc: the value
    slots = "pad.1-16"
    places = "112-127"
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from app.midi.bindings import Binding, Encoding, Layout, Mode, grouped, usual_mode
from app.midi.macros import parse_span
from app.midi.sections import Section, read_toml
from app.midi.slots import BANKS, Slot, SlotKind, parse_slots
from app.midi.sources import UNNUMBERED, Source, SourceKind
from app.midi.takeover import TakeoverMode

GENERIC: Final = "generic.toml"
"""The profile for whatever no other profile knows."""


class Confidence(Enum):
    """How sure the profile's numbers are."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Lamp(Enum):
    """What a light says."""

    OFF = "off"
    EMPTY = "empty"
    LOADED = "loaded"
    ARMED = "armed"
    QUEUED = "queued"
    PLAYING = "playing"
    ON = "on"


@dataclass(frozen=True, slots=True)
class Light:
    """How a lamp is written: value 0..127 on a channel (None: the control's own)."""

    value: int
    channel: int | None = None


_LIKE: Final = {Lamp.EMPTY: Lamp.OFF, Lamp.ARMED: Lamp.LOADED}
"""What a light shows where its profile has nothing of its own for a state."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A ring of lights that shows a value: a CC on a channel, low when empty, high when full.

    Attributes:
        seeds: the control that the ring surrounds goes on from the value it was sent.
    """

    number: int
    channel: int
    low: int = 0
    high: int = 127
    seeds: bool = False

    def message(self, travel: float) -> bytes:
        """The bytes that show a travel 0..1."""
        value = round(self.low + (self.high - self.low) * min(max(travel, 0.0), 1.0))
        return bytes((0xB0 | (self.channel - 1), self.number, value))


@dataclass(frozen=True, slots=True)
class SysexLights:
    """Lights set by system exclusive messages: before + place + value + after."""

    before: bytes
    after: bytes
    places: Mapping[Slot, int]

    def message(self, place: int, value: int) -> bytes:
        """The bytes that light a place."""
        return self.before + bytes((place, value)) + self.after


@dataclass(frozen=True, slots=True)
class Seed:
    """A message by which a device tells where its controls stand."""

    prefix: bytes
    sources: tuple[Source, ...]

    def positions(self, sysex: bytes) -> tuple[tuple[Source, float], ...]:
        """The controls and their positions 0..1, from the bytes between F0 and F7; none from other messages."""
        if not sysex.startswith(self.prefix):
            return ()
        values = sysex[len(self.prefix) :]
        return tuple((source, value / 127) for source, value in zip(self.sources, values, strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Leds:
    """A controller's lights; init and exit are whole messages."""

    init: tuple[bytes, ...] = ()
    exit: tuple[bytes, ...] = ()
    pad: Mapping[Lamp, Light] = field(default_factory=dict)
    button: Mapping[Lamp, Light] = field(default_factory=dict)
    rings: Mapping[Slot, Ring] = field(default_factory=dict)
    sysex: SysexLights | None = None
    resend_on_release: bool = False
    numbers: frozenset[int] | None = None
    offset: int = 0

    def light(self, slot: Slot, lamp: Lamp) -> Light | None:
        """How to write a lamp on this slot; None where the device has no light for it."""
        lights = self.pad if slot.kind in (SlotKind.PAD, SlotKind.SCENE) else self.button
        return lights.get(lamp) or lights.get(_LIKE.get(lamp, lamp))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of controller."""

    name: str
    confidence: Confidence
    evidence: str
    match: tuple[str, ...]
    reject: tuple[str, ...]
    layout: Layout
    leds: Leds | None = None
    seed: Seed | None = None

    @property
    def controls(self) -> Mapping[Source, Slot]:
        """What each control is bound to."""
        return MappingProxyType({source: group[0].slot for source, group in self.layout.bindings.items()})

    def slot(self, kind: SourceKind, number: int, channel: int) -> Slot | None:
        """The slot of a control; a binding to one channel goes before one to any."""
        group = self.layout.of(kind, number, channel)
        return group[0].slot if group else None


def load_profile(file: Traversable) -> Profile:
    """Read and check one profile.

    Raises:
        MidiError: with the file, the key and what is wrong there.
    """
    document = read_toml(file, "controller profile")
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
    top = Section(document, where, "")
    top.only("name", "confidence", "evidence", "match", "reject", "controls", "leds", "seed")
    confidences = {level.value: level for level in Confidence}
    confidence = top.text("confidence")
    if confidence not in confidences:
        raise top.fault("confidence", f"must be one of {', '.join(confidences)}, not {confidence!r}")
    bindings: list[Binding] = []
    for section in top.sections("controls"):
        for binding in parse_bindings(section):
            if any(binding.meets(other) for other in bindings):
                raise section.fault(binding.source.kind.value, f"binds {binding.source.number} a second time")
            bindings.append(binding)
    seeds = [_seed(section) for section in top.sections("seed")]
    leds = [_leds(section) for section in top.sections("leds")]
    return Profile(
        name=top.text("name"),
        confidence=confidences[confidence],
        evidence=top.text("evidence"),
        match=tuple(text.casefold() for text in top.texts("match")),
        reject=tuple(text.casefold() for text in top.texts("reject")),
        layout=Layout(MappingProxyType(grouped(bindings))),
        leds=leds[0] if leds else None,
        seed=seeds[0] if seeds else None,
    )


def parse_bindings(section: Section) -> list[Binding]:
    """The bindings of one table of controls; MidiError with file and key."""
    kinds = [kind for kind in SourceKind if kind.value in section.table]
    section.only(
        "slots", "channel", "mode", "encoding", "takeover", "bank", "low", "high", "invert", "curve",
        *(kind.value for kind in SourceKind),
    )  # fmt: skip
    slots = _slots(section)
    if len(kinds) != 1:
        raise section.fault("cc", "or 'note' must be given, one of the two")
    kind = kinds[0]
    sources = _sources(section, kind)
    if len(sources) != len(slots):
        raise section.fault(kind.value, f"holds {len(sources)} numbers for {len(slots)} slots")
    mode = section.one_of("mode", Mode)
    if mode is None and kind is SourceKind.NOTE and any(slot.continuous for slot in slots):
        raise section.fault("note", "cannot drive a knob or the level without a mode; use cc")
    return [
        Binding(
            source=source,
            slot=slot,
            mode=mode or usual_mode(kind, slot),
            span=parse_span(section),
            encoding=section.one_of("encoding", Encoding) or Encoding.TWOS_COMPLEMENT,
            takeover=section.one_of("takeover", TakeoverMode),
            bank=section.integer("bank", 1, BANKS),
        )
        for source, slot in zip(sources, slots, strict=True)
    ]


def _slots(section: Section) -> list[Slot]:
    slots: list[Slot] = []
    for text in section.texts("slots"):
        try:
            slots.extend(parse_slots(text))
        except ValueError as error:
            raise section.fault("slots", f"is wrong: {error}") from error
    return slots


def _sources(section: Section, kind: SourceKind) -> list[Source]:
    channel = section.integer("channel", 1, 16)
    if kind in UNNUMBERED:
        if not section.truth(kind.value):
            raise section.fault(kind.value, "must be true")
        return [Source(kind, 0, channel)]
    numbers = section.integers(kind.value)
    if kind is SourceKind.CC14 and any(number > 31 for number in numbers):
        raise section.fault(kind.value, "must hold whole numbers from 0 to 31; the fine half is 32 above")
    return [Source(kind, number, channel) for number in numbers]


def _seed(section: Section) -> Seed:
    section.only("prefix", "cc", "channel")
    try:
        prefix = bytes.fromhex(section.text("prefix"))
    except ValueError as error:
        raise section.fault("prefix", "must be bytes in hexadecimal") from error
    if prefix[:1] != b"\xf0":
        raise section.fault("prefix", "must begin with F0")
    return Seed(prefix[1:], tuple(_sources(section, SourceKind.CC)))


def _leds(section: Section) -> Leds:
    section.only("init", "exit", "pad", "button", "rings", "sysex", "resend_on_release", "numbers", "offset")
    rings = {slot: ring for table in section.sections("rings") for slot, ring in _rings(table)}
    sysex = [_sysex(table) for table in section.sections("sysex")]
    return Leds(
        init=_messages(section, "init"),
        exit=_messages(section, "exit"),
        pad=_lights(section, "pad", (Lamp.OFF, Lamp.LOADED, Lamp.QUEUED, Lamp.PLAYING), (Lamp.EMPTY, Lamp.ARMED)),
        button=_lights(section, "button", (Lamp.OFF, Lamp.ON)),
        rings=MappingProxyType(rings),
        sysex=sysex[0] if sysex else None,
        resend_on_release=section.truth("resend_on_release"),
        numbers=frozenset(section.integers("numbers")) if "numbers" in section.table else None,
        offset=section.integer("offset", -127, 127) or 0,
    )


def _rings(section: Section) -> list[tuple[Slot, Ring]]:
    section.only("slots", "cc", "channel", "low", "high", "seeds")
    slots, numbers = _slots(section), section.integers("cc")
    if len(slots) != len(numbers):
        raise section.fault("cc", f"holds {len(numbers)} numbers for {len(slots)} slots")
    low, high = section.integer("low", 0, 127), section.integer("high", 0, 127)
    channel = section.integer("channel", 1, 16) or 1
    seeds = section.truth("seeds")
    ends = low or 0, 127 if high is None else high
    return [(slot, Ring(number, channel, *ends, seeds)) for slot, number in zip(slots, numbers, strict=True)]


def _sysex(section: Section) -> SysexLights:
    section.only("message", "slots", "places")
    head, place, tail = section.text("message").partition("pp cc")
    try:
        before, after = bytes.fromhex(head), bytes.fromhex(tail)
    except ValueError as error:
        raise section.fault("message", "must be bytes in hexadecimal around 'pp cc'") from error
    if not place or before[:1] != b"\xf0" or after[-1:] != b"\xf7":
        raise section.fault("message", "must be a whole message, F0 to F7, with 'pp cc' in it")
    slots, places = _slots(section), section.integers("places")
    if len(slots) != len(places):
        raise section.fault("places", f"holds {len(places)} numbers for {len(slots)} slots")
    return SysexLights(before, after, MappingProxyType(dict(zip(slots, places, strict=True))))


def _messages(section: Section, key: str) -> tuple[bytes, ...]:
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


def _lights(
    section: Section, key: str, lamps: tuple[Lamp, ...], optional: tuple[Lamp, ...] = ()
) -> Mapping[Lamp, Light]:
    lights: dict[Lamp, Light] = {}
    for table in section.sections(key):
        table.only(*(lamp.value for lamp in (*lamps, *optional)))
        for lamp in (*lamps, *optional):
            if lamp.value not in table.table:
                if lamp in optional:
                    continue
                raise table.fault(lamp.value, "is missing")
            lights[lamp] = _light(table, lamp)
    return MappingProxyType(lights)


def _light(table: Section, lamp: Lamp) -> Light:
    if not isinstance(table.table[lamp.value], dict):
        return Light(table.integers(lamp.value)[0])
    entry = table.sections(lamp.value)[0]
    entry.only("value", "channel")
    value = entry.integer("value", 0, 127)
    if value is None:
        raise entry.fault("value", "is missing")
    return Light(value, entry.integer("channel", 1, 16))
