"""Spout in: what another program on the same Windows machine sends, by SpoutGL (an extra).

Never run so far: the calls follow the SDK's documentation (https://spoutgl-site.netlify.app) and SpoutGL 0.1.1.
Alpha is left aside: many senders leave it empty.
"""

import importlib
import threading
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_SECOND, Clock
from engine.errors import SourceError
from engine.sources.base import READ_TIMEOUT_S, Picture
from engine.sources.fit import fit
from engine.sources.names import match_name

GL_RGBA: Final = 0x1908
"""OpenGL's number for the layout."""

LOST_NS: Final = 2 * NS_PER_SECOND
"""A sender that has not been connected for so long has gone."""


def load() -> Any:
    """SpoutGL's module.

    Raises:
        SourceError: it is missing.
    """
    try:
        return importlib.import_module("SpoutGL")
    except (ImportError, OSError) as error:
        raise SourceError(
            f"SpoutGL cannot be loaded: {error}",
            remedy="It runs on Windows; install the extra there: pip install hardcut[spout].",
        ) from error


def list_senders(library: Callable[[], Any] = load) -> tuple[str, ...]:
    """Names of the senders on this machine; SourceError without the library."""
    return tuple(str(name) for name in library().SpoutReceiver().getSenderList())


class SpoutSource:
    """Receives one sender, by a part of its name; "" is the one that was chosen last on this machine."""

    def __init__(self, name: str, clock: Clock, halt: threading.Event, library: Callable[[], Any] = load) -> None:
        self._name = name
        self._clock = clock
        self._halt = halt
        self._library = library
        self._receiver: Any = None
        self._buffer: npt.NDArray[np.uint8] | None = None
        self._sender = ""
        self._connected_ns = 0

    @property
    def label(self) -> str:
        size = f", {self._buffer.shape[1]}×{self._buffer.shape[0]}" if self._buffer is not None else ""
        return f"{self._sender or self._name or 'Spout'}{size}"

    @property
    def rate(self) -> float:
        return 0.0

    def open(self) -> None:
        library = self._library()
        self._sender = self._find(library) if self._name else ""
        receiver = library.SpoutReceiver()
        if not receiver.createOpenGL():
            raise SourceError("Spout finds no OpenGL here", remedy="It needs a graphics card with its driver.")
        receiver.setReceiverName(self._sender)
        self._receiver, self._buffer = receiver, None
        self._connected_ns = self._clock.now_ns()

    def read(self) -> Picture | None:
        receiver = self._receiver
        received = receiver.receiveImage(self._buffer, GL_RGBA, False, 0)
        if receiver.isUpdated():
            size = receiver.getSenderHeight(), receiver.getSenderWidth(), 4
            self._buffer = np.zeros(size, np.uint8)
            self._connected_ns = self._clock.now_ns()
            return None
        if receiver.isConnected():
            self._connected_ns = self._clock.now_ns()
        elif self._clock.now_ns() - self._connected_ns > LOST_NS:
            raise SourceError("The Spout sender is gone", where=self._sender or self._name)
        if received and self._buffer is not None and receiver.isFrameNew():
            return Picture(image=np.ascontiguousarray(fit(self._buffer)[..., :3]), capture_ns=self._clock.now_ns())
        self._halt.wait(READ_TIMEOUT_S / 50)
        return None

    def close(self) -> None:
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.releaseReceiver()
            receiver.closeOpenGL()

    def _find(self, library: Any) -> str:
        names = [str(name) for name in library.SpoutReceiver().getSenderList()]
        found = match_name(self._name, names, "Spout senders")
        if found is None:
            told = f"There are: {', '.join(names)}." if names else "Nothing is sent by Spout now."
            raise SourceError("There is no such Spout sender", where=self._name, remedy=told)
        return found
