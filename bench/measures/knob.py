"""A knob to the picture: from a value sent over OSC to the first picture of a model that it changed.

Pictures are seen by an NDI receiver that is not ours, of a show whose input is a still and whose dream rests at the
input, until the knob (`wan.strength`) is turned to its end. Noise is drawn anew for every chunk, and codecs have a
rhythm of their own; so a picture has changed that is further from the nearest at rest than those are from each other.
"""

import json
import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from bench.context import WARM_UP_S, Bench, Performance
from bench.figures import Figure, at_most, percentile
from bench.harness.processes import helper
from bench.measures.model import require_model
from bench.reading import BenchError
from engine.clock import NS_PER_MS, NS_PER_SECOND

COMMAND: Final = "hardcut bench --only knob --generator NAME"
OUTPUT: Final = "Hardcut Bench Knob"
PORT: Final = 9137
ADDRESS: Final = "/hardcut/parameter/wan/strength"
REST, TURNED = 0.05, 1.0

REST_S: Final = (4.5, 5.5)
TURNED_S: Final = (1.5, 2.0)
"""Never in step with chunks or output frames; at rest until the dream has left the model's past."""

TAIL_S: Final = 3.0
BEFORE_S: Final = 2.0
"""The pictures of so long before tell how much they move at rest."""

REACH_S: Final = 1.5
"""A picture that changes later was not changed by this turn."""

SHORT_S: Final = 0.5
"""Chunks up to so long are waited for as said above; where they are shown for longer, as many times as long."""

MOST_FRAMES, USUAL_FPS = 12, "30"
"""Of a chunk of our models, and of a show that names no rate."""

CHANGED: Final = 1.25
"""So many times as far."""

LEAST_LEVELS: Final = 0.5
"""And by so many grey levels, in the spread of a tile's luminance."""

HALF, ADDED_MS = 1.5, 80.0
"""Half a chunk on average to the boundary, a chunk to make; the queue, the output's own frame, and NDI."""


@dataclass(frozen=True, slots=True)
class Turned:
    """What a run gave: ms to the picture of each turn that was seen, how many there were, how long a chunk was seen."""

    picture_ms: tuple[float, ...]
    turns: int
    chunk_ms: float


def measure(bench: Bench) -> list[Figure]:
    """Turn the knob of a running model.

    Raises:
        BenchError: no model is named, or no turn was seen.
    """
    require_model(bench)
    scale = max(float(MOST_FRAMES / Fraction(bench.fps or USUAL_FPS)) / SHORT_S, 1.0)
    runs: list[Turned] = []
    for number in range(bench.repeats):
        bench.report(f"knob, run {number + 1} of {bench.repeats}")
        runs.append(_run(bench, number, scale))
    chunk_ms = max(run.chunk_ms for run in runs)
    seen, made = sum(len(run.picture_ms) for run in runs), sum(run.turns for run in runs)
    note = f"{seen} of {made} turns were seen"
    if HALF * chunk_ms + ADDED_MS > 1e3 * REACH_S * scale:
        note += f"; chunks are too long here for the {REACH_S * scale:g} s after which a turn is given up"
    figures = [
        Figure(
            id="knob.chunk",
            label="a chunk of the show",
            unit="ms",
            values=tuple(run.chunk_ms for run in runs),
            digits=0,
            command=COMMAND,
        )
    ]
    for percent, goal in ((50, at_most(round(HALF * chunk_ms + ADDED_MS))), (95, None)):
        figures.append(
            Figure(
                id=f"knob.p{percent}",
                label=f"knob over OSC to the first picture that it changed, at an NDI receiver, p{percent}",
                unit="ms",
                values=tuple(percentile(run.picture_ms, percent) for run in runs),
                goal=goal,
                digits=0,
                command=COMMAND,
                note=note,
            )
        )
    return figures


