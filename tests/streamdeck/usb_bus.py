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


class UsbDeck(Transport.Device):
    """One deck on the bus, as its firmware sees the reports.

    Attributes:
        sent: the parts whose pictures arrived, in order: key numbers, and "x" with a column of the strip.
        pictures: the newest picture of each, as it was encoded.
    """

    def __init__(self, product: int, path: str) -> None:
        self.product, self._path = product, path
        self.plugged, self.busy, self._opened = True, False, False
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

    def open(self) -> None:
        self._there()
        if self.busy:
            raise TransportError("Could not open HID device.")
        self._opened = True

    def close(self) -> None:
        self._opened = False

    def is_open(self) -> bool:
        return self._opened

    def connected(self) -> bool:
        return self.plugged

    def path(self) -> str:
        return self._path

    def vendor_id(self) -> int:
        return USBVendorIDs.USB_VID_ELGATO

    def product_id(self) -> int:
        return self.product

    def read(self, length: int) -> bytes:
        self._there(opened=True)
        return self._reports.popleft()[:length] if self._reports else None  # type: ignore[return-value]

    def read_feature(self, report_id: int, length: int) -> bytes:  # noqa: ARG002
        return bytes(length)

    def write_feature(self, payload: bytes | bytearray) -> int:
        self._there(opened=True)
        if payload[1] == _BRIGHTNESS:
            self.brightness = payload[2]
        elif payload[1] == _COLOUR:
            self.colours[payload[2]] = tuple(payload[3:6])
        return len(payload)

    def write(self, payload: bytes | bytearray) -> int:
        self._there(opened=True)
        if payload[1] == _KEY_PICTURE:
            self._take(payload[2], payload[3], payload[8 : 8 + payload[4] + 256 * payload[5]])
        elif payload[1] == _STRIP_PICTURE:
            column = payload[2] + 256 * payload[3]
            self._take(f"x{column}", payload[10], payload[16 : 16 + payload[13] + 256 * payload[14]])
        return len(payload)

    def _take(self, part: int | str, last: int, data: bytes | bytearray) -> None:
        self._part += bytes(data)
        if last:
            self.pictures[part], self._part = self._part, b""
            self.sent.append(part)

    def _there(self, *, opened: bool = False) -> None:
        if not self.plugged or (opened and not self._opened):
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
        return [deck for deck in self.decks if deck.plugged and pid in (0, deck.product)]

    def system(self) -> HidDecks:
        """The program's way to it."""
        manager = DeviceManager("dummy")
        manager.transport = self
        return HidDecks(manager)
