"""Gestures to commands: knobs meet parameters softly, pads call scenes. One thread owns a surface; it keeps no time."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.midi.echo import ParameterEcho
from app.midi.mapping import Gesture, Moved, Pressed
from app.midi.profile import Source
from app.midi.slots import Assignments, CutMode, Slot, SlotKind
from app.midi.takeover import Takeover
from engine.commands import Command, HardCut, Origin, Panic, SetBlackout, SetFreeze, SetParameter, SoftCut, Tap
from engine.parameters import OUTPUT_LEVEL, OUTPUT_PARAMETERS, ParameterTable


@dataclass(frozen=True, slots=True)
class KnobState:
    """A continuous slot as the window shows it.

    Attributes:
        parameter: what it drives.
        ghost: where the hardware stands, 0..1.
        waiting: the hardware stands elsewhere than the value and has to cross it first.
    """

    parameter: str
    ghost: float
    waiting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What lights and toggles need to know of the show."""

    scene: str = ""
    queued: str = ""
    freeze: bool = False
    blackout: bool = False


@dataclass(slots=True)
class _Control:
    """One physical control; several of them may drive one parameter."""

    slot: Slot
    parameter: str
    takeover: Takeover


class Surface:
    """All controllers together, as one desk of slots."""

    def __init__(self, table: ParameterTable, assignments: Assignments) -> None:
        self._table = table
        self._assignments = assignments
        self._echoes = {spec.id: ParameterEcho(spec.default) for spec in table.values()}
        self._controls: dict[tuple[str, Source], _Control] = {}
        self._last_moved: dict[Slot, _Control] = {}
        self.stage = Stage()

    @property
    def assignments(self) -> Assignments:
        """What is on the slots now."""
        return self._assignments

    def play(self, port: str, gesture: Gesture, stamp_ns: int) -> Command | None:
        """What a gesture on a port asks of the engine, stamped with its arrival; None: nothing."""
        match gesture:
            case Moved(source, slot, position):
                return self._moved(port, source, slot, position, stamp_ns)
            case Pressed(_, slot, _):
                return self._pressed(slot, stamp_ns)
            case _:
                return None

    def committed(self, targets: Mapping[str, float], origins: Mapping[str, Origin]) -> None:
        """Take in where each parameter is headed after a boundary; re-arm what something else has moved."""
        for parameter, target in targets.items():
            echo = self._echoes.get(parameter)
            if echo is not None and echo.committed(target, origins.get(parameter)):
                self._rearm(parameter)

    def assign(self, assignments: Assignments, table: ParameterTable | None = None) -> None:
        """Put other things on the slots, perhaps from another table; what changes hands is re-armed."""
        if table is not None:
            self._table = table
            known = self._echoes
            self._echoes = {spec.id: known.get(spec.id, ParameterEcho(spec.default)) for spec in table.values()}
        self._assignments = assignments
        for control in self._controls.values():
            parameter = self._parameter(control.slot) or ""
            if parameter != control.parameter:
                control.parameter = parameter
                control.takeover = Takeover(control.takeover.position)
                if parameter:
                    control.takeover = control.takeover.rearmed(self._travel(parameter))

    def vanished(self, port: str) -> None:
        """Forget where the controls of a port stood; they may be moved while nobody listens."""
        for key in [key for key in self._controls if key[0] == port]:
            control = self._controls.pop(key)
            if self._last_moved.get(control.slot) is control:
                del self._last_moved[control.slot]

    def knobs(self) -> dict[Slot, KnobState]:
        """The continuous slots whose hardware position is known and which drive something."""
        return {
            slot: KnobState(control.parameter, control.takeover.position, control.takeover.waiting)
            for slot, control in self._last_moved.items()
            if control.parameter and control.takeover.position is not None
        }

    def _parameter(self, slot: Slot) -> str | None:
        name = OUTPUT_LEVEL if slot.kind is SlotKind.LEVEL else self._assignments.knobs.get(slot.number)
        return self._table[name].id if name is not None and name in self._table else None

    def _travel(self, parameter: str) -> float:
        return self._table[parameter].to_travel(self._echoes[parameter].value)

    def _moved(self, port: str, source: Source, slot: Slot, position: float, stamp_ns: int) -> Command | None:
        key = (port, source)
        control = self._controls.get(key)
        if control is None:
            control = self._controls[key] = _Control(slot, self._parameter(slot) or "", Takeover())
        self._last_moved[slot] = control
        if not control.parameter:
            control.takeover = Takeover(position)
            return None
        travel = self._travel(control.parameter)
        control.takeover = control.takeover.moved(position, travel, self._assignments.takeover)
        if not control.takeover.held:
            return None
        value = self._table[control.parameter].from_travel(position)
        self._echoes[control.parameter].sent(value)
        self._rearm(control.parameter, but=control)
        return SetParameter(parameter=control.parameter, value=value, stamp_ns=stamp_ns, origin=Origin.MIDI)

    def _rearm(self, parameter: str, but: _Control | None = None) -> None:
        travel = self._travel(parameter)
        for control in self._controls.values():
            if control.parameter == parameter and control is not but:
                control.takeover = control.takeover.rearmed(travel)

    def _pressed(self, slot: Slot, stamp_ns: int) -> Command | None:
        match slot.kind:
            case SlotKind.PAD:
                return self._called(slot.number, stamp_ns)
            case SlotKind.FREEZE:
                self.stage = replace(self.stage, freeze=not self.stage.freeze)
                return SetFreeze(on=self.stage.freeze, stamp_ns=stamp_ns, origin=Origin.MIDI)
            case SlotKind.BLACKOUT:
                self.stage = replace(self.stage, blackout=not self.stage.blackout)
                return SetBlackout(on=self.stage.blackout, stamp_ns=stamp_ns, origin=Origin.MIDI)
            case SlotKind.PANIC:
                self.stage = replace(self.stage, freeze=False, blackout=False)
                self.committed({OUTPUT_LEVEL: OUTPUT_PARAMETERS[OUTPUT_LEVEL].default}, {OUTPUT_LEVEL: Origin.ENGINE})
                return Panic(stamp_ns=stamp_ns, origin=Origin.MIDI)
            case SlotKind.TAP:
                return Tap(stamp_ns=stamp_ns, origin=Origin.MIDI)
            case SlotKind.CUT_MODE:
                other = CutMode.SOFT if self._assignments.cut_mode is CutMode.HARD else CutMode.HARD
                self._assignments = replace(self._assignments, cut_mode=other)
                return None
            case _:
                return None

    def _called(self, pad: int, stamp_ns: int) -> Command | None:
        scene = self._assignments.pads.get(pad)
        if scene is None:
            return None
        launch = self._assignments.launch
        if self._assignments.cut_mode is CutMode.SOFT:
            return SoftCut(scene=scene, launch=launch, stamp_ns=stamp_ns, origin=Origin.MIDI)
        return HardCut(scene=scene, launch=launch, stamp_ns=stamp_ns, origin=Origin.MIDI)
