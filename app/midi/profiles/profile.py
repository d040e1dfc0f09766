"""Profiles: what a kind of controller sends and how its lights are set, read from TOML.

A factory profile is package data and read-only; the user's lie in a folder of theirs, see `library`. The format:

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

    [picture]                              # the panel, to be drawn: see pictures.py
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from app.control.slots import Slot
from app.control.toml_sections import Section
from app.errors import ControlError
from app.midi.bindings import Binding, BindingMap, grouped
from app.midi.control_ids import ControlId, MessageKind
from app.midi.profiles.confidence import Confidence
from app.midi.profiles.control_tables import parse_bindings, sources_of
from app.midi.profiles.lights import Leds, parse_leds
from app.midi.profiles.pictures import DevicePicture, parse_picture
from engine.documents import read_toml
from engine.files import FileKind

PROFILE_FILE: Final = FileKind("controller profile", ControlError)
GENERIC: Final = "generic.toml"
"""The profile for whatever no other profile knows."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A message by which a device tells where its controls stand."""

    prefix: bytes
    sources: tuple[ControlId, ...]

    def positions(self, sysex: bytes) -> tuple[tuple[ControlId, float], ...]:
        """The controls and their positions 0..1, from the bytes between F0 and F7; none from other messages."""
        if not sysex.startswith(self.prefix):
            return ()
        values = sysex[len(self.prefix) :]
        return tuple((source, value / 127) for source, value in zip(self.sources, values, strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of controller."""

    name: str
    confidence: Confidence
    evidence: str
    match: tuple[str, ...]
    reject: tuple[str, ...]
    layout: BindingMap
    leds: Leds | None = None
    seed: Seed | None = None
    picture: DevicePicture | None = None

    @property
    def controls(self) -> Mapping[ControlId, Slot]:
        """What each control is bound to."""
        return MappingProxyType({source: group[0].slot for source, group in self.layout.bindings.items()})

    def slot(self, kind: MessageKind, number: int, channel: int) -> Slot | None:
        """The slot of a control; a binding to one channel goes before one to any."""
        group = self.layout.of(kind, number, channel)
        return group[0].slot if group else None


def load_profile(file: Traversable) -> Profile:
    """Read and check one profile.

    Raises:
        ControlError: with the file, the key and what is wrong there.
    """
    document = read_toml(file, PROFILE_FILE)
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
    """A profile from its TOML document; ControlError as for load_profile."""
    top = Section(document, where, "")
    top.only("name", "confidence", "evidence", "match", "reject", "controls", "leds", "seed", "picture")
    confidence = top.one_of("confidence", Confidence)
    if confidence is None:
        raise top.fault("confidence", f"must be one of {', '.join(level.value for level in Confidence)}")
    bindings: list[Binding] = []
    for section in top.sections("controls"):
        for binding in parse_bindings(section):
            if any(binding.meets(other) for other in bindings):
                raise section.fault(binding.source.kind.value, f"binds {binding.source.number} a second time")
            bindings.append(binding)
    seeds = [_seed(section) for section in top.sections("seed")]
    layout = BindingMap(MappingProxyType(grouped(bindings)))
    slots = {source: group[0].slot for source, group in layout.bindings.items()}
    pictures = [parse_picture(section, slots.get) for section in top.sections("picture")]
    leds = [parse_leds(section) for section in top.sections("leds")]
    return Profile(
        name=top.text("name"),
        confidence=confidence,
        evidence=top.text("evidence"),
        match=tuple(text.casefold() for text in top.texts("match")),
        reject=tuple(text.casefold() for text in top.texts("reject")),
        layout=layout,
        leds=leds[0] if leds else None,
        seed=seeds[0] if seeds else None,
        picture=pictures[0] if pictures else None,
    )


def _seed(section: Section) -> Seed:
    section.only("prefix", "cc", "channel")
    try:
        prefix = bytes.fromhex(section.text("prefix"))
    except ValueError as error:
        raise section.fault("prefix", "must be bytes in hexadecimal") from error
    if prefix[:1] != b"\xf0":
        raise section.fault("prefix", "must begin with F0")
    return Seed(prefix[1:], tuple(sources_of(section, MessageKind.CC)))
