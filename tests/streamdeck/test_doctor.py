"""What `hardcut doctor` says of decks, and what starting says where the extra is missing."""

from pathlib import Path

import pytest

import app.decks
import app.streamdeck.hid
from app.commands.doctor.finding import State
from app.commands.doctor.streamdeck import check_decks
from app.decks import deck_service
from app.errors import AppError
from app.streamdeck.system import DeckError, DeckSystem
from app.streamdeck.usb import RULE, RULE_FILE
from engine.clock import ManualClock
from tests.midi.core_parts import store_of
from tests.streamdeck.usb_bus import MK2, XL, UsbBus, UsbDeck


def told(bus: UsbBus, *denied: str) -> list[tuple[State, str, bool]]:
    return [(one.state, one.text, bool(one.remedy)) for one in check_decks(bus.system, lambda: denied)]


def test_every_deck_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(UsbBus()) == [(State.OK, "streamdeck 0.10.0, no deck; one is picked up when it is plugged in.", False)]
    hidden = "streamdeck 0.10.0; this account may not use /dev/bus/usb/001/004, which may be a deck."
    assert told(UsbBus(), "/dev/bus/usb/001/004") == [(State.NOTE, hidden, True)]
    fine, taken = UsbDeck(XL, "1-1:1.0"), UsbDeck(MK2, "1-2:1.0")
    taken.busy = True
    assert told(UsbBus(fine, taken)) == [
        (State.OK, "streamdeck 0.10.0, Stream Deck XL, 32 keys.", False),
        (State.NOTE, "Stream Deck Original is in use, by Hardcut or by another program.", True),
    ]
    assert not fine.is_open()
    monkeypatch.setattr(app.streamdeck.hid, "denied", lambda: ("/dev/bus/usb/001/005",))
    (finding,) = check_decks(UsbBus(taken).system, lambda: ())
    assert finding.state is State.PROBLEM
    assert finding.text == "Stream Deck Original may not be used by this account (/dev/bus/usb/001/005)."
    assert 'ATTRS{idVendor}=="0fd9", TAG+="uaccess"' in finding.remedy


def test_the_rule_that_is_told_is_the_one_that_is_shipped() -> None:
    file = Path(__file__).parents[2] / "packaging" / Path(RULE_FILE).name
    assert RULE in file.read_text(encoding="utf-8").splitlines()


def test_no_library_is_a_note() -> None:
    def missing() -> DeckSystem:
        raise DeckError("There is no hidapi", remedy="Debian: apt install it.")

    (finding,) = check_decks(missing, lambda: ())
    assert (finding.state, finding.text) == (State.NOTE, "There is no hidapi. Debian: apt install it.")


def test_without_the_extra_nothing_happens_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.decks, "streamdeck_installed", lambda: False)
    engine: object = None  # nothing is asked of it
    assert deck_service(engine, store_of([]), ManualClock(), None, 70) is None  # type: ignore[arg-type]
    with pytest.raises(AppError, match=r"extra streamdeck, which is not installed\. In Hardcut's folder: "):
        deck_service(engine, store_of([]), ManualClock(), True, 70)  # type: ignore[arg-type]
