"""Profiles: the factory's are sound, ports find theirs, and a faulty one says where and why."""

from pathlib import Path

import pytest

from app.control.slots import Slot, SlotKind, parse_slots
from app.control.state import first_state
from app.errors import ControlError
from app.midi.control_ids import ControlId, MessageKind
from app.midi.ports.port_names import Api, PortAddress, addresses, normalise
from app.midi.profiles.profile import (
    Profile,
    factory_profiles,
    load_profile,
    match_profile,
    parse_profile,
)
from engine.messages.parameters import OUTPUT_LEVEL
from tests.midi.core_parts import LEDS, SCENES, TABLE, profile

BY_NAME = {one.name: one for one in factory_profiles()}


@pytest.mark.parametrize("one", factory_profiles(), ids=lambda one: one.name)
def test_every_factory_profile_can_play(one: Profile) -> None:
    assert one.evidence
    assert Slot(SlotKind.PAD, 1) in one.controls.values()
    pads = [slot.number for slot in one.controls.values() if slot.kind is SlotKind.PAD]
    assert sorted(pads) == list(range(1, len(pads) + 1))
    assert all(text == text.casefold() for text in (*one.match, *one.reject))


def test_the_grid_of_a_controller_lies_as_in_the_window() -> None:
    apc, launchpad = BY_NAME["Akai APC mini mk2"], BY_NAME["Novation Launchpad Mini MK3"]
    assert apc.slot(MessageKind.NOTE, 56, 1) == launchpad.slot(MessageKind.NOTE, 81, 1) == Slot(SlotKind.PAD, 1)
    assert apc.slot(MessageKind.NOTE, 35, 1) == launchpad.slot(MessageKind.NOTE, 54, 1) == Slot(SlotKind.PAD, 16)
    assert apc.slot(MessageKind.NOTE, 7, 1) == launchpad.slot(MessageKind.NOTE, 18, 1) == Slot(SlotKind.PAD, 64)
    assert apc.slot(MessageKind.CC, 55, 1) == Slot(SlotKind.KNOB, 8)
    assert apc.slot(MessageKind.CC, 55, 2) is None


@pytest.mark.parametrize(
    ("port", "name"),
    [
        ("APC mini mk2 APC mini mk2 Contr", "Akai APC mini mk2"),
        ("APC mini mk2 Control", "Akai APC mini mk2"),
        ("APC mini mk2 Notes", None),
        ("APC MINI", "Akai APC mini"),
        ("MIDI Mix MIDI 1", "Akai MIDImix"),
        ("nanoKONTROL2 SLIDER/KNOB", "Korg nanoKONTROL2"),
        ("Launchpad Mini MK3 LPMiniMK3 MI", "Novation Launchpad Mini MK3"),
        ("Launchpad Mini MK3 LPMiniMK3 DA", None),
        ("Launchpad Mini MK3 MIDI 1", None),
        ("Launchpad Mini MK3 MIDI 2", "Novation Launchpad Mini MK3"),
        ("MIDIIN2 (LPMiniMK3 MIDI)", "Novation Launchpad Mini MK3"),
        ("MPK mini 3", "Akai MPK mini mk3"),
        ("Some Keyboard", "Generic controller"),
    ],
)
def test_ports_find_their_profile(port: str, name: str | None) -> None:
    found = match_profile(port, factory_profiles())
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("raw", "api", "name"),
    [
        ("nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0", Api.ALSA, "nanoKONTROL2 MIDI 1"),
        ("nanoKONTROL2:nanoKONTROL2 MIDI 1 24:0", Api.ALSA, "nanoKONTROL2 MIDI 1"),
        ("USB Uno:Port A 28:1", Api.ALSA, "USB Uno:Port A"),
        ("MPK mini 3 0", Api.WINDOWS_MM, "MPK mini 3"),
        ("MPK mini 3", Api.CORE_MIDI, "MPK mini 3"),
        ("APC mini mk2-01:APC mini mk2", Api.JACK, "APC mini mk2"),
        ("system:midi_capture_1", Api.JACK, "system:midi_capture_1"),
    ],
)
def test_names_survive_replugging(raw: str, api: Api, name: str) -> None:
    assert normalise(raw, api) == name


def test_our_own_ports_and_the_loop_are_no_controllers() -> None:
    raw = ["Midi Through:Midi Through Port-0 14:0", "X", "Hardcut in:in 129:0", "Hardcut:out", "X"]
    assert addresses(raw) == (PortAddress("X", 0), PortAddress("X", 1))


