"""Real decks, through the package `streamdeck` and libhidapi.

What shapes it, as read in version 0.10: open() starts a thread that asks twenty times a second and is not joined by
close(); a device that has gone ends that thread; libhidapi gives no reason when it cannot open a device; looking
through all products one by one asks the bus some twenty times, so this asks once, and again only if something is new.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import numpy as np
from PIL import Image
from StreamDeck.DeviceManager import DeviceManager, ProbeError
from StreamDeck.Devices.StreamDeck import DialEventType, StreamDeck
from StreamDeck.ImageHelpers import PILHelper
from StreamDeck.ProductIDs import USBVendorIDs
from StreamDeck.Transport.Transport import TransportError

from app.streamdeck.panel import Panel
from app.streamdeck.system import (
    DeckAddress,
    DeckDeniedError,
    DeckError,
    DialMoved,
    DialTurned,
    KeyMoved,
    Picture,
    Rgb,
    Touch,
)
from app.streamdeck.usb import denied, remedy

_LOG = logging.getLogger(__name__)

POLL_HZ: Final = 125
"""Looks at the keys a second: a press waits 8 ms at most, and the engine is not disturbed more often than need be."""

_HIDAPI: Final = {
    "linux": "Debian: apt install libhidapi-libusb0.",
    "darwin": "Homebrew: brew install hidapi.",
    "win32": "Put hidapi.dll of the libusb/hidapi project into a folder on PATH.",
}


def open_system() -> "HidDecks":
    """The machine's decks; DeckError if libhidapi is missing."""
    try:
        return HidDecks(DeviceManager())
    except ProbeError as error:
        raise DeckError(
            "Stream Decks need the library hidapi, and it cannot be loaded",
            remedy=_HIDAPI.get(sys.platform, "Install hidapi."),
        ) from error


class HidDecks:
    """What is plugged in; implements system.DeckSystem.

    Args:
        manager: of the package, with its transport.
    """

    def __init__(self, manager: DeviceManager) -> None:
        self._manager = manager
        self._seen: frozenset[str] = frozenset()
        self._decks: dict[str, StreamDeck] = {}

    def decks(self) -> tuple[DeckAddress, ...]:
        with _deck_errors("The decks cannot be listed"):
            there = self._manager.transport.enumerate(vid=USBVendorIDs.USB_VID_ELGATO, pid=0)
            seen = frozenset(str(device.path()) for device in there)
            if seen != self._seen:
                known = self._decks
                self._decks = {deck.id(): known.get(deck.id(), deck) for deck in self._manager.enumerate()}
                self._seen = seen
        return tuple(DeckAddress(path, panel_of(deck)) for path, deck in self._decks.items())

    def open(self, address: DeckAddress, sink: Callable[[Touch], None]) -> "HidDeck":
        deck = self._decks.get(address.path)
        if deck is None:
            raise DeckError("The deck has gone", where=address.panel.name)
        try:
            with _deck_errors(f"{address.panel.name} cannot be opened"):
                return HidDeck(deck, sink)
        except DeckError as error:
            nodes = denied()
            if nodes:
                raise DeckDeniedError(error.what, where=", ".join(nodes), remedy=remedy()) from error
            raise


class HidDeck:
    """An open deck; implements system.Deck."""

    def __init__(self, deck: StreamDeck, sink: Callable[[Touch], None]) -> None:
        self._deck = deck
        self._sink = sink
        self._panel = panel_of(deck)
        deck.set_poll_frequency(POLL_HZ)
        deck.set_key_callback(self._key)
        deck.set_dial_callback(self._dial)
        try:
            deck.open()
        except BaseException:
            self.close()
            raise

    @property
    def panel(self) -> Panel:
        return self._panel

    @property
    def alive(self) -> bool:
        thread = self._deck.read_thread
        return bool(self._deck.is_open()) and thread is not None and thread.is_alive()

    def native(self, picture: Picture) -> bytes:
        return bytes(PILHelper.to_native_key_format(self._deck, Image.fromarray(picture)))

    def native_strip(self, picture: Picture) -> bytes:
        return bytes(PILHelper.to_native_touchscreen_format(self._deck, Image.fromarray(picture)))

    def put_key(self, key: int, picture: bytes | None) -> None:
        with _deck_errors("The deck takes no picture"):
            self._deck.set_key_image(key, picture or b"")

    def put_strip(self, left: int, width: int, picture: bytes) -> None:
        with _deck_errors("The deck takes no picture"):
            self._deck.set_touchscreen_image(picture, left, 0, width, self._panel.strip[1])

    def clear_strip(self) -> None:
        width, height = self._panel.strip
        self.put_strip(0, width, self.native_strip(np.zeros((height, width, 3), np.uint8)))

    def put_colour(self, key: int, colour: Rgb) -> None:
        with _deck_errors("The deck takes no colour"):
            self._deck.set_key_color(key, *colour)

    def set_brightness(self, percent: int) -> None:
        with _deck_errors("The deck takes no brightness"):
            self._deck.set_brightness(percent)

    def close(self) -> None:
        self._deck.run_read_thread = False
        thread = self._deck.read_thread
        if thread is not None:
            thread.join()
        with suppress(TransportError, OSError):  # a deck that has gone need not be told goodbye
            self._deck.close()

    # -- on the deck's own thread -------------------------------------------------------------

    def _key(self, _deck: StreamDeck, key: int, down: bool) -> None:
        self._sink(KeyMoved(key, bool(down)))

    def _dial(self, _deck: StreamDeck, dial: int, kind: Any, value: Any) -> None:
        self._sink(DialTurned(dial, int(value)) if kind is DialEventType.TURN else DialMoved(dial, bool(value)))


def panel_of(deck: StreamDeck) -> Panel:
    """What a deck has, in our words."""
    rows, columns = deck.key_layout()
    strip = deck.touchscreen_image_format()["size"]
    return Panel(
        name=deck.deck_type(),
        rows=rows,
        columns=columns,
        key_size=tuple(deck.key_image_format()["size"]),
        touch_keys=deck.touch_key_count(),
        dials=deck.dial_count(),
        strip=tuple(strip),
    )


@contextmanager
def _deck_errors(what: str) -> Iterator[None]:
    """The package's errors as DeckError with its reason."""
    try:
        yield
    except (TransportError, OSError, IndexError, ValueError) as error:
        raise DeckError(f"{what}: {error}") from error
