"""The thread hardcut-link: the one owner of the Link session."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Never

from app.control.clock_settings import LinkMode
from app.control.service import ControlService
from app.control.state import ControlState
from app.errors import AppError
from app.extras import link_installed
from app.link.talk import LinkTalk, SessionTime
from engine.clock import NS_PER_SECOND, Clock
from engine.messages.commands import Command
from engine.messages.events import Event, TempoChanged

LOOK_S: Final = 0.02
"""Pause between two looks at the session: a new tempo arrives within a frame, and fifty looks a second cost nothing."""

USUAL_BPM: Final = 120.0
MISSING: Final = (
    "In Hardcut's folder: .venv/bin/pip install -c constraints.txt -e '.[link]' "
    "(aalink is under the GPL, version 3 or later)."
)
"""What to do where the extra is not there."""


@dataclass(frozen=True, slots=True)
class LinkState:
    """How we stand with Ableton Link.

    Attributes:
        peers: programs in the session besides ours.
        bpm: the session's tempo; 0.0 while it is off.
        fault: why there is none, a sentence; "" while all is well.
    """

    mode: LinkMode = LinkMode.OFF
    peers: int = 0
    bpm: float = 0.0
    fault: str = ""

    @property
    def leads(self) -> bool:
        """The session sets our tempo."""
        return self.mode is not LinkMode.OFF and self.peers > 0

    @property
    def sentence(self) -> str:
        """The state in words."""
        if self.fault:
            return self.fault
        if self.mode is LinkMode.OFF:
            return "Ableton Link is off."
        others = {0: "nobody else is in the session", 1: "one other"}.get(self.peers, f"{self.peers} others")
        ours = "; our taps set its tempo" if self.mode is LinkMode.JOIN else ""
        return f"Ableton Link: {others}, {self.bpm:.1f} bpm{ours}."


class LinkService(ControlService[Never, LinkState]):
    """Follows and leads a Link session as the front says.

    Args:
        post: takes each command, on the link thread; must not block.
    """

    def __init__(self, post: Callable[[Command], None], clock: Clock) -> None:
        super().__init__("link", "Ableton Link", LinkState(), clock)
        self._post = post

    def hear(self, event: Event) -> None:
        """Take in an engine event; from any thread, returns at once."""
        if isinstance(event, TempoChanged):
            super().hear(event)

    def _failure(self, fault: str) -> LinkState:
        return LinkState(fault=fault)

    def _renew(self) -> LinkState:
        self._hear_again()
        return LinkState()

    def _work(self) -> None:
        mode = LinkMode.OFF
        tempo: TempoChanged | None = None
        while True:
            for item in self._arrived():
                match item:
                    case None:
                        return
                    case TempoChanged():
                        tempo = item
                    case ControlState():
                        mode = item.link
            if mode is LinkMode.OFF:
                self._mailbox.wait(NS_PER_SECOND)
            else:
                import asyncio  # it takes TLS along, 7 MiB: only who plays with others pays for it

                session = _Session(self._arrived, self._publish, self._post, self._clock)
                tempo = asyncio.run(session.work(mode, tempo))
                if session.over:
                    return
                mode = LinkMode.OFF  # but for what comes next


Arrived = Callable[[], Iterator[Event | ControlState | None]]


class _Session:
    """From entering a session to leaving it; aalink wants an event loop around it.

    Attributes:
        over: the thread is to end.
    """

    def __init__(
        self, arrived: Arrived, publish: Callable[[LinkState], None], post: Callable[[Command], None], clock: Clock
    ) -> None:
        self._arrived = arrived
        self._publish = publish
        self._post = post
        self._clock = clock
        self._mode = LinkMode.OFF
        self._talk = LinkTalk()
        self.over = False
        self._tempo: TempoChanged | None = None

    async def work(self, mode: LinkMode, tempo: TempoChanged | None) -> TempoChanged | None:
        """Take part until the mode is off or the thread is to end.

        Args:
            tempo: the program's so far; its newest is returned.
        """
        import asyncio

        self._mode = mode
        link = _open()
        try:
            if tempo is not None:
                self._say(link, tempo)
            while self._mode is not LinkMode.OFF:
                for item in self._arrived():
                    match item:
                        case None:
                            self.over = True
                            return self._tempo
                        case TempoChanged():
                            self._say(link, item)
                        case ControlState():
                            self._mode = item.link
                self._hear(link)
                await asyncio.sleep(LOOK_S)
        finally:
            link.enabled = False
            self._publish(LinkState())
        return self._tempo

    def _hear(self, link: Any) -> None:
        time = self._time(link)
        for command in self._talk.hear(time):
            self._post(command)
        self._publish(LinkState(self._mode, time.peers, time.bpm))

    def _say(self, link: Any, tempo: TempoChanged) -> None:
        self._tempo = tempo
        pull = self._talk.say(tempo, self._time(link))
        if pull is None or self._mode is not LinkMode.JOIN:
            return
        link.tempo = pull.bpm
        if pull.beat is not None:
            link.force_beat(pull.beat)

    def _time(self, link: Any) -> SessionTime:
        return SessionTime(self._clock.now_ns(), float(link.tempo), float(link.beat), int(link.num_peers))


def _open() -> Any:
    if not link_installed():
        raise AppError("Ableton Link needs the extra link, which is not installed", remedy=MISSING)
    link = importlib.import_module("aalink").Link(USUAL_BPM)
    link.quantum = 4.0
    link.enabled = True
    return link
