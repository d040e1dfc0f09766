"""OSC without a network: datagrams, addresses, ranges, answers."""

import random
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message_builder import OscMessageBuilder

from app.control.intents import SetMacroSpan, StepBank, StepMorph, ToggleMacroPart
from app.control.spans import Span
from app.control.state import first_state
from app.osc.address_kinds import Kind
from app.osc.addresses import AddressBook, listing, parameter_path, travel_path
from app.osc.core import OscCore
from app.osc.packets import AT_ONCE, MAX_DATAGRAM, Message, OscError, decode, encode, unix_ns
from engine.messages.commands import (
    CancelQueued,
    Command,
    HardCut,
    Origin,
    Panic,
    RecallSnapshot,
    Resync,
    SelectFormat,
    SetParameter,
    SetPrompt,
    SetTempo,
    SoftCut,
    StoreSnapshot,
    Tap,
)
from engine.messages.events import (
    ArmedChanged,
    ArmState,
    Committed,
    CutQueued,
    SceneArming,
    SnapshotStored,
)
from engine.messages.interpolation import Interpolation
from engine.messages.list_commands import (
    GoToCue,
    GoToPrompt,
    StepCues,
    StepPlaylist,
)
from engine.messages.list_events import CueChanged
from engine.messages.output_commands import (
    AdjustShape,
    SetBlackout,
    SetFreeze,
    SetInterpolation,
    SetOutputRate,
    ShapeDisplay,
)
from engine.messages.picture_format import PictureFormat
from engine.messages.quality import HoldQuality, QualityChanged, QualityRule, QualityStep, StepState
from engine.messages.shape import DisplayShape
from engine.messages.transitions import Launch
from tests.control.parts import stats
from tests.midi.core_parts import TABLE, store_of
from tests.output_events import output_changed

OSC = Origin.OSC
FRONT = replace(first_state(TABLE, ("Ember", "", "Tide", "Moss", "Noir")), launch=Launch.BAR)


class Desk:
    """The core over the owner of what lies in front, as its thread plays it."""

    def __init__(self) -> None:
        self.posted: list[Command] = []
        self.store = store_of(self.posted, FRONT)
        self.core = OscCore(FRONT)
        self.store.subscribe(self.core.follow)

    def handle(self, message: Message, stamp_ns: int = 5) -> list[Command]:
        """What a message leads to."""
        self.posted.clear()
        for _, asked in self.core.handle(message, stamp_ns).asked:
            if isinstance(asked, Command):
                self.posted.append(asked)
            else:
                self.store.send(asked, OSC, stamp_ns)
        return list(self.posted)


def desk() -> OscCore:
    return OscCore(FRONT)


def command(address: str, *arguments: object) -> Command | None:
    """The one command of a message, by way of its bytes."""
    message = Message(f"/hardcut/{address}", arguments)  # type: ignore[arg-type]
    commands = Desk().handle(decode(encode(message))[0])
    return commands[0] if commands else None


def bundle(*parts: bytes, time_tag: int = AT_ONCE) -> bytes:
    return b"#bundle\0" + time_tag.to_bytes(8, "big") + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def committed(hue: float) -> Committed:
    return Committed(
        at_ns=0,
        version=1,
        chunk_index=0,
        epoch=0,
        scene="Ember",
        prompt="gold",
        prompt_progress=1.0,
        values={"field.hue": 0.0},
        targets={"field.hue": hue},
    )


