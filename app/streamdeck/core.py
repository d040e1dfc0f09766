"""The hardcut-streamdeck thread's work without the thread: touches and news in, commands and pictures out."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from app.streamdeck.key_images import faces, page_of, pages
from app.streamdeck.panel import Function
from app.streamdeck.scene_pictures import KeyScenePictures
from app.streamdeck.screen import Encoder, Screen
from app.streamdeck.stage import Played, Stage
from app.streamdeck.system import (
    DeckAddress,
    DeckDeniedError,
    DeckError,
    DecksState,
    DeckState,
    DeckStatus,
    DeckSystem,
    DialMoved,
    DialTurned,
    KeyMoved,
    Touch,
)
from engine.clock import NS_PER_SECOND
from engine.messages.commands import Command
from engine.messages.events import Committed, CutShown, Event, ScenesChanged
from engine.messages.parameters import ParameterTable

_LOG = logging.getLogger(__name__)

SCAN_NS: Final = NS_PER_SECOND
"""Pause between two looks at what is plugged in."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A touch of a deck, stamped on arrival."""

    path: str
    stamp_ns: int
    touch: Touch


@dataclass(frozen=True, slots=True)
class Put:
    """Other things to play; table is None where the parameters stay the same."""

    played: Played
    table: ParameterTable | None


News = Touched | Put | Event


