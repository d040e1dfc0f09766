"""The hardcut-streamdeck thread, from a report on the bus to a command, and its end."""

import time
from collections.abc import Callable

import numpy as np
import pytest

from app.control.intents import SetLaunch, SetMorphSeconds, SetSoft
from app.control.state import first_state
from app.control.store import ControlStore
from app.control.swatch import swatch
from app.midi.ports.port import PortState
from app.models.controllers.feed import ControllerFeed
from app.streamdeck.hid import open_system
from app.streamdeck.service import DeckService
from app.streamdeck.system import DeckError, DeckState, SystemFactory
from engine.clock import SystemClock
from engine.messages.commands import Command, HardCut, Origin, SetParameter, SoftCut
from engine.messages.output_commands import SetFreeze
from engine.messages.transitions import Launch
from tests.midi.core_parts import TABLE, store_of
from tests.streamdeck.conftest import FRONT
from tests.streamdeck.usb_bus import PLUS, XL, UsbBus, UsbDeck

PATIENCE_S = 10.0


def service(posted: list[Command], system: SystemFactory, store: ControlStore | None = None) -> DeckService:
    return DeckService(
        posted.append,
        store or store_of(posted, FRONT),
        SystemClock(),
        colours=lambda scene: swatch(scene, ""),
        programme=lambda: np.zeros((448, 448, 4), np.uint8),
        brightness=50,
        system=system,
    )


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_from_the_report_to_the_command_and_dark_at_the_end() -> None:
    posted: list[Command] = []
    xl, plus = UsbDeck(XL, "1-1:1.0"), UsbDeck(PLUS, "1-2:1.0")
    decks = service(posted, UsbBus(xl, plus).system)
    decks.start()
    until(lambda: len(xl.pictures) == 32 and len(plus.pictures) == 12)
    assert [one.state for one in decks.state().decks] == [DeckState.OPEN] * 2
    xl.press(2, 24)
    until(lambda: len(posted) == 2)
    assert [type(one) for one in posted] == [HardCut, SetFreeze]
    xl.press()
    plus.push(False, True, False, False)
    plus.turn(0, 3, 0, -1)
    until(lambda: len(posted) == 4)
    assert posted[3].__class__ is SetParameter
    decks.close()
    decks.close()
    assert len(set(xl.pictures.values())) == 1
    assert len({plus.pictures[key] for key in range(8)}) == 1
    assert not plus.picture("x0").any()
    assert (xl.is_open(), plus.is_open()) == (False, False)


def test_the_window_shows_decks_among_the_controllers_and_leads_them() -> None:
    posted: list[Command] = []
    xl = UsbDeck(XL, "1-1:1.0")
    store = store_of(posted, first_state(TABLE, ["Noir"]))
    decks = service(posted, UsbBus(xl).system, store)
    store.subscribe(decks.follow)
    feed = ControllerFeed(store, decks=decks)
    assert feed.snapshot().ports == ()
    decks.start()
    until(lambda: len(xl.pictures) == 32)
    assert feed.snapshot() is feed.snapshot()
    (port,) = feed.snapshot().ports
    assert (port.name, port.state) == ("Stream Deck XL", PortState.OPEN)
    for intent in (SetSoft(True), SetLaunch(Launch.BEAT), SetMorphSeconds(8.0)):
        store.send(intent, Origin.WINDOW)
    xl.press(0)
    until(lambda: len(posted) == 1)
    decks.close()
    (command,) = posted
    assert isinstance(command, SoftCut)
    assert (command.scene, command.launch, command.chunks) == ("Noir", Launch.BEAT, 20)  # 8 s


def test_no_way_to_the_decks_is_a_state() -> None:
    def missing() -> object:
        raise DeckError("There is no hidapi", remedy="Install it.")

    decks = service([], missing)  # type: ignore[arg-type]
    decks.start()
    until(lambda: decks.state().fault == "There is no hidapi. Install it.")
    (port,) = ControllerFeed(store_of([]), decks=decks).snapshot().ports
    assert (port.state, port.sentence) == (PortState.BUSY, "There is no hidapi. Install it.")
    decks.close()
    service([], missing).close()  # type: ignore[arg-type]


def test_the_real_library_lists_what_is_there() -> None:
    try:
        system = open_system()
    except DeckError as error:
        pytest.skip(str(error))
    assert system.decks() == system.decks()
