"""Touches to commands, the show to pictures, on the package's own decks over a bus by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest

from app.control.intents import SetLaunch, SetMorphSeconds, SetSoft
from app.streamdeck.panel import Function, Panel, lay_out
from app.streamdeck.surface import DETENTS
from app.streamdeck.system import DeckState, DialMoved, DialTurned, KeyMoved
from app.streamdeck.usb import denied
from engine.clock import NS_PER_SECOND
from engine.messages.commands import ArmBank, CancelQueued, Command, HardCut, Origin, Panic, SetParameter, SoftCut, Tap
from engine.messages.events import (
    ArmedChanged,
    ArmState,
    Committed,
    ComponentState,
    CutQueued,
    CutShown,
    SceneArming,
    ScenesChanged,
    TempoChanged,
)
from engine.messages.list_commands import StepCues
from engine.messages.output_commands import SetBlackout, SetFreeze
from engine.messages.output_events import OutputChanged
from engine.messages.transitions import Launch
from tests.control.parts import library
from tests.streamdeck.conftest import SCENES, Rig
from tests.streamdeck.usb_bus import MK2, NEO, PEDAL, PLUS, XL, UsbDeck

DECK = Origin.STREAM_DECK
ALL = tuple(Function)
NEXT, PREVIOUS = Function.NEXT, Function.PREVIOUS


def committed(scene: str = "Scene 1", *, at_ns: int = 0, origin: Origin = Origin.WINDOW, **targets: float) -> Committed:
    values = {f"field.{name}": value for name, value in targets.items()}
    return Committed(
        at_ns=at_ns,
        version=1,
        chunk_index=0,
        epoch=0,
        scene=scene,
        prompt="",
        prompt_progress=1.0,
        values=values,
        targets=values,
        origins=dict.fromkeys(values, origin),
    )


@pytest.mark.parametrize(
    ("panel", "pads", "functions", "pushes"),
    [
        (Panel(name="XL", rows=4, columns=8, key_size=(96, 96)), 24, dict(zip(range(24, 32), ALL, strict=True)), ()),
        (
            Panel(name="15", rows=3, columns=5, key_size=(72, 72)),
            10,
            {10: ALL[0], 11: ALL[1], 12: Function.CANCEL, 13: Function.TAP, 14: NEXT},
            (),
        ),
        (Panel(name="Mini", rows=2, columns=3, key_size=(80, 80)), 5, {5: NEXT}, ()),
        (Panel(name="Neo", rows=2, columns=4, key_size=(96, 96), touch_keys=2), 8, {8: PREVIOUS, 9: NEXT}, ()),
        (Panel(name="+", rows=2, columns=4, key_size=(120, 120), dials=4), 8, {}, (*ALL[:2], Function.TAP, NEXT)),
        (
            Panel(name="Studio", rows=2, columns=16, key_size=(80, 120), dials=2),
            24,
            dict(zip(range(24, 32), ALL, strict=True)),
            ALL[:2],
        ),
        (Panel(name="Pedal", rows=1, columns=3), 0, {0: ALL[0], 1: Function.TAP, 2: ALL[1]}, ()),
    ],
    ids=lambda value: value.name if isinstance(value, Panel) else "",
)
def test_what_lies_where(panel: Panel, pads: int, functions: dict[int, Function], pushes: tuple[Function, ...]) -> None:
    layout = lay_out(panel)
    assert (layout.pads, dict(layout.functions), layout.pushes) == (tuple(range(pads)), functions, pushes)


def test_keys_become_commands(rig: Rig) -> None:
    deck = rig.plug(XL)
    now = rig.clock.now_ns()
    every: list[tuple[int, list[Command]]] = [
        (0, [HardCut(scene="Scene 1", stamp_ns=now, origin=DECK)]),
        (23, [HardCut(scene="Scene 24", stamp_ns=now, origin=DECK)]),
        (24, [SetFreeze(on=True, stamp_ns=now, origin=DECK)]),
        (24, [SetFreeze(on=False, stamp_ns=now, origin=DECK)]),
        (25, [SetBlackout(on=True, stamp_ns=now, origin=DECK)]),
        (26, [Panic(stamp_ns=now, origin=DECK)]),
        (25, [SetBlackout(on=True, stamp_ns=now, origin=DECK)]),
        (27, [CancelQueued(stamp_ns=now, origin=DECK)]),
        (28, [StepCues(steps=1, stamp_ns=now, origin=DECK)]),
        (29, [Tap(stamp_ns=now, origin=DECK)]),
        (31, [ArmBank(scenes=SCENES[24:], stamp_ns=now, origin=DECK)]),
        (0, [HardCut(scene="Scene 25", stamp_ns=now, origin=DECK)]),
        (6, []),
        (30, [ArmBank(scenes=SCENES[:24], stamp_ns=now, origin=DECK)]),
    ]
    for key, commands in every:
        assert rig.touch(deck, KeyMoved(key, True)) == commands
        assert rig.touch(deck, KeyMoved(key, False)) == []
    rig.store.handle(ScenesChanged(at_ns=0, scenes=library("Noir"), text="", renamed=("Scene 1", "Noir")))
    for intent in (SetSoft(True), SetLaunch(Launch.BAR), SetMorphSeconds(8.0)):
        rig.store.send(intent, Origin.WINDOW)
    assert rig.touch(deck, KeyMoved(0, True)) == [
        SoftCut(scene="Noir", chunks=20, launch=Launch.BAR, stamp_ns=now, origin=DECK)
    ]
    assert rig.touch(deck, KeyMoved(1, True)) == []
    assert rig.touch(deck, KeyMoved(31, True)) == []


def test_a_page_keeps_ready_what_it_leaves_room_for(rig: Rig) -> None:
    deck = rig.plug(MK2)
    ready = tuple(SceneArming(scene, ArmState.ARMED) for scene in SCENES[:16])
    rig.desk.handle(ArmedChanged(at_ns=0, scenes=ready))
    (command,) = rig.touch(deck, KeyMoved(14, True))
    assert command == ArmBank(scenes=SCENES[10:20] + SCENES[:6], stamp_ns=rig.clock.now_ns(), origin=DECK)


def test_dials_go_on_from_where_the_value_is(rig: Rig) -> None:
    deck = rig.plug(PLUS)

    def turned(dial: int, detents: int) -> list[tuple[str, float]]:
        commands = rig.touch(deck, DialTurned(dial, detents))
        return [(one.parameter, one.value) for one in commands if isinstance(one, SetParameter)]

    assert turned(0, DETENTS // 4) == [("field.hue", 90.0)]
    assert turned(0, DETENTS // 8) == [("field.hue", 135.0)]
    rig.desk.handle(committed(hue=90.0, at_ns=rig.clock.now_ns(), origin=DECK))  # our own, still on its way
    assert turned(0, -DETENTS // 4) == [("field.hue", 45.0)]
    rig.desk.handle(committed(hue=-180.0, at_ns=rig.clock.now_ns(), origin=Origin.MIDI))
    assert turned(0, -1) == [("field.hue", -180.0)]
    assert turned(1, DETENTS) == [("field.energy", 1.0)]
    rig.desk.handle(committed(energy=0.5, at_ns=rig.clock.now_ns() + NS_PER_SECOND, origin=DECK))
    assert turned(1, 0) == []
    assert turned(1, DETENTS // 4) == [("field.energy", 0.75)]
    assert turned(2, 5) == []
    now = rig.clock.now_ns()
    assert rig.touch(deck, DialMoved(2, True)) == [Tap(stamp_ns=now, origin=DECK)]
    assert rig.touch(deck, DialMoved(2, False)) == []
    assert rig.touch(deck, DialMoved(3, True)) == [
        ArmBank(scenes=SCENES[8:16], stamp_ns=now, origin=DECK),
    ]


def test_only_what_differs_is_sent_and_drawn_once(rig: Rig) -> None:
    deck = rig.plug(XL)
    assert deck.sent == list(range(32))
    assert deck.brightness == 70
    assert all(deck.picture(key).shape == (96, 96, 3) for key in range(32))

    def news(ms: int = 200) -> list[int | str]:
        deck.sent.clear()
        rig.run(ms)
        return list(deck.sent)

    assert news(5000) == []
    rig.desk.handle(committed("Scene 2"))
    assert news() == [1]
    rig.desk.handle(ArmedChanged(at_ns=0, scenes=(SceneArming("Scene 4", ArmState.ARMED),)))
    assert news() == [3]
    rig.desk.handle(OutputChanged(**_output(freeze=True)))
    assert news() == [24]
    rig.desk.handle(TempoChanged(at_ns=0, bpm=120.0, beat_ns=rig.clock.now_ns()))
    rig.desk.handle(CutQueued(at_ns=0, scene="Scene 4", due_ns=0))
    assert news(1000) == [3, 27, 3, 3, 3, 3]  # bright, and the key that cancels it; then dark, bright, dark, bright
    drawn = rig.desk._encoder.encoded
    assert news(3000) == [3] * 12
    assert rig.desk._encoder.encoded == drawn
    rig.desk.handle(CutQueued(at_ns=0, scene="", due_ns=0))
    assert news() == [3, 27]
    assert rig.touch(deck, KeyMoved(31, True))
    assert news(1000) == [key for key in range(32) if key < 24 or key >= 30]


def test_a_whole_deck_of_pictures_leaves_time_between_them(rig: Rig) -> None:
    rig.run(1)
    deck = UsbDeck(XL, "1-1:1.0")
    rig.bus.decks.append(deck)
    rig.run(1000)
    before = len(deck.sent)
    rig.run(50)
    assert 4 <= len(deck.sent) - before <= 6


def test_the_strip_follows_its_dials_at_a_pace(rig: Rig) -> None:
    deck = rig.plug(PLUS)
    assert deck.sent == [0, 1, 2, 3, 4, 5, 6, 7, "x0", "x200", "x400", "x600"]
    assert deck.picture("x200").shape == (100, 200, 3)
    deck.sent.clear()
    for _ in range(70):
        rig.touch(deck, DialTurned(1, 1))
        rig.run(10)
    assert set(deck.sent) == {"x200"}
    assert 12 <= len(deck.sent) <= 15


def test_touch_keys_are_lit_and_pedals_show_nothing(rig: Rig) -> None:
    deck, pedal = rig.plug(NEO), rig.plug(PEDAL, "1-2:1.0")
    assert deck.colours == {8: (79, 221, 226), 9: (79, 221, 226)}
    assert (pedal.sent, pedal.colours) == ([], {})
    now = rig.clock.now_ns()
    assert rig.touch(deck, KeyMoved(9, True)) == [ArmBank(scenes=SCENES[8:16], stamp_ns=now, origin=DECK)]
    assert rig.touch(pedal, KeyMoved(1, True)) == [Tap(stamp_ns=now, origin=DECK)]


def test_a_scene_gets_its_picture_once_it_has_settled(rig: Rig) -> None:
    deck = rig.plug(XL)
    rig.red = 250
    rig.desk.handle(CutShown(at_ns=rig.clock.now_ns(), epoch=1, scene="Scene 7", origin=DECK, latency_ns=1))
    rig.desk.handle(OutputChanged(**_output(blackout=True)))
    rig.run(1500)
    deck.sent.clear()
    rig.run(3000)
    assert deck.sent == []  # not while it is black
    rig.desk.handle(OutputChanged(**_output()))
    rig.run(1500)
    assert deck.sent == [25, 6]
    shown = deck.picture(6)[::-1, ::-1].astype(int)  # this deck is mounted upside down
    assert shown[20:40, 20:40, 0].mean() > 150 > 20 > shown[20:40, 20:40, 1:].mean()


def test_decks_come_and_go_and_are_told_apart(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    def states() -> list[tuple[str, DeckState]]:
        return [(one.name, one.state) for one in rig.desk.state.decks]

    first, second = rig.plug(MK2, "1-1:1.0"), rig.plug(MK2, "1-2:1.0")
    one, two = "Stream Deck Original", "Stream Deck Original #2"
    assert states() == [(one, DeckState.OPEN), (two, DeckState.OPEN)]
    asked = rig.bus.asked
    rig.run(10_000)
    assert rig.bus.asked - asked <= 11  # one look a second, not one a product
    second.plugged = False
    rig.run(2000)
    assert states() == [(one, DeckState.OPEN), (two, DeckState.GONE)]
    second.plugged, second.busy = True, True
    second.sent.clear()
    rig.run(2000)
    assert states() == [(one, DeckState.OPEN), (two, DeckState.BUSY)]
    second.busy = False
    rig.run(2000)
    assert states() == [(one, DeckState.OPEN), (two, DeckState.OPEN)]
    assert second.sent == list(range(15))
    second.plugged = False
    rig.desk.handle(committed("Scene 3"))
    rig.run(10)  # found out while a picture is sent
    assert states() == [(one, DeckState.OPEN), (two, DeckState.GONE)]
    returned = rig.plug(MK2, "1-4:1.0")
    assert states() == [(one, DeckState.OPEN), (two, DeckState.OPEN)]
    rig.desk.close()
    assert [len(set(deck.pictures.values())) for deck in (first, returned)] == [1, 1]  # every key is black
    assert "in use by another program" in caplog.text


def test_the_kernel_tells_who_may_use_a_deck(tmp_path: Path) -> None:
    devices, nodes = tmp_path / "devices", tmp_path / "nodes"
    for name, maker, number in (("1-1", "0fd9", 4), ("1-2", "0fd9", 5), ("1-3", "1234", 6)):
        (devices / name).mkdir(parents=True)
        for file, text in (("idVendor", maker), ("busnum", "1"), ("devnum", str(number))):
            (devices / name / file).write_text(f"{text}\n")
        (nodes / "001").mkdir(parents=True, exist_ok=True)
        (nodes / "001" / f"{number:03}").touch()
    (devices / "usb1").mkdir()
    may: Callable[[Path], bool] = lambda node: node.name == "004"  # noqa: E731
    assert denied(devices, nodes, may) == (str(nodes / "001" / "005"),)
    assert denied(tmp_path / "nothing", nodes, may) == ()


def _output(*, freeze: bool = False, blackout: bool = False) -> dict[str, object]:
    return {
        "at_ns": 0,
        "state": ComponentState.READY,
        "name": "X",
        "width": 896,
        "height": 896,
        "fps_numerator": 30,
        "fps_denominator": 1,
        "connections": 0,
        "tally": False,
        "freeze": freeze,
        "blackout": blackout,
    }
