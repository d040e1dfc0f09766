"""Messages to gestures: what a layout makes of what a controller sends. Pure but for what pairs and banks remember."""

from dataclasses import dataclass
from typing import Final

from app.midi.bindings import Binding, Layout, Mode
from app.midi.messages import (
    ChannelPressure,
    ControlChange,
    Message,
    NoteOff,
    NoteOn,
    PitchBend,
    PolyPressure,
    ProgramChange,
)
from app.midi.slots import BANKS, Slot, SlotKind
from app.midi.sources import Source, SourceKind

PRESSED: Final = 64
"""From this value on a controller message counts as a button held down (the specification's switch rule)."""

STEP: Final = 1 / 127
"""What one step of an encoder moves: as much as one step of a 7-bit knob."""

FINE: Final = 32
"""Controllers 0 to 31 have their fine halves 32 above (specification, table III)."""

_CENTRED: Final = 8192


@dataclass(frozen=True, slots=True)
class Moved:
    """A knob or fader stands at position, 0..1. The source tells it from another control on the same slot."""

    source: Source
    binding: Binding
    position: float

    @property
    def slot(self) -> Slot:
        """What it is bound to."""
        return self.binding.slot


@dataclass(frozen=True, slots=True)
class Turned:
    """An endless encoder was turned by a part of a whole way, -1..1."""

    source: Source
    binding: Binding
    delta: float

    @property
    def slot(self) -> Slot:
        """What it is bound to."""
        return self.binding.slot


@dataclass(frozen=True, slots=True)
class Pressed:
    """A pad or button went down, with force 0..1."""

    source: Source
    binding: Binding
    force: float

    @property
    def slot(self) -> Slot:
        """What it is bound to."""
        return self.binding.slot


@dataclass(frozen=True, slots=True)
class Released:
    """A pad or button came up."""

    source: Source
    binding: Binding

    @property
    def slot(self) -> Slot:
        """What it is bound to."""
        return self.binding.slot


Gesture = Moved | Turned | Pressed | Released


class Interpreter:
    """Reads one controller's messages by its layout.

    Attributes:
        layout: what its controls are bound to.
        bank: which of its banks is in force, from 1.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.bank = 1
        self._coarse: dict[tuple[int, int], int] = {}
        self._paired: set[tuple[int, int]] = set()

    def read(self, message: Message) -> tuple[Gesture, ...]:
        """What the message means; empty if nothing there is bound to it."""
        match message:
            case ControlChange(channel, number, value):
                return (*self._plain(SourceKind.CC, number, channel, value), *self._pair(number, channel, value))
            case NoteOn(channel, number, velocity):
                return self._plain(SourceKind.NOTE, number, channel, velocity, down=True)
            case NoteOff(channel, number, _):
                return self._plain(SourceKind.NOTE, number, channel, 0, down=False)
            case PitchBend(channel, value):
                return self._positioned(SourceKind.BEND, 0, channel, (value + _CENTRED) / (2 * _CENTRED - 1))
            case ChannelPressure(channel, pressure):
                return self._plain(SourceKind.PRESSURE, 0, channel, pressure)
            case PolyPressure(channel, note, pressure):
                return self._plain(SourceKind.POLY_PRESSURE, note, channel, pressure)
            case ProgramChange(channel, program):
                return self._plain(SourceKind.PROGRAM, program, channel, 127)
            case _:
                return ()

    def turn_bank(self, slot: Slot) -> bool:
        """Follow a bank button; True if another bank is in force now."""
        before = self.bank
        match slot.kind:
            case SlotKind.BANK:
                self.bank = slot.number
            case SlotKind.BANK_NEXT:
                self.bank = min(self.bank + 1, BANKS)
            case SlotKind.BANK_PREVIOUS:
                self.bank = max(self.bank - 1, 1)
            case _:
                pass
        return self.bank != before

    def _plain(
        self, kind: SourceKind, number: int, channel: int, value: int, down: bool | None = None
    ) -> tuple[Gesture, ...]:
        source = Source(kind, number, channel)
        held = value >= PRESSED if down is None else down
        return tuple(
            _gesture(source, binding, value, held) for binding in self.layout.of(kind, number, channel, self.bank)
        )

    def _positioned(self, kind: SourceKind, number: int, channel: int, position: float) -> tuple[Gesture, ...]:
        source = Source(kind, number, channel)
        return tuple(
            Moved(source, binding, position)
            if binding.slot.continuous and binding.mode is Mode.ABSOLUTE
            else _gesture(source, binding, round(position * 127), position > 0.5)
            for binding in self.layout.of(kind, number, channel, self.bank)
        )

    def _pair(self, number: int, channel: int, value: int) -> tuple[Gesture, ...]:
        """Both halves of a 14-bit pair. The fine half completes a value; until one was ever seen, the coarse stands."""
        if number < FINE:
            key = channel, number
            self._coarse[key] = value
            if key in self._paired:
                return ()
            return self._positioned(SourceKind.CC14, number, channel, value / 127)
        key = channel, number - FINE
        if number >= 2 * FINE or key not in self._coarse:
            return ()
        self._paired.add(key)
        position = (self._coarse[key] << 7 | value) / 16383
        return self._positioned(SourceKind.CC14, number - FINE, channel, position)


def _gesture(source: Source, binding: Binding, value: int, held: bool) -> Gesture:
    if binding.mode is Mode.RELATIVE:
        return Turned(source, binding, binding.encoding.steps(value) * STEP)
    if binding.mode is Mode.ABSOLUTE and binding.slot.continuous:
        return Moved(source, binding, value / 127)
    return Pressed(source, binding, value / 127) if held else Released(source, binding)