@pytest.mark.parametrize(
    ("address", "arguments", "expected"),
    [
        ("parameter/field/hue", [-90.0], SetParameter(parameter="field.hue", value=-90.0, stamp_ns=5, origin=OSC)),
        ("parameter/field/hue", [90], SetParameter(parameter="field.hue", value=90.0, stamp_ns=5, origin=OSC)),
        ("travel/field/grain", [0.5], SetParameter(parameter="field.grain", value=1.0, stamp_ns=5, origin=OSC)),
        ("parameter/output/level", [0.0], SetParameter(parameter="output.level", value=0.0, stamp_ns=5, origin=OSC)),
        ("pad/1", [], HardCut(scene="Ember", launch=Launch.BAR, stamp_ns=5, origin=OSC)),
        ("pad/3", [1.0], HardCut(scene="Tide", launch=Launch.BAR, stamp_ns=5, origin=OSC)),
        ("pad/1", [0], None),
        ("pad/2", [], None),
        ("pad/64", [], None),
        ("cut", ["Moss"], HardCut(scene="Moss", launch=Launch.BAR, stamp_ns=5, origin=OSC)),
        ("morph", ["Moss"], SoftCut(scene="Moss", chunks=5, launch=Launch.BAR, stamp_ns=5, origin=OSC)),
        ("freeze", [True], SetFreeze(on=True, stamp_ns=5, origin=OSC)),
        ("blackout", [0], SetBlackout(on=False, stamp_ns=5, origin=OSC)),
        ("output/rate", [59.94], SetOutputRate(rate=Fraction(60000, 1001), stamp_ns=5, origin=OSC)),
        ("output/rate", [25], SetOutputRate(rate=Fraction(25), stamp_ns=5, origin=OSC)),
        ("quality", [-1], HoldQuality(steps=None, stamp_ns=5, origin=OSC)),
        ("quality", [2], HoldQuality(steps=2, stamp_ns=5, origin=OSC)),
        (
            "output/interpolation",
            ["motion"],
            SetInterpolation(mode=Interpolation.MOTION, stamp_ns=5, origin=OSC),
        ),
        ("format", ["wide"], SelectFormat(format=PictureFormat.WIDE, stamp_ns=5, origin=OSC)),
        (
            "display/2/corner/3",
            [0.5, 1.25],
            AdjustShape(sink="display:2", corner=3, place=(0.5, 1.25), stamp_ns=5, origin=OSC),
        ),
        (
            "display/1/crop",
            [0, 0.25, 0, 0.125],
            AdjustShape(sink="display:1", crop=(0.0, 0.25, 0.0, 0.125), stamp_ns=5, origin=OSC),
        ),
        ("display/8/turn", [270], AdjustShape(sink="display:8", turn=270, stamp_ns=5, origin=OSC)),
        ("display/1/flip", [1], AdjustShape(sink="display:1", flip=True, stamp_ns=5, origin=OSC)),
        ("display/1/pattern", [False], AdjustShape(sink="display:1", pattern=False, stamp_ns=5, origin=OSC)),
        ("display/1/straight", [], ShapeDisplay(sink="display:1", shape=DisplayShape(), stamp_ns=5, origin=OSC)),
        ("display/1/straight", [0], None),
        ("panic", [], Panic(stamp_ns=5, origin=OSC)),
        ("cancel", [], CancelQueued(stamp_ns=5, origin=OSC)),
        ("tap", [1], Tap(stamp_ns=5, origin=OSC)),
        ("tempo", [128.5], SetTempo(bpm=128.5, stamp_ns=5, origin=OSC)),
        ("resync", [], Resync(stamp_ns=5, origin=OSC)),
        ("prompt", ["wet glass"], SetPrompt(text="wet glass", chunks=5, stamp_ns=5, origin=OSC)),
        ("snapshot/store", [3], StoreSnapshot(slot=3, stamp_ns=5, origin=OSC)),
        ("snapshot/recall", [3], RecallSnapshot(slot=3, launch=Launch.BAR, stamp_ns=5, origin=OSC)),
        ("cue/next", [], StepCues(steps=1, stamp_ns=5, origin=OSC)),
        ("cue/previous", [], StepCues(steps=-1, stamp_ns=5, origin=OSC)),
        ("cue/go", [7], GoToCue(number=7, stamp_ns=5, origin=OSC)),
        ("playlist/next", [], StepPlaylist(steps=1, chunks=5, stamp_ns=5, origin=OSC)),
        ("playlist/go", [4], GoToPrompt(place=4, chunks=5, stamp_ns=5, origin=OSC)),
        ("playlist/bookmark", ["drop"], GoToPrompt(place="drop", chunks=5, stamp_ns=5, origin=OSC)),
        ("mode", ["morph"], None),
        ("morph/seconds", [8.0], None),
    ],
)
def test_messages_become_commands(address: str, arguments: list[object], expected: Command | None) -> None:
    assert command(address, *arguments) == expected


