"""The osc thread over loopback: commands, answers, feedback, ends."""

import logging
import random
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from app.control.intents import ToggleMacroPart
from app.control.state import first_state
from app.osc.packets import Message, decode, encode
from app.osc.service import MAX_HELD, OscService
from app.osc.subscribers import MAX_SUBSCRIBERS
from engine.clock import NS_PER_SECOND, SystemClock
from engine.messages.commands import CancelQueued, Command, HardCut, Origin, Panic, Resync, SetParameter, Tap
from engine.messages.events import Committed
from tests.midi.core_parts import TABLE, store_of
from tests.osc.test_core import bundle, hostile

PATIENCE_S = 10.0


class Stage:
    """A running service and a client beside it."""

    def __init__(self) -> None:
        self.posted: list[Command] = []
        self.wall_ns = 1_000 * NS_PER_SECOND
        self.store = store_of(self.posted, first_state(TABLE, ("Ember",)))
        self.service = OscService(
            self.posted.append,
            self.store,
            SystemClock(),
            ("127.0.0.1", 0),
            wall_ns=lambda: self.wall_ns,
        )
        self.store.subscribe(self.service.follow)
        self.service.start()
        host, _, port = self.service.state().place.rpartition(":")
        self.place = host, int(port)
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client.settimeout(PATIENCE_S)
        self.client.bind(("127.0.0.1", 0))

    def send(self, address: str, *arguments: object) -> None:
        self.client.sendto(encode(Message(address, arguments)), self.place)  # type: ignore[arg-type]

    def heard(self) -> Message:
        return decode(self.client.recv(8192))[0]

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, (self.posted, self.service.state())
            time.sleep(0.005)


@pytest.fixture
def stage() -> Iterator[Stage]:
    one = Stage()
    yield one
    one.service.close()
    one.client.close()


def committed(hue: float) -> Committed:
    return Committed(
        at_ns=0,
        version=1,
        chunk_index=0,
        epoch=0,
        scene="Ember",
        prompt="",
        prompt_progress=1.0,
        values={"field.hue": hue},
        targets={"field.hue": hue},
    )


def test_messages_are_played_and_questions_answered(stage: Stage) -> None:
    stage.send("/hardcut/pad/1", 1)
    stage.send("/hardcut/parameter/field/hue", 20.0)
    stage.until(lambda: len(stage.posted) == 2)
    assert isinstance(stage.posted[0], HardCut)
    assert isinstance(stage.posted[1], SetParameter)
    stage.send("/hardcut/parameter/field/hue?")
    assert stage.heard() == Message("/hardcut/parameter/field/hue", (0.0,))


def test_subscribers_hear_everything_once_then_what_changes_but_not_themselves(stage: Stage) -> None:
    stage.send("/hardcut/subscribe")
    first = [stage.heard().address for _ in range(len(stage.service._core.values))]
    assert len(set(first)) == len(first)
    stage.service.hear(committed(90.0))
    news = {stage.heard() for _ in range(5)}
    assert Message("/hardcut/parameter/field/hue", (90.0,)) in news
    assert Message("/hardcut/scene", ("Ember",)) in news
    stage.send("/hardcut/parameter/field/hue", 45.0)
    stage.until(lambda: len(stage.posted) == 1)
    stage.service.hear(committed(45.0))
    assert stage.heard().address == "/hardcut/travel/field/hue"
    stage.store.send(ToggleMacroPart(1, "field.hue"), Origin.WINDOW)
    assert stage.heard() == Message("/hardcut/macro/1", (0.625,))
    stage.send("/hardcut/macro/1", 0.75)
    stage.until(lambda: len(stage.posted) == 3)  # between them the engine was told what the macro moves
    stage.service.hear(committed(90.0))
    assert {stage.heard().address, stage.heard().address} == {
        "/hardcut/parameter/field/hue",
        "/hardcut/travel/field/hue",
    }


def test_who_subscribed_can_end_it_and_nobody_else_is_ended(stage: Stage) -> None:
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind(("127.0.0.1", 0))
    own, its = stage.client.getsockname()[1], other.getsockname()[1]
    told = lambda: {int(one.rpartition(":")[2]) for one in stage.service.state().subscribers}  # noqa: E731
    stage.send("/hardcut/subscribe")
    stage.send("/hardcut/subscribe", 7001)
    stage.send("/hardcut/subscribe", 7002)
    other.sendto(encode(Message("/hardcut/subscribe")), stage.place)
    stage.until(lambda: told() == {own, its, 7001, 7002})
    stage.send("/hardcut/unsubscribe", 7001)
    stage.until(lambda: told() == {own, its, 7002})
    stage.send("/hardcut/unsubscribe")
    stage.until(lambda: told() == {its})
    stage.send("/hardcut/unsubscribe", 0)
    stage.until(lambda: stage.service.state().refused == 1)
    other.close()


