"""The osc thread: the one owner of the sockets and of the subscribers."""

import heapq
import logging
import secrets
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Never

from app.control.allowed import NOBODY, Address, Allowed, peer_address
from app.control.service import ControlService
from app.control.state import ControlState
from app.control.store import ControlStore
from app.osc.addresses import HELLO, SUBSCRIBE, UNSUBSCRIBE
from app.osc.core import OscCore
from app.osc.packets import AT_ONCE, MAX_DATAGRAM, Message, OscError, decode, encode, unix_ns
from app.osc.peers import Allowance, Peers
from app.osc.sockets import Listening, Place, listen, place_text
from app.osc.subscribers import Subscriber, Subscribers
from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.messages.commands import Command, Origin
from engine.messages.events import Event

_LOG = logging.getLogger(__name__)

FEEDBACK_NS: Final = 33 * NS_PER_MS
"""Subscribers hear what changed thirty times a second, as often as a screen is drawn."""

COMPLAINT_NS: Final = NS_PER_SECOND
IDLE_S: Final = 1.0
WAKES: Final = 4096
"""Wake-ups taken at once."""

BURST: Final = 256
"""Datagrams read before news is heard and feedback sent."""

HORIZON_NS: Final = 10 * NS_PER_SECOND
"""A bundle may be meant for so much later; one for next week is a sender whose clock is wrong, and acts at once."""

MAX_HELD: Final = 1024
"""Messages that may wait for their time tag."""

RETRY_NS: Final = 2 * NS_PER_SECOND
"""Pause before a place that another program has is tried again."""