@pytest.mark.parametrize(
    ("address", "arguments", "words"),
    [
        ("parameter/field/hue", [181.0], "takes f  -180 to 180, not 181"),
        ("parameter/field/hue", ["red"], "takes a number, not 'red'"),
        ("parameter/field/hue", [True], "takes a number"),
        ("parameter/field/hue", [], "takes one argument, not 0"),
        ("parameter/field/hue", [1.0, 2.0], "takes one argument, not 2"),
        ("parameter/field/hue", [float("nan")], "takes a number"),
        ("parameter/field/hues", [0.0], "There is no address /hardcut/parameter/field/hues"),
        ("pad/65", [], "There is no address"),
        ("freeze", [2], "takes on or off"),
        ("mode", ["wipe"], "takes cut | morph"),
        ("prompt", ["x" * 1001], "1 to 1000 characters"),
        ("snapshot/store", [1.5], "takes i  1 to 16"),
        ("scene", ["Moss"], "is told, not set"),
        ("morph/seconds", [0.0], "takes f  0.1 to 120"),
        ("macro/1", [1.5], "takes f  0 to 1"),
        ("macro/1", [0.5], "Nothing lies under macro 1 yet"),
        ("macro/9", [0.5], "There is no address"),
        ("display/1/corner/1", [0.5], "takes 2 arguments, not 1"),
        ("display/1/corner/1", [0.5, "low"], "takes a number, not 'low'"),
        ("display/1/corner/1", [0.5, 2.0], "takes f f  -0.9 to 1.9, not 2"),
        ("display/1/crop", [0.0, 0.0, 0.0, 0.5], "takes f f f f  0 to 0.45, not 0.5"),
        ("display/1/corner/5", [0.0, 0.0], "There is no address"),
    ],
)
def test_what_does_not_fit_is_refused(address: str, arguments: list[object], words: str) -> None:
    with pytest.raises(OscError) as caught:
        command(address, *arguments)
    assert words in str(caught.value)


def test_every_address_answers_and_takes_what_it_says() -> None:
    one = desk()
    for address in AddressBook(TABLE).values():
        (reply,) = one.handle(Message(f"{address.path}?"), 0).replies
        assert reply.address == address.path
        encode(reply)
        if address.kind in (Kind.NUMBER, Kind.WHOLE):
            assert address.number((address.low,)) == address.low
        shown = re.sub(r"^/hardcut/display/\d", "/hardcut/display/1", address.path)
        assert shown.rstrip("0123456789") in listing(TABLE)
    assert one.handle(Message("/hardcut/parameter/field/energy", ("?",)), 0).replies == (
        Message("/hardcut/parameter/field/energy", (0.0,)),
    )
    assert len(one.handle(Message("/hardcut/?"), 0).replies) == len(one.book)


def test_values_follow_the_show() -> None:
    one = desk()
    armed = (SceneArming("Moss", ArmState.ARMED), SceneArming("Noir", ArmState.ARMING))
    one.hear(ArmedChanged(at_ns=0, scenes=armed))
    one.hear(CutQueued(at_ns=0, scene="Tide", due_ns=1))
    one.hear(committed(hue=90.0))
    assert one.values[parameter_path("field.hue")] == (90.0,)
    assert one.values[travel_path("field.hue")] == (0.75,)
    assert [one.values[f"/hardcut/pad/{number}"] for number in range(1, 7)] == [(4,), (0,), (3,), (2,), (1,), (0,)]
    assert one.values["/hardcut/prompt"] == ("gold",)


