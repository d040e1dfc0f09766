"""What the program and the audio process say to each other: a line of JSON each."""

import json
from dataclasses import dataclass
from typing import Any

from engine.messages.audio import AudioFeatures, AudioState
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


Order = Listen | UseGain | Look
Word = Heard | Fares | Found | Coded

_FEATURES = tuple(AudioFeatures.__slots__)


def order_line(order: Order) -> bytes:
    """Return the line of an order."""
    match order:
        case Listen():
            body: list[Any] = ["listen", order.name, order.spec, order.began_ns]
        case UseGain():
            body = ["gain", order.gain_db]
        case Look():
            body = ["look"]
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
    raise ValueError("no order")


def word_line(word: Word) -> bytes:
    """Return the line of a word."""
    match word:
        case Heard():
            return _line(["heard", *([getattr(one, name) for name in _FEATURES] for one in word.features)])
        case Fares():
            return _line(["fares", word.name, word.state.value, word.detail])
        case Found():
            return _line(["found", *word.names])
        case Coded():
            rows = ([one.frame, one.rate.value, one.at_ns] for one in word.readings)
            return _line(["coded", word.channel, *rows])


def read_word(line: bytes) -> Word:
    """Return the word in a line; ValueError if there is none."""
    match json.loads(line):
        case ["heard", *rows]:
            return Heard(tuple(_features(row) for row in rows))
        case ["fares", str(name), str(state), str(detail)]:
            return Fares(name, AudioState(state), detail)
        case ["found", *names]:
            return Found(tuple(map(str, names)))
        case ["coded", int(channel), *rows]:
            return Coded(
                channel, tuple(TimecodeReading(frame, TimecodeRate(rate), at_ns) for frame, rate, at_ns in rows)
            )
    raise ValueError("no word")


def _features(row: list[Any]) -> AudioFeatures:
    if len(row) != len(_FEATURES):
        raise ValueError("no features")
    named = dict(zip(_FEATURES, row, strict=True))
    return AudioFeatures(**{**named, "bands": tuple(named["bands"])})


def _line(body: list[Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"