def test_slots_are_read_and_written_the_same() -> None:
    assert [str(slot) for slot in parse_slots("knob.2-4")] == ["knob.2", "knob.3", "knob.4"]
    assert parse_slots("freeze") == (Slot(SlotKind.FREEZE),)


@pytest.mark.parametrize("text", ["", "knob", "freeze.1", "knob.0", "pad.65", "knob.4-2", "wobble.1", "pad.-1"])
def test_what_is_no_slot_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no slot"):
        parse_slots(text)


def test_the_first_front_follows_the_display_order_and_leaves_the_master_alone() -> None:
    first = first_state(TABLE, SCENES)
    assert [first.knob(number) for number in range(1, 5)] == ["field.energy", "field.hue", "field.grain", ""]
    assert [first.pad(number) for number in range(1, 5)] == ["Ember", "Tide", "Moss", ""]
    assert OUTPUT_LEVEL not in first.knobs_in_order


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "'name' needs a text (test.toml). Correct the file."),
        ({"colour": 1}, "'colour' is not a key here; known are name, confidence, evidence, match"),
        ({"confidence": "total"}, "'confidence' must be one of high, medium, low, not 'total'"),
        ({"match": [1]}, "'match' must be a text or a list of texts"),
        ({"controls": [1]}, "'controls' must be a table"),
        ({"controls": [{"slots": "knob.9-99", "cc": 1}]}, "'controls[0].slots' is wrong: 'knob.9-99' is no slot"),
        ({"controls": [{"slots": "pad.1"}]}, "'controls[0].cc' or 'note' must be given, one of the two"),
        ({"controls": [{"slots": "pad.1", "cc": 1, "note": 1}]}, "'controls[0].cc' or 'note' must be given"),
        ({"controls": [{"slots": "pad.1-2", "cc": 1}]}, "'controls[0].cc' holds 1 numbers for 2 slots"),
        ({"controls": [{"slots": "pad.1", "cc": 128}]}, "'controls[0].cc' must hold whole numbers from 0 to 127"),
        ({"controls": [{"slots": "pad.1", "cc": "9-2"}]}, "'controls[0].cc' must hold whole numbers from 9 to 127"),
        ({"controls": [{"slots": "pad.1", "cc": "x"}]}, "'controls[0].cc' must hold whole numbers from 0 to 127"),
        ({"controls": [{"slots": "pad.1", "cc": True}]}, "'controls[0].cc' must hold whole numbers from 0 to 127"),
        ({"controls": [{"slots": "pad.1", "cc": 1, "channel": 17}]}, "'controls[0].channel' must hold whole numbers"),
        ({"controls": [{"slots": "knob.1", "note": 1}]}, "'controls[0].note' cannot drive a knob"),
        ({"controls": [{"slots": ["pad.1", "pad.2"], "cc": [5, 5]}]}, "'controls[0].cc' binds 5 a second time"),
        ({"leds": {"init": ["F0 01"]}}, "'leds.init' must be whole MIDI messages"),
        ({"leds": {"init": ["zz"]}}, "'leds.init' must be bytes in hexadecimal"),
        ({"leds": {"pad": {"off": 0}}}, "'leds.pad.loaded' is missing"),
        ({"leds": {"button": {"off": 0, "on": {"channel": 1}}}}, "'leds.button.on.value' is missing"),
        ({"leds": {"button": {"off": 0, "on": 300}}}, "'leds.button.on' must hold whole numbers from 0 to 127"),
    ],
)
def test_a_faulty_profile_says_where_and_why(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ControlError) as caught:
        profile(**changes)
    assert str(caught.value).startswith(sentence)


def test_files_that_cannot_be_read_or_parsed_are_told(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="cannot be read"):
        load_profile(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ")
    with pytest.raises(ControlError, match=r"not valid TOML.*"):
        load_profile(broken)


def test_one_channel_goes_before_any() -> None:
    document = {"name": "n", "confidence": "low", "evidence": "e"}
    controls = [{"slots": "pad.1", "note": 36}, {"slots": "pad.2", "note": 36, "channel": 10}]
    one = parse_profile({**document, "controls": controls, "leds": LEDS}, "x")
    assert one.slot(MessageKind.NOTE, 36, 10) == Slot(SlotKind.PAD, 2)
    assert one.slot(MessageKind.NOTE, 36, 9) == Slot(SlotKind.PAD, 1)
    assert ControlId(MessageKind.NOTE, 36) in one.controls
