"""Lights: what each pad and button should show, and the fewest bytes that make it so. Pure but for what was sent."""

from collections.abc import Mapping

from app.midi.profile import Lamp, Leds, Profile, Source, SourceKind
from app.midi.slots import Assignments, CutMode, Slot, SlotKind
from app.midi.surface import Stage

_STATUS = {SourceKind.NOTE: 0x90, SourceKind.CC: 0xB0}


def lamp(slot: Slot, assignments: Assignments, stage: Stage) -> Lamp:
    """What the light of a slot says."""
    match slot.kind:
        case SlotKind.PAD:
            scene = assignments.pads.get(slot.number)
            if scene is None:
                return Lamp.OFF
            if scene == stage.queued:
                return Lamp.QUEUED
            return Lamp.PLAYING if scene == stage.scene else Lamp.LOADED
        case SlotKind.FREEZE:
            on = stage.freeze
        case SlotKind.BLACKOUT:
            on = stage.blackout
        case SlotKind.CUT_MODE:
            on = assignments.cut_mode is CutMode.SOFT
        case _:
            on = False
    return Lamp.ON if on else Lamp.OFF


class LedBoard:
    """The lights of one open controller. It remembers what was sent and sends only what differs."""

    def __init__(self, controls: Mapping[Source, Slot], leds: Leds) -> None:
        self._controls = {source: slot for source, slot in controls.items() if not slot.continuous}
        self._leds = leds
        self._shown: dict[tuple[int, int], tuple[Lamp, bytes]] = {}

    def lit(self, assignments: Assignments, stage: Stage) -> tuple[bytes, ...]:
        """The messages that bring the lights up to date; the first call writes every light."""
        return self._write({source: lamp(slot, assignments, stage) for source, slot in self._controls.items()})

    def dark(self) -> tuple[bytes, ...]:
        """The messages that put out what is lit."""
        lit = {place for place, (state, _) in self._shown.items() if state is not Lamp.OFF}
        return self._write({source: Lamp.OFF for source in self._controls if _place(source) in lit})

    def _write(self, wanted: Mapping[Source, Lamp]) -> tuple[bytes, ...]:
        messages: list[bytes] = []
        for source, state in wanted.items():
            light = self._leds.light(self._controls[source], state)
            if light is None:
                continue
            channel = light.channel or source.channel or 1
            message = bytes([_STATUS[source.kind] | (channel - 1), source.number, light.value])
            shown = self._shown.get(_place(source))
            if shown is None or shown[1] != message:
                messages.append(message)
            self._shown[_place(source)] = (state, message)
        return tuple(messages)


def _place(source: Source) -> tuple[int, int]:
    return _STATUS[source.kind], source.number


def led_board(profile: Profile) -> LedBoard | None:
    """A fresh board for a controller that was just opened; None if it has no lights."""
    return LedBoard(profile.controls, profile.leds) if profile.leds is not None else None
