"""The osc thread: the one owner of the socket and of the subscribers."""

import heapq
import logging
import math
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Never

from app.control.service import ControlService
from app.control.state import ControlState
from app.control.store import ControlStore
from app.osc.addresses import ROOT
from app.osc.core import OscCore
from app.osc.packets import AT_ONCE, MAX_DATAGRAM, Argument, Message, OscError, decode, encode, unix_ns
from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.messages.commands import Command, Origin
from engine.messages.events import Event

_LOG = logging.getLogger(__name__)

FEEDBACK_NS: Final = 33 * NS_PER_MS
"""Subscribers hear what changed thirty times a second, as often as a screen is drawn."""

LEASE_NS: Final = 300 * NS_PER_SECOND
"""A subscriber that says nothing for five minutes is forgotten; any message from its machine renews it."""

MAX_SUBSCRIBERS: Final = 16
COMPLAINT_NS: Final = NS_PER_SECOND
IDLE_S: Final = 1.0
WAKES: Final = 4096
"""Wake-ups taken at once."""

BURST: Final = 256
"""Datagrams read before news is heard and feedback sent."""

HORIZON_NS: Final = 10 * NS_PER_SECOND
"""A bundle may be meant for so much later; one for next week is a sender whose clock is wrong."""

MAX_HELD: Final = 1024
"""Messages that may wait for their time tag."""

CLOSE: Final = 1e-6
"""Positions nearer than this are the same: they went through 32-bit floats and a curve and back."""

Place = tuple[str, int]


