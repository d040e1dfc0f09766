"""Pad to photon: from the arrival of a note-on to the first output frame of the new scene."""

import json
import random
from typing import Final

from bench.context import WARM_UP_S, Bench, Performance
from bench.figures import Figure, at_most, percentile, unmeasured
from bench.harness.midi_system import BenchMidiSystem
from bench.harness.processes import helper
from bench.measures.headless import OUTPUT
from bench.reading import BenchError, MissingPartError
from engine.clock import NS_PER_MS

COMMAND: Final = "hardcut bench --only cut"
CONTROLLER: Final = "Bench Pads"
"""The program leaves out ports whose names begin with its own: they are no controllers."""

LABEL: Final = "note-on to first frame of the new scene"
GOAL: Final = at_most(90)
ARMED_GOAL: Final = at_most(40)
PRESSES: Final = 60
SPACING_S: Final = (0.5, 0.9)
"""Around 0.7 s, and never in step with chunks or output frames."""

TAIL_S: Final = 3.0
FIRST_NOTE, PADS = 36, 16


def measure(bench: Bench) -> list[Figure]:
    """Play pads from a second process and read what the program saw."""
    runs: list[tuple[Performance, dict[str, list[int]]]] = []
    try:
        with BenchMidiSystem(bench.workplace, bench.namespace) as system:
            for number in range(bench.repeats):
                bench.report(f"cut, run {number + 1} of {bench.repeats}: {PRESSES} presses")
                runs.append(_run(bench, system, number))
    except MissingPartError as error:
        return [unmeasured("cut.p95", f"{LABEL}, p95", "ms", GOAL, COMMAND, str(error))]
    figures = []
    least = min(len(performance.report.cuts) for performance, _ in runs)
    for percent, goal in ((50, None), (95, GOAL)):
        figures.append(
            Figure(
                id=f"cut.p{percent}",
                label=f"{LABEL}, p{percent}",
                unit="ms",
                values=tuple(
                    percentile([cut.ns / NS_PER_MS for cut in performance.report.cuts], percent)
                    for performance, _ in runs
                ),
                goal=goal,
                digits=0,
                command=COMMAND,
                note="" if least >= PRESSES else f"only {least} of {PRESSES} presses were seen on the output",
            )
        )
    for armed, kind, goal in ((True, "armed", ARMED_GOAL), (False, "not armed", None)):
        times = [[cut.ns / NS_PER_MS for cut in run.report.cuts if cut.armed is armed] for run, _ in runs]
        figures.append(
            Figure(
                id=f"cut.{kind.replace(' ', '_')}.p95",
                label=f"{LABEL}, {kind}, p95",
                unit="ms",
                values=tuple(percentile(run, 95) for run in times if run),
                goal=goal,
                digits=0,
                command=COMMAND,
                note=f"{sum(map(len, times))} of {sum(len(run.report.cuts) for run, _ in runs)} presses were {kind}",
            )
        )
    hops = [
        percentile(
            [(heard - pressed) / NS_PER_MS for pressed, heard in zip(log["pressed_ns"], log["echoed_ns"], strict=True)],
            95,
        )
        for _, log in runs
        if log["echoed_ns"] and len(log["pressed_ns"]) == len(log["echoed_ns"])
    ]
    if hops:
        label = f"before it: press to arrival over {system.api}, p95"
        figures.append(Figure(id="cut.hop", label=label, unit="ms", values=tuple(hops), command=COMMAND))
    return figures


def _run(bench: Bench, system: BenchMidiSystem, number: int) -> tuple[Performance, dict[str, list[int]]]:
    arguments = ("--headless", "--source", "stage", "--output-name", OUTPUT, "--midi", CONTROLLER)
    pads = helper("probes.controller", "--api", system.api, "--name", CONTROLLER)
    with (
        bench.child(helper("probes.receiver", "--source", OUTPUT)),
        bench.child(pads, system.environment) as controller,
    ):
        if controller.line() != "ready":
            raise BenchError("The controller did not start", where=controller.last_error_line())
        tune = notes(random.Random(number))

        def play(playing_s: float) -> None:
            nonlocal tune
            if tune and playing_s >= WARM_UP_S:
                controller.write(json.dumps(tune))
                tune = []

        seconds = sum(pause_s for _, pause_s in tune) + TAIL_S
        performance = bench.perform(arguments, seconds, system.environment, play)
        log = json.loads(controller.end() or "{}")
    if not performance.report.cuts:
        raise BenchError("No press was seen on the output", where=performance.messages())
    return performance, log


def notes(chance: random.Random) -> list[tuple[int, float]]:
    """Presses: (note, pause after it in seconds), never the same pad twice running."""
    tune: list[tuple[int, float]] = []
    for _ in range(PRESSES):
        free = [note for note in range(FIRST_NOTE, FIRST_NOTE + PADS) if not tune or note != tune[-1][0]]
        tune.append((chance.choice(free), chance.uniform(*SPACING_S)))
    return tune