class DeckCore:
    """Everything between the decks and the engine. One thread calls it and gives it the time.

    Args:
        touched: takes a deck's path and a touch, on the deck's own thread.
        brightness: of the keys, 1 to 100 percent.
    """

    def __init__(
        self,
        system: DeckSystem,
        stage: Stage,
        looks: KeyScenePictures,
        post: Callable[[Command], None],
        touched: Callable[[str, Touch], None],
        brightness: int,
    ) -> None:
        self._system = system
        self._stage = stage
        self._looks = looks
        self._post = post
        self._touched = touched
        self._brightness = brightness
        self._encoder = Encoder(looks)
        self._screens: dict[str, Screen] = {}
        self._statuses: dict[str, DeckStatus] = {}
        self._fault = ""
        self._next_scan_ns: int | None = None
        self._stale = True
        self._beat = True
        self.state = DecksState()

    def take(self, news: News) -> None:
        """Act on one piece of news; commands leave before this returns."""
        self._stale = True
        match news:
            case Touched(path, stamp_ns, touch):
                screen = self._screens.get(path)
                if screen is not None:
                    for command in self._answer(screen, touch, stamp_ns):
                        self._post(command)
            case Put(played, table):
                if played.pads != self._stage.played.pads:  # the window's bank comes to the front here too
                    for screen in self._screens.values():
                        screen.page = 0
                self._stage.play(played, table)
            case _:
                self._hear(news)

    def tick(self, now_ns: int) -> int:
        """Do what is due at now_ns: look for decks, send a picture. Returns when to tick again at the latest."""
        if self._next_scan_ns is None or now_ns >= self._next_scan_ns:
            self._scan()
            self._next_scan_ns = now_ns + SCAN_NS
        stage = self._stage
        before = sum(self._looks.versions.values())
        look_ns = self._looks.tick(now_ns, covered=stage.covered)
        beat, beat_ns = stage.blink(now_ns)
        if self._stale or beat is not self._beat or sum(self._looks.versions.values()) != before:
            self._stale, self._beat = False, beat
            for screen in self._screens.values():
                looks = self._looks.versions
                screen.want(faces(screen.deck.panel, screen.layout, stage, screen.page, looks, beat=beat))
        due = [self._next_scan_ns, look_ns, beat_ns, *(self._send(path, now_ns) for path in tuple(self._screens))]
        return min(one for one in due if one is not None)

    def close(self) -> None:
        """Clear the keys and let every deck go."""
        for screen in self._screens.values():
            with suppress(DeckError):  # a deck that has gone is dark already
                screen.clear()
            screen.deck.close()
        self._screens.clear()

    # -- touches ------------------------------------------------------------------------------

    def _answer(self, screen: Screen, touch: Touch, stamp_ns: int) -> tuple[Command, ...]:
        stage, layout = self._stage, screen.layout
        match touch:
            case KeyMoved(key, True) if key in layout.functions:
                return self._act(screen, layout.functions[key], stamp_ns)
            case KeyMoved(key, True) if key in layout.pads:
                page = page_of(layout, stage.played.pads, screen.page)
                return stage.call(page[layout.pads.index(key)], stamp_ns)
            case DialTurned(dial, detents):
                return stage.turn(dial, detents, stamp_ns)
            case DialMoved(dial, True) if dial < len(layout.pushes):
                return self._act(screen, layout.pushes[dial], stamp_ns)
            case _:
                return ()

    def _act(self, screen: Screen, function: Function, stamp_ns: int) -> tuple[Command, ...]:
        if function not in (Function.NEXT, Function.PREVIOUS):
            return self._stage.act(function, stamp_ns)
        scenes = self._stage.played.pads
        count = pages(screen.layout, len(scenes))
        if count == 1:
            return ()
        screen.page = (screen.page + (1 if function is Function.NEXT else -1)) % count
        return self._stage.arm(page_of(screen.layout, scenes, screen.page), stamp_ns)

    # -- news ---------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        before = self._stage.scene
        self._stage.hear(event)
        match event:
            case Committed() if event.scene != before:
                self._looks.shown(event.scene, event.at_ns)
            case CutShown():
                self._looks.shown(event.scene, event.at_ns)
            case ScenesChanged() if event.renamed is not None:
                old, new = event.renamed
                self._looks.rename(old, new)
            case _:
                pass

    # -- devices ------------------------------------------------------------------------------

    def _scan(self) -> None:
        try:
            there = {address.path: address for address in self._system.decks()}
            self._fault = ""
        except DeckError as error:
            there, self._fault = {}, str(error)
        for path in tuple(self._screens):
            if path not in there or not self._screens[path].deck.alive:
                self._lose(path)
        for path, address in there.items():
            if path not in self._screens:
                self._open(address)
        for path in [path for path, status in self._statuses.items() if path not in there]:
            if self._statuses[path].state is not DeckState.GONE:
                self._tell(path, DeckState.GONE)
        self._publish()

    def _open(self, address: DeckAddress) -> None:
        path = address.path
        self._name(address)
        try:
            deck = self._system.open(address, lambda touch: self._touched(path, touch))
        except DeckDeniedError as error:
            self._tell(path, DeckState.DENIED, str(error))
            return
        except DeckError as error:
            self._tell(path, DeckState.BUSY, str(error))
            return
        screen = Screen(deck, self._encoder)
        self._screens[path] = screen
        self._stale = True
        try:
            deck.set_brightness(self._brightness)
        except DeckError:
            self._lose(path)
            return
        self._tell(path, DeckState.OPEN)

    def _send(self, path: str, now_ns: int) -> int | None:
        try:
            return self._screens[path].send(now_ns)
        except DeckError as error:
            _LOG.debug("%s", error)
            self._lose(path)
            self._publish()
            return None

    def _lose(self, path: str) -> None:
        self._screens.pop(path).deck.close()
        self._tell(path, DeckState.GONE)

    def _name(self, address: DeckAddress) -> None:
        """Equal decks are numbered in the order in which they came; one that returns elsewhere takes its old name."""
        if address.path in self._statuses:
            return
        kind = address.panel.name
        for path, status in self._statuses.items():
            if status.state is DeckState.GONE and status.name.partition(" #")[0] == kind:
                self._statuses[address.path] = self._statuses.pop(path)
                return
        number = 1 + sum(status.name.partition(" #")[0] == kind for status in self._statuses.values())
        name = kind if number == 1 else f"{kind} #{number}"
        self._statuses[address.path] = DeckStatus(name=name, state=DeckState.GONE)

    def _tell(self, path: str, state: DeckState, detail: str = "") -> None:
        status = DeckStatus(name=self._statuses[path].name, state=state, detail=detail)
        if status != self._statuses[path]:
            self._statuses[path] = status
            troubled = state in (DeckState.BUSY, DeckState.DENIED)
            _LOG.log(logging.WARNING if troubled else logging.INFO, "%s", status.sentence)

    def _publish(self) -> None:
        self.state = DecksState(fault=self._fault, decks=tuple(self._statuses.values()))