def test_a_bundle_waits_for_its_time(stage: Stage) -> None:
    def send(address: str, seconds: float) -> None:
        time_tag = round((2_208_988_800 + 1_000 + seconds) * 2**32)
        stage.client.sendto(bundle(encode(Message(f"/hardcut/{address}")), time_tag=time_tag), stage.place)

    began_ns = time.monotonic_ns()
    send("panic", 0.3)
    send("resync", 0.2)
    send("tap", -5.0)
    send("cancel", 11.0)  # later than anything is kept: a wrong clock, and so at once
    stage.until(lambda: len(stage.posted) == 4)
    assert [type(one) for one in stage.posted] == [Tap, CancelQueued, Resync, Panic]
    assert stage.posted[2].stamp_ns - began_ns >= 0.2 * NS_PER_SECOND
    assert stage.posted[3].stamp_ns - began_ns >= 0.3 * NS_PER_SECOND
    for _ in range(MAX_HELD + 1):
        send("panic", 9.0)
        time.sleep(0.0001)
    stage.until(lambda: stage.service.state().refused == 1)


def test_a_bundle_keeps_its_time_though_the_clock_is_set(stage: Stage) -> None:
    def send(address: str, unix_s: float) -> None:
        time_tag = round((2_208_988_800 + unix_s) * 2**32)
        stage.client.sendto(bundle(encode(Message(f"/hardcut/{address}")), time_tag=time_tag), stage.place)

    began_ns = time.monotonic_ns()
    send("panic", 1_000.4)
    stage.until(lambda: stage.service.state().datagrams == 1)
    stage.wall_ns += 3600 * NS_PER_SECOND  # what waits, waits as long as before
    send("tap", 1_000.4)  # of a sender whose clock was not set: it is late, and acts at once
    stage.until(lambda: len(stage.posted) == 1)
    stage.wall_ns -= 7200 * NS_PER_SECOND
    send("resync", 1_000.4)  # an hour early: as from a wrong clock, at once
    stage.until(lambda: len(stage.posted) == 3)
    assert [type(one) for one in stage.posted] == [Tap, Resync, Panic]
    assert stage.posted[2].stamp_ns - began_ns >= 0.4 * NS_PER_SECOND


def test_subscribers_are_bounded(stage: Stage) -> None:
    for port in range(1, MAX_SUBSCRIBERS + 10):
        stage.send("/hardcut/subscribe", port)
    stage.until(lambda: stage.service.state().refused == 9)
    assert len(stage.service.state().subscribers) == MAX_SUBSCRIBERS


def test_hostile_datagrams_are_counted_and_told_once_a_second(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(5)
    with caplog.at_level(logging.WARNING):
        for number in range(1000):
            stage.client.sendto(hostile(chance), stage.place)
            if number % 50 == 49:
                time.sleep(0.002)  # the socket's buffer is small
        stage.send("/hardcut/tap")
        stage.until(lambda: any(type(one).__name__ == "Tap" for one in stage.posted))
        stage.until(lambda: stage.service.state().refused > 300)
    told = [record for record in caplog.records if record.name == "app.osc.service"]
    assert 1 <= len(told) <= 1 + PATIENCE_S
    assert all("could not be used" in record.message for record in told)
    assert len(told) == len(caplog.records)


def test_a_place_that_is_taken_is_a_sentence(stage: Stage) -> None:
    other = OscService(stage.posted.append, stage.store, SystemClock(), stage.place)
    other.start()
    assert "cannot listen" in other.state().fault
    other.hear(committed(1.0))
    stage.service.close()  # and it is had as soon as it is free
    stage.until(lambda: not other.state().fault)
    assert other.state().place == "{}:{}".format(*stage.place)
    other.close()


def test_localhost_is_every_address_that_it_names(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    as_debian_has_it = [
        (socket.AF_INET6, socket.SOCK_DGRAM, 17, "", ("::1", 0, 0, 0)),
        (socket.AF_INET, socket.SOCK_DGRAM, 17, "", ("127.0.0.1", 0)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: as_debian_has_it)
    posted: list[Command] = []
    service = OscService(posted.append, stage.store, SystemClock(), ("localhost", 0))
    service.start()
    try:
        places = service.state().place.split(", ")
        ports = {int(place.rpartition(":")[2]) for place in places}
        assert len(places) == 2
        assert len(ports) == 1
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.socket(family, socket.SOCK_DGRAM) as client:
                client.settimeout(PATIENCE_S)
                client.sendto(encode(Message("/hardcut/freeze?")), (host, *ports))
                assert decode(client.recv(999))[0] == Message("/hardcut/freeze", (False,))
    finally:
        service.close()
