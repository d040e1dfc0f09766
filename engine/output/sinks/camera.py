"""A virtual camera, for programs that take webcams, by pyvirtualcam (an extra: it is under the GPL).

On Linux the kernel module v4l2loopback makes the camera, on Windows and macOS OBS or Unity Capture.
"""

import importlib
import sys
from collections.abc import Callable
from typing import Any, Final

from engine.errors import OutputError
from engine.output.settings import VideoFormat, WireImage
from engine.output.sinks.base import SinkStatus

REMEDY: Final = {
    "linux": "Load the kernel module: sudo modprobe v4l2loopback exclusive_caps=1 card_label=Hardcut.",
    "win32": "Install OBS Studio, and start its virtual camera once.",
    "darwin": "Install OBS Studio, and start its virtual camera once.",
}
"""What makes the cameras that pyvirtualcam sends to, by sys.platform."""


def load() -> Any:
    """Return pyvirtualcam's module.

    Raises:
        OutputError: it is missing.
    """
    try:
        return importlib.import_module("pyvirtualcam")
    except (ImportError, OSError) as error:
        raise OutputError(
            f"pyvirtualcam cannot be loaded: {error}", remedy="Install the extra: pip install hardcut[camera]."
        ) from error


def hindrance() -> str:
    """Return why there can be no virtual camera here, as a sentence; "" where there may be one."""
    try:
        load()
    except OutputError as error:
        return str(error)
    return ""


class VirtualCamera:
    """The sink. Its library is told the size when it opens a device, so that happens with the first picture.

    Args:
        device: of the camera, such as /dev/video4 or a backend's name for it; "": the first free one.
        library: finds pyvirtualcam.
    """

    def __init__(self, device: str, library: Callable[[], Any] = load) -> None:
        self._device = device
        self._library = library
        self._module: Any = None
        self._camera: Any = None
        self._format: tuple[int, int, float] | None = None

    def open(self) -> None:
        self._module = self._library()
        self._begin(VideoFormat(width=1280, height=720))  # to know now whether there is one

    def wanted(self) -> bool:
        return self._module is not None

    def send(self, image: WireImage, video: VideoFormat) -> None:
        if self._module is None:
            return
        if self._format != _key(video):
            self._begin(video)
        self._camera.send(image)

    def status(self) -> SinkStatus:
        if self._camera is None:
            return SinkStatus("", 0, False)
        return SinkStatus(str(self._camera.device), 0, False, remark=str(self._camera.backend))

    def close(self) -> None:
        camera, self._camera, self._format, self._module = self._camera, None, None, None
        if camera is not None:
            camera.close()

    def _begin(self, video: VideoFormat) -> None:
        """Open the device for pictures of this format."""
        if self._camera is not None:
            self._camera.close()
            self._camera = self._format = None
        try:
            self._camera = self._module.Camera(
                width=video.width,
                height=video.height,
                fps=float(video.rate),
                fmt=self._module.PixelFormat.RGBA,
                device=self._device or None,
            )
        except (RuntimeError, ValueError, OSError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise OutputError(
                f"No virtual camera can be had: {reason}", where=self._device, remedy=REMEDY.get(sys.platform, "")
            ) from error
        self._format = _key(video)


def _key(video: VideoFormat) -> tuple[int, int, float]:
    return video.width, video.height, float(video.rate)
