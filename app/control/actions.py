"""What the press of a button on a slot asks: a command of the engine, or an intent. Pure."""

from typing import Final

from app.control.auto import AutoSettings
from app.control.intents import (
    Intent,
    PlayScene,
    PressPad,
    Recall,
    SetAuto,
    SetLaunch,
    SetModulation,
    SetSoft,
    StepMorph,
    StepPrompts,
    TuneAuto,
    TurnBank,
    TurnPage,
)
from app.control.limits import AUTO_BARS, AUTO_THROUGH, AUTO_TIMES, AUTO_WAYS, LAUNCHES
from app.control.slots import Slot, SlotKind
from app.control.state import ControlState
from engine.clock import NS_PER_MS
from engine.messages.commands import (
    CancelQueued,
    Command,
    NudgeTempo,
    Origin,
    Panic,
    Resync,
    StoreSnapshot,
    Tap,
)
from engine.messages.list_commands import GoToCue, StepCues
from engine.messages.modulation import Trigger
from engine.messages.modulation_commands import FireTrigger
from engine.messages.output_commands import TakeStill
from engine.messages.quality import FULL, HoldQuality

NUDGE_NS: Final = 10 * NS_PER_MS
"""Small enough to aim with, large enough to be heard; as the window's keys."""


def action(slot: Slot, stamp_ns: int, origin: Origin) -> Command | Intent | None:
    """What a press asks; None where the slot is no button of the show (a knob, a switch, a controller's own bank)."""
    return _command(slot, stamp_ns, origin) or _by_itself(slot) or _intent(slot)


def _command(slot: Slot, stamp: int, origin: Origin) -> Command | None:
    match slot.kind:
        case SlotKind.TAP:
            return Tap(stamp_ns=stamp, origin=origin)
        case SlotKind.CANCEL:
            return CancelQueued(stamp_ns=stamp, origin=origin)
        case SlotKind.PANIC:
            return Panic(stamp_ns=stamp, origin=origin)
        case SlotKind.STILL:
            return TakeStill(stamp_ns=stamp, origin=origin)
        case SlotKind.QUALITY_FULL:
            return HoldQuality(steps=FULL, stamp_ns=stamp, origin=origin)
        case SlotKind.QUALITY_AUTO:
            return HoldQuality(steps=None, stamp_ns=stamp, origin=origin)
        case SlotKind.TRIGGER:
            return FireTrigger(trigger=Trigger.HAND, stamp_ns=stamp, origin=origin)
        case SlotKind.STORE:
            return StoreSnapshot(slot=slot.number, stamp_ns=stamp, origin=origin)
        case _:
            return _timed(slot, stamp, origin)


def _timed(slot: Slot, stamp: int, origin: Origin) -> Command | None:
    """What a press asks of the beat and of the cues."""
    match slot.kind:
        case SlotKind.RESYNC:
            return Resync(stamp_ns=stamp, origin=origin)
        case SlotKind.NUDGE_EARLIER:
            return NudgeTempo(offset_ns=-NUDGE_NS, stamp_ns=stamp, origin=origin)
        case SlotKind.NUDGE_LATER:
            return NudgeTempo(offset_ns=NUDGE_NS, stamp_ns=stamp, origin=origin)
        case SlotKind.CUE_PREVIOUS:
            return StepCues(steps=-1, stamp_ns=stamp, origin=origin)
        case SlotKind.CUE_NEXT:
            return StepCues(steps=1, stamp_ns=stamp, origin=origin)
        case SlotKind.CUE:
            return GoToCue(number=slot.number, stamp_ns=stamp, origin=origin)
        case _:
            return None


def _by_itself(slot: Slot) -> Intent | None:
    """What a press asks of what moves by itself."""
    match slot.kind:
        case SlotKind.AUTO:
            return SetAuto()
        case SlotKind.AUTO_BARS | SlotKind.AUTO_TIME | SlotKind.AUTO_WAY | SlotKind.AUTO_THROUGH:
            return _tuned(slot)
        case SlotKind.MODULATION:
            return SetModulation()
        case _:
            return None


def _intent(slot: Slot) -> Intent | None:
    match slot.kind:
        case SlotKind.PAD:
            return PressPad(slot.number)
        case SlotKind.SCENE:
            return PlayScene(slot.name)
        case SlotKind.SNAPSHOT:
            return Recall(slot.number)
        case SlotKind.PROMPT_PREVIOUS:
            return StepPrompts(-1)
        case SlotKind.PROMPT_NEXT:
            return StepPrompts(1)
        case SlotKind.CUT_MODE:
            return SetSoft()
        case SlotKind.LAUNCH:
            return SetLaunch(LAUNCHES[slot.number - 1])
        case SlotKind.MORPH_SHORTER:
            return StepMorph(-1)
        case SlotKind.MORPH_LONGER:
            return StepMorph(1)
        case SlotKind.PAD_BANK:
            return TurnBank(slot.number)
        case SlotKind.KNOB_PAGE:
            return TurnPage(slot.number)
        case _:
            return None


def _tuned(slot: Slot) -> TuneAuto:
    """How a press on one of the auto-pilot's settings lets it fly."""
    place = slot.number - 1
    match slot.kind:
        case SlotKind.AUTO_BARS:
            return TuneAuto(bars=AUTO_BARS[place])
        case SlotKind.AUTO_TIME:
            return TuneAuto(time=AUTO_TIMES[place])
        case SlotKind.AUTO_WAY:
            return TuneAuto(way=AUTO_WAYS[place])
        case _:
            return TuneAuto(prompts=AUTO_THROUGH[place])


def _is_tuned(slot: Slot, auto: AutoSettings) -> bool:
    asked = _tuned(slot)
    pairs = (asked.bars, auto.bars), (asked.time, auto.time), (asked.way, auto.way), (asked.prompts, auto.prompts)
    return all(wanted is None or wanted == here for wanted, here in pairs)


def is_in_front(slot: Slot, state: ControlState) -> bool:
    """The slot's button stands for what is in front now, so that its light is on."""
    match slot.kind:
        case SlotKind.AUTO:
            return state.auto.on
        case SlotKind.AUTO_BARS | SlotKind.AUTO_TIME | SlotKind.AUTO_WAY | SlotKind.AUTO_THROUGH:
            return _is_tuned(slot, state.auto)
        case SlotKind.MODULATION:
            return state.modulated
        case SlotKind.CUT_MODE:
            return state.soft
        case SlotKind.LAUNCH:
            return state.launch is LAUNCHES[slot.number - 1]
        case SlotKind.PAD_BANK:
            return state.pad_bank == slot.number
        case SlotKind.KNOB_PAGE:
            return state.page_shown == slot.number
        case _:
            return False
