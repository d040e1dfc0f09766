"""Buttons: what each asks of the engine or of what lies in front, and when its light is on."""

import pytest

from app.control.actions import NUDGE_NS, action, is_in_front
from app.control.intents import (
    Intent,
    PlayScene,
    PressPad,
    Recall,
    SetLaunch,
    SetSoft,
    StepMorph,
    StepPrompts,
    TurnBank,
    TurnPage,
)
from app.control.reducer import apply
from app.control.slots import SlotKind, parse_slots
from engine.messages.commands import CancelQueued, Command, NudgeTempo, Origin, Panic, Resync, StoreSnapshot, Tap
from engine.messages.list_commands import GoToCue, StepCues
from engine.messages.quality import HoldQuality
from engine.messages.transitions import Launch
from tests.control.parts import state


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("tap", Tap(stamp_ns=7, origin=Origin.MIDI)),
        ("cancel", CancelQueued(stamp_ns=7, origin=Origin.MIDI)),
        ("panic", Panic(stamp_ns=7, origin=Origin.MIDI)),
        ("resync", Resync(stamp_ns=7, origin=Origin.MIDI)),
        ("quality_full", HoldQuality(steps=0, stamp_ns=7, origin=Origin.MIDI)),
        ("quality_auto", HoldQuality(steps=None, stamp_ns=7, origin=Origin.MIDI)),
        ("nudge_earlier", NudgeTempo(offset_ns=-NUDGE_NS, stamp_ns=7, origin=Origin.MIDI)),
        ("nudge_later", NudgeTempo(offset_ns=NUDGE_NS, stamp_ns=7, origin=Origin.MIDI)),
        ("cue_next", StepCues(steps=1, stamp_ns=7, origin=Origin.MIDI)),
        ("cue_previous", StepCues(steps=-1, stamp_ns=7, origin=Origin.MIDI)),
        ("cue.12", GoToCue(number=12, stamp_ns=7, origin=Origin.MIDI)),
        ("store.1", StoreSnapshot(slot=1, stamp_ns=7, origin=Origin.MIDI)),
    ],
)
def test_what_a_button_asks_of_the_engine(text: str, command: Command) -> None:
    (slot,) = parse_slots(text)
    assert action(slot, 7, Origin.MIDI) == command


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("pad.3", PressPad(3)),
        ("scene:Noir", PlayScene("Noir")),
        ("snapshot.16", Recall(16)),
        ("prompt_next", StepPrompts(1)),
        ("prompt_previous", StepPrompts(-1)),
        ("cut_mode", SetSoft()),
        ("launch.1", SetLaunch(Launch.NOW)),
        ("launch.5", SetLaunch(Launch.FOUR_BARS)),
        ("morph_shorter", StepMorph(-1)),
        ("morph_longer", StepMorph(1)),
        ("pad_bank.2", TurnBank(2)),
        ("knob_page.3", TurnPage(3)),
    ],
)
def test_what_a_button_asks_of_the_front(text: str, intent: Intent) -> None:
    (slot,) = parse_slots(text)
    assert action(slot, 7, Origin.MIDI) == intent
    if slot.kind in (SlotKind.CUT_MODE, SlotKind.LAUNCH, SlotKind.PAD_BANK, SlotKind.KNOB_PAGE):
        before = state(launch=Launch.BAR)
        after = apply(before, intent, 0, Origin.MIDI).state
        assert is_in_front(slot, after)
        assert not is_in_front(slot, before)


@pytest.mark.parametrize("text", ["knob.1", "macro.1", "level", "freeze", "bank.2", "bank_next", "none"])
def test_what_is_no_button_asks_nothing(text: str) -> None:
    (slot,) = parse_slots(text)
    assert action(slot, 7, Origin.MIDI) is None
