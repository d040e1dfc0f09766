"""What the engine may change while the output runs, as words in shared memory."""

from dataclasses import dataclass
from fractions import Fraction

from engine.messages.alpha import AlphaOut
from engine.messages.interpolation import Interpolation
from engine.messages.placement import Fit, Upscale
from engine.output.layout import SharedMemory, Word, as_float, as_word
from engine.output.settings import VideoFormat, WireFormat

INTERPOLATIONS = tuple(Interpolation)
"""Words and inheritances hold an index of it."""

_ALPHAS = tuple(AlphaOut)
_FITS = tuple(Fit)
_UPSCALES = tuple(Upscale)
_WIRES = tuple(WireFormat)


@dataclass(frozen=True, slots=True)
class Controls:
    """What the performer moves: see engine.output.programme.Programme, Interpolation and strobe_guard.

    Attributes:
        strobe: the picture may flash as it comes.
        level: 0..1.
        fade_s: how long blackout and freeze take; 0: no time.
        jumps: how often they were asked to be at once where they are going.
    """

    strobe: bool = False
    freeze: bool = False
    blackout: bool = False
    level: float = 1.0
    interpolation: Interpolation = Interpolation.OFF
    fade_s: float = 0.0
    jumps: int = 0


def read_controls(memory: SharedMemory) -> Controls:
    """Read the requested controls."""
    words = memory.words
    return Controls(
        strobe=bool(words[Word.STROBE]),
        freeze=bool(words[Word.FREEZE]),
        blackout=bool(words[Word.BLACKOUT]),
        level=as_float(words[Word.LEVEL]),
        interpolation=INTERPOLATIONS[words[Word.INTERPOLATION] % len(INTERPOLATIONS)],
        fade_s=as_float(words[Word.FADE]),
        jumps=int(words[Word.JUMPS]),
    )


def write_controls(memory: SharedMemory, controls: Controls) -> None:
    """Request controls (writer only)."""
    memory.words[Word.STROBE] = controls.strobe
    memory.words[Word.FREEZE] = controls.freeze
    memory.words[Word.BLACKOUT] = controls.blackout
    memory.words[Word.LEVEL] = as_word(controls.level)
    memory.words[Word.INTERPOLATION] = INTERPOLATIONS.index(controls.interpolation)
    memory.words[Word.FADE] = as_word(controls.fade_s)
    memory.words[Word.JUMPS] = controls.jumps


def video_words(memory: SharedMemory) -> tuple[int, int, int]:
    """Return the words that hold the video format, cheap to compare."""
    return memory.words[Word.CANVAS], memory.words[Word.RATE], memory.words[Word.PIXELS]


def decode_video(words: tuple[int, int, int]) -> VideoFormat:
    """Decode the format in such words.

    Raises:
        OutputError: if it is not a valid one.
    """
    canvas, rate, pixels = words
    return VideoFormat(
        width=canvas >> 32,
        height=canvas & 0xFFFFFFFF,
        rate=Fraction(rate >> 32, rate & 0xFFFFFFFF),
        fit=_FITS[pixels >> 32 & 0xFF],
        upscale=_UPSCALES[pixels >> 40 & 0xFF],
        wire=_WIRES[pixels & 0xFFFFFFFF],
        alpha=_ALPHAS[pixels >> 48 & 0xFF],
    )


def write_video(memory: SharedMemory, video: VideoFormat) -> None:
    """Request a format (writer, or the host before anyone knows of the memory)."""
    memory.words[Word.CANVAS] = video.width << 32 | video.height
    memory.words[Word.RATE] = video.rate.numerator << 32 | video.rate.denominator
    choices = _ALPHAS.index(video.alpha) << 16 | _UPSCALES.index(video.upscale) << 8 | _FITS.index(video.fit)
    memory.words[Word.PIXELS] = choices << 32 | _WIRES.index(video.wire)