def test_bundles_are_laid_out_in_order_with_the_time_they_are_meant_for() -> None:
    a, b, c = (encode(Message(f"/{name}", (1,))) for name in "abc")
    whole = bundle(a, bundle(b, bundle(), time_tag=9), c, time_tag=7)
    assert [(one.address, one.time_tag) for one in decode(whole)] == [("/a", 7), ("/b", 9), ("/c", 7)]
    assert decode(a)[0].time_tag == decode(bundle(a))[0].time_tag == AT_ONCE
    assert unix_ns((2_208_988_800 + 5 << 32) + (1 << 31)) == 5_500_000_000


def test_macros_move_what_lies_under_them_and_say_where_they_stand() -> None:
    one = Desk()
    values = one.core.values
    for macro, parameter in ((2, "field.hue"), (2, "field.grain"), (3, "gone.hue")):
        one.store.send(ToggleMacroPart(macro, parameter), Origin.WINDOW)
    one.store.send(SetMacroSpan(2, "field.hue", Span(low=0.5, invert=True)), Origin.WINDOW)
    assert values["/hardcut/macro/2"] == (1.0,)  # hue stands in the middle of its way
    assert "/hardcut/macro/3" not in values
    assert one.handle(Message("/hardcut/macro/2", (0.5,))) == [
        SetParameter(parameter="field.hue", value=90.0, stamp_ns=5, origin=OSC),
        SetParameter(parameter="field.grain", value=1.0, stamp_ns=5, origin=OSC),
    ]
    one.core.hear(committed(hue=180.0))
    assert values["/hardcut/macro/2"] == (0.0,)
    for parameter in ("field.hue", "field.grain"):
        one.store.send(ToggleMacroPart(2, parameter), Origin.WINDOW)
    assert "/hardcut/macro/2" not in values


def test_a_morph_is_as_long_as_it_was_asked_for_here_and_in_the_window() -> None:
    one = Desk()
    one.handle(Message("/hardcut/morph/seconds", (8.0,)))
    one.store.handle(stats(10, chunks=100))
    one.store.handle(stats(12, chunks=110))  # a chunk takes 200 ms
    assert one.handle(Message("/hardcut/prompt", ("glass",))) == [
        SetPrompt(text="glass", chunks=40, stamp_ns=5, origin=OSC)
    ]
    assert one.core.values["/hardcut/morph/seconds"] == (8.0,)
    one.store.send(StepMorph(-4), Origin.WINDOW)
    assert one.core.values["/hardcut/morph/seconds"] == (0.5,)


def test_what_pads_do_is_asked_for_and_told() -> None:
    one = Desk()
    one.handle(Message("/hardcut/mode", ("morph",)))
    one.handle(Message("/hardcut/launch", (Launch.BEAT.value,)))
    assert (one.store.state.soft, one.store.state.launch) == (True, Launch.BEAT)
    assert (one.core.values["/hardcut/mode"], one.core.values["/hardcut/launch"]) == (("morph",), (Launch.BEAT.value,))
    one.store.send(StepBank(1), Origin.MIDI)
    assert one.handle(Message("/hardcut/pad/1")) == [
        SoftCut(scene="Ember", chunks=5, launch=Launch.BEAT, stamp_ns=5, origin=OSC)
    ]


def test_how_the_picture_lies_on_displays_is_told() -> None:
    one = desk()
    shape = DisplayShape(((0.0, 0.0), (-0.25, 0.5), (0.0, 0.0), (0.0, 0.0)), turn=90)
    one.hear(output_changed(shapes={"display:2": shape}))
    assert one.values["/hardcut/display/2/corner/2"] == (0.75, 0.5)
    assert one.values["/hardcut/display/1/corner/2"] == (1.0, 0.0)
    assert one.values["/hardcut/display/2/turn"] == (90,)
    one.hear(output_changed(shapes={}))
    assert one.values["/hardcut/display/2/turn"] == (0,)


