"""Where everything stands, by address: what those who ask or subscribe are told."""

from collections.abc import Mapping
from typing import Final

from app.control.limits import MACROS, MAX_SLOT
from app.control.show import PadState, ShowState
from app.control.state import ControlState
from app.osc.addresses import (
    EMERGENCY,
    EMERGENCY_KIND,
    FORMAT,
    LOGO,
    MAP_NAME,
    OUTPUT_ALPHA,
    OUTPUT_INTERPOLATION,
    OUTPUT_RATE,
    QUALITY,
    ROOT,
    AddressBook,
    macro_path,
    parameter_path,
    travel_path,
)
from app.osc.displays import display_values
from app.osc.packets import Argument
from engine.messages.alpha import AlphaOut
from engine.messages.emergency import EmergencyKind
from engine.messages.events import (
    Committed,
    CutQueued,
    Event,
    GeneratorChanged,
    MapChanged,
    SnapshotStored,
    TempoChanged,
)
from engine.messages.list_events import CueChanged, PlaylistChanged
from engine.messages.modulation_events import ModulationChanged
from engine.messages.output_events import OutputChanged
from engine.messages.quality import QualityChanged

_PAD_NUMBERS: Final = {
    PadState.EMPTY: 0,
    PadState.LOADED: 1,
    PadState.ARMED: 2,
    PadState.QUEUED: 3,
    PadState.PLAYING: 4,
}


class AddressValues:
    """Follows what lies in front and what the engine tells.

    Attributes:
        show: as it was told of last.
    """

    def __init__(self, state: ControlState, book: AddressBook) -> None:
        self._state = state
        self._book = book
        self.show = ShowState()
        self._values: dict[str, tuple[Argument, ...]] = {}
        for spec in state.table.values():
            self._put_parameter(spec.id, spec.default)
        self._values |= {
            f"{ROOT}/freeze": (False,),
            f"{ROOT}/blackout": (False,),
            EMERGENCY: (False,),
            LOGO: (False,),
            OUTPUT_ALPHA: (AlphaOut.OFF.value,),
            EMERGENCY_KIND: (EmergencyKind.HOLD.value,),
            f"{ROOT}/record": (False,),
            MAP_NAME: ("",),
            FORMAT: ("",),
            f"{ROOT}/queued": ("",),
        }
        self._put_front()

    @property
    def by_address(self) -> Mapping[str, tuple[Argument, ...]]:
        """An address that stands nowhere is missing."""
        return self._values

    def follow(self, state: ControlState, book: AddressBook) -> None:
        """Take in what lies in front; another book has other parameters."""
        self._state = state
        if book is not self._book:
            self._book = book
            self._values = {path: value for path, value in self._values.items() if path in book}
            for spec in state.table.values():
                if parameter_path(spec.id) not in self._values:
                    self._put_parameter(spec.id, spec.default)
        self._put_front()

    def hear(self, event: Event) -> None:
        """Take in how things stand."""
        before, self.show = self.show, self.show.after(event)
        match event:
            case Committed():
                for parameter, target in event.targets.items():
                    if parameter in self._state.table:
                        self._put_parameter(parameter, target)
                self._put_macros()
                self._values[f"{ROOT}/scene"] = (event.scene,)
                self._values[f"{ROOT}/prompt"] = (event.prompt,)
            case CutQueued():
                self._values[f"{ROOT}/queued"] = (event.scene,)
            case OutputChanged():
                self._values[f"{ROOT}/freeze"] = (event.freeze,)
                self._values[f"{ROOT}/blackout"] = (event.blackout,)
                self._values[f"{ROOT}/strobe"] = (event.strobe,)
                self._values[EMERGENCY] = (event.emergency_on,)
                self._values[EMERGENCY_KIND] = (event.emergency.partition(":")[0],)
                self._values[f"{ROOT}/record"] = (self.show.recording,)
                self._values[f"{ROOT}/sink/on"] = (" ".join(sorted(self.show.sinks)),)
                self._values[OUTPUT_RATE] = (event.fps_numerator / event.fps_denominator,)
                self._values[OUTPUT_INTERPOLATION] = (event.interpolation.value,)
                self._values[LOGO] = (event.logo_on,)
                self._values[OUTPUT_ALPHA] = (event.alpha.value,)
                self._values |= display_values(event.shapes)
                for key in self._state.table.keys() & event.controls.keys():
                    self._put_parameter(key, event.controls[key])
            case ModulationChanged() | MapChanged() | GeneratorChanged():
                self._put_values(event)
            case TempoChanged():
                self._values[f"{ROOT}/tempo"] = (float(event.bpm),)
            case QualityChanged():
                self._values[QUALITY] = (len(event.taken),)
                self._values[f"{QUALITY}/reason"] = (event.reason,)
            case CueChanged():
                self._values[f"{ROOT}/cue/go"] = (event.number,)
            case PlaylistChanged():
                self._values[f"{ROOT}/playlist/go"] = (event.number,)
            case SnapshotStored():
                self._values[f"{ROOT}/snapshot/store"] = (event.slot,)
            case _:
                pass
        if self.show != before:
            self._put_pads()

    def _put_parameter(self, parameter: str, value: float) -> None:
        spec = self._state.table[parameter]
        self._values[parameter_path(spec.id)] = (float(value),)
        self._values[travel_path(spec.id)] = (spec.to_travel(value),)

    def _put_macros(self) -> None:
        """A macro stands where its first parameter would have it."""
        for number in range(1, MACROS + 1):
            parts = self._state.macro_parts(number)
            if parts:
                (at,) = self._values[travel_path(self._state.table[parts[0].parameter].id)]
                assert isinstance(at, float)
                self._values[macro_path(number)] = (parts[0].span.position(at),)
            else:
                self._values.pop(macro_path(number), None)

    def _put_front(self) -> None:
        self._put_pads()
        self._put_macros()
        auto = self._state.auto
        self._values |= {f"{ROOT}/auto": (auto.on,), f"{ROOT}/auto/bars": (auto.bars,)}
        self._values |= {f"{ROOT}/auto/way": (auto.way.value,), f"{ROOT}/auto/time": (auto.time.value,)}
        self._values[f"{ROOT}/auto/through"] = ("playlist" if auto.prompts else "pads",)
        self._values[f"{ROOT}/modulation"] = (self._state.modulated,)
        self._values[f"{ROOT}/mode"] = ("morph" if self._state.soft else "cut",)
        self._values[f"{ROOT}/launch"] = (self._state.launch.value,)
        self._values[f"{ROOT}/morph/seconds"] = (self._state.morph_seconds,)

    def _put_values(self, event: ModulationChanged | MapChanged | GeneratorChanged) -> None:
        if isinstance(event, ModulationChanged):
            self._put_depths(event)
            return
        if isinstance(event, GeneratorChanged):
            self._values[FORMAT] = (event.format.value,)
            return
        self._values[MAP_NAME] = (event.name,)
        for key in self._state.table.keys() & event.values.keys():
            self._put_parameter(key, event.values[key])

    def _put_depths(self, event: ModulationChanged) -> None:
        for path, (target, place) in self._book.depths.items():
            there = event.scene.get(target, ())
            if place <= len(there):
                self._values[path] = (float(there[place - 1].depth),)
            else:
                self._values.pop(path, None)

    def _put_pads(self) -> None:
        for number in range(1, MAX_SLOT + 1):
            state = self.show.pad_state(self._state.pad(number))
            self._values[f"{ROOT}/pad/{number}"] = (_PAD_NUMBERS[state],)
