"""What every service beside the engine keeps to: it starts, ends, fails and hears in one way."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.keeper import ControlKeeper
from app.control.service import ControlService
from app.control.swatch import swatch
from app.link.service import LinkService
from app.midi.service import MidiService
from app.osc.packets import Message, decode, encode
from app.osc.service import OscService
from app.streamdeck.service import DeckService
from engine.backoff import FIRST_NS, LONGEST_NS, SOUND_NS, Backoff
from engine.clock import NS_PER_MS, NS_PER_SECOND, SystemClock
from engine.messages.events import CutQueued, Event, TempoChanged
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
@pytest.mark.parametrize("fault", [RuntimeError("out of cheese"), SystemExit("out of cheese")], ids=["error", "exit"])
def test_what_fails_is_told_and_started_again_for_ever(
    name: str, fault: BaseException, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    service = SERVICES[name]()
    service._backoff = Backoff(NS_PER_MS, NS_PER_MS)
    work, told, states = service._work, list[str](), list[Any]()
    failure = service._failure

    def broken() -> None:
        if len(told) < 5:
            raise fault
        work()

    def failed(text: str) -> Any:
        told.append(text)
        states.append(failure(text))
        return states[-1]

    monkeypatch.setattr(service, "_work", broken)
    monkeypatch.setattr(service, "_failure", failed)
    service.start()
    until(lambda: len(told) == 5)
    assert told == [f"{service._title} failed: out of cheese. It is started again in 0.001 s."] * 5
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == told
    shown = states[-1] if isinstance(states[-1], str) else getattr(states[-1], "fault", None)
    assert shown == told[-1]
    until(lambda: told[-1] not in str(service.state()))  # it works, so it has no fault
    assert f"hardcut-{name}" in running()
    service.close()
    assert f"hardcut-{name}" not in running()


class Bell(ControlService[int, str]):
    """Fails at 13, also while it lets go; keeps what it has heard."""

    def __init__(self) -> None:
        super().__init__("bell", "The bell", "")
        self.heard: list[int] = []
        self.released = 0

    def put(self, number: int) -> None:
        self._put(number)

    def _work(self) -> None:
        while True:
            for item in self._arrived():
                if item is None:
                    return
                assert isinstance(item, int)
                if item == 13:
                    raise KeyboardInterrupt("thirteen")
                self.heard.append(item)
            self._mailbox.wait(NS_PER_SECOND)

    def _release(self) -> None:
        self.released += 1
        raise RuntimeError("jammed")

    def _failure(self, fault: str) -> str:
        return fault


@given(st.lists(st.sampled_from((1, 2, 3, 13)), max_size=12))
def test_nothing_but_what_a_service_fails_at_is_lost(numbers: list[int]) -> None:
    bell = Bell()
    bell._backoff = Backoff(1, 1)
    for number in numbers:
        bell.put(number)
    bell.start()
    bell_thread = bell._thread
    until(lambda: len(bell.heard) == sum(number != 13 for number in numbers))
    bell.close()
    assert not bell_thread.is_alive()
    assert bell.heard == [number for number in numbers if number != 13]
    assert 1 <= bell.released <= numbers.count(13) + 2


def test_a_service_that_waits_to_be_started_again_ends_at_once_and_takes_in_what_came() -> None:
    bell = Bell()
    bell._backoff = Backoff(3600 * NS_PER_SECOND, 3600 * NS_PER_SECOND)
    bell.start()
    bell.put(13)
    until(lambda: bell.state() != "")
    bell.put(1)
    bell.close()
    assert bell.heard == [1]


@given(st.lists(st.integers(0, 10**12), max_size=30))
def test_pauses_double_up_to_the_longest_and_begin_anew_after_a_sound_run(runs: list[int]) -> None:
    backoff, row = Backoff(), 0
    for ran_ns in runs:
        row = 0 if ran_ns >= SOUND_NS else row
        assert backoff.pause_ns(ran_ns) == min(FIRST_NS * 2**row, LONGEST_NS)
        row += 1


def test_osc_that_failed_listens_where_it_did_and_tells_who_subscribed(monkeypatch: pytest.MonkeyPatch) -> None:
    service = OscService(lambda _: None, store_of([]), SystemClock(), ("127.0.0.1", 0))
    service._backoff = Backoff(NS_PER_MS, NS_PER_MS)
    service.start()
    place, before = service.state().place, service._listening
    hear, faults = service._core.hear, [RuntimeError("once")]

    def hear_or_fail(event: Event) -> None:
        if faults:
            raise faults.pop()
        hear(event)

    monkeypatch.setattr(service._core, "hear", hear_or_fail)
    host, _, port = place.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE_S)
        client.connect((host, int(port)))
        client.send(encode(Message("/hardcut/subscribe", ())))
        for _ in service._core.values:
            client.recv(8192)
        service.hear(TempoChanged(at_ns=0, bpm=60.0, beat_ns=0))
        until(lambda: service._listening.sockets not in ((), before.sockets) and service.state().place == place)
        service.hear(TempoChanged(at_ns=0, bpm=87.0, beat_ns=0))
        assert decode(client.recv(8192))[0] == Message("/hardcut/tempo", (87.0,))
        client.send(encode(Message("/hardcut/tempo?", ())))
        assert decode(client.recv(8192))[0] == Message("/hardcut/tempo", (87.0,))
    service.close()


def test_a_service_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("app.control.service.END_S", 0.05)
    bell, over = Bell(), threading.Event()
    monkeypatch.setattr(bell, "_work", over.wait)
    bell.start()
    bell.close()
    assert caplog.messages == ["The thread hardcut-bell did not end within 0.05 s; it is left behind."]
    over.set()
    bell._thread.join(PATIENCE_S)
