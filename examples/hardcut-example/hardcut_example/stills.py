"""The sink: one picture a second, as numbered PPM files. It runs in the output process: no torch, no Qt here."""

from pathlib import Path

from engine.errors import OutputError
from engine.output.settings import VideoFormat, WireFormat, WireImage
from engine.output.sinks.base import SinkStatus
from engine.output.sinks.registry import SinkEntry


class StillsSink:
    """Writes 000001.ppm, 000002.ppm, … into a folder."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder).expanduser()
        self._seen = 0
        self._written = 0

    def open(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"The folder cannot be made: {error.strerror}", where=str(self._folder)) from error

    def wanted(self) -> bool:
        return True

    def send(self, image: WireImage, video: VideoFormat) -> None:
        self._seen += 1
        if self._seen % max(round(video.rate), 1):
            return
        path = self._folder / f"{self._written + 1:06}.ppm"
        draft = path.with_suffix(".draft")
        try:
            draft.write_bytes(b"P6 %d %d 255\n" % (video.width, video.height) + image[..., :3].tobytes())
            draft.replace(path)
        except OSError as error:
            raise OutputError(f"The still cannot be written: {error.strerror}", where=str(path)) from error
        self._written += 1

    def status(self) -> SinkStatus:
        return SinkStatus(name=str(self._folder), connections=0, tally=False)

    def close(self) -> None:
        return


STILLS = SinkEntry(
    id="stills",
    label="Stills",
    forms=("stills:FOLDER",),
    formats=(WireFormat.RGBX,),
    build=lambda request: StillsSink(request.address),
)
