"""How a controller's lights are written, read from the table [leds] of its profile (see profile)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Final

from app.control.show import PadState
from app.control.slots import Slot, SlotKind
from app.control.toml_sections import Section
from app.midi.profiles.control_tables import slots_of


class SwitchState(Enum):
    """What the light of a button says."""

    OFF = "off"
    ON = "on"


LedState = PadState | SwitchState
"""What a light says: of a pad, what its scene is doing; a pad without anything to say is OFF."""


@dataclass(frozen=True, slots=True)
class Light:
    """How a light is written: value 0..127 on a channel (None: the control's own)."""

    value: int
    channel: int | None = None


_PAD_STATES: Final = (SwitchState.OFF, PadState.LOADED, PadState.QUEUED, PadState.PLAYING)
"""What a profile's table of pads must hold."""

_LIKE: Final[Mapping[LedState, LedState]] = {PadState.EMPTY: SwitchState.OFF, PadState.ARMED: PadState.LOADED}
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Leds:
    """A controller's lights; init and exit are whole messages."""

    init: tuple[bytes, ...] = ()
    exit: tuple[bytes, ...] = ()
    pad: Mapping[LedState, Light] = field(default_factory=dict)
    button: Mapping[LedState, Light] = field(default_factory=dict)
    rings: Mapping[Slot, Ring] = field(default_factory=dict)
    sysex: SysexLights | None = None
    resend_on_release: bool = False
    numbers: frozenset[int] | None = None
    offset: int = 0

    def light(self, slot: Slot, state: LedState) -> Light | None:
        """How to write a state on this slot; None where the device has no light for it."""
        lights = self.pad if slot.kind in (SlotKind.PAD, SlotKind.SCENE) else self.button
        return lights.get(state) or lights.get(_LIKE.get(state, state))


def parse_leds(section: Section) -> Leds:
    """A controller's lights from their table; ControlError with file and key."""
    section.only("init", "exit", "pad", "button", "rings", "sysex", "resend_on_release", "numbers", "offset")
    rings = {slot: ring for table in section.sections("rings") for slot, ring in _rings(table)}
    sysex = [_sysex(table) for table in section.sections("sysex")]
    return Leds(
        init=_messages(section, "init"),
        exit=_messages(section, "exit"),
        pad=_lights(section, "pad", _PAD_STATES, (PadState.EMPTY, PadState.ARMED)),
        button=_lights(section, "button", tuple(SwitchState)),
        rings=MappingProxyType(rings),
        sysex=sysex[0] if sysex else None,
        resend_on_release=section.truth("resend_on_release"),
        numbers=frozenset(section.integers("numbers")) if "numbers" in section.table else None,
        offset=section.integer("offset", -127, 127) or 0,
    )


def _rings(section: Section) -> list[tuple[Slot, Ring]]:
    section.only("slots", "cc", "channel", "low", "high", "seeds")
    slots, numbers = slots_of(section), section.integers("cc")
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
    slots, places = slots_of(section), section.integers("places")
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
    section: Section, key: str, states: tuple[LedState, ...], optional: tuple[LedState, ...] = ()
) -> Mapping[LedState, Light]:
    lights: dict[LedState, Light] = {}
    for table in section.sections(key):
        table.only(*(state.value for state in (*states, *optional)))
        for state in (*states, *optional):
            if state.value not in table.table:
                if state in optional:
                    continue
                raise table.fault(state.value, "is missing")
            lights[state] = _light(table, state)
    return MappingProxyType(lights)


def _light(table: Section, state: LedState) -> Light:
    if not isinstance(table.table[state.value], dict):
        numbers = table.integers(state.value)
        if len(numbers) != 1:
            raise table.fault(state.value, f"must be one number, not {len(numbers)}")
        return Light(numbers[0])
    entry = table.sections(state.value)[0]
    entry.only("value", "channel")
    value = entry.integer("value", 0, 127)
    if value is None:
        raise entry.fault("value", "is missing")
    return Light(value, entry.integer("channel", 1, 16))
