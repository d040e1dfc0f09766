"""A sink that nobody watches but that behaves as if someone did: for tests, benchmarks and systems without NDI."""

from engine.output.settings import VideoFormat, WireImage
from engine.output.sinks.base import SinkStatus


class NullSink:
    """Request every picture, and drop it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def open(self) -> None:
        pass

    def wanted(self) -> bool:
        return True

    def send(self, image: WireImage, video: VideoFormat) -> None:
        pass

    def status(self) -> SinkStatus:
        return SinkStatus(f"{self._name} (nowhere)", 0, False)

    def close(self) -> None:
        pass