def test_lists_and_snapshots_are_told() -> None:
    one = desk()
    one.hear(CueChanged(at_ns=0, name="set", number=3, count=9, scene="", next_scene="", follow_ns=0))
    one.hear(SnapshotStored(at_ns=0, slot=2, scene="Ember"))
    assert (one.values["/hardcut/cue/go"], one.values["/hardcut/snapshot/store"]) == ((3,), (2,))


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"/",
        b"/a",
        b"a\0\0\0",
        b"/a\0\0i\0\0\0",
        b"/a\0\0,i\0\0",
        b"/a\0\0,x\0\0",
        b"/a\0\0,[[\0",
        b"/a\0\0,s\0\0\xff\xfe\xff\xff",
        b"#bundle\0",
        b"#bundle\0" + bytes(8) + b"\xff\xff\xff\xfc",
        b"#bundle\0" + bytes(8) + b"\0\0\0\0",
        b"#bundle\0" + bytes(8) + b"\0\0\0\x40/a\0\0",
        bundle(bundle(bundle(bundle(bundle(bundle(bundle(bundle(bundle())))))))),
        bytes(MAX_DATAGRAM + 1),
    ],
)
def test_malformed_datagrams_are_refused(datagram: bytes) -> None:
    with pytest.raises(OscError):
        decode(datagram)


def test_a_pattern_acts_on_all_that_fits() -> None:
    one = Desk()

    def moved(pattern: str, *arguments: object) -> set[str]:
        message = decode(encode(Message(f"/hardcut{pattern}", arguments)))[0]  # type: ignore[arg-type]
        return {
            command.parameter if isinstance(command, SetParameter) else type(command).__name__
            for command in one.handle(message)
        }

    field = {spec.id for spec in TABLE.values() if spec.id.startswith("field.")}
    assert moved("/travel/field/*", 0.5) == field
    assert moved("/{freeze,blackout}", 1) == {"SetFreeze", "SetBlackout"}
    assert moved("/travel/field/[eh]*", 0.5) == {name for name in field if name[6] in "eh"}
    assert moved("/travel/field/[!a-g]ue", 0.5) == {"field.hue"}
    assert moved("/travel/field/h?e", 0.5) == {"field.hue"}
    assert moved("//freeze", 0) == {"SetFreeze"}
    assert moved("/pad/?", 1) == {"HardCut"}  # with an argument the last ? is any character; pads 2 to 9 are empty
    assert one.core.handle(Message("/hardcut/{freeze,blackout}?"), 0).replies == (
        Message("/hardcut/freeze", (False,)),
        Message("/hardcut/blackout", (False,)),
    )
    assert moved("/*", True) >= {"SetFreeze", "SetBlackout", "Panic", "Tap"}  # and what takes no switch is left out
    for pattern, words in (
        ("/x*", "No address fits"),
        ("/[", "does not close"),
        ("/a}", "did not open"),
        ("/" + "*a" * 128, "more than 256"),
        ("/travel/field/*", "takes a number"),
    ):
        with pytest.raises(OscError, match=words):
            moved(pattern, "red")


