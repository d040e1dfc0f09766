"""Lights: what each pad, button and ring should show, and the fewest bytes that make it so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.control.actions import is_in_front
from app.control.show import PadState, ShowState
from app.control.slots import Slot, SlotKind
from app.control.state import ControlState
from app.midi.bindings import Binding, BindingMap, Mode
from app.midi.control_ids import ControlId, MessageKind
from app.midi.profiles.lights import Leds, LedState, Light, SwitchState
from app.midi.profiles.profile import Profile

_STATUS = {MessageKind.NOTE: 0x90, MessageKind.CC: 0xB0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the lights follow.

    Attributes:
        travels: where continuous slots stand, 0..1.
        beat: the bright half of a beat; what is queued blinks with it.
        bank: which of the controller's banks is in force.
    """

    front: ControlState
    show: ShowState
    travels: Mapping[Slot, float] = field(default_factory=dict)
    beat: bool = True
    bank: int = 1


def led_state(slot: Slot, shown: Shown) -> LedState:
    """What the light of a slot says."""
    match slot.kind:
        case SlotKind.PAD:
            return shown.show.pad_state(shown.front.pad(slot.number))
        case SlotKind.SCENE:
            return shown.show.pad_state(slot.name)
        case SlotKind.FREEZE:
            on = shown.show.freeze
        case SlotKind.BLACKOUT:
            on = shown.show.blackout
        case SlotKind.EMERGENCY:
            on = shown.show.emergency
        case SlotKind.LOGO:
            on = shown.show.logo
        case SlotKind.RECORD:
            on = shown.show.recording
        case SlotKind.SINK:
            on = slot.name in shown.show.sinks
        case _:
            on = is_in_front(slot, shown.front) or (shown.travels.get(slot) or 0.0) > 0.5
    return SwitchState.ON if on else SwitchState.OFF


class LedBoard:
    """The lights of one open controller. It remembers what was sent and sends only what differs."""

    def __init__(self, layout: BindingMap, leds: Leds) -> None:
        self._leds = leds
        self._shown: dict[object, tuple[LedState, bytes]] = {}
        self._rings: dict[Slot, bytes] = {}
        self._layout = layout
        self._written: tuple[object, ...] | None = None
        switches = {binding.slot for binding in self._lit_bindings() if binding.slot.continuous}
        self.follows = frozenset(switches | set(leds.rings))
        """The continuous slots whose values are shown here."""
        self._switches = tuple(switches)

    def lit(self, shown: Shown) -> tuple[bytes, ...]:
        """The messages that bring the lights up to date; the first call writes every light.

        A knob calls this hundreds of times a second, so it looks first whether anything shown has changed.
        """
        on = tuple((shown.travels.get(slot) or 0.0) > 0.5 for slot in self._switches)
        now = (shown.front, shown.show, shown.beat, shown.bank, on)
        if now == self._written:
            return ()
        self._written = now
        wanted = {binding: led_state(binding.slot, shown) for binding in self._lit_bindings(shown.bank)}
        if not shown.beat:  # the dark half; what plays or waits beside it stays
            dark = SwitchState.OFF
            wanted = {binding: dark if state is PadState.QUEUED else state for binding, state in wanted.items()}
        return self._write(wanted)

    def rings(self, shown: Shown) -> tuple[tuple[Slot, bytes], ...]:
        """The messages that bring the rings up to date, each with the slot whose value it shows."""
        messages: list[tuple[Slot, bytes]] = []
        for slot, ring in self._leds.rings.items():
            travel = shown.travels.get(slot)
            message = ring.message(travel or 0.0)
            if self._rings.get(slot) != message:
                self._rings[slot] = message
                messages.append((slot, message))
        return tuple(messages)

    def turned(self, slot: Slot, travel: float) -> None:
        """A hand moved the control to a travel, and its ring with it: it is not told so again."""
        ring = self._leds.rings.get(slot)
        if ring is not None and ring.seeds:
            self._rings[slot] = ring.message(travel)

    def released(self, source: ControlId) -> None:
        """A pad was let go; on some devices its light has gone out with that."""
        if self._leds.resend_on_release:
            self._written = None
            self._shown = {place: sent for place, sent in self._shown.items() if place != _place(source)}

    def dark(self) -> tuple[bytes, ...]:
        """The messages that put out what is lit."""
        self._written = None
        lit = {place for place, (state, _) in self._shown.items() if state is not SwitchState.OFF}
        left = {binding: SwitchState.OFF for binding in self._lit_bindings() if _place(binding.source) in lit}
        rings = [ring.message(0.0) for slot, ring in self._leds.rings.items() if self._rings.get(slot)]
        dark = [bytes((*message[:2], 0)) for message in rings]
        self._rings.clear()
        return (*self._write(left), *dark)

    def _lit_bindings(self, bank: int | None = None) -> Iterable[Binding]:
        for binding in self._layout.every():
            source = binding.source
            numbers = self._leds.numbers
            if source.kind not in _STATUS or (numbers is not None and source.number not in numbers):
                continue
            switch = binding.mode not in (Mode.ABSOLUTE, Mode.RELATIVE)
            if (switch or not binding.slot.continuous) and bank in (None, binding.bank or bank):
                yield binding

    def _write(self, wanted: Mapping[Binding, LedState]) -> tuple[bytes, ...]:
        messages: list[bytes] = []
        for binding, state in wanted.items():
            light = self._leds.light(binding.slot, state)
            if light is None:
                continue
            place, message = _place(binding.source), self._message(binding, light)
            shown = self._shown.get(place)
            if shown is None or shown[1] != message:
                messages.append(message)
            self._shown[place] = (state, message)
        return tuple(messages)

    def _message(self, binding: Binding, light: Light) -> bytes:
        source, sysex = binding.source, self._leds.sysex
        place = sysex.places.get(binding.slot) if sysex is not None else None
        if sysex is not None and place is not None:
            return sysex.message(place, light.value)
        channel = light.channel or source.channel or 1
        number = min(max(source.number + self._leds.offset, 0), 127)
        return bytes([_STATUS[source.kind] | (channel - 1), number, light.value])


def _place(source: ControlId) -> tuple[int, int]:
    return _STATUS.get(source.kind, 0), source.number


def led_board(profile: Profile, layout: BindingMap | None = None) -> LedBoard | None:
    """A fresh board for a controller that was just opened; None if it has no lights."""
    return LedBoard(layout or profile.layout, profile.leds) if profile.leds is not None else None