@dataclass(slots=True)
class _Subscriber:
    place: Place
    by: Place
    until_ns: int
    known: dict[str, tuple[Argument, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OscState:
    """What the window shows of OSC.

    Attributes:
        place: where it listens, "127.0.0.1:9000"; "" while it does not.
        fault: why not, a sentence.
        datagrams: read so far.
        received, refused: messages so far, and what could not be used of them and of the datagrams.
        subscribers: who is told, "HOST:PORT".
    """

    place: str = ""
    fault: str = ""
    datagrams: int = 0
    received: int = 0
    refused: int = 0
    subscribers: tuple[str, ...] = ()


class OscService(ControlService[Never, OscState]):
    """Datagrams in, commands and intents out, on a thread named hardcut-osc.

    Args:
        post: takes each command, on the osc thread; must not block.
        store: what lies in front; takes each intent.
        place: host and port to listen on; port 0: any free one.
        wall_ns: the time of day, nanoseconds since 1970; bundles carry it.
    """

    def __init__(
        self,
        post: Callable[[Command], None],
        store: ControlStore,
        clock: Clock,
        place: Place,
        *,
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        super().__init__("osc", "OSC", OscState())
        self._post = post
        self._store = store
        self._clock = clock
        self._place = place
        self._wall_ns = wall_ns
        self._held: list[tuple[int, int, Message, Place]] = []
        self._core = OscCore(store.state)
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._subscribers: dict[Place, _Subscriber] = {}
        self._datagrams = self._received = self._refused = self._unreported = 0
        self._last_refusal: OscError | None = None
        self._complained_ns = -COMPLAINT_NS
        self._feedback_ns = 0
        self._socket: socket.socket | None = None
        self._where = self._fault = ""

    def start(self) -> None:
        """Open the socket and begin. A place that cannot be had is a state, not an error."""
        host, port = self._place
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0][0]
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
            self._socket.bind(self._place)
            self._socket.setblocking(False)
        except OSError as error:
            if self._socket is not None:
                self._socket.close()
            self._socket = None
            why = error.strerror or str(error)
            self._fault = f"OSC cannot listen on {host}:{port}: {why}. Choose another port with --osc."
            _LOG.info("%s", self._fault)
            self._ended.set()
            self._describe()
            return
        self._where = "{}:{}".format(*self._socket.getsockname()[:2])
        self._describe()
        super().start()

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
        return self._newest()

    def _release(self) -> None:
        if self._socket is not None:
            self._socket.close()

    def _work(self) -> None:
        assert self._socket is not None
        while self._turn(self._socket):
            pass

    def _turn(self, own: socket.socket) -> bool:
        """Read, act, and answer once; False at the end."""
        busy = bool(self._subscribers) or self.state().datagrams != self._datagrams
        timeout = FEEDBACK_NS / NS_PER_SECOND if busy else IDLE_S
        if self._held:
            timeout = min(timeout, max(0, self._held[0][0] - self._clock.now_ns()) / NS_PER_SECOND)
        ready, _, _ = select.select([own, self._woken], [], [], timeout)
        if self._woken in ready:
            self._woken.recv(WAKES)
        if own in ready:
            for _ in range(BURST):
                if not self._receive(own):
                    break
        for item in self._mailbox.drain():
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
            self._try(own, message, sender, due_ns)
        if now_ns - self._feedback_ns >= FEEDBACK_NS:
            self._feedback_ns = now_ns
            self._feed(own, now_ns)
            self._complain(now_ns)
            self._describe()
        return True

    def _receive(self, own: socket.socket) -> bool:
        try:
            datagram, sender = own.recvfrom(MAX_DATAGRAM + 1)
        except BlockingIOError:
            return False
        except OSError:  # an answer of ours found nobody (Windows tells it here)
            return True
        now_ns = self._clock.now_ns()
        self._datagrams += 1
        try:
            messages = decode(datagram)
        except OscError as error:
            self._refuse(error)
            return True
        for message in messages:
            self._received += 1
            wait_ns = unix_ns(message.time_tag) - self._wall_ns() if message.time_tag > AT_ONCE else 0
            if wait_ns > 0:
                self._hold(message, (sender[0], sender[1]), now_ns, wait_ns)
            else:
                self._try(own, message, (sender[0], sender[1]), now_ns)
        return True

    def _hold(self, message: Message, sender: Place, now_ns: int, wait_ns: int) -> None:
        """Keep a message until the time that its bundle is meant for."""
        if wait_ns > HORIZON_NS:
            self._refuse(OscError(f"A bundle is meant for more than {HORIZON_NS // NS_PER_SECOND} s from now"))
        elif len(self._held) >= MAX_HELD:
            self._refuse(OscError(f"More than {MAX_HELD} messages would wait for their time"))
        else:
            heapq.heappush(self._held, (now_ns + wait_ns, self._received, message, sender))

    def _try(self, own: socket.socket, message: Message, sender: Place, stamp_ns: int) -> None:
        try:
            self._handle(own, message, sender, stamp_ns)
        except OscError as error:
            self._refuse(error)

    def _handle(self, own: socket.socket, message: Message, sender: Place, now_ns: int) -> None:
        for one in self._subscribers.values():
            if one.place[0] == sender[0]:
                one.until_ns = now_ns + LEASE_NS
        match message.address:
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
        for reply in answer.replies:
            self._send(own, reply, sender)
        if answer.asked is None:
            return
        if isinstance(answer.asked, Command):
            self._post(answer.asked)
        else:
            self._core.follow(self._store.send(answer.asked, Origin.OSC, now_ns).state)
        if message.address in self._core.values:  # who moved it is not sent what it said
            for one in self._subscribers.values():
                if one.place[0] == sender[0]:
                    one.known[message.address] = message.arguments

    def _subscribe(self, message: Message, sender: Place, now_ns: int) -> None:
        address = self._core.book[f"{ROOT}/subscribe"]
        port = int(address.number(message.arguments)) if message.arguments else sender[1]
        place = sender[0], port
        if place not in self._subscribers and len(self._subscribers) >= MAX_SUBSCRIBERS:
            raise OscError(f"There are {MAX_SUBSCRIBERS} subscribers already")
        self._subscribers[place] = _Subscriber(place, sender, now_ns + LEASE_NS)

    def _unsubscribe(self, message: Message, sender: Place) -> None:
        if message.arguments:
            port = int(self._core.book[f"{ROOT}/unsubscribe"].number(message.arguments))
            self._subscribers.pop((sender[0], port), None)
            return
        for one in [one for one in self._subscribers.values() if sender in (one.place, one.by)]:
            del self._subscribers[one.place]

    def _feed(self, own: socket.socket, now_ns: int) -> None:
        for one in tuple(self._subscribers.values()):
            if now_ns > one.until_ns:
                del self._subscribers[one.place]
                continue
            for path, value in self._core.values.items():
                if not _same(one.known.get(path), value):
                    one.known[path] = value
                    self._send(own, Message(path, value), one.place)

    def _send(self, own: socket.socket, message: Message, place: Place) -> None:
        with suppress(OSError):  # nobody there, or its buffer is full: the next change is told again
            own.sendto(encode(message), place)

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
            place=self._where,
            fault=self._fault,
            datagrams=self._datagrams,
            received=self._received,
            refused=self._refused,
            subscribers=tuple("{}:{}".format(*place) for place in self._subscribers),
        )


def _same(known: tuple[Argument, ...] | None, value: tuple[Argument, ...]) -> bool:
    """What a subscriber knows is what there is to tell, but for the rounding of a position."""
    if known == value or known is None:
        return known == value
    match (*known, *value):
        case (float(one), float(other)):
            return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
        case _:
            return False
