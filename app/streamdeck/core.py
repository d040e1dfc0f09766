"""The hardcut-streamdeck thread's work without the thread: touches and news in, commands and pictures out."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from app.control.state import ControlState
from app.control.store import ControlStore
from app.streamdeck.key_images import faces, page_of, pages, scenes_of
from app.streamdeck.panel import Function
from app.streamdeck.scene_pictures import KeyScenePictures
from app.streamdeck.screen import Encoder, Screen
from app.streamdeck.surface import Asked, DeckSurface
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
from engine.messages.commands import Command, Origin
from engine.messages.events import Committed, CutShown, Event, ScenesChanged

_LOG = logging.getLogger(__name__)

SCAN_NS: Final = NS_PER_SECOND
"""Pause between two looks at what is plugged in."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A touch of a deck, stamped on arrival."""

    path: str
    stamp_ns: int
    touch: Touch


News = Touched | ControlState | Event


class DeckCore:
    """Everything between the decks and the engine. One thread calls it and gives it the time.

    Args:
        touched: takes a deck's path and a touch, on the deck's own thread.
        brightness: of the keys, 1 to 100 percent.
    """

    def __init__(
        self,
        system: DeckSystem,
        store: ControlStore,
        pictures: KeyScenePictures,
        post: Callable[[Command], None],
        touched: Callable[[str, Touch], None],
        brightness: int,
    ) -> None:
        self._system = system
        self._store = store
        self._surface = DeckSurface(store.state)
        self._pictures = pictures
        self._post = post
        self._touched = touched
        self._brightness = brightness
        self._encoder = Encoder(pictures)
        self._screens: dict[str, Screen] = {}
        self._statuses: dict[str, DeckStatus] = {}
        self._fault = ""
        self._next_scan_ns: int | None = None
        self._stale = True
        self._beat = True
        self.state = DecksState()

    def handle(self, news: News) -> None:
        """Act on one piece of news; commands leave before this returns."""
        self._stale = True
        match news:
            case Touched(path, stamp_ns, touch):
                screen = self._screens.get(path)
                if screen is not None:
                    self._touch(screen, touch, stamp_ns)
            case ControlState():
                self._follow()
            case Event():
                self._hear(news)

    def _touch(self, screen: Screen, touch: Touch, stamp_ns: int) -> None:
        for one in self._answer(screen, touch, stamp_ns):
            if isinstance(one, Command):
                self._post(one)
            else:
                self._store.send(one, Origin.STREAM_DECK, stamp_ns)

    def _follow(self) -> None:
        """Take in what lies in front now."""
        before = self._surface.state.pads_in_order
        self._surface.follow(self._store.state)
        if self._surface.state.pads_in_order != before:  # the bank in front comes to the front here too
            for screen in self._screens.values():
                screen.page = 0

    def tick(self, now_ns: int) -> int:
        """Do what is due at now_ns: look for decks, send a picture. Returns when to tick again at the latest."""
        if self._next_scan_ns is None or now_ns >= self._next_scan_ns:
            self._scan()
            self._next_scan_ns = now_ns + SCAN_NS
        surface = self._surface
        before = sum(self._pictures.versions.values())
        picture_ns = self._pictures.tick(now_ns, covered=surface.covered)
        beat, beat_ns = surface.show.blink(now_ns)
        if self._stale or beat is not self._beat or sum(self._pictures.versions.values()) != before:
            self._stale, self._beat = False, beat
            for screen in self._screens.values():
                versions = self._pictures.versions
                screen.want(faces(screen.deck.panel, screen.layout, surface, screen.page, versions, beat=beat))
        due = [self._next_scan_ns, picture_ns, beat_ns, *(self._send(path, now_ns) for path in tuple(self._screens))]
        return min(one for one in due if one is not None)

    def close(self) -> None:
        """Clear the keys and let every deck go."""
        for screen in self._screens.values():
            with suppress(DeckError):  # a deck that has gone is dark already
                screen.clear()
            screen.deck.close()
        self._screens.clear()

    # -- touches ------------------------------------------------------------------------------

    def _answer(self, screen: Screen, touch: Touch, stamp_ns: int) -> tuple[Asked, ...]:
        surface, layout = self._surface, screen.layout
        match touch:
            case KeyMoved(key, True) if key in layout.functions:
                return self._act(screen, layout.functions[key], stamp_ns)
            case KeyMoved(key, True) if key in layout.pads:
                page = page_of(layout, scenes_of(surface.state), screen.page)
                return surface.call(page[layout.pads.index(key)])
            case DialTurned(dial, detents):
                return surface.turn(dial, detents, stamp_ns)
            case DialMoved(dial, True) if dial < len(layout.pushes):
                return self._act(screen, layout.pushes[dial], stamp_ns)
            case _:
                return ()

    def _act(self, screen: Screen, function: Function, stamp_ns: int) -> tuple[Asked, ...]:
        if function not in (Function.NEXT, Function.PREVIOUS):
            return self._surface.act(function, stamp_ns)
        scenes = scenes_of(self._surface.state)
        count = pages(screen.layout, len(scenes))
        if count == 1:
            return ()
        screen.page = (screen.page + (1 if function is Function.NEXT else -1)) % count
        return self._surface.arm(page_of(screen.layout, scenes, screen.page), stamp_ns)

    # -- news ---------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        before = self._surface.show.scene
        self._surface.hear(event)
        match event:
            case Committed() if event.scene != before:
                self._pictures.shown(event.scene, event.at_ns)
            case CutShown():
                self._pictures.shown(event.scene, event.at_ns)
            case ScenesChanged() if event.renamed is not None:
                old, new = event.renamed
                self._pictures.rename(old, new)
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
                self._set_state(path, DeckState.GONE)
        self._describe()

    def _open(self, address: DeckAddress) -> None:
        path = address.path
        self._name(address)
        try:
            deck = self._system.open(address, lambda touch: self._touched(path, touch))
        except DeckDeniedError as error:
            self._set_state(path, DeckState.DENIED, str(error))
            return
        except DeckError as error:
            self._set_state(path, DeckState.BUSY, str(error))
            return
        screen = Screen(deck, self._encoder)
        self._screens[path] = screen
        self._stale = True
        try:
            deck.set_brightness(self._brightness)
        except DeckError:
            self._lose(path)
            return
        self._set_state(path, DeckState.OPEN)

    def _send(self, path: str, now_ns: int) -> int | None:
        try:
            return self._screens[path].send(now_ns)
        except DeckError as error:
            _LOG.debug("%s", error)
            self._lose(path)
            self._describe()
            return None

    def _lose(self, path: str) -> None:
        self._screens.pop(path).deck.close()
        self._set_state(path, DeckState.GONE)

    def _name(self, address: DeckAddress) -> None:
        """Equal decks are numbered in the order in which they came; one that returns elsewhere takes its old name."""
        if address.path in self._statuses:
            return
        kind = address.panel.name
        for path, status in self._statuses.items():
            if status.state is DeckState.GONE and status.kind == kind:
                self._statuses[address.path] = self._statuses.pop(path)
                return
        number = 1 + sum(status.kind == kind for status in self._statuses.values())
        self._statuses[address.path] = DeckStatus(kind=kind, number=number, state=DeckState.GONE)

    def _set_state(self, path: str, state: DeckState, detail: str = "") -> None:
        status = replace(self._statuses[path], state=state, detail=detail)
        if status != self._statuses[path]:
            self._statuses[path] = status
            troubled = state in (DeckState.BUSY, DeckState.DENIED)
            _LOG.log(logging.WARNING if troubled else logging.INFO, "%s", status.sentence)

    def _describe(self) -> None:
        self.state = DecksState(fault=self._fault, decks=tuple(self._statuses.values()))
