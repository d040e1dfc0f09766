"""Who may speak, how much may be said to whom: strangers on the network, as their datagrams arrive."""

import socket
from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.control.allowed import Allowed, parse_allowed, peer_address
from app.control.state import first_state
from app.errors import ControlError
from app.osc.packets import Message, decode, encode
from app.osc.peers import (
    CONFIRMED_NS,
    NETWORK_TOTAL,
    NETWORK_UNITS,
    THRICE,
    Peers,
)
from app.osc.service import OscService
from app.osc.sockets import listen
from engine.clock import NS_PER_SECOND, SystemClock
from engine.messages.commands import Command
from tests.midi.core_parts import TABLE, store_of

STRANGER = ("198.51.100.9", 5000)  # of the addresses kept for documentation, RFC 5737
OTHER = ("198.51.100.10", 5000)


class Wire(socket.socket):
    """A socket whose datagrams go nowhere but into a list."""

    def __init__(self) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_DGRAM)
        self.sent: list[bytes] = []

    def sendto(self, data: bytes, *_place: object) -> int:  # type: ignore[override]
        self.sent.append(data)
        return len(data)


class Door:
    """A service that nobody started: its datagrams are put in by hand, as its thread would."""

    def __init__(self, *allowed: str) -> None:
        self.posted: list[Command] = []
        store = store_of(self.posted, first_state(TABLE, ("Ember",)))
        self.service = OscService(
            self.posted.append, store, SystemClock(), ("127.0.0.1", 0), allowed=parse_allowed(allowed)
        )
        self.wire = Wire()

    def send(self, message: Message | bytes, sender: tuple[str, int] = STRANGER) -> list[bytes]:
        """What is sent in answer."""
        self.wire.sent.clear()
        datagram = encode(message) if isinstance(message, Message) else message
        self.service._receive(self.wire, datagram, sender)
        return list(self.wire.sent)

    def close(self) -> None:
        self.service.close()
        self.wire.close()


@pytest.fixture
def anybody() -> Iterator[Door]:
    door = Door("any")
    yield door
    door.close()


def test_who_is_not_allowed_is_not_heard() -> None:
    door = Door("198.51.100.10", "203.0.113.0/24")
    assert door.send(Message("/hardcut/tap")) == []
    assert (door.posted, door.service._newest().unread) == ([], 1)
    for sender in (OTHER, ("203.0.113.77", 1), ("127.0.0.1", 1), ("::1", 1), ("::ffff:198.51.100.10", 1)):
        door.send(Message("/hardcut/tap"), sender)
    assert len(door.posted) == 5
    door.close()


def test_a_stranger_gets_no_more_than_thrice_what_it_sent_until_it_shows_that_it_listens(anybody: Door) -> None:
    question = encode(Message("/hardcut/?"))
    answers = anybody.send(question)
    assert sum(map(len, answers)) <= THRICE * len(question)
    hello = decode(answers[0])[0]
    assert hello.address == "/hardcut/hello"  # instead of 14,936 bytes
    bundle = b"#bundle\0" + bytes(7) + b"\1" + (len(question).to_bytes(4, "big") + question) * 50
    assert sum(map(len, anybody.send(bundle))) <= THRICE * len(bundle)
    assert anybody.send(Message("/hardcut/subscribe")) == answers
    assert anybody.service._newest().subscribers == ()
    anybody.send(hello, OTHER)  # another's number shows nothing
    assert len(anybody.send(question, OTHER)) == 1
    anybody.send(hello)
    assert len(anybody.send(question)) > 100
    anybody.send(Message("/hardcut/subscribe"))
    assert anybody.service._newest().subscribers == ("198.51.100.9:5000",)
    assert len(anybody.posted) == 0


def test_a_peer_that_is_named_shows_that_it_listens_like_all() -> None:
    """Whoever forges the address that the list names has nothing long sent there, nor a subscription begun."""
    question = encode(Message("/hardcut/?"))
    for allowed in ("198.51.100.9", "198.51.100.0/24"):
        door = Door(allowed)
        answers = door.send(question)
        assert sum(map(len, answers)) <= THRICE * len(question)
        assert door.send(Message("/hardcut/subscribe")) == answers
        assert door.service._newest().subscribers == ()
        door.send(decode(answers[0])[0])
        assert len(door.send(question)) > 100
        door.close()


@given(st.lists(st.binary(max_size=200), max_size=30), st.sampled_from(["any", STRANGER[0]]))
def test_no_datagram_of_a_stranger_is_answered_with_more(datagrams: list[bytes], allowed: str) -> None:
    door = Door(allowed)
    for datagram in (*datagrams, b"/hardcut/?\0\0,\0\0\0"):
        assert sum(map(len, door.send(datagram))) <= THRICE * len(datagram)
    door.close()


def test_each_and_all_may_send_so_much_a_second() -> None:
    peers = Peers(Allowed(), b"x" * 32)
    flood = ip_address("198.51.100.9")
    read = sum(peers.keeps_pace(flood, 100, 1000 * number) for number in range(3 * NETWORK_UNITS))
    assert NETWORK_UNITS <= read < 1.1 * NETWORK_UNITS
    assert peers.keeps_pace(ip_address("198.51.100.10"), 100, NS_PER_SECOND)  # the others are not in its shadow
    many = Peers(Allowed(), b"x" * 32)
    read = sum(many.keeps_pace(ip_address(number % 200 + 1), 100, 0) for number in range(2 * NETWORK_TOTAL))
    assert read == NETWORK_TOTAL
    assert many.keeps_pace(ip_address("127.0.0.1"), 100, 0)  # who sits at this machine is not crowded out


def test_who_is_named_is_read_whatever_others_send() -> None:
    desk = ip_address("198.51.100.10")
    peers = Peers(parse_allowed(["any", str(desk)]), b"x" * 32)
    for number in range(2 * NETWORK_TOTAL):
        peers.keeps_pace(ip_address(2**30 + number), 100, 0)
    assert not peers.keeps_pace(ip_address("198.51.100.9"), 100, 0)
    assert peers.keeps_pace(desk, 100, 0)


def test_what_was_shown_holds_for_a_while() -> None:
    peers = Peers(parse_allowed(["any"]), b"x" * 32)
    stranger = peer_address("198.51.100.9")
    token = peers.token(stranger, 0)
    assert not peers.confirm(stranger, token, 3 * 60 * NS_PER_SECOND)
    assert peers.confirm(stranger, token, 60 * NS_PER_SECOND)
    assert peers.is_confirmed(stranger, CONFIRMED_NS)
    assert not peers.is_confirmed(stranger, CONFIRMED_NS + 61 * NS_PER_SECOND)


def test_a_list_that_names_nobody_is_a_sentence() -> None:
    with pytest.raises(ControlError, match="names nobody"):
        parse_allowed(["the lighting desk"])
    assert listen(("no.such.host.invalid", 0)).fault
