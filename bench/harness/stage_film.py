"""A film of the stage: what a camera would see of it, without what the stage knows of itself."""

from pathlib import Path
from typing import Final

import av

from engine.messages.frame import FRAME_SIZE
from engine.sources.stage.render import StageRenderer

BEGIN_S: Final = 1.0
RATE: Final = 30


def write_film(path: Path, seconds: float) -> None:
    """Write so many seconds of the stage as H.264, 448×448 at 30 frames a second."""
    renderer = StageRenderer()
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=RATE, options={"preset": "ultrafast", "crf": "18"})
        stream.height = stream.width = FRAME_SIZE
        stream.pix_fmt = "yuv420p"
        for number in range(round(seconds * RATE)):
            image, _ = renderer.render(BEGIN_S + number / RATE)
            film.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        film.mux(stream.encode(None))