@dataclass(frozen=True, slots=True)
class _Sender:
    """Who sent a datagram, by which of our sockets it is answered, and how long the answers may be."""

    socket: socket.socket
    place: tuple[str | int, ...]
    address: Address
    allowance: Allowance

    @property
    def known_as(self) -> Place:
        """Host and port."""
        return str(self.place[0]), int(self.place[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class OscState:
    """What the window shows of OSC.

    Attributes:
        place: where it listens, "127.0.0.1:9000", by commas; "" while it does not.
        fault: why not, or not everywhere, a sentence.
        note: what to know besides, a sentence; "" while there is nothing.
        trouble: what is wrong with the file of settings, in sentences.
        datagrams: read so far.
        unread: datagrams of those who may not speak, or who sent too much at once.
        received, refused: messages so far, and what could not be used of them and of the datagrams.
        subscribers: who is told, "HOST:PORT".
    """

    place: str = ""
    fault: str = ""
    note: str = ""
    trouble: str = ""
    datagrams: int = 0
    unread: int = 0
    received: int = 0
    refused: int = 0
    subscribers: tuple[str, ...] = ()


class OscService(ControlService[Never, OscState]):
    """Datagrams in, commands and intents out, on a thread named hardcut-osc.

    Args:
        post: takes each command, on the osc thread; must not block.
        store: what lies in front; takes each intent.
        place: host and port to listen on, at every address of the host; port 0: any free one.
        allowed: who may speak from the network; loopback always may.
        trouble: what is wrong with the file that names them, in sentences, for the state.
        wall_ns: the time of day, nanoseconds since 1970; bundles carry it.
    """

    def __init__(
        self,
        post: Callable[[Command], None],
        store: ControlStore,
        clock: Clock,
        place: Place,
        *,
        allowed: Allowed = NOBODY,
        trouble: str = "",
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        super().__init__("osc", "OSC", OscState(), clock)
        self._post = post
        self._store = store
        self._place = place
        self._wall_ns = wall_ns
        self._held: list[tuple[int, int, Message, _Sender]] = []
        self._core = OscCore(store.state)
        self._allowed = allowed
        self._trouble = trouble
        self._peers = Peers(allowed, secrets.token_bytes(32))
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._subscribers = Subscribers()
        self._datagrams = self._received = self._refused = self._unread = self._unreported = 0
        self._last_refusal: OscError | None = None
        self._complained_ns = -COMPLAINT_NS
        self._feedback_ns = 0
        self._listening = Listening()
        self._retry_ns: int | None = None
        self._fault = self._note = ""

    def start(self) -> None:
        """Open the sockets and begin. A place that cannot be had is a state, not an error; it is tried again."""
        self._open()
        super().start()

    def _open(self) -> None:
        """Listen, or tell why not; the first attempt on the thread that starts, the others on our own."""
        before = self._fault
        self._listening = listen(self._place, self._listening)
        if self._listening.sockets:  # should it have to be opened again, then where it was
            self._place = self._place[0], self._listening.sockets[0].getsockname()[1]
        self._retry_ns = self._clock.now_ns() + RETRY_NS if self._listening.fault else None
        self._fault = self._note = ""
        if self._listening.fault:
            part = "" if not self._listening.sockets else f" (but on {', '.join(self._listening.places)})"
            self._fault = (
                f"OSC cannot listen on {self._listening.fault}{part}. It tries again; "
                "close the other program, or choose another port with --osc."
            )
            if self._fault != before:
                _LOG.info("%s", self._fault)
        elif before:
            _LOG.warning("OSC listens on %s now.", ", ".join(self._listening.places))
        if self._listening.sockets and not self._listening.local and not self._allowed.networks:
            self._note = "Nobody on the network may speak yet; name who may with --osc-allow."
        self._describe()

    def close(self) -> None:
        """Close the socket and join the thread. Harmless before start and when repeated."""
        super().close()
        self._waker.close()
        self._woken.close()

    # -- the thread ---------------------------------------------------------------------------

    def _wake(self) -> None:
        with suppress(OSError):  # full: it is awake; closed: it has ended
            self._waker.send(b"x")

    def _failure(self, fault: str) -> OscState:
        self._fault = fault
        return replace(self._newest(), place="")

    def _release(self) -> None:
        self._listening.close()
        self._listening = Listening()

    def _renew(self) -> OscState:
        self._open()
        self._subscribers.tell_by(self._listening.sockets)
        return self._newest()

    def _work(self) -> None:
        while self._turn():
            pass

    def _turn(self) -> bool:
        """Read, act, and answer once; False at the end."""
        busy = bool(self._subscribers) or self.state().datagrams != self._datagrams
        timeout = FEEDBACK_NS / NS_PER_SECOND if busy else IDLE_S
        if self._held:
            timeout = min(timeout, max(0, self._held[0][0] - self._clock.now_ns()) / NS_PER_SECOND)
        ready, _, _ = select.select([*self._listening.sockets, self._woken], [], [], timeout)
        if self._woken in ready:
            self._woken.recv(WAKES)
        for own in self._listening.sockets:
            if own in ready:
                self._read(own)
        for item in self._arrived():
            match item:
                case None:
                    return False
                case ControlState():
                    self._core.follow(self._store.state)
                case Event():
                    self._core.hear(item)
        now_ns = self._clock.now_ns()
        while self._held and self._held[0][0] <= now_ns:
            due_ns, _, message, sender = heapq.heappop(self._held)
            self._try(message, sender, due_ns)
        if now_ns - self._feedback_ns >= FEEDBACK_NS:
            self._feedback_ns = now_ns
            self._feed(now_ns)
            self._complain(now_ns)
            self._describe()
        if self._retry_ns is not None and now_ns >= self._retry_ns:
            self._open()
        return True

    def _read(self, own: socket.socket) -> None:
        for _ in range(BURST):
            try:
                datagram, place = own.recvfrom(MAX_DATAGRAM + 1)
            except BlockingIOError:
                return
            except OSError:  # an answer of ours found nobody (Windows tells it here)
                continue
            self._receive(own, datagram, place)

    def _receive(self, own: socket.socket, datagram: bytes, place: tuple[str | int, ...]) -> None:
        now_ns = self._clock.now_ns()
        self._datagrams += 1
        address = peer_address(str(place[0]))
        if not self._peers.admits(address):
            self._leave_unread(OscError(f"{address} may not speak here", remedy="Allow it with --osc-allow."))
            return
        if not self._peers.keeps_pace(address, len(datagram), now_ns):
            self._leave_unread(OscError(f"{address} sends more than can be read"))
            return
        sender = _Sender(own, place, address, self._peers.allowance(address, len(datagram), now_ns))
        try:
            messages = decode(datagram)
        except OscError as error:
            self._refuse(error)
            return
        for message in messages:
            self._received += 1
            wait_ns = unix_ns(message.time_tag) - self._wall_ns() if message.time_tag > AT_ONCE else 0
            if 0 < wait_ns <= HORIZON_NS:
                self._hold(message, sender, now_ns, wait_ns)
            else:
                self._try(message, sender, now_ns)

    def _leave_unread(self, error: OscError) -> None:
        self._unread += 1
        self._unreported += 1
        self._last_refusal = error

    def _hold(self, message: Message, sender: _Sender, now_ns: int, wait_ns: int) -> None:
        """Keep a message until the time that its bundle is meant for."""
        if len(self._held) >= MAX_HELD:
            self._refuse(OscError(f"More than {MAX_HELD} messages would wait for their time"))
        else:
            heapq.heappush(self._held, (now_ns + wait_ns, self._received, message, sender))

    def _try(self, message: Message, sender: _Sender, stamp_ns: int) -> None:
        try:
            self._handle(message, sender, stamp_ns)
        except OscError as error:
            self._refuse(error)

    def _handle(self, message: Message, sender: _Sender, now_ns: int) -> None:
        host, _ = sender.known_as
        if self._peers.is_confirmed(sender.address, now_ns):
            self._subscribers.renew(host, now_ns)
        match message.address:
            case "/hardcut/hello":
                self._greet(message, sender, now_ns)
                return
            case "/hardcut/subscribe":
                self._subscribe(message, sender, now_ns)
                return
            case "/hardcut/unsubscribe":
                self._unsubscribe(message, sender)
                return
            case _:
                pass
        self._core.follow(self._store.state)
        answer = self._core.handle(message, now_ns)
        self._reply(answer.replies, sender, now_ns)
        for path, asked in answer.asked:
            if isinstance(asked, Command):
                self._post(asked)
            else:
                self._core.follow(self._store.send(asked, Origin.OSC, now_ns).state)
            if path in self._core.values:  # who moved it is not sent what it said
                self._subscribers.know(host, path, message.arguments)

    def _reply(self, replies: tuple[Message, ...], sender: _Sender, now_ns: int) -> None:
        """Answer as far as it is allowed: all of it, or the number that a stranger has to send back first."""
        datagrams = [encode(reply) for reply in replies]
        if not sender.allowance.takes(sum(map(len, datagrams))):
            hello = encode(Message(HELLO, (self._peers.token(sender.address, now_ns),)))
            datagrams = [hello] if sender.allowance.takes(len(hello)) else []
        for datagram in datagrams:
            self._send(sender.socket, datagram, sender.place)

    def _greet(self, message: Message, sender: _Sender, now_ns: int) -> None:
        if not message.arguments:
            self._reply((Message(HELLO, (self._peers.token(sender.address, now_ns),)),), sender, now_ns)
            return
        token = int(self._core.book[HELLO].number(message.arguments))
        if not self._peers.confirm(sender.address, token, now_ns):
            raise OscError(f"{sender.address} sent back a number that it was not sent, or too late")

    def _subscribe(self, message: Message, sender: _Sender, now_ns: int) -> None:
        host, port = sender.known_as
        if message.arguments:
            port = int(self._core.book[SUBSCRIBE].number(message.arguments))
        if not self._peers.is_confirmed(sender.address, now_ns):
            self._reply((Message(HELLO, (self._peers.token(sender.address, now_ns),)),), sender, now_ns)
            remedy = "It has to send back the number of /hardcut/hello first."
            raise OscError(f"{sender.address} subscribes and has not shown that it listens", remedy=remedy)
        to = (sender.place[0], port, *sender.place[2:])
        self._subscribers.add(Subscriber((host, port), sender.known_as, sender.socket, to), now_ns)

    def _unsubscribe(self, message: Message, sender: _Sender) -> None:
        if message.arguments:
            port = int(self._core.book[UNSUBSCRIBE].number(message.arguments))
            self._subscribers.remove((sender.known_as[0], port))
        else:
            self._subscribers.remove_all_of(sender.known_as)

    def _feed(self, now_ns: int) -> None:
        for one, path, value in self._subscribers.news(self._core.values, now_ns):
            self._send(one.socket, encode(Message(path, value)), one.to)

    def _send(self, own: socket.socket, datagram: bytes, to: tuple[str | int, ...]) -> None:
        with suppress(OSError):  # nobody there, or its buffer is full: the next change is told again
            own.sendto(datagram, to)

    def _refuse(self, error: OscError) -> None:
        self._refused += 1
        self._unreported += 1
        self._last_refusal = error

    def _complain(self, now_ns: int) -> None:
        if self._unreported and now_ns - self._complained_ns >= COMPLAINT_NS:
            self._complained_ns = now_ns
            count, self._unreported = self._unreported, 0
            _LOG.warning("%d OSC messages could not be used; the last: %s", count, self._last_refusal)

    def _describe(self) -> None:
        state = self._newest()
        if state != self._latest.peek():
            self._publish(state)

    def _newest(self) -> OscState:
        return OscState(
            place=", ".join(self._listening.places),
            fault=self._fault,
            note=self._note,
            trouble=self._trouble,
            datagrams=self._datagrams,
            unread=self._unread,
            received=self._received,
            refused=self._refused,
            subscribers=tuple(place_text(place) for place in self._subscribers.places),
        )
