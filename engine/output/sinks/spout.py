"""Spout: pictures for other programs on the same Windows machine, through its graphics card, by SpoutGL (an extra).

Never run so far: the calls follow the SDK's documentation (https://spoutgl-site.netlify.app) and SpoutGL 0.1.1.
"""

import importlib
from collections.abc import Callable
from typing import Any, Final

from engine.errors import OutputError
from engine.output.settings import VideoFormat, WireImage
from engine.output.sinks.base import SinkStatus

GL_RGBA: Final = 0x1908
"""OpenGL's number for the layout."""


def load() -> Any:
    """Return SpoutGL's module.

    Raises:
        OutputError: it is missing.
    """
    try:
        return importlib.import_module("SpoutGL")
    except (ImportError, OSError) as error:
        raise OutputError(
            f"SpoutGL cannot be loaded: {error}",
            remedy="It runs on Windows; install the extra there: pip install hardcut[spout].",
        ) from error


def hindrance() -> str:
    """Return why nothing can be sent by Spout from here, as a sentence; "" where it may."""
    try:
        load()
    except OutputError as error:
        return str(error)
    return ""


class SpoutSink:
    """One Spout sender, under the output's name.

    Args:
        library: finds SpoutGL.
    """

    def __init__(self, name: str, library: Callable[[], Any] = load) -> None:
        self._name = name
        self._library = library
        self._sender: Any = None

    def open(self) -> None:
        sender = self._library().SpoutSender()
        if not sender.createOpenGL():
            raise OutputError("Spout finds no OpenGL here", remedy="It needs a graphics card with its driver.")
        sender.setSenderName(self._name)
        self._sender = sender

    def wanted(self) -> bool:
        return self._sender is not None

    def send(self, image: WireImage, video: VideoFormat) -> None:
        if self._sender is None:
            return
        if not self._sender.sendImage(image, video.width, video.height, GL_RGBA, False, 0):
            raise OutputError("Spout did not take the picture", where=self._name)
        self._sender.setFrameSync(self._name)

    def status(self) -> SinkStatus:
        return SinkStatus(self._name if self._sender is not None else "", 0, False)

    def close(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            sender.releaseSender()
            sender.closeOpenGL()
