"""An NDI source by its name, or a part of it."""

import threading
from typing import Any, Final

import cv2

from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.errors import SourceError
from engine.messages.frame import AlphaImage, RgbImage
from engine.sources.base import READ_TIMEOUT_S, Picture
from engine.sources.fit import fit_with_alpha
from engine.sources.hdr import Transfer
from engine.sources.names import match_name
from engine.sources.ndi_colour import NdiColour, read_colour
from engine.sources.ndi_library import Finder, NdiLayout, NdiPicture, NdiSender, Receiver
from engine.sources.yuv import fit_bgrx, fit_rgbx, fit_uyvy

DISCOVERY_S: Final = 5.0
"""How long a name is looked for: multicast discovery takes seconds."""

_GONE_NS: Final = 300 * NS_PER_MS  # without pictures and without a connection
_SILENT_NS: Final = 5 * NS_PER_SECOND  # connected, but no picture: connect anew
_POLL_MS: Final = round(READ_TIMEOUT_S * 1000)


def list_sources(timeout_s: float, extra_ips: str = "") -> tuple[NdiSender, ...]:
    """The senders found within timeout_s.

    Raises:
        SourceError: NDI is not available.
    """
    finder = Finder(extra_ips)
    try:
        for _ in range(max(round(timeout_s * 1000 / _POLL_MS), 1)):
            finder.wait(_POLL_MS)
        return finder.sources()
    finally:
        finder.close()


class NdiSource:
    """Receives the newest pictures of one sender and finds it again when it returns.

    Args:
        name: the sender's name, "MACHINE (Name)", or a part of it.
        extra_ips: where to look besides multicast discovery, separated by commas.
    """

    def __init__(self, name: str, clock: Clock, halt: threading.Event, *, extra_ips: str = "") -> None:
        self._name = name
        self._clock = clock
        self._halt = halt
        self._extra_ips = extra_ips
        self._finder: Finder | None = None
        self._receiver: Receiver | None = None
        self._sender: NdiSender | None = None
        self._last_ns = 0
        self._label = name
        self._rate = 0.0

    @property
    def label(self) -> str:
        return self._label

    @property
    def rate(self) -> float:
        return self._rate

    def open(self) -> None:
        """Find the sender (for DISCOVERY_S at most) and connect; once found, only its full name will do."""
        self._disconnect()
        if self._finder is None:
            self._finder = Finder(self._extra_ips)
        wanted = self._sender.name if self._sender else self._name
        sender = self._find(self._finder, wanted)
        self._receiver = Receiver(sender)
        self._sender = sender
        self._last_ns = self._clock.now_ns()

    def read(self) -> Picture | None:
        receiver = self._receiver
        assert receiver is not None, "open comes first"
        video = receiver.capture(_POLL_MS)
        now_ns = self._clock.now_ns()
        if video is None:
            self._watch(receiver, now_ns)
            return None
        self._last_ns = now_ns
        image, alpha = self._convert(receiver, video)
        return Picture(image=image, capture_ns=now_ns, alpha=alpha)

    def close(self) -> None:
        self._disconnect()
        finder, self._finder = self._finder, None
        if finder is not None:
            finder.close()

    def _disconnect(self) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.close()

    def _find(self, finder: Finder, wanted: str) -> NdiSender:
        deadline_ns = self._clock.now_ns() + round(DISCOVERY_S * NS_PER_SECOND)
        while True:
            known = {source.name: source for source in finder.sources()}
            name = match_name(wanted, list(known), "NDI sources")
            if name is not None:
                return known[name]
            if self._halt.is_set() or self._clock.now_ns() >= deadline_ns:
                break
            finder.wait(_POLL_MS)
        others = f"Found: {', '.join(known)}." if known else "None was found in the network."
        raise SourceError("There is no such NDI source", where=wanted, remedy=others)

    def _watch(self, receiver: Receiver, now_ns: int) -> None:
        """No picture came: is the sender gone, or back at another address?"""
        assert self._finder is not None and self._sender is not None
        silent_ns = now_ns - self._last_ns
        if silent_ns < _GONE_NS:
            return
        for source in self._finder.sources():
            if source.name == self._sender.name and source.url != self._sender.url:
                # The library reconnects by itself with multicast discovery only.
                self._sender = source
                receiver.connect(source)
                self._last_ns = now_ns
                return
        waiting_first = self._rate == 0.0 and silent_ns < _SILENT_NS
        if waiting_first or (receiver.connected and silent_ns < _SILENT_NS):
            return
        what = "The NDI source sends no picture" if receiver.connected else "The NDI source is gone"
        raise SourceError(what, where=self._sender.name)

    def _convert(self, receiver: Receiver, video: Any) -> tuple[RgbImage, AlphaImage | None]:
        assert self._sender is not None
        try:
            picture = receiver.view(video)
            height, width = picture.pixels.shape[:2]
            self._rate = picture.rate
            colour = read_colour(picture.metadata)
            shown = "" if colour.transfer is Transfer.SDR else f", {colour.transfer.value} shown as SDR"
            self._label = f"{self._sender.name}, {width}×{height}, {picture.rate:.5g} fps{shown}"
            image, alpha = _fitted(picture, colour)
            return colour.shown(image), alpha
        finally:
            receiver.free(video)


def _fitted(picture: NdiPicture, colour: NdiColour) -> tuple[RgbImage, AlphaImage | None]:
    match picture.layout:
        case NdiLayout.UYVY:
            return fit_uyvy(picture.pixels, colour.weights), None
        case NdiLayout.BGRX:
            return fit_bgrx(picture.pixels), None
        case NdiLayout.BGRA:
            return fit_with_alpha(picture.pixels, cv2.COLOR_BGRA2RGB)
        case NdiLayout.RGBX:
            return fit_rgbx(picture.pixels), None
        case NdiLayout.RGBA:
            return fit_with_alpha(picture.pixels)