def test_every_type_of_the_specification_is_read() -> None:
    builder = OscMessageBuilder("/x")  # of python-osc, which writes all but I, S and c
    for value, tag in ((1, "i"), (2**40, "h"), (0.5, "f"), (0.25, "d"), ("Straße", "s"), (b"blob", "b")):
        builder.add_arg(value, tag)
    for value, tag in ((0x01020304, "r"), ((1, 0x90, 60, 100), "m"), (True, "T"), (False, "F"), (None, "N")):
        builder.add_arg(value, tag)
    assert decode(builder.build().dgram)[0].arguments == (
        *(1, 2**40, 0.5, 0.25, "Straße", b"blob"),
        *(b"\1\2\3\4", b"\1\x90\x3c\x64", True, False, None),
    )
    rest = b"/x\0\0,[SI[c]]t\0\0\0" + b"sea\0" + b"\0\0\0A" + bytes(7) + b"\1"
    assert decode(rest)[0].arguments == ("sea", True, "A", bytes(7) + b"\1")
    assert decode(b"/x\0\0,s\0\0abc")[0].arguments == ("abc",)  # some senders leave out what ends the last text
    for tags in ("I", "N"):
        assert Desk().handle(decode(b"/hardcut/tap\0\0\0\0," + tags.encode() + b"\0\0")[0]) == [
            Tap(stamp_ns=5, origin=OSC)
        ]


def test_a_bundle_may_be_as_long_as_a_datagram() -> None:
    channels = [encode(Message(f"/hardcut/travel/field/channelname{number:03d}", (0.3,))) for number in range(300)]
    assert len(bundle(*channels)) > 15_000
    assert len(decode(bundle(*channels))) == 300
    with pytest.raises(OscError, match="more than 2048 messages"):
        decode(bundle(*[b"/a\0\0"] * 2049))


def test_what_would_turn_a_terminal_is_taken_out_of_texts() -> None:
    sent = "wet\x1b[31m glass\u202e\x07"
    (written,) = Desk().handle(decode(encode(Message("/hardcut/prompt", (sent,))))[0])
    assert isinstance(written, SetPrompt)
    assert written.text == "wet\ufffd[31m glass\ufffd\ufffd"
    with pytest.raises(OscError) as caught:
        command("\x1b[2J")
    assert str(caught.value).isprintable()


scalars = st.one_of(st.booleans(), st.integers(-(2**31), 2**31 - 1), st.floats(width=32), st.text(max_size=20))


@given(st.lists(scalars, max_size=4))
def test_what_is_sent_is_what_was_meant(arguments: list[object]) -> None:
    arguments = [one.replace("\0", "") if isinstance(one, str) else one for one in arguments]
    message = Message("/hardcut/x", tuple(arguments))  # type: ignore[arg-type]
    assert repr(decode(encode(message))) == repr((message,))


def hostile(chance: random.Random) -> bytes:
    """A datagram that wants to do harm: noise, damaged messages, damaged bundles."""
    builder = OscMessageBuilder(chance.choice(["/hardcut/parameter/field/hue", "/hardcut/pad/3", "/x", "/hardcut/?"]))
    for _ in range(chance.randrange(4)):
        builder.add_arg(chance.choice([1, -1.5, "text", True, b"blob", float("inf"), 2**40, [1, [2]]]))
    data = builder.build().dgram
    if chance.random() < 0.4:
        data = bundle(data, bundle(data, chance.randbytes(8)), data)
    damaged = bytearray(data)
    for _ in range(chance.randrange(6)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    kind = chance.random()
    return (
        chance.randbytes(chance.randrange(200)) if kind < 0.2 else bytes(damaged[: chance.randrange(len(damaged) + 1)])
    )


def test_hostile_datagrams_raise_nothing_else() -> None:
    chance, one, refused = random.Random(3), desk(), 0
    for _ in range(5000):
        try:
            for message in decode(hostile(chance)):
                one.handle(message, 0)
        except OscError:
            refused += 1
    assert refused > 2000


def test_quality_is_told() -> None:
    core = OscCore(FRONT)
    step = QualityStep("a", "softer", 0.2)
    core.hear(QualityChanged(at_ns=1, steps=(StepState(step, QualityRule.AUTO, True),), reason="too slow"))
    assert core.values["/hardcut/quality"] == (1,)
    assert core.values["/hardcut/quality/reason"] == ("too slow",)
