"""Settings of an output: its name, canvas, rate and wire format, checked once."""

import unicodedata
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.errors import OutputError
from engine.messages.alpha import AlphaOut
from engine.messages.interpolation import Interpolation
from engine.messages.placement import Fit, Upscale
from engine.messages.rates import check_rate

DEFAULT_EDGE = 896
"""Edge of the default canvas: exactly twice the working picture."""

CANVAS_MINIMUM, CANVAS_MAXIMUM = 16, 4096

FORBIDDEN_IN_NAMES = frozenset('\\/:*?"<>|')
"""Receivers store names in paths and settings files; NDI's manual asks to avoid these."""

NAME_LENGTH = 40

MOST_SINKS = 8
"""Each takes a thread and some buffers."""


@dataclass(frozen=True, slots=True)
class SinkSpec:
    """Where the pictures go, written `id` or `id:address`; see `engine.output.sinks.registry`."""

    id: str
    address: str = ""

    @classmethod
    def parse(cls, text: str) -> "SinkSpec":
        """Split what is written, without asking whether there is such a sink."""
        key, _, address = text.partition(":")
        return cls(key, address)

    def __str__(self) -> str:
        return f"{self.id}:{self.address}" if self.address else self.id


NDI_SINK: Final = SinkSpec("ndi")
NULL_SINK: Final = SinkSpec("null")


class WireFormat(Enum):
    """Layout of the pixels handed to the sink."""

    UYVY = "uyvy"
    BGRX = "bgrx"
    RGBX = "rgbx"
    UYVA = "uyva"
    BGRA = "bgra"


WireImage = npt.NDArray[np.uint8]
"""UYVY: uint8 [height, width, 2], (chroma, luma); UYVA: the same and height / 2 rows more, which hold a plane of alpha,
uint8 [height, width]; the others: uint8 [height, width, 4]. C-contiguous."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFormat:
    """Everything about the sent picture that may change while the sender runs.

    Attributes:
        width, height: even, 16..4096 pixels.
        rate: frames per second, 1..240, an exact fraction such as 30000/1001.
        alpha: whether sinks that can carry an alpha are given the matte.
    """

    width: int = DEFAULT_EDGE
    height: int = DEFAULT_EDGE
    rate: Fraction = Fraction(30)
    fit: Fit = Fit.FIT
    upscale: Upscale = Upscale.SMOOTH
    wire: WireFormat = WireFormat.UYVY
    alpha: AlphaOut = AlphaOut.OFF

    def __post_init__(self) -> None:
        for label, size in (("width", self.width), ("height", self.height)):
            if size % 2 or not CANVAS_MINIMUM <= size <= CANVAS_MAXIMUM:
                raise OutputError(
                    f"The canvas {label} cannot be {size}",
                    where=f"{self.width}x{self.height}",
                    remedy=f"Choose even numbers from {CANVAS_MINIMUM} to {CANVAS_MAXIMUM}.",
                )
        check_rate(self.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputConfig:
    """An output as the user configures it.

    Attributes:
        name: the source name receivers see behind the machine's name; it also finds a running output.
        width, height: even, 16..4096 pixels.
        fps: 1..240, exact.
        sinks: where a new output sends to at first, each once; the first one's figures stand for the output's.
        interpolation: at the start; it changes while the output runs.
    """

    name: str = "Hardcut"
    width: int = DEFAULT_EDGE
    height: int = DEFAULT_EDGE
    fps: Fraction = Fraction(30)
    fit: Fit = Fit.FIT
    upscale: Upscale = Upscale.SMOOTH
    sinks: tuple[SinkSpec, ...] = (NDI_SINK,)
    interpolation: Interpolation = Interpolation.OFF
    alpha: AlphaOut = AlphaOut.OFF

    def __post_init__(self) -> None:
        check_name(self.name)
        self.video()
        check_sinks(self.sinks)

    def video(self) -> VideoFormat:
        """Return the part that may change while the sender runs."""
        return VideoFormat(
            width=self.width,
            height=self.height,
            rate=self.fps,
            fit=self.fit,
            upscale=self.upscale,
            alpha=self.alpha,
        )


def check_sinks(sinks: tuple[SinkSpec, ...]) -> None:
    """Refuse more sinks than an output can feed, or one of them twice.

    Raises:
        OutputError: with the sink, or how many there are.
    """
    if len(sinks) > MOST_SINKS:
        raise OutputError(f"An output cannot have {len(sinks)} sinks", remedy=f"Choose at most {MOST_SINKS}.")
    twice = next((one for place, one in enumerate(sinks) if one in sinks[:place]), None)
    if twice is not None:
        raise OutputError("A sink is named twice", where=str(twice))


def check_name(name: str) -> None:
    """Refuse a name that receivers, or the files named after it, could not carry.

    Raises:
        OutputError: with the character or the length that is wrong.
    """
    remedy = f"Choose 1 to {NAME_LENGTH} characters without {' '.join(sorted(FORBIDDEN_IN_NAMES))}."
    if not name or len(name) > NAME_LENGTH:
        raise OutputError(f"The output name has {len(name)} characters", where=name, remedy=remedy)
    for character in name:
        unprintable = character != " " and unicodedata.category(character)[0] in "CZ"
        if character in FORBIDDEN_IN_NAMES or unprintable:
            raise OutputError(f"The output name must not contain {character!r}", where=name, remedy=remedy)
    if name != name.strip(" ."):
        raise OutputError("The output name must not begin or end with a space or a dot", where=name, remedy=remedy)


def parse_size(text: str) -> tuple[int, int]:
    """Read WxH.

    Raises:
        OutputError: if it is not two whole numbers.
    """
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise OutputError("This is not a canvas size", where=text, remedy="Write width and height, such as 896x896.")
    return int(width), int(height)
