"""Gestures to commands: knobs meet parameters softly, buttons ask. One thread owns a surface; it keeps no time."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.control.actions import action
from app.control.beyond import BeyondParameters
from app.control.driving import Driven, driven, is_macro
from app.control.echo import Echoes
from app.control.intents import Intent
from app.control.show import ShowState
from app.control.slots import SWITCHES, Slot, SlotKind
from app.control.spans import Span
from app.control.state import ControlState
from app.control.takeover import Takeover
from app.midi.bindings import Binding, Mode
from app.midi.control_ids import ControlId
from app.midi.interpreter import Gesture, Moved, Pressed, Released, Turned
from engine.messages.commands import (
    Command,
    Origin,
    Panic,
    SetParameter,
)
from engine.messages.modulation_events import ModulationChanged
from engine.messages.output_commands import (
    SetBlackout,
    SetEmergency,
    SetFreeze,
    SetLogo,
    SwitchSink,
)
from engine.messages.output_events import OutputChanged
from engine.messages.parameters import OUTPUT_LEVEL, OUTPUT_PARAMETERS
from engine.messages.sinks import RECORDER

Asked = Command | Intent
"""What a gesture asks: of the engine, or of the owner of what lies in front."""


@dataclass(frozen=True, slots=True)
class KnobState:
    """A continuous slot as the window shows it.

    Attributes:
        parameter: what it drives; a macro's name where it drives several.
        ghost: where the hardware stands, 0..1.
        waiting: the hardware stands elsewhere than the value and has to cross it first.
    """

    parameter: str
    ghost: float
    waiting: bool


Key = tuple[str, ControlId, Slot]


@dataclass(slots=True)
class _Control:
    """One physical control on one slot; several of them may drive one parameter."""

    slot: Slot
    span: Span
    driven: Driven
    takeover: Takeover = field(default_factory=Takeover)


class ControlSurface:
    """All controllers together, as one surface of slots.

    Attributes:
        show: what lights and toggles need to know of the show.
    """

    def __init__(self, state: ControlState) -> None:
        self._state = state
        self._table = state.table
        self._echoes = Echoes(self._table, Origin.MIDI)
        self._controls: dict[Key, _Control] = {}
        self._last_moved: dict[Slot, _Control] = {}
        self.show = ShowState()
        self._beyond = BeyondParameters(Origin.MIDI)

    @property
    def state(self) -> ControlState:
        """What lies in front, as far as is known here."""
        return self._state

    # -- gestures -----------------------------------------------------------------------------

    def play(self, port: str, gesture: Gesture, stamp_ns: int) -> tuple[Asked, ...]:
        """What a gesture on a port asks, commands stamped with its arrival."""
        slot, binding = gesture.slot, gesture.binding
        if slot in self._beyond:
            return self._moved_beyond(port, gesture, stamp_ns)
        match gesture:
            case Moved(source, _, position):
                return self._moved(port, source, binding, position, stamp_ns)
            case Turned(_, _, delta):
                return self._turned(binding, delta, stamp_ns) if slot.continuous else ()
            case Pressed(_, _, force) if slot.continuous:
                return self._switched(binding, force, stamp_ns)
            case Released() if slot.continuous:
                return self._to(binding, 0.0, stamp_ns) if binding.mode is Mode.MOMENTARY else ()
            case Pressed() | Released():
                return self._pressed(binding, isinstance(gesture, Pressed), stamp_ns)

    def seed(self, port: str, binding: Binding, source: ControlId, position: float) -> None:
        """A control was told to stand at position; nothing moves, but its ghost is known and it may hold already."""
        control = self._control(port, source, binding)
        control.takeover = Takeover(position)
        if control.driven:
            control.takeover = control.takeover.rearmed(self._wanted(control))
        self._last_moved[binding.slot] = control

    def _control(self, port: str, source: ControlId, binding: Binding) -> _Control:
        key = port, source, binding.slot
        control = self._controls.get(key)
        if control is None:
            control = self._controls[key] = _Control(binding.slot, binding.span, self._driven(binding.slot))
        control.span = binding.span
        return control

    def _moved(
        self, port: str, source: ControlId, binding: Binding, position: float, stamp_ns: int
    ) -> tuple[Command, ...]:
        control = self._control(port, source, binding)
        self._last_moved[binding.slot] = control
        if not control.driven:
            control.takeover = Takeover(position)
            return ()
        mode = binding.takeover or self._state.takeover
        control.takeover = control.takeover.moved(position, self._wanted(control), mode)
        drives = control.takeover.drives
        return () if drives is None else self._send(control.driven, binding.span.travel(drives), stamp_ns, control)

    def _moved_beyond(self, port: str, gesture: Gesture, stamp_ns: int) -> tuple[Asked, ...]:
        """A control on what is no parameter: it is picked up as a knob is."""
        slot, binding = gesture.slot, gesture.binding
        here = self._beyond.travel(slot)
        if here is None:
            return ()
        match gesture:
            case Moved(source, _, position):
                control = self._control(port, source, binding)
                mode = binding.takeover or self._state.takeover
                control.takeover = control.takeover.moved(position, binding.span.position(here), mode)
                drives = control.takeover.drives
            case Turned(_, _, delta):
                drives = min(max(binding.span.position(here) + delta, 0.0), 1.0)
            case _:
                drives = None
        command = None if drives is None else self._beyond.turned(slot, binding.span.travel(drives), stamp_ns)
        if command is None:
            return ()
        if isinstance(gesture, Turned):
            self._rearm_beyond({slot})
        return (command,)

    def told(self, event: ModulationChanged | OutputChanged) -> None:
        """Take in what modulates what, and how the picture lies on displays."""
        self._rearm_beyond(self._beyond.follow(event))

    def _rearm_beyond(self, slots: set[Slot]) -> None:
        for control in self._controls.values():
            here = self._beyond.travel(control.slot) if control.slot in slots else None
            if here is not None:
                control.takeover = control.takeover.rearmed(control.span.position(here))

    def _turned(self, binding: Binding, delta: float, stamp_ns: int) -> tuple[Command, ...]:
        """Steps go on from where the value is: there is nothing to pick up."""
        driven = self._driven(binding.slot)
        if not driven or not delta:
            return ()
        here = binding.span.position(self._travel(driven))
        return self._send(driven, binding.span.travel(min(max(here + delta, 0.0), 1.0)), stamp_ns)

    def _switched(self, binding: Binding, force: float, stamp_ns: int) -> tuple[Command, ...]:
        """A button on a parameter."""
        driven = self._driven(binding.slot)
        if not driven:
            return ()
        if binding.mode is Mode.TOGGLE and binding.span.position(self._travel(driven)) > 0.5:
            return self._to(binding, 0.0, stamp_ns)
        return self._to(binding, force if binding.mode is Mode.ABSOLUTE else 1.0, stamp_ns)

    def _to(self, binding: Binding, position: float, stamp_ns: int) -> tuple[Command, ...]:
        return self._send(self._driven(binding.slot), binding.span.travel(position), stamp_ns)

    def _send(self, driven: Driven, travel: float, stamp_ns: int, but: _Control | None = None) -> tuple[Command, ...]:
        commands: list[Command] = []
        for parameter, span in driven:
            value = self._table[parameter].from_travel(span.travel(travel))
            self._echoes.sent(parameter, value)
            commands.append(SetParameter(parameter=parameter, value=value, stamp_ns=stamp_ns, origin=Origin.MIDI))
        self._rearm({parameter for parameter, _ in driven}, but)
        return tuple(commands)

    # -- what is where ------------------------------------------------------------------------

    def _driven(self, slot: Slot) -> Driven:
        return driven(slot, self._state)

    def _name(self, control: _Control) -> str:
        if is_macro(control.slot, self._state):
            return str(Slot(SlotKind.MACRO, control.slot.number))
        return control.driven[0][0]

    def _travel(self, driven: Driven) -> float:
        """Where what is driven stands, 0..1; of a macro, where its first parameter would have it."""
        parameter, span = driven[0]
        return span.position(self._table[parameter].to_travel(self._echoes.value(parameter)))

    def _wanted(self, control: _Control) -> float:
        """The position that a control has to meet."""
        return control.span.position(self._travel(control.driven))

    def travel(self, slot: Slot) -> float | None:
        """Where a continuous slot's value stands, 0..1; None while it drives nothing."""
        if slot in self._beyond:
            return self._beyond.travel(slot)
        driven = self._driven(slot)
        return self._travel(driven) if driven else None

    def knobs(self) -> dict[Slot, KnobState]:
        """The continuous slots whose hardware position is known and which drive something."""
        return {
            slot: KnobState(
                self._name(control), control.span.travel(control.takeover.position), control.takeover.waiting
            )
            for slot, control in self._last_moved.items()
            if control.driven and control.takeover.position is not None
        }

    # -- news ---------------------------------------------------------------------------------

    def committed(self, targets: Mapping[str, float], origins: Mapping[str, Origin]) -> None:
        """Take in where each parameter is headed after a boundary; re-arm what something else has moved."""
        moved = self._echoes.committed(targets, origins)
        if moved:
            self._rearm(moved)

    def follow(self, state: ControlState) -> None:
        """Take in what lies in front now, perhaps from another table; controls of what changes hands are re-armed."""
        if state.table is not self._table:
            self._table = state.table
            self._echoes.follow(state.table)
        self._state = state
        self._hand_over()

    def _hand_over(self) -> None:
        for control in self._controls.values():
            driven = self._driven(control.slot)
            if driven != control.driven:
                control.driven = driven
                control.takeover = Takeover(control.takeover.position)
                if driven:
                    control.takeover = control.takeover.rearmed(self._wanted(control))

    def bank_turned(self, port: str) -> None:
        """A controller's other bank is in force: its controls stand where they stood, and meet their values anew."""
        stands = {
            key[1]: control.takeover.position
            for key, control in self._controls.items()
            if key[0] == port and control.takeover.position is not None
        }
        for (name, source, _), control in self._controls.items():
            if name == port and source in stands:
                control.takeover = Takeover(stands[source])
                if control.driven:
                    control.takeover = control.takeover.rearmed(self._wanted(control))

    def ring_sent(self, port: str, source: ControlId, binding: Binding) -> None:
        """A control that goes on from its ring was sent the value: it stands there and holds it."""
        control = self._control(port, source, binding)
        if control.driven:
            control.takeover = Takeover(self._wanted(control), held=True)

    def vanished(self, port: str) -> None:
        """Forget where the controls of a port stood; they may be moved while nobody listens."""
        for key in [key for key in self._controls if key[0] == port]:
            control = self._controls.pop(key)
            if self._last_moved.get(control.slot) is control:
                del self._last_moved[control.slot]

    def _rearm(self, parameters: set[str], but: _Control | None = None) -> None:
        for control in self._controls.values():
            if control is not but and any(parameter in parameters for parameter, _ in control.driven):
                control.takeover = control.takeover.rearmed(self._wanted(control))

    # -- buttons ------------------------------------------------------------------------------

    def _pressed(self, binding: Binding, down: bool, stamp_ns: int) -> tuple[Asked, ...]:
        slot = binding.slot
        if slot.kind in SWITCHES:
            return self._output_switch(binding, down, stamp_ns)
        asked = action(slot, stamp_ns, Origin.MIDI) if down else None
        if isinstance(asked, Panic):
            self.show = replace(self.show, freeze=False, blackout=False, emergency=False)
            self.committed({OUTPUT_LEVEL: OUTPUT_PARAMETERS[OUTPUT_LEVEL].default}, {OUTPUT_LEVEL: Origin.ENGINE})
        return () if asked is None else (asked,)

    def _output_switch(self, binding: Binding, down: bool, stamp_ns: int) -> tuple[Command, ...]:
        on_air = self._is_on(binding.slot)
        if binding.mode is Mode.MOMENTARY:
            on = down
        elif down:
            on = True if binding.mode is Mode.TRIGGER else not on_air
        else:
            return ()
        match binding.slot.kind:
            case SlotKind.FREEZE:
                self.show = replace(self.show, freeze=on)
                return (SetFreeze(on=on, stamp_ns=stamp_ns, origin=Origin.MIDI),)
            case SlotKind.BLACKOUT:
                self.show = replace(self.show, blackout=on)
                return (SetBlackout(on=on, stamp_ns=stamp_ns, origin=Origin.MIDI),)
            case SlotKind.EMERGENCY:
                self.show = replace(self.show, emergency=on)
                return (SetEmergency(on=on, stamp_ns=stamp_ns, origin=Origin.MIDI),)
            case SlotKind.LOGO:
                self.show = replace(self.show, logo=on)
                return (SetLogo(on=on, stamp_ns=stamp_ns, origin=Origin.MIDI),)
            case kind:
                sink = self.show.recorder or RECORDER if kind is SlotKind.RECORD else binding.slot.name
                sinks = self.show.sinks | {sink} if on else self.show.sinks - {sink}
                recorder = sink if kind is SlotKind.RECORD else self.show.recorder
                self.show = replace(self.show, sinks=sinks, recorder=recorder)
                return (SwitchSink(sink=sink, on=on, stamp_ns=stamp_ns, origin=Origin.MIDI),)

    def _is_on(self, slot: Slot) -> bool:
        match slot.kind:
            case SlotKind.FREEZE:
                return self.show.freeze
            case SlotKind.BLACKOUT:
                return self.show.blackout
            case SlotKind.EMERGENCY:
                return self.show.emergency
            case SlotKind.LOGO:
                return self.show.logo
            case SlotKind.RECORD:
                return self.show.recording
            case _:
                return slot.name in self.show.sinks
