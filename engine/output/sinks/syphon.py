"""Syphon: pictures for other programs on the same Mac, through its graphics card, by syphon-python (an extra).

Never run so far: the calls follow syphon-python 0.1.1 (https://github.com/cansik/syphon-python). Its pictures stand
upside down, as OpenGL has them; ours are told to be the other way round.
"""

import importlib
from collections.abc import Callable
from typing import Any

from engine.errors import OutputError
from engine.output.settings import VideoFormat, WireImage
from engine.output.sinks.base import SinkStatus


def load(part: str = "syphon") -> Any:
    """Return a module of syphon-python.

    Raises:
        OutputError: it is missing.
    """
    try:
        return importlib.import_module(part)
    except (ImportError, OSError) as error:
        raise OutputError(
            f"Syphon cannot be loaded: {error}",
            remedy="It runs on macOS; install the extra there: pip install hardcut[syphon].",
        ) from error


def hindrance() -> str:
    """Return why nothing can be sent by Syphon from here, as a sentence; "" where it may."""
    try:
        load()
    except OutputError as error:
        return str(error)
    return ""


class SyphonSink:
    """One Syphon server, under the output's name.

    Args:
        library: finds a module of syphon-python by its name.
    """

    def __init__(self, name: str, library: Callable[[str], Any] = load) -> None:
        self._name = name
        self._library = library
        self._server: Any = None
        self._texture: Any = None
        self._size = (0, 0)

    def open(self) -> None:
        self._server = self._library("syphon").SyphonMetalServer(self._name)

    def wanted(self) -> bool:
        return self._server is not None and bool(self._server.has_clients)

    def send(self, image: WireImage, video: VideoFormat) -> None:
        if self._server is None:
            return
        if self._size != (video.width, video.height):
            make = self._library("syphon.utils.raw").create_mtl_texture
            self._texture = make(self._server.device, video.width, video.height)
            self._size = video.width, video.height
        self._library("syphon.utils.numpy").copy_image_to_mtl_texture(image, self._texture)
        self._server.publish_frame_texture(self._texture, is_flipped=True)

    def status(self) -> SinkStatus:
        if self._server is None:
            return SinkStatus("", 0, False)
        return SinkStatus(self._name, int(bool(self._server.has_clients)), False)

    def close(self) -> None:
        server, self._server, self._texture, self._size = self._server, None, None, (0, 0)
        if server is not None:
            server.stop()
