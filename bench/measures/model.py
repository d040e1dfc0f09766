"""The model at full speed, nothing else running: its memory over window slides, what a chunk moves, and power."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from bench.context import Bench
from bench.figures import Better, Figure, Row, at_most, measured, unmeasured
from bench.harness.probing import answer
from bench.harness.processes import helper
from bench.reading import BenchError
from engine.generators.registry import DEFAULT_GENERATOR

COMMAND: Final = "hardcut bench --only model --generator NAME"

HOUR_S, SHOW_FPS = 3600, 30
"""What an hour's worth of window slides is counted for."""

END_PART: Final = 10
"""The first and the last tenth of a run are compared."""

GROWTH_GOALS: Final = {"allocated": at_most(0.5), "reserved": at_most(1), "resident": at_most(5)}
"""Percent: what tensors hold is the same after each chunk; the allocators around them round, and keep what is freed."""

NO_GPU: Final = "no GPU computes"
ON_CPU: Final = "on a CPU nothing is moved: these are the calls that would, up and down together"


@dataclass(frozen=True, slots=True)
class Sample:
    """A look at the run: chunks made so far, when, and bytes."""

    chunks: int
    at_s: float
    resident: int
    allocated: int
    reserved: int


@dataclass(frozen=True, slots=True)
class ModelRun:
    """What a run of the probe gave.

    Attributes:
        device: the GPU's name; "" where a CPU computes.
        up, down: copies of a chunk, and their bytes.
        joules: of all the chunks; None where nothing tells, and why.
    """

    device: str
    chunk_frames: int
    samples: tuple[Sample, ...]
    up: tuple[float, float]
    down: tuple[float, float]
    joules: float | None
    why: str

    @classmethod
    def read(cls, answered: Any) -> "ModelRun":
        moved = answered["transfers"]
        return cls(
            answered["device"],
            answered["chunk_frames"],
            tuple(Sample(*one) for one in answered["samples"]),
            (moved["up"], moved["up_bytes"]),
            (moved["down"], moved["down_bytes"]),
            answered["joules"],
            answered["why"],
        )

    @property
    def slides(self) -> int:
        """Chunks after the window was full: each moves it on."""
        return self.samples[-1].chunks

    @property
    def hours(self) -> float:
        """How many hours of a show at 30 FPS have as many."""
        return self.slides * self.chunk_frames / (HOUR_S * SHOW_FPS)

    @property
    def fps(self) -> float:
        return self.slides * self.chunk_frames / self.samples[-1].at_s

    @property
    def slowed_percent(self) -> float | None:
        """By how much fewer frames a second the last tenth made than the first."""
        part = max(len(self.samples) // END_PART, 1)
        rates = [
            (late.chunks - early.chunks) / (late.at_s - early.at_s)
            for early, late in ((self.samples[0], self.samples[part]), (self.samples[-1 - part], self.samples[-1]))
        ]
        return 100.0 * (1.0 - rates[1] / rates[0])

    def grown_percent(self, held: Callable[[Sample], int]) -> float | None:
        """By how much a kind of memory grew from the first tenth to the last; None where there is none."""
        part = max(len(self.samples) // END_PART, 1)
        first, last = (
            statistics.median(held(one) for one in samples) for samples in (self.samples[:part], self.samples[-part:])
        )
        return 100.0 * (last - first) / first if first else None


def _rows(note: str, moved_note: str) -> tuple[Row[ModelRun], ...]:
    return (
        Row(
            id="model.fps",
            label="the model alone, every chunk waited for",
            unit="FPS",
            value=lambda run: run.fps,
            better=Better.HIGHER,
        ),
        Row(
            id="model.slowed",
            label="slower in the last tenth of the run than in the first",
            unit="%",
            value=lambda run: run.slowed_percent,
        ),
        Row(
            id="model.slides",
            label="window slides at full speed",
            unit="",
            value=lambda run: run.slides,
            digits=0,
            better=Better.HIGHER,
            note=note,
        ),
        _growth("allocated", "GPU memory that tensors hold", lambda sample: sample.allocated),
        _growth("reserved", "GPU memory taken for them", lambda sample: sample.reserved),
        _growth("resident", "resident memory of the process", lambda sample: sample.resident),
        Row(
            id="model.memory",
            label="GPU memory that tensors hold in the end",
            unit="GiB",
            value=lambda run: run.samples[-1].allocated / 2**30 or None,
            digits=2,
        ),
        *_moved("up", "to the GPU", lambda run: run.up, moved_note),
        *_moved("down", "to the host", lambda run: run.down, moved_note),
    )


def _moved(
    way: str, where: str, moved: Callable[[ModelRun], tuple[float, float]], note: str
) -> tuple[Row[ModelRun], Row[ModelRun]]:
    """Copies one way: how many, and their bytes."""
    return (
        Row(
            id=f"model.transfers.{way}",
            label=f"copies {where} in a chunk",
            unit="",
            value=lambda run: moved(run)[0],
            note=note,
        ),
        Row(
            id=f"model.transfers.{way}_size",
            label=f"size of those {where}",
            unit="MB",
            value=lambda run: moved(run)[1] / 1e6,
            digits=2,
            note=note,
        ),
    )


def _growth(kind: str, label: str, held: Callable[[Sample], int]) -> Row[ModelRun]:
    return Row(
        id=f"model.growth.{kind}",
        label=f"{label}: last tenth against first",
        unit="%",
        value=lambda run: run.grown_percent(held),
        goal=GROWTH_GOALS[kind],
        digits=2,
    )


def measure(bench: Bench) -> list[Figure]:
    """Play it as often as asked for.

    Raises:
        BenchError: no model is named, or it could not be played.
    """
    require_model(bench)
    runs: list[ModelRun] = []
    for number in range(bench.repeats):
        bench.report(f"model, run {number + 1} of {bench.repeats}: {bench.seconds:.0f} s at full speed")
        with bench.child(helper("probes.model", bench.generator, str(bench.seconds), bench.gpus)) as child:
            runs.append(ModelRun.read(answer(child, "The model could not be played")))
    hour = HOUR_S * SHOW_FPS // runs[0].chunk_frames
    note = f"an hour at {SHOW_FPS} FPS has {hour:,}: {min(run.hours for run in runs):.2f} hours' worth"
    figures = measured(_rows(note, "" if runs[0].device else ON_CPU), runs, COMMAND)
    return [*map(_told, figures), *_power(runs)]


def require_model(bench: Bench) -> None:
    """Refuse the built-in generator.

    Raises:
        BenchError: it is what would be played.
    """
    if bench.generator in ("", DEFAULT_GENERATOR):
        raise BenchError(
            "This is about a model, and none is named", remedy="Say --generator wan-1.3b --random-weights, for example."
        )


def _told(figure: Figure) -> Figure:
    """Return a figure, with the reason where it has no value."""
    if figure.values:
        return figure
    return unmeasured(figure.id, figure.label, figure.unit, figure.goal, figure.command, NO_GPU)


def _power(runs: list[ModelRun]) -> list[Figure]:
    """Return watts, and frames a joule, of the GPU that leads."""
    if any(run.joules is None for run in runs):
        why = next(run.why for run in runs if run.joules is None)
        return [
            unmeasured("model.watts", "power of the GPU while it plays", "W", None, COMMAND, why),
            unmeasured("model.frames_per_joule", "frames a joule", "", None, COMMAND, why),
        ]
    return measured(
        (
            Row(
                id="model.watts",
                label="power of the GPU while it plays",
                unit="W",
                value=lambda run: (run.joules or 0.0) / run.samples[-1].at_s,
                digits=0,
            ),
            Row(
                id="model.frames_per_joule",
                label="frames a joule",
                unit="",
                value=lambda run: run.slides * run.chunk_frames / run.joules if run.joules else None,
                digits=3,
                better=Better.HIGHER,
            ),
        ),
        runs,
        COMMAND,
    )
