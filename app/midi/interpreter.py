"""Messages to gestures: what a layout makes of what a controller sends. Pure but for what pairs and banks remember."""

from dataclasses import dataclass
from typing import Final

from app.control.limits import BANKS
from app.control.slots import Slot, SlotKind
from app.midi.bindings import Binding, BindingMap, Mode
from app.midi.control_ids import ControlId, MessageKind
from app.midi.messages.control_values import Sent, positioned, sent_by
from app.midi.messages.pairs import FINE, Pair
from app.midi.messages.types import ControlChange, Message

STEP: Final = 1 / 127
"""What one step of an encoder moves: as much as one step of a 7-bit knob."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A knob or fader stands at position, 0..1. The source tells it from another control on the same slot."""

    source: ControlId
    binding: Binding
    position: float

    @property
    def slot(self) -> Slot:
        """What it is bound to."""
        return self.binding.slot


@dataclass(frozen=True, slots=True)
class Turned:
    """An endless encoder was turned by a part of a whole way, -1..1."""

    source: ControlId
    binding: Binding
    delta: float

    @property
    def slot(self) -> Slot:
        """What it is bound to."""
        return self.binding.slot


@dataclass(frozen=True, slots=True)
class Pressed:
    """A pad or button went down, with force 0..1."""

    source: ControlId
    binding: Binding
    force: float

    @property
    def slot(self) -> Slot:
        """What it is bound to."""
        return self.binding.slot


@dataclass(frozen=True, slots=True)
class Released:
    """A pad or button came up."""

    source: ControlId
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

    def __init__(self, layout: BindingMap) -> None:
        self.layout = layout
        self.bank = 1
        self._pairs: dict[tuple[int, int], Pair] = {}

    def read(self, message: Message, stamp_ns: int = 0) -> tuple[Gesture, ...]:
        """What the message means; empty if nothing there is bound to it. stamp_ns: when it arrived."""
        sent = sent_by(message)
        if sent is None:
            return ()
        gestures = self._gestures(sent)
        if isinstance(message, ControlChange):
            pair = self._pair(message, stamp_ns)
            gestures = (*gestures, *(self._gestures(pair) if pair is not None else ()))
        return gestures

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

    def _gestures(self, sent: Sent) -> tuple[Gesture, ...]:
        source = sent.source
        bindings = self.layout.of(source.kind, source.number, source.channel or 1, self.bank)
        return tuple(_gesture(sent, binding) for binding in bindings)

    def _pair(self, message: ControlChange, stamp_ns: int) -> Sent | None:
        """What both halves of a 14-bit pair say together, where anything is bound to the pair."""
        number = message.controller % FINE
        if message.controller >= 2 * FINE or not self._is_bound(number, message.channel):
            return None
        pair = self._pairs.setdefault((message.channel, number), Pair())
        if message.controller < FINE:
            position: float | None = pair.coarse(message.value, stamp_ns)
        else:
            position = pair.fine(message.value, stamp_ns)
        return None if position is None else positioned(MessageKind.CC14, number, message.channel, position)

    def _is_bound(self, number: int, channel: int) -> bool:
        return bool(self.layout.of(MessageKind.CC14, number, channel, self.bank))


def _gesture(sent: Sent, binding: Binding) -> Gesture:
    if binding.mode is Mode.RELATIVE:
        return Turned(sent.source, binding, binding.encoding.steps(sent.value) * STEP)
    if binding.mode is Mode.ABSOLUTE and binding.slot.continuous:
        return Moved(sent.source, binding, sent.level)
    return Pressed(sent.source, binding, sent.level) if sent.down else Released(sent.source, binding)