def _run(bench: Bench, number: int, scale: float) -> Turned:
    still = bench.workplace.path / "knob.png"
    picture = np.full((448, 448, 3), (40, 60, 200), np.uint8)
    cv2.circle(picture, (224, 224), 150, (60, 200, 220), -1)
    cv2.imwrite(str(still), picture)
    tune = turns(random.Random(number), bench.seconds, scale)
    seconds = sum(pause_s for _, pause_s in tune) + TAIL_S
    waiting = [tune]
    receiver = helper("probes.receiver", "--source", OUTPUT, "--small")
    with bench.child(helper("probes.knob", str(PORT), ADDRESS)) as desk, bench.child(receiver) as seeing:

        def play(playing_s: float) -> None:
            if waiting and playing_s >= WARM_UP_S:
                desk.write(json.dumps(waiting.pop()))

        performance = bench.perform(
            (
                *("--headless", "--source", f"file:{still}", "--midi", "none", "--osc", str(PORT)),
                *("--output-name", OUTPUT),
            ),
            seconds,
            during=play,
        )
        seen = json.loads(seeing.end() or "{}")
        sent_ns = json.loads(desk.end() or "{}").get("sent_ns", [])
    if not seen.get("small") or len(sent_ns) != len(tune):
        raise BenchError("No picture came, or no knob was turned", where=performance.messages())
    moments = [at_ns for at_ns, (value, _) in zip(sent_ns, tune, strict=True) if value == TURNED]
    found = [changed(at_ns, seen["received_ns"], seen["small"], scale) for at_ns in moments]
    times = tuple(one for one in found if one is not None)
    if not times:
        raise BenchError(f"None of {len(moments)} turns changed a picture", where=performance.messages())
    return Turned(times, len(moments), _chunk_ms(performance, seconds))


def _chunk_ms(performance: Performance, seconds: float) -> float:
    """Return how long a chunk was seen, its frames as the program counted them."""
    first, last = performance.report.samples[0], performance.report.samples[-1]
    frames = (last.frames - first.frames) / max(last.chunks - first.chunks, 1)
    return 1e3 * frames / performance.measured(seconds).pipeline_fps


def turns(chance: random.Random, seconds: float, scale: float = 1.0) -> list[tuple[float, float]]:
    """Values of the knob, each with the seconds after it: to rest, and then to its end and back, twice at least.

    Args:
        scale: by how much longer everything is waited for.
    """
    tune = [(REST, scale * chance.uniform(*REST_S))]
    while len(tune) < 5 or sum(pause_s for _, pause_s in tune) < seconds:
        tune += [(TURNED, scale * chance.uniform(*TURNED_S)), (REST, scale * chance.uniform(*REST_S))]
    return tune


def changed(
    sent_ns: int, seen_ns: Sequence[int], pictures: Sequence[Sequence[float]], scale: float = 1.0
) -> float | None:
    """Return how many ms after a turn the first picture came that is none of those at rest; None: none did in time.

    Args:
        seen_ns, pictures: when each came, and what is known of its tiles; scale: see `turns`.
    """
    begin = bisect_left(seen_ns, sent_ns - round(BEFORE_S * scale * NS_PER_SECOND))
    first = bisect_left(seen_ns, sent_ns)
    end = bisect_left(seen_ns, sent_ns + round(REACH_S * scale * NS_PER_SECOND))
    if first - begin < 2 or end <= first:
        return None
    tiles = np.asarray(pictures[begin:end], np.float64)
    rest, later = tiles[: first - begin], tiles[first - begin :]
    half = len(rest) // 2
    limit = max(CHANGED * _nearest(rest[half:], rest[:half]).max(), LEAST_LEVELS)
    found = np.flatnonzero(_nearest(later, rest) > limit)
    return (seen_ns[first + int(found[0])] - sent_ns) / NS_PER_MS if found.size else None


def _nearest(pictures: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how far each picture is from the nearest of some others, root mean square over its tiles."""
    differences = pictures[:, None, :] - others[None, :, :]
    nearest: npt.NDArray[np.float64] = np.sqrt((differences**2).mean(2)).min(1)
    return nearest
