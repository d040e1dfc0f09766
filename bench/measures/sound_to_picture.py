"""Sound to picture: from a kick that another program hands to JACK to the first picture of the output that it changed.

The picture is a still whose hue the kick turns. Pictures are seen by an NDI receiver that is not ours. Of the whole way
the part until a boundary knows of the kick is ours alone: hearing it, and waiting for the boundary.
"""

import contextlib
import json
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import psutil

from bench.context import WARM_UP_S, Bench
from bench.figures import Figure, at_most, percentile, unmeasured
from bench.harness.jack_server import JackServer
from bench.harness.processes import helper
from bench.measures.sound_parts import Parts, known, parts
from bench.reading import BenchError
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.generators.registry import DEFAULT_GENERATOR, find_generator
from engine.session.reader import Session

COMMAND: Final = "hardcut bench --only audio"
OUTPUT: Final = "Hardcut Bench Sound"
DRUMMER: Final = "Bench Drummer"
"""Not beginning with the program's own name: it leaves itself out."""

LONGEST_S: Final = 40.0
REACH_S: Final = 0.6
"""A picture that changes later was not changed by this kick."""

CHANGED: Final = 2.0
"""Levels of mean chroma by which a picture must differ from those before: twenty times what a still one does."""

HOST: Final = "engine.audio.host"
LOADED_S: Final = 10.0
"""After so long a process has loaded its libraries, even on a busy machine."""

OUTPUT_FPS: Final = 30.0
GOAL_MS: Final = 80.0
"""Above the length of a chunk."""

PARTS: Final = (
    ("hearing", "hearing the kick"),
    ("waiting", "waiting for a boundary"),
    ("frame", "in the chunk before the frame that shows it"),
    ("making", "making the chunk"),
    ("output", "in the queue, sent and received"),
)

CPU_GOAL: Final = at_most(4)

SCENE: Final = """name = "Struck"
generator = "field"
prompt = "clear still red glass"

[parameters]
"field.structure" = 0.95
"field.energy" = 0.2
"field.feedback" = 0.0
"field.warp" = 0.0
"field.flow" = 0.0
"field.depth" = 0.0
"field.edges" = 0.0
"field.grain" = 0.0
"field.glow" = 0.0
"field.speed" = 0.0
"field.hue" = -120.0

[[modulation."field.hue"]]
source = "audio"
feature = "kick"
depth = 0.5
attack = 0.0
release = 0.1
"""


@dataclass(frozen=True, slots=True)
class Struck:
    """What a run gave: milliseconds to the picture and to the boundary of each kick; see _Usage for the CPU."""

    picture_ms: tuple[float, ...]
    boundary_ms: tuple[float, ...]
    parts: Parts
    missed: int
    cpu_percent: tuple[float, float]


def measure(bench: Bench) -> list[Figure]:
    """Play the built-in generator to kicks."""
    spec = find_generator(DEFAULT_GENERATOR).describe()
    goal = at_most(1000 * spec.chunk_frames / OUTPUT_FPS + GOAL_MS)
    label = "sound to the first picture that it changed"
    runs: list[Struck] = []
    try:
        with JackServer(bench.workplace, bench.namespace) as server:
            for number in range(bench.repeats):
                bench.report(f"audio: sound to picture, run {number + 1} of {bench.repeats}")
                runs.append(_run(bench, server))
    except BenchError as error:  # the figures of the analysis stand without it
        return [unmeasured("audio.picture.p50", f"{label}, p50", "ms", goal, COMMAND, str(error))]
    missed = sum(run.missed for run in runs)
    figures = [
        Figure(
            id=f"audio.picture.p{percent}",
            label=f"{label}, p{percent}",
            unit="ms",
            values=tuple(percentile(run.picture_ms, percent) for run in runs),
            goal=goal if percent == 50 else None,
            digits=0,
            command=COMMAND,
            note=f"{missed} kicks changed none" if missed and percent == 50 else "",
        )
        for percent in (50, 95)
    ]
    figures.append(
        Figure(
            id="audio.boundary.p50",
            label="of it until a boundary knows, p50",
            unit="ms",
            values=tuple(percentile(run.boundary_ms, 50) for run in runs),
            digits=0,
            command=COMMAND,
        )
    )
    figures += [
        Figure(
            id=f"audio.part.{name}",
            label=f"of it {words}, mean",
            unit="ms",
            values=tuple(getattr(run.parts, name) for run in runs),
            digits=0,
            command=COMMAND,
        )
        for name, words in PARTS
    ]
    figures += [
        Figure(
            id=id_,
            label=words,
            unit="%",
            values=tuple(run.cpu_percent[place] for run in runs),
            goal=wanted,
            digits=1,
            command=COMMAND,
        )
        for place, (id_, words, wanted) in enumerate(
            (
                ("audio.process", "the audio process with JACK's own thread, of a core", None),
                ("audio.process.analysis", "of it hearing and analysing", CPU_GOAL),
            )
        )
    ]
    return figures


