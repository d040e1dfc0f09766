"""Buttons: what each asks of the engine, what it turns to in the window, and when its light is on."""

from dataclasses import replace

import pytest

from app.control.actions import NUDGE_NS, asked, is_in_front, turned_to
from app.control.slots import Assignments, CutMode, SlotKind, parse_slots
from engine.messages.commands import (
    CancelQueued,
    Command,
    GoToCue,
    Launch,
    NudgeTempo,
    Origin,
    RecallSnapshot,
    Resync,
    StepCues,
    StepPlaylist,
    StoreSnapshot,
    Tap,
)

FRONT = Assignments(launch=Launch.BAR, morph=8, morph_chunks=12)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("tap", Tap(stamp_ns=7, origin=Origin.MIDI)),
        ("cancel", CancelQueued(stamp_ns=7, origin=Origin.MIDI)),
        ("resync", Resync(stamp_ns=7, origin=Origin.MIDI)),
        ("nudge_earlier", NudgeTempo(offset_ns=-NUDGE_NS, stamp_ns=7, origin=Origin.MIDI)),
        ("nudge_later", NudgeTempo(offset_ns=NUDGE_NS, stamp_ns=7, origin=Origin.MIDI)),
        ("prompt_next", StepPlaylist(steps=1, chunks=12, stamp_ns=7, origin=Origin.MIDI)),
        ("prompt_previous", StepPlaylist(steps=-1, chunks=12, stamp_ns=7, origin=Origin.MIDI)),
        ("cue_next", StepCues(steps=1, stamp_ns=7, origin=Origin.MIDI)),
        ("cue_previous", StepCues(steps=-1, stamp_ns=7, origin=Origin.MIDI)),
        ("cue.12", GoToCue(number=12, stamp_ns=7, origin=Origin.MIDI)),
        ("snapshot.16", RecallSnapshot(slot=16, launch=Launch.BAR, stamp_ns=7, origin=Origin.MIDI)),
        ("store.1", StoreSnapshot(slot=1, stamp_ns=7, origin=Origin.MIDI)),
    ],
)
def test_what_a_button_asks_of_the_engine(text: str, command: Command) -> None:
    (slot,) = parse_slots(text)
    assert asked(slot, FRONT, 7) == (command,)
    assert turned_to(slot, FRONT) == FRONT


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("cut_mode", {"cut_mode": CutMode.SOFT}),
        ("launch.1", {"launch": Launch.NOW}),
        ("launch.5", {"launch": Launch.FOUR_BARS}),
        ("morph_shorter", {"morph": 7}),
        ("morph_longer", {"morph": 8}),  # there is none longer
        ("pad_bank.2", {"pad_bank": 2}),
        ("knob_page.3", {"knob_page": 3}),
    ],
)
def test_what_a_button_turns_to_in_the_window(text: str, change: dict[str, object]) -> None:
    (slot,) = parse_slots(text)
    after = turned_to(slot, FRONT)
    assert after == replace(FRONT, **change)  # type: ignore[arg-type]
    assert asked(slot, FRONT, 7) == ()
    if slot.kind not in (SlotKind.MORPH_SHORTER, SlotKind.MORPH_LONGER):
        assert is_in_front(slot, after) and not is_in_front(slot, FRONT)
