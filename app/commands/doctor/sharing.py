"""`hardcut doctor` on displays and what goes to other programs of this machine: sent, read back and compared."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from app.commands.doctor.finding import Finding, State
from engine.clock import SystemClock
from engine.errors import EngineError
from engine.messages.frame import FRAME_SIZE
from engine.output.settings import SinkSpec, VideoFormat
from engine.output.sinks.base import Sink
from engine.output.sinks.registry import build_sink, find_sink
from engine.registry import hindrance_of
from engine.sources.base import Source
from engine.sources.registry import build_source
from engine.sources.spec import SourceSpec

TEST_NAME: Final = "Hardcut self-test"
PATIENCE_S: Final = 3.0
LOOK_S: Final = 0.03
MOST_OFF: Final = 6.0
"""Levels by which a picture may differ on average: it is scaled, not encoded."""

_CORNERS: Final = ((220, 40, 40), (40, 220, 40), (40, 40, 220), (220, 220, 40))
"""Top left, top right, bottom left, bottom right."""


def check_displays() -> Iterator[Finding]:
    """Tell the displays that the output can cover, or why it can cover none."""
    entry = find_sink(SinkSpec("display"))
    hindrance = hindrance_of(entry)
    if hindrance:
        yield Finding(State.NOTE, f"No display can be covered: {hindrance}")
        return
    from engine.output.sinks.sdl import Sdl

    sdl = Sdl()
    try:
        told = [f"{one.number}: {one.name}, {one.width}×{one.height}, {one.hertz} Hz" for one in sdl.displays()]
    finally:
        sdl.close()
    yield Finding(State.OK, f"Displays: {'; '.join(told)}.")


def check_sharing() -> Iterator[Finding]:
    """Send a picture by Spout and Syphon where they are, read it back and compare; open the virtual camera."""
    for kind in ("spout", "syphon"):
        entry = find_sink(SinkSpec(kind))
        if hindrance_of(entry):
            yield Finding(State.OK, f"{entry.label} is not here: it needs {entry.needs}.")
        else:
            yield self_test(
                entry.label,
                build_sink(SinkSpec(kind), TEST_NAME),
                partial(build_source, SourceSpec(kind, TEST_NAME), SystemClock()),
            )
    yield _camera()


def self_test(label: str, sink: Sink, make_source: Callable[[threading.Event], Source]) -> Finding:
    """Send a picture with four different corners, receive it, and compare."""
    halt = threading.Event()
    source = make_source(halt)
    picture = corners()
    received: npt.NDArray[np.uint8] | None = None
    try:
        sink.open()
        video = VideoFormat(width=FRAME_SIZE, height=FRAME_SIZE)
        sink.send(picture, video)
        source.open()
        until = time.monotonic() + PATIENCE_S
        while received is None and time.monotonic() < until:
            sink.send(picture, video)
            found = source.read()
            received = found.image if found is not None else None
            halt.wait(LOOK_S)
    except EngineError as error:
        return Finding(State.PROBLEM, f"{label} does not work: {error}")
    finally:
        source.close()
        sink.close()
    if received is None:
        return Finding(State.PROBLEM, f"{label} sends, but nothing of it can be received within {PATIENCE_S:g} s.")
    return _compared(label, received, picture[..., :3])


def corners() -> npt.NDArray[np.uint8]:
    """A picture of four colours: uint8 [448, 448, 4], R G B X."""
    picture = np.full((FRAME_SIZE, FRAME_SIZE, 4), 255, np.uint8)
    half = FRAME_SIZE // 2
    for number, colour in enumerate(_CORNERS):
        top, left = number // 2 * half, number % 2 * half
        picture[top : top + half, left : left + half, :3] = colour
    return picture


def _compared(label: str, received: npt.NDArray[np.uint8], sent: npt.NDArray[np.uint8]) -> Finding:
    readings = {
        "as it was sent": sent,
        "upside down": sent[::-1],
        "mirrored": sent[:, ::-1],
        "with red and blue exchanged": sent[..., ::-1],
    }
    off = {words: float(np.abs(received.astype(np.int16) - wanted).mean()) for words, wanted in readings.items()}
    words = min(off, key=lambda one: off[one])
    if off[words] > MOST_OFF:
        return Finding(State.PROBLEM, f"{label} returns another picture: {off['as it was sent']:.0f} levels off.")
    state = State.OK if words == "as it was sent" else State.PROBLEM
    return Finding(state, f"{label}: a picture came back {words}.")


def _camera() -> Finding:
    entry = find_sink(SinkSpec("camera"))
    if hindrance_of(entry):
        return Finding(State.OK, "The extra for a virtual camera is not installed.")
    camera = build_sink(SinkSpec("camera"), TEST_NAME)
    try:
        camera.open()
        camera.send(corners(), VideoFormat(width=FRAME_SIZE, height=FRAME_SIZE))
        status = camera.status()
    except EngineError as error:
        return Finding(State.NOTE, str(error))
    finally:
        camera.close()
    return Finding(State.OK, f"Virtual camera: {status.name} ({status.remark}).")