def _run(bench: Bench, server: JackServer) -> Struck:
    folder = bench.workplace.folder("config/hardcut/scenes/field")
    (folder / "struck.toml").write_text(SCENE, encoding="utf-8")
    still, session = bench.workplace.path / "still.png", bench.workplace.path / "struck.session"
    picture = np.full((448, 448, 3), (40, 60, 200), np.uint8)
    cv2.circle(picture, (224, 224), 150, (60, 200, 220), -1)
    cv2.imwrite(str(still), picture)
    session.unlink(missing_ok=True)
    usage, seconds = _Usage(), min(bench.seconds, LONGEST_S)
    drummer = helper("probes.drummer", "--name", DRUMMER)
    receiver = helper("probes.receiver", "--source", OUTPUT, "--colours")
    with bench.child(drummer, server.environment) as drumming, bench.child(receiver) as seeing:
        if drumming.line() != "ready":
            raise BenchError("The drummer failed", where=drumming.last_error_line())
        performance = bench.perform(
            (
                *("--headless", "--source", f"file:{still}", "--scene", "Struck", "--midi", "none"),
                *("--audio", DRUMMER, "--output-name", OUTPUT, "--session", str(session)),
            ),
            seconds,
            server.environment,
            lambda _: usage.look(bench),
        )
        seen = json.loads(seeing.end() or "{}")
        struck = json.loads(drumming.end() or "{}").get("struck_ns", [])
    if not struck or not seen.get("colours"):
        raise BenchError("No kick or no picture came", where=seeing.last_error_line() or drumming.last_error_line())
    begin_ns = seen["received_ns"][0] + round(WARM_UP_S * NS_PER_SECOND)
    counted = [at_ns for at_ns in struck if begin_ns < at_ns < seen["received_ns"][-1] - REACH_S * NS_PER_SECOND]
    distances = from_rest(seen["colours"])
    shown = [changed(at_ns, seen["received_ns"], distances) for at_ns in counted]
    pictures = tuple(one for one in shown if one is not None)
    if not pictures:
        raise BenchError(f"None of {len(counted)} kicks changed a picture")
    boundaries = known(counted, Session(session).records(), round(REACH_S * NS_PER_SECOND))
    way = parts(boundaries, shown, performance.measured(seconds).chunk_ms)
    if way is None:
        raise BenchError(f"No boundary knew of any of {len(counted)} kicks")
    heard = tuple(one.boundary_ms for one in boundaries if one is not None)
    return Struck(pictures, heard, way, shown.count(None), usage.percent)


def from_rest(colours: Sequence[Sequence[float]]) -> list[float]:
    """Return how far each picture's chroma is from that of the picture at rest, which is the most usual one."""
    usual = Counter(tuple(round(one) for one in colour) for colour in colours).most_common(1)[0][0]
    return [max(abs(one - other) for one, other in zip(colour, usual, strict=True)) for colour in colours]


def changed(struck_ns: int, seen_ns: Sequence[int], distances: Sequence[float]) -> float | None:
    """Return how many ms after a kick the first picture came that is further from rest than the one before it.

    What an earlier kick has turned only comes nearer. None: there was no such picture in time.

    Args:
        seen_ns, distances: when each picture came, and how far from rest it is.
    """
    first = bisect_left(seen_ns, struck_ns)
    for place in range(max(first, 1), len(seen_ns)):
        if seen_ns[place] > struck_ns + REACH_S * NS_PER_SECOND:
            return None
        if distances[place] > distances[place - 1] + CHANGED:
            return (seen_ns[place] - struck_ns) / NS_PER_MS
    return None


class _Usage:
    """What the audio process takes once it has loaded what it needs, from the first look to the last."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, float, float]] = []

    def look(self, bench: Bench) -> None:
        """Look at it: its main thread analyses, the others are the driver's."""
        for process in bench.workplace.processes():
            with contextlib.suppress(psutil.Error):
                if HOST in process.cmdline() and time.time() - process.create_time() > LOADED_S:
                    taken = {one.id: one.user_time + one.system_time for one in process.threads()}
                    self._seen.append((time.monotonic(), sum(taken.values()), taken.get(process.pid, 0.0)))

    @property
    def percent(self) -> tuple[float, float]:
        """Percent of a core of the whole process, and of the thread that analyses; 0.0 where it was not seen twice."""
        if len(self._seen) < 2:
            return 0.0, 0.0
        (begin_s, *before), (end_s, *after) = self._seen[0], self._seen[-1]
        whole, analysis = (100 * (late - early) / (end_s - begin_s) for early, late in zip(before, after, strict=True))
        return whole, analysis
