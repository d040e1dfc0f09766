"""The figures of the strip: each with its name, its words, and where in the engine's statistics it comes from."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from app.models import text as words
from engine.messages.stats import Stats


class RateId(Enum):
    """A rate whose last minute is drawn."""

    INPUT = "input"
    PIPELINE = "pipeline"
    OUTPUT = "output"


class FigureId(Enum):
    """A number of the strip."""

    LATENCY = "latency"
    CUT = "cut"
    LAGGED = "lagged"
    SKIPPED = "skipped"
    REPEATED = "repeated"
    DROPPED = "dropped"
    RESETS = "resets"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure at one moment: the number as text, its unit, and whether it tells of trouble."""

    text: str
    unit: str = ""
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in frames per second; read takes it from the statistics."""

    id: RateId
    caption: str
    help: str
    read: Callable[[Stats], float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with a caption; read formats it from the statistics."""

    id: FigureId
    caption: str
    help: str
    read: Callable[[Stats], Reading]


def _span(span_ns: int) -> Reading:
    return Reading(words.milliseconds(span_ns), "ms") if span_ns else Reading("–")


def _memory(size: int) -> Reading:
    return Reading(words.gibibytes(size), "GiB" if size >= 2**30 else "MiB")


RATES: Final = (
    Rate(
        RateId.INPUT, "Input", "Frames per second that the source delivers; the last minute.", lambda one: one.input_fps
    ),
    Rate(
        RateId.PIPELINE,
        "Pipeline",
        "Frames per second that the generator makes; the last minute.",
        lambda one: one.pipeline_fps,
    ),
    Rate(RateId.OUTPUT, "Output", "Frames per second that viewers see; the last minute.", lambda one: one.output_fps),
)

FIGURES: Final = (
    Figure(
        FigureId.LATENCY,
        "Latency",
        "From an input's capture to its first frame on the output, median.",
        lambda one: _span(one.latency_ns),
    ),
    Figure(
        FigureId.CUT,
        "Cut",
        "From the last pad to the first output frame of its scene.",
        lambda one: _span(one.cut_latency_ns),
    ),
    Figure(
        FigureId.LAGGED,
        "Lagged",
        "Output deadlines missed since the start.",
        lambda one: Reading(words.count(one.lagged), alarm=one.lagged > 0),
    ),
    Figure(
        FigureId.SKIPPED,
        "Skipped",
        "Generated frames that were never shown.",
        lambda one: Reading(words.count(one.skipped)),
    ),
    Figure(
        FigureId.REPEATED,
        "Repeated",
        "Output frames shown again for want of a new one.",
        lambda one: Reading(words.count(one.repeated)),
    ),
    Figure(
        FigureId.DROPPED, "Dropped", "Input frames that no chunk used.", lambda one: Reading(words.count(one.dropped))
    ),
    Figure(
        FigureId.RESETS,
        "Resets",
        "Cache resets since the start; only a cut resets.",
        lambda one: Reading(words.count(one.cache_resets)),
    ),
    Figure(FigureId.MEMORY, "Memory", "Resident memory.", lambda one: _memory(one.memory_bytes)),
)
