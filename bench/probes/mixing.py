"""Calls to be timed: input and dream in one picture, the matte that keys them, the alpha and the logo on the canvas."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from engine.messages.alpha import AlphaOut
from engine.messages.frame import InputFrame
from engine.messages.mix import MixTrack
from engine.mixing.mattes import as_bytes, person_matter, whole
from engine.mixing.mixer import mix_chunk
from engine.output.alpha_canvas import canvas_for
from engine.output.logo import LogoCanvas, stamp_of
from engine.output.over import lay_over
from engine.output.settings import VideoFormat, WireFormat


def calls_of(frames: Sequence[InputFrame]) -> dict[str, Callable[[], object]]:
    """Return a call for each part, by its name among the figures; each call is one picture."""
    random = np.random.default_rng(0)
    dream = random.integers(0, 256, (448, 448, 4), np.uint8)
    estimator, stream = person_matter(), itertools.count()

    def look() -> object:
        number = next(stream)
        frame = frames[number % len(frames)]
        return estimator.push(
            InputFrame(number, number * frames[1].capture_ns, 1, frame.image), number * frames[1].capture_ns
        )

    found = estimator.push(frames[0], 0)
    assert found is not None
    matte = as_bytes(found)

    def mix(track: MixTrack) -> Callable[[], object]:
        return lambda: mix_chunk((dream,), frames[:1], track, lambda frame: whole(matte, frame))

    def carry(alpha: AlphaOut, wire: WireFormat) -> Callable[[], object]:
        canvas = canvas_for(VideoFormat(wire=wire, alpha=alpha))
        out = canvas.black()
        return lambda: canvas.draw(dream, 1.0, out)

    video = VideoFormat(width=1920, height=1080)
    picture = random.integers(0, 256, (1080, 1920, 2), np.uint8)
    logo = random.integers(0, 256, (200, 600, 4), np.uint8)
    stamp = stamp_of(logo, 0.2, 0.95, 0.95, LogoCanvas(video.wire, 1920, 1080))
    assert stamp is not None
    return {
        "mix off": mix(MixTrack()),
        "mix": mix(MixTrack(dry=(0.5,))),
        "key": mix(MixTrack(person=(1.0,), alpha=True)),
        "matte": look,
        "uyva": carry(AlphaOut.UYVA, WireFormat.UYVA),
        "bgra": carry(AlphaOut.BGRA_PREMULTIPLIED, WireFormat.BGRA),
        "logo": lambda: lay_over(stamp, picture, video),
    }
