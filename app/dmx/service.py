"""The dmx thread: the one owner of the sockets, the sources and the bindings."""

import logging
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from app.control.allowed import NOBODY, Allowed
from app.control.service import ControlService
from app.control.state import ControlState
from app.control.store import ControlStore
from app.dmx.core import DmxCore, DmxState, DmxWish, LearnDmx, UnlearnDmx
from app.dmx.packets import ARTNET_PORT, SACN_PORT
from app.dmx.sockets import Listening, listen
from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.messages.commands import Command
from engine.messages.events import Event
from engine.messages.modulation_events import ModulationChanged

_LOG = logging.getLogger(__name__)

LONGEST: Final = 1144
"""Bytes: of the longest datagram of either protocol that is read whole; levels have 638 at most."""

BURST: Final = 256
"""Datagrams read before wishes are heard and the state is told."""

RETRY_NS: Final = 2 * NS_PER_SECOND
PUBLISH_NS: Final = 100 * NS_PER_MS
IDLE_S: Final = 1.0


class DmxService(ControlService[DmxWish, DmxState]):
    """Levels in, commands and intents out, on a thread named hardcut-dmx.

    Args:
        post: takes each command, on the dmx thread; must not block.
        store: what lies in front; takes each intent.
        host: IPv4 address to listen on; "": as is set in the file, and if nothing is set, not at all.
        file: where the user's channels are kept; None: they are not.
        allowed: who may speak from the network, besides those of the file; loopback always may.
        ports: of Art-Net and of sACN; tests take others.
    """

    def __init__(
        self,
        post: Callable[[Command], None],
        store: ControlStore,
        clock: Clock,
        host: str = "",
        file: Path | None = None,
        *,
        allowed: Allowed = NOBODY,
        ports: tuple[int, int] = (ARTNET_PORT, SACN_PORT),
    ) -> None:
        super().__init__("dmx", "DMX", DmxState(), clock)

        def new_core() -> DmxCore:
            return DmxCore(post, store, file, allowed)

        self._new_core = new_core
        self._core = self._new_core()
        self._host = host or self._core.settings.listen
        self._ports = ports
        self._listening = Listening()
        self._fault = ""
        self._retry_ns: int | None = None
        self._publish_ns = 0
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)

    @property
    def asked_for(self) -> bool:
        """It is to listen somewhere."""
        return bool(self._host)

    def start(self) -> None:
        """Open the sockets and begin. A port that cannot be had is a state, not an error; it is tried again."""
        if self._host:
            self._open()
        self._describe()
        super().start()

    def close(self) -> None:
        """Close the sockets and join the thread. Harmless before start and when repeated."""
        super().close()
        self._waker.close()
        self._woken.close()

    def hear(self, event: Event) -> None:
        """Of the show only the modulators matter here: else a level is what it is."""
        if isinstance(event, ModulationChanged):
            self._put(event)

    def follow(self, state: ControlState) -> None:
        """What lies in front is read when a channel moves."""

    def learn(self, wish: LearnDmx | UnlearnDmx) -> None:
        """Learn a channel, or forget one; the state tells how it went. From any thread."""
        self._put(wish)

    def _open(self) -> None:
        before = self._fault
        self._listening = listen(self._host, self._core.settings.joined, self._ports, self._listening)
        self._fault = ""
        self._retry_ns = None
        if self._listening.fault:
            self._retry_ns = self._clock.now_ns() + RETRY_NS
            self._fault = (
                f"DMX cannot listen for {self._listening.fault}. It tries again; close the other program that listens."
            )
            if self._fault != before:
                _LOG.info("%s", self._fault)

    # -- the thread ---------------------------------------------------------------------------

    def _wake(self) -> None:
        with suppress(OSError):  # full: it is awake; closed: it has ended
            self._waker.send(b"x")

    def _failure(self, fault: str) -> DmxState:
        return DmxState(fault=fault, bindings=self._core.settings.bindings)

    def _release(self) -> None:
        self._listening.close()

    def _renew(self) -> DmxState:
        before, self._core = self._core, self._new_core()
        self._core.settings = before.settings
        self._listening = Listening()
        if self._host:
            self._open()
        self._hear_again()
        return self._core.state(", ".join(self._listening.places), self._fault)

    def _work(self) -> None:
        due_ns: int | None = None
        while True:
            timeout = IDLE_S if due_ns is None else min(IDLE_S, max(0, due_ns - self._clock.now_ns()) / NS_PER_SECOND)
            ready, _, _ = select.select([*self._listening.sockets, self._woken], [], [], timeout)
            if self._woken in ready:
                self._woken.recv(4096)
            for own in self._listening.sockets:
                if own in ready:
                    self._read(own)
            for item in self._arrived():
                match item:
                    case None:
                        return
                    case LearnDmx() | UnlearnDmx():
                        self._core.wish(item)
                        self._publish_ns = 0
                    case ModulationChanged():
                        self._core.modulated(item)
                    case _:
                        pass
            now_ns = self._clock.now_ns()
            due_ns = self._core.tick(now_ns)
            if self._retry_ns is not None and now_ns >= self._retry_ns:
                self._open()
            if now_ns >= self._publish_ns:
                self._publish_ns = now_ns + PUBLISH_NS
                self._describe()

    def _read(self, own: socket.socket) -> None:
        for _ in range(BURST):
            try:
                datagram, sender = own.recvfrom(LONGEST)
            except OSError:  # nothing more, or nothing that can be read
                return
            self._core.hear(datagram, str(sender[0]), self._clock.now_ns())

    def _describe(self) -> None:
        state = self._core.state(", ".join(self._listening.places), self._fault, self._note())
        if state != self._latest.peek():
            self._publish(state)

    def _note(self) -> str:
        if self._core.refused:
            return f"{self._core.refused} may not play the show by DMX; allow it with --dmx-allow."
        if self._listening.sockets and not self._listening.local and not self._core.allowed.networks:
            return "Nobody on the network may play the show by DMX yet; name who may with --dmx-allow."
        return ""
