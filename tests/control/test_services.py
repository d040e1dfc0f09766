"""What every service beside the engine keeps to: it starts, ends, fails and hears in one way."""

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.control.keeper import ControlKeeper
from app.control.service import ControlService
from app.control.swatch import swatch
from app.link.service import LinkService
from app.midi.service import MidiService
from app.osc.service import OscService
from app.streamdeck.service import DeckService
from engine.clock import SystemClock
from engine.messages.events import CutQueued, TempoChanged
from tests.midi.core_parts import FakeSystem, front, store_of
from tests.streamdeck.usb_bus import UsbBus

PATIENCE_S = 10.0
Service = ControlService[Any, Any]


def _keeper() -> Service:
    return ControlKeeper(store_of([]), None)


def _midi() -> Service:
    return MidiService(lambda _: None, store_of([]), SystemClock(), system=FakeSystem)


def _osc() -> Service:
    return OscService(lambda _: None, store_of([]), SystemClock(), ("127.0.0.1", 0))


def _link() -> Service:
    return LinkService(lambda _: None, SystemClock())


def _decks() -> Service:
    return DeckService(
        lambda _: None,
        store_of([]),
        SystemClock(),
        colours=lambda scene: swatch(scene, ""),
        programme=lambda: np.zeros((448, 448, 4), np.uint8),
        brightness=50,
        system=UsbBus().system,
    )


SERVICES = {"control": _keeper, "midi": _midi, "osc": _osc, "link": _link, "streamdeck": _decks}
every_service = pytest.mark.parametrize("name", SERVICES)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def running() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


@every_service
def test_closes_before_start_and_twice(name: str) -> None:
    SERVICES[name]().close()
    service = SERVICES[name]()
    service.start()
    until(lambda: f"hardcut-{name}" in running())
    service.close()
    service.close()
    assert f"hardcut-{name}" not in running()


@every_service
def test_what_comes_before_start_and_after_the_end_is_harmless(name: str) -> None:
    service = SERVICES[name]()
    for _ in range(2):
        service.hear(TempoChanged(at_ns=0, bpm=120.0, beat_ns=0))
        service.hear(CutQueued(at_ns=0, scene="Tide", due_ns=1))
        service.follow(front(soft=True))
        if service._thread.ident is None:
            service.start()
        service.close()
    assert service._mailbox.drain() == ()  # nothing is kept for a thread that has ended


@every_service
def test_what_kills_the_thread_is_told_in_one_sentence(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    service = SERVICES[name]()

    def broken() -> None:
        raise RuntimeError("out of cheese")

    monkeypatch.setattr(service, "_work", broken)
    service.start()
    service._thread.join(PATIENCE_S)
    state = service.state()
    fault = state if isinstance(state, str) else state.fault
    assert fault == f"{service._title} has stopped: out of cheese. Restart Hardcut to use it again."
    service.hear(TempoChanged(at_ns=0, bpm=120.0, beat_ns=0))
    service.close()
