"""A USB bus by hand, below the real package: decks come and go, keys are pressed, what is sent is read back."""

import io
from collections import deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image
from StreamDeck.DeviceManager import DeviceManager
from StreamDeck.ProductIDs import USBProductIDs, USBVendorIDs
from StreamDeck.Transport.Transport import Transport, TransportError

from app.streamdeck.hid import HidDecks

XL = USBProductIDs.USB_PID_STREAMDECK_XL
MK2 = USBProductIDs.USB_PID_STREAMDECK_MK2
PLUS = USBProductIDs.USB_PID_STREAMDECK_PLUS
NEO = USBProductIDs.USB_PID_STREAMDECK_NEO
PEDAL = USBProductIDs.USB_PID_STREAMDECK_PEDAL
MINI = USBProductIDs.USB_PID_STREAMDECK_MINI

_KEY_PICTURE, _STRIP_PICTURE, _BRIGHTNESS, _COLOUR = 0x07, 0x0C, 0x08, 0x06


class UsbDeck:
    """One deck on the bus, as its firmware sees the reports.

    Attributes:
        sent: the parts whose pictures arrived, in order: key numbers, and "x" with a column of the strip.
        pictures: the newest picture of each, as it was encoded.
    """

    def __init__(self, product: int, path: str) -> None:
        self.product, self._path = product, path
        self.plugged, self.busy = True, False
        self.holders: set[Transport.Device] = set()
        self.sent: list[int | str] = []
        self.pictures: dict[int | str, bytes] = {}
        self.colours: dict[int, tuple[int, ...]] = {}
        self.brightness = -1
        self._part = b""
        self._reports: deque[bytes] = deque()

    # -- the hand -----------------------------------------------------------------------------

    def press(self, *keys: int, of: int = 32) -> None:
        """These keys are down, all others up."""
        self._reports.append(bytes([1, 0, of, 0, *(number in keys for number in range(of))]))

    def turn(self, *detents: int) -> None:
        """The dials of a Stream Deck + were turned."""
        self._reports.append(bytes([1, 3, 5, 0, 1, *(one % 256 for one in detents)]).ljust(14, b"\0"))

    def push(self, *down: bool) -> None:
        """The dials of a Stream Deck + were pushed or let go."""
        self._reports.append(bytes([1, 3, 5, 0, 0, *down]).ljust(14, b"\0"))

    def picture(self, part: int | str) -> npt.NDArray[np.uint8]:
        """What a part shows, decoded."""
        with Image.open(io.BytesIO(self.pictures[part])) as image:
            return np.asarray(image.convert("RGB"))

    # -- the package's side -------------------------------------------------------------------

    def path(self) -> str:
        return self._path

    def is_open(self) -> bool:
        return bool(self.holders)

    def read(self, length: int) -> bytes | None:
        return self._reports.popleft()[:length] if self._reports else None

    def write_feature(self, payload: bytes | bytearray) -> None:
        if payload[1] == _BRIGHTNESS:
            self.brightness = payload[2]
        elif payload[1] == _COLOUR:
            self.colours[payload[2]] = tuple(payload[3:6])

    def write(self, payload: bytes | bytearray) -> None:
        if payload[1] == _KEY_PICTURE:
            self._take(payload[2], payload[3], payload[8 : 8 + payload[4] + 256 * payload[5]])
        elif payload[1] == _STRIP_PICTURE:
            column = payload[2] + 256 * payload[3]
            self._take(f"x{column}", payload[10], payload[16 : 16 + payload[13] + 256 * payload[14]])

    def _take(self, part: int | str, last: int, data: bytes | bytearray) -> None:
        self._part += bytes(data)
        if last:
            self.pictures[part], self._part = self._part, b""
            self.sent.append(part)


class UsbHandle(Transport.Device):
    """One way to a deck: each look at the bus makes new ones, and the package closes those that it drops."""

    def __init__(self, deck: UsbDeck) -> None:
        self._deck = deck

    def open(self) -> None:
        self._there()
        if self._deck.busy:
            raise TransportError("Could not open HID device.")
        self._deck.holders.add(self)

    def close(self) -> None:
        self._deck.holders.discard(self)

    def is_open(self) -> bool:
        return self in self._deck.holders

    def connected(self) -> bool:
        return self._deck.plugged

    def path(self) -> str:
        return self._deck.path()

    def vendor_id(self) -> int:
        return USBVendorIDs.USB_VID_ELGATO

    def product_id(self) -> int:
        return self._deck.product

    def read(self, length: int) -> bytes:
        self._there(opened=True)
        return self._deck.read(length)  # type: ignore[return-value]

    def read_feature(self, report_id: int, length: int) -> bytes:  # noqa: ARG002
        return bytes(length)

    def write_feature(self, payload: bytes | bytearray) -> int:
        self._there(opened=True)
        self._deck.write_feature(payload)
        return len(payload)

    def write(self, payload: bytes | bytearray) -> int:
        self._there(opened=True)
        self._deck.write(payload)
        return len(payload)

    def _there(self, *, opened: bool = False) -> None:
        if not self._deck.plugged or (opened and not self.is_open()):
            raise TransportError("No HID device.")


class UsbBus(Transport):
    """What is plugged in."""

    def __init__(self, *decks: UsbDeck) -> None:
        self.decks = list(decks)
        self.asked = 0

    @staticmethod
    def probe() -> None:
        """It is always there."""

    def enumerate(self, vid: int, pid: int) -> Sequence[Transport.Device]:  # noqa: ARG002
        self.asked += 1
        return [UsbHandle(deck) for deck in self.decks if deck.plugged and pid in (0, deck.product)]

    def system(self) -> HidDecks:
        """The program's way to it."""
        manager = DeviceManager("dummy")
        manager.transport = self
        return HidDecks(manager)
