"""Syphon in: what another program on the same Mac sends, by syphon-python (an extra).

Never run so far: the calls follow syphon-python 0.1.1 (https://github.com/cansik/syphon-python). Its pictures stand
upside down, as OpenGL has them.
"""

import importlib
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.clock import Clock
from engine.errors import SourceError
from engine.sources.base import READ_TIMEOUT_S, Picture
from engine.sources.fit import fit
from engine.sources.names import match_name

_BGRA_FORMATS = (80, 81)
"""MTLPixelFormatBGRA8Unorm and its sRGB kin."""


def load(part: str = "syphon") -> Any:
    """A module of syphon-python.

    Raises:
        SourceError: it is missing.
    """
    try:
        return importlib.import_module(part)
    except (ImportError, OSError) as error:
        raise SourceError(
            f"Syphon cannot be loaded: {error}",
            remedy="It runs on macOS; install the extra there: pip install hardcut[syphon].",
        ) from error


def list_servers(library: Callable[[str], Any] = load) -> dict[str, Any]:
    """The servers on this machine: how each is called, and what syphon-python knows of it. Takes a second.

    Raises:
        SourceError: the library is missing.
    """
    servers = library("syphon").SyphonServerDirectory().servers
    return {" - ".join(filter(None, (one.app_name, one.name))): one for one in servers}


class SyphonSource:
    """Receives one server, by a part of its program's or its own name; "" is the only one there is."""

    def __init__(self, name: str, clock: Clock, halt: threading.Event, library: Callable[[str], Any] = load) -> None:
        self._name = name
        self._clock = clock
        self._halt = halt
        self._library = library
        self._client: Any = None
        self._server = ""

    @property
    def label(self) -> str:
        return self._server or self._name or "Syphon"

    @property
    def rate(self) -> float:
        return 0.0

    def open(self) -> None:
        servers = list_servers(self._library)
        name = match_name(self._name, tuple(servers), "Syphon servers")
        if name is None:
            told = f"There are: {', '.join(servers)}." if servers else "Nothing is sent by Syphon now."
            raise SourceError("There is no such Syphon server", where=self._name, remedy=told)
        self._server = name
        self._client = self._library("syphon").SyphonMetalClient(servers[name])

    def read(self) -> Picture | None:
        client = self._client
        if not client.is_valid:
            raise SourceError("The Syphon server is gone", where=self._server)
        if not client.has_new_frame:
            self._halt.wait(READ_TIMEOUT_S / 50)
            return None
        texture = client.new_frame_image
        pixels = self._library("syphon.utils.numpy").copy_mtl_texture_to_image(texture)
        upright = np.ascontiguousarray(pixels[::-1, :, :3])
        if texture.pixelFormat() in _BGRA_FORMATS:
            upright = np.ascontiguousarray(upright[..., ::-1])
        return Picture(image=np.asarray(fit(upright)), capture_ns=self._clock.now_ns())

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.stop()
