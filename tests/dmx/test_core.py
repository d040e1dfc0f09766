"""DMX without a network: datagrams, sources that share a universe, what channels play, learning."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.allowed import parse_allowed
from app.control.intents import ToggleMacroPart
from app.control.slots import Slot, SlotKind, parse_slots
from app.control.spans import Span
from app.dmx.bindings import (
    DmxBinding,
    DmxControl,
    DmxSettings,
    load_settings,
    parse_settings,
    save_settings,
    settings_document,
)
from app.dmx.core import DmxCore, DmxLearn, LearnDmx, UnlearnDmx
from app.dmx.merge import LOST_NS, Merge
from app.dmx.packets import Levels, Protocol, decode
from app.errors import ControlError
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.messages.commands import (
    Command,
    HardCut,
    Origin,
    SetParameter,
)
from engine.messages.list_commands import StepCues
from engine.messages.modulation import AudioFollower, Lfo, Modulator
from engine.messages.modulation_events import ModulationChanged
from engine.messages.output_commands import SetBlackout
from tests.dmx.desks import art_dmx, levels, sacn
from tests.midi.core_parts import front, store_of

HUE = Slot(SlotKind.PARAMETER, name="field.hue")
ENERGY = Slot(SlotKind.PARAMETER, name="field.energy")


class Rig:
    """A core with some channels bound, and a clock that moves by hand."""

    def __init__(self, *bindings: DmxBinding, file: Path | None = None) -> None:
        self.posted: list[Command] = []
        self.store = store_of(self.posted, front())
        self.core = DmxCore(self.posted.append, self.store, file, parse_allowed(["any"]))
        if bindings:
            self.core.settings = DmxSettings(bindings)
        self.now_ns = NS_PER_SECOND

    def hear(self, datagram: bytes, host: str = "10.0.0.1") -> list[Command]:
        self.posted.clear()
        self.core.hear(datagram, host, self.now_ns)
        return list(self.posted)

    def values(self, datagram: bytes, host: str = "10.0.0.1") -> list[float]:
        return [one.value for one in self.hear(datagram, host) if isinstance(one, SetParameter)]

    def wait(self, ns: int) -> list[Command]:
        self.posted.clear()
        self.now_ns += ns
        self.core.tick(self.now_ns)
        return list(self.posted)


def test_both_protocols_are_read_as_their_standards_have_them() -> None:
    data = levels(c1=1, c512=255)
    assert decode(art_dmx(data, 0x1234, 7)) == Levels(Protocol.ART_NET, 0x1234, data, sequence=7)
    assert decode(art_dmx(data[:2])) == Levels(Protocol.ART_NET, 1, data[:2])
    assert decode(sacn(data, 63_999, sequence=9, priority=7, name="Pult")) == Levels(
        Protocol.SACN, 63_999, data, b"c" * 16, "Pult", 7, 9
    )
    assert decode(sacn(b"", options=0x40)) == Levels(Protocol.SACN, 1, b"", b"c" * 16, "Desk", 100, 0, ended=True)
    for other in (
        sacn(data, options=0x80),  # a preview
        sacn(data, start_code=0xDD),  # priorities of addresses
        sacn(data, 0),
        sacn(data, priority=201),
        art_dmx(data)[:300],
        art_dmx(b""),
        b"Art-Net\0" + b"\x00\x20" + bytes(20),  # ArtPoll
        b"",
    ):
        assert decode(other) is None


@given(st.binary(max_size=700), st.integers(0, 800), st.integers(0, 255))
def test_any_datagram_is_taken(noise: bytes, at: int, byte: int) -> None:
    for whole in (noise, art_dmx(levels(c1=9)), sacn(levels(c1=9))):
        damaged = bytearray(whole)
        if damaged:
            damaged[at % len(damaged)] = byte
        found = decode(bytes(damaged[: len(damaged) - at % 3]))
        assert found is None or len(found.data) <= 512


def test_a_channel_is_the_value_with_eight_or_sixteen_bits() -> None:
    rig = Rig(
        DmxBinding(DmxControl(1, 3), ENERGY),
        DmxBinding(DmxControl(1, 10, fine=True), HUE, Span(low=0.5)),
        DmxBinding(DmxControl(1, 20), Slot(SlotKind.MACRO, 2)),
    )
    assert rig.hear(art_dmx(levels(c3=51))) == [
        SetParameter(parameter="field.energy", value=0.2, stamp_ns=rig.now_ns, origin=Origin.DMX),
        SetParameter(parameter="field.hue", value=0.0, stamp_ns=rig.now_ns, origin=Origin.DMX),
    ]
    assert rig.hear(art_dmx(levels(c3=51))) == []  # sent again, as desks do
    assert rig.values(art_dmx(levels(c3=51, c10=255, c11=255))) == [180.0]
    assert rig.values(art_dmx(levels(c3=51, c10=128, c11=0))) == [pytest.approx(180 * 32768 / 65535)]
    assert rig.values(art_dmx(levels(c3=51, c10=128, c11=1))) == [pytest.approx(180 * 32769 / 65535)]
    rig.store.send(ToggleMacroPart(2, "field.grain"), Origin.WINDOW)
    assert rig.values(art_dmx(levels(c3=51, c10=128, c11=1, c20=255))) == [4.0]
    assert rig.values(art_dmx(levels(c3=255), universe=2)) == []
    assert rig.values(art_dmx(b"\0\0")) == []  # it ends before the channel


def test_a_channel_is_how_far_a_modulator_goes_where_there_is_one() -> None:
    [depth] = parse_slots("depth:field.energy/2")
    rig = Rig(DmxBinding(DmxControl(1, 3), depth))
    assert rig.hear(art_dmx(levels(c3=10))) == []  # the scene has no such modulator
    kick, wave = Modulator(source=AudioFollower(feature="kick"), depth=0.5), Modulator(source=Lfo(), depth=0.1)
    rig.core.modulated(ModulationChanged(at_ns=1, scene={"field.energy": (kick, wave)}, everywhere={}, on=True))
    told = [rig.hear(art_dmx(levels(c3=level))) for level in (255, 255, 0)]
    assert [[(one.target, one.place, one.depth, one.origin) for one in commands] for commands in told] == [  # type: ignore[attr-defined]
        [("field.energy", 2, 1.0, Origin.DMX)],
        [],
        [("field.energy", 2, -1.0, Origin.DMX)],
    ]


def test_switches_are_as_the_channel_is_and_buttons_act_when_they_go_down() -> None:
    rig = Rig(
        DmxBinding(DmxControl(1, 1), Slot(SlotKind.BLACKOUT)),
        DmxBinding(DmxControl(1, 2), Slot(SlotKind.PAD, 1)),
        DmxBinding(DmxControl(1, 3), Slot(SlotKind.CUE_NEXT)),
    )
    first = rig.hear(art_dmx(levels(c1=255, c2=255)))
    assert [type(one) for one in first] == [SetBlackout]  # the pad's channel stood there already
    assert rig.hear(art_dmx(levels(c1=200, c2=127))) == []
    assert [type(one) for one in rig.hear(art_dmx(levels(c1=0, c2=128, c3=255)))] == [SetBlackout, HardCut, StepCues]
    assert rig.hear(art_dmx(levels(c2=255, c3=130))) == []


def test_the_highest_priority_is_heard_and_among_equals_the_highest_level() -> None:
    rig = Rig(DmxBinding(DmxControl(1, 1), ENERGY))
    assert rig.values(sacn(levels(c1=51), cid=b"a" * 16)) == [0.2]
    assert rig.values(sacn(levels(c1=102), cid=b"b" * 16)) == [0.4]
    assert rig.values(art_dmx(levels(c1=255))) == [1.0]  # Art-Net counts as 100
    assert rig.values(sacn(levels(c1=0), cid=b"m" * 16, priority=120)) == [0.0]
    assert rig.values(sacn(levels(c1=153), sequence=1, cid=b"a" * 16)) == []
    rig.now_ns += LOST_NS[Protocol.SACN] - 1
    rig.hear(sacn(levels(c1=153), sequence=2, cid=b"a" * 16))
    assert rig.wait(1) == [
        SetParameter(parameter="field.energy", value=1.0, stamp_ns=rig.now_ns, origin=Origin.DMX)
    ]  # the master is silent for 2.5 s, and so is b
    assert {one.name for one in rig.core._merge.sources()} == {"Desk", "10.0.0.1"}
    assert rig.values(sacn(levels(c1=153), sequence=3, cid=b"a" * 16, options=0x40)) == []
    assert rig.wait(LOST_NS[Protocol.ART_NET]) == []  # nobody is left: what stands stays
    assert rig.core.state("", "").sources == ()


def test_what_comes_late_is_left_out_and_who_begins_anew_is_heard() -> None:
    rig = Rig(DmxBinding(DmxControl(1, 1), ENERGY))
    assert rig.values(sacn(levels(c1=51), sequence=254)) == [0.2]
    assert rig.values(sacn(levels(c1=102), sequence=1)) == [0.4]
    assert rig.values(sacn(levels(c1=153), sequence=255)) == []
    assert rig.values(sacn(levels(c1=153), sequence=1)) == []
    assert rig.values(sacn(levels(c1=153), sequence=120)) == [0.6]
    assert rig.core.state("", "").ignored == 2


def test_sources_and_universes_are_bounded() -> None:
    merge, chance = Merge(), random.Random(1)
    for number in range(3_000):
        universe = chance.randrange(1, 3_000) if number % 2 else 1
        merge.hear(Levels(Protocol.SACN, universe, b"x", chance.randbytes(16)), "h", number)
    assert len(merge._universes) <= 256
    assert all(len(sources) <= 16 for sources in merge._universes.values())


def test_a_channel_is_learnt_by_moving_it(tmp_path: Path) -> None:
    file = tmp_path / "dmx.toml"
    rig = Rig(file=file)
    for slot, positions, found in (
        (ENERGY, [{"c7": level} for level in range(0, 200, 9)], DmxControl(1, 7)),
        (HUE, [{"c30": at >> 8, "c31": at & 255} for at in range(0, 20_000, 90)], DmxControl(1, 30, fine=True)),
    ):
        rig.core.wish(LearnDmx(slot))
        assert rig.core.state("", "").learn is DmxLearn.WAITING
        for position in positions:
            played = rig.hear(art_dmx(levels(c100=rig.now_ns // 7 % 3, **position)))  # one channel trembles
            assert not played or rig.core.state("", "").learn is DmxLearn.LEARNT
            rig.wait(23 * NS_PER_MS)
        rig.wait(NS_PER_SECOND)
        state = rig.core.state("", "")
        assert (state.learn, state.learnt, state.slot) == (DmxLearn.LEARNT, found, slot)
    assert load_settings(file).bindings == rig.core.settings.bindings
    assert rig.values(sacn(levels(c7=255, c30=255, c31=255))) == [1.0, 180.0]
    rig.core.wish(UnlearnDmx(HUE))
    assert [one.slot for one in load_settings(file).bindings] == [ENERGY]
    rig.core.wish(LearnDmx(HUE))
    rig.core.wish(LearnDmx(None))
    assert rig.core.state("", "").learn is DmxLearn.OFF


controls = st.builds(DmxControl, st.integers(0, 63_999), st.integers(1, 511), st.booleans())
spans = st.builds(Span, st.floats(0, 0.5), st.floats(0.5, 1), st.booleans())


@given(st.lists(st.builds(DmxBinding, controls, st.sampled_from([HUE, Slot(SlotKind.PAD, 3)]), spans), max_size=4))
def test_what_is_written_is_what_is_read(bindings: list[DmxBinding]) -> None:
    settings = DmxSettings(tuple(bindings), "127.0.0.1", (1, 7), parse_allowed(["10.0.0.7", "any"]))
    assert parse_settings(settings_document(settings), "dmx.toml") == settings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[channel]]\nuniverse = 1\nchannel = 513\nslot = 'freeze'", "'channel[0].channel' must hold whole"),
        ("[[channel]]\nuniverse = 1\nchannel = 512\nbits = 16\nslot = 'freeze'", "from 1 to 511"),
        ("[[channel]]\nuniverse = 1\nchannel = 1\nbits = 12\nslot = 'freeze'", "must be 8 or 16"),
        ("[[channel]]\nuniverse = 1\nchannel = 1\nslot = 'pad.1-4'", "must be one slot"),
        ("[[channel]]\nchannel = 1\nslot = 'freeze'", "its universe must be there"),
        ("universes = [0]", "must be a list of whole numbers from 1"),
        ("port = 1", "is not a key here"),
    ],
)
def test_a_damaged_file_is_a_sentence_and_is_kept(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "dmx.toml"
    file.write_text(text)
    with pytest.raises(ControlError) as caught:
        load_settings(file)
    assert words in str(caught.value)
    rig = Rig(file=file)
    assert words in rig.core.state("", "").trouble
    rig.core.wish(UnlearnDmx(HUE))
    assert file.read_text() == text
    save_settings(tmp_path / "new.toml", DmxSettings())
