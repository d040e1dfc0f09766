"""What the program and the audio process say to each other: a line of JSON each, but features, which are told all the
time: a letter, and their numbers packed and in base64."""

import binascii
import json
import struct
from dataclasses import dataclass
from typing import Any, Final

from engine.audio.pace import Pace
from engine.messages.audio import BANDS, AudioFeatures, AudioState
from engine.messages.timecode import TimecodeRate, TimecodeReading


@dataclass(frozen=True, slots=True)
class Listen:
    """Listen to an input: its name; or to a source's sound.

    Attributes:
        spec: the source's, "" for an input; began_ns: when its beginning was seen, or would have been.
    """

    name: str
    spec: str = ""
    began_ns: int = 0


@dataclass(frozen=True, slots=True)
class UseGain:
    """Fix the gain, or let it follow (None)."""

    gain_db: float | None


@dataclass(frozen=True, slots=True)
class Look:
    """List the inputs."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Tell what is heard just before the boundaries."""

    pace: Pace


@dataclass(frozen=True, slots=True)
class Heard:
    """Features, oldest first."""

    features: tuple[AudioFeatures, ...]


@dataclass(frozen=True, slots=True)
class Fares:
    """How the input fares."""

    name: str
    state: AudioState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """The names of all inputs."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coded:
    """A channel, from 1, holds a timecode: where it was, oldest first."""

    channel: int
    readings: tuple[TimecodeReading, ...]


@dataclass(frozen=True, slots=True)
class Alive:
    """The process goes on, whatever it hears."""


Order = Listen | UseGain | Look | Keep
Word = Heard | Fares | Found | Coded | Alive

_HEARD: Final = b"h"
_PACKED: Final = struct.Struct(f"<q2d{BANDS}d6d2q2d")
"""AudioFeatures in the order of its fields."""


def order_line(order: Order) -> bytes:
    """Return the line of an order."""
    match order:
        case Listen():
            body: list[Any] = ["listen", order.name, order.spec, order.began_ns]
        case UseGain():
            body = ["gain", order.gain_db]
        case Look():
            body = ["look"]
        case Keep():
            body = ["keep", order.pace.at_ns, order.pace.every_ns]
    return _line(body)


def read_order(line: bytes) -> Order:
    """Return the order in a line; ValueError if there is none."""
    match json.loads(line):
        case ["listen", str(name), str(spec), int(began_ns)]:
            return Listen(name, spec, began_ns)
        case ["gain", gain_db] if gain_db is None or isinstance(gain_db, int | float):
            return UseGain(gain_db)
        case ["look"]:
            return Look()
        case ["keep", int(at_ns), int(every_ns)] if every_ns > 0:
            return Keep(Pace(at_ns, every_ns))
    raise ValueError("no order")


def word_line(word: Word) -> bytes:
    """Return the line of a word."""
    match word:
        case Heard():
            return _HEARD + binascii.b2a_base64(b"".join(map(_pack, word.features)))
        case Fares():
            return _line(["fares", word.name, word.state.value, word.detail])
        case Found():
            return _line(["found", *word.names])
        case Coded():
            rows = ([one.frame, one.rate.value, one.at_ns] for one in word.readings)
            return _line(["coded", word.channel, *rows])
        case Alive():
            return _line(["alive"])


def read_word(line: bytes) -> Word:
    """Return the word in a line; ValueError if there is none."""
    if line.startswith(_HEARD):
        return _heard(line[1:])
    match json.loads(line):
        case ["fares", str(name), str(state), str(detail)]:
            return Fares(name, AudioState(state), detail)
        case ["found", *names]:
            return Found(tuple(map(str, names)))
        case ["coded", int(channel), *rows]:
            return Coded(
                channel, tuple(TimecodeReading(frame, TimecodeRate(rate), at_ns) for frame, rate, at_ns in rows)
            )
        case ["alive"]:
            return Alive()
    raise ValueError("no word")


def _pack(one: AudioFeatures) -> bytes:
    return _PACKED.pack(
        one.at_ns,
        one.level,
        one.peak,
        *one.bands,
        one.centroid,
        one.flux,
        one.kick,
        one.snare,
        one.hat,
        one.bpm,
        one.beat_ns,
        one.bar_ns,
        one.confidence,
        one.bar_confidence,
    )


def _heard(text: bytes) -> Heard:
    try:
        rows = tuple(_PACKED.iter_unpack(binascii.a2b_base64(text)))
    except struct.error as error:
        raise ValueError("no features") from error
    if not rows:
        raise ValueError("no features")
    return Heard(tuple(_features(*row) for row in rows))


def _features(at_ns: int, level: float, peak: float, *rest: Any) -> AudioFeatures:
    bands, (centroid, flux, kick, snare, hat, bpm, beat_ns, bar_ns, confidence, bar_confidence) = (
        rest[:BANDS],
        rest[BANDS:],
    )
    return AudioFeatures(
        at_ns=at_ns,
        level=level,
        peak=peak,
        bands=bands,
        centroid=centroid,
        flux=flux,
        kick=kick,
        snare=snare,
        hat=hat,
        bpm=bpm,
        beat_ns=beat_ns,
        bar_ns=bar_ns,
        confidence=confidence,
        bar_confidence=bar_confidence,
    )


def _line(body: list[Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"
