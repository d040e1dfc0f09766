"""The thread hardcut-link: the one owner of the Link session."""

import asyncio
import importlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from app.control.clock_settings import LinkMode
from app.errors import AppError
from app.extras import link_installed
from app.link.talk import LinkTalk, SessionTime
from engine.clock import NS_PER_SECOND, Clock
from engine.mailbox import Latest, Mailbox
from engine.messages.commands import Command
from engine.messages.events import Event, TempoChanged

_LOG = logging.getLogger(__name__)

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
    def sentence(self) -> str:
        """The state in words."""
        if self.fault:
            return self.fault
        if self.mode is LinkMode.OFF:
            return "Ableton Link is off."
        others = {0: "nobody else is in the session", 1: "one other"}.get(self.peers, f"{self.peers} others")
        ours = "; our taps set its tempo" if self.mode is LinkMode.JOIN else ""
        return f"Ableton Link: {others}, {self.bpm:.1f} bpm{ours}."


class LinkService:
    """Follows and leads a Link session as it is told.

    Args:
        post: takes each command, on the link thread; must not block.
    """

    def __init__(self, post: Callable[[Command], None], clock: Clock) -> None:
        self._post = post
        self._clock = clock
        self._mailbox: Mailbox[LinkMode | TempoChanged | None] = Mailbox()
        self._latest: Latest[LinkState] = Latest()
        self._tempo: TempoChanged | None = None
        self._thread = threading.Thread(target=self._run, name="hardcut-link", daemon=True)

    def start(self) -> None:
        """Begin, with Link off."""
        self._thread.start()

    def close(self) -> None:
        """Leave the session and join the thread. Harmless before start and when repeated."""
        self._mailbox.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def set_mode(self, mode: LinkMode) -> None:
        """Enter a session, lead it, or leave; from any thread."""
        self._mailbox.put(mode)

    def hear(self, event: Event) -> None:
        """Take in an engine event; from any thread, returns at once."""
        if isinstance(event, TempoChanged):
            self._mailbox.put(event)

    def state(self) -> LinkState:
        """The newest state; from any thread."""
        return self._latest.peek() or LinkState()

    def _run(self) -> None:
        try:
            while (mode := self._await_mode()) is not None:
                session = _Session(self._mailbox, self._latest, self._post, self._clock, mode)
                asyncio.run(session.work(self._tempo))
                self._tempo = session.tempo
        except AppError as error:
            self._latest.put(LinkState(fault=str(error)))
        except Exception as error:  # noqa: BLE001 - the top of the link thread, and it reports
            _LOG.exception("the link thread has failed")
            self._latest.put(LinkState(fault=f"Ableton Link has stopped: {error}."))

    def _await_mode(self) -> LinkMode | None:
        """Sleep until Link is to be on; None to end."""
        while True:
            self._mailbox.wait(NS_PER_SECOND)
            for item in self._mailbox.drain():
                if item is None:
                    return None
                if isinstance(item, TempoChanged):
                    self._tempo = item
                elif item is not LinkMode.OFF:
                    return item


class _Session:
    """From entering a session to leaving it; aalink wants an event loop around it."""

    def __init__(
        self,
        mailbox: Mailbox[LinkMode | TempoChanged | None],
        latest: Latest[LinkState],
        post: Callable[[Command], None],
        clock: Clock,
        mode: LinkMode,
    ) -> None:
        self._mailbox = mailbox
        self._latest = latest
        self._post = post
        self._clock = clock
        self._mode = mode
        self._talk = LinkTalk()
        self.tempo: TempoChanged | None = None
        """The program's newest."""

    async def work(self, tempo: TempoChanged | None) -> None:
        """Take part until told to leave; tempo: what the program had before."""
        link = _open()
        try:
            if tempo is not None:
                self._say(link, tempo)
            while self._mode is not LinkMode.OFF:
                for item in self._mailbox.drain():
                    if item is None:
                        self._mailbox.put(None)  # whoever waits for it after us
                        return
                    if isinstance(item, LinkMode):
                        self._mode = item
                    else:
                        self._say(link, item)
                self._hear(link)
                await asyncio.sleep(LOOK_S)
        finally:
            link.enabled = False
            self._latest.put(LinkState())

    def _hear(self, link: Any) -> None:
        time = self._time(link)
        for command in self._talk.hear(time):
            self._post(command)
        self._latest.put(LinkState(self._mode, time.peers, time.bpm))

    def _say(self, link: Any, tempo: TempoChanged) -> None:
        self.tempo = tempo
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
