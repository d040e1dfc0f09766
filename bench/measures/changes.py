"""Changes of a running model: from the command to the output, and what they cost; soft cuts beside hard ones."""

import statistics
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from bench.context import Bench
from bench.figures import Figure, Goal, Row, at_most, measured, percentile, unmeasured
from bench.harness.probing import answer
from bench.harness.processes import helper
from bench.measures.model import require_model
from bench.random_model import NAME, install_style

COMMAND: Final = "hardcut bench --only changes --generator NAME"

KINDS: Final = {
    "knob": "a knob turned",
    "prompt": "a new prompt over 4 boundaries",
    "soft": "a soft cut over 8 boundaries",
    "style": "the scale of a LoRA turned",
}
"""By kind, in words; see `bench.probes.changes`."""

BOUNDARIES: Final = {"prompt": 4, "soft": 8}
"""Of the kinds that take more than one, as the probe makes them."""

PLAIN, STYLED = "knob,prompt,soft,hard", "style"

ADDED_MS: Final = 80.0
"""Above the chunks that a change waits for: the queue, and the output's own frame."""

HALF: Final = 1.5
"""A change falls anywhere in a chunk: half of one on average to its boundary, and the one that shows it is made."""

ARMED_GOAL: Final = at_most(40)
COST_GOAL: Final = at_most(5)
NO_STYLE: Final = "a LoRA with random weights goes with --random-weights"

Run = dict[str, Any]
"""What the probe answered, of both shows."""


def measure(bench: Bench) -> list[Figure]:
    """Play and change it as often as asked for.

    Raises:
        BenchError: no model is named, or it could not be played.
    """
    require_model(bench)
    style = install_style(bench) if bench.generator == NAME else ""
    runs: list[Run] = []
    for number in range(bench.repeats):
        bench.report(f"changes, run {number + 1} of {bench.repeats}")
        run = _play(bench, bench.generator, number, PLAIN)
        if style:
            styled = _play(bench, style, number, STYLED)
            run |= {"style": styled["style"], "style_cost": styled["style_cost"]}
            run["missed"] += styled["missed"]
        runs.append(run)
    return figures(runs)


def _play(bench: Bench, generator: str, seed: int, kinds: str) -> Run:
    arguments = (generator, str(bench.seconds), str(seed), bench.fps, bench.gpus, kinds)
    with bench.child(helper("probes.changes", *arguments)) as child:
        run: Run = answer(child, "The show could not be played and changed")
        return run


def figures(runs: list[Run]) -> list[Figure]:
    """Return the figures of some runs."""
    chunk_ms = statistics.median(map(chunk_length_ms, runs))
    found = measured(
        (_row("changes.chunk", "a chunk of the show, for the figures below", chunk_length_ms),), runs, COMMAND
    )
    for kind, words in KINDS.items():
        for point, about, goal_ms in (
            ("first", "to its first output frame", HALF * chunk_ms + ADDED_MS),
            ("whole", "until it is whole there", (HALF + BOUNDARIES.get(kind, 1) - 1) * chunk_ms + ADDED_MS),
        ):
            if point == "whole" and kind not in BOUNDARIES:
                continue  # it is whole at once, or as its glide says
            for percent in (50, 95):
                found.append(
                    _figure(
                        f"changes.{kind}.{point}.p{percent}",
                        f"{words}, {about}, p{percent}",
                        runs,
                        partial(_time, kind=kind, point=point, percent=percent),
                        at_most(round(goal_ms)) if percent == 50 else None,
                    )
                )
    for armed, name, goal in ((True, "armed", ARMED_GOAL), (False, "not_armed", at_most(round(chunk_ms + ADDED_MS)))):
        found.append(
            _figure(
                f"changes.cut.{name}",
                f"beside them: a cut to its first output frame, {name.replace('_', ' ')}, p95",
                runs,
                partial(_cut, armed=armed),
                goal,
                why="the show had no time to prepare a scene" if armed else "",
            )
        )
    for kind, words in (("prompt", "a prompt morphing in every chunk"), ("style", "a LoRA turned in every chunk")):
        found.append(
            _figure(
                f"changes.{kind}.cost",
                f"pipeline rate that {words} costs",
                runs,
                partial(_cost, kind=kind),
                COST_GOAL,
                unit="%",
                digits=1,
            )
        )
        found.append(
            _figure(
                f"changes.{kind}.longer",
                f"time that {words} adds to one",
                runs,
                partial(_longer, kind=kind),
                None,
                digits=1,
            )
        )
    found.append(
        _figure("changes.style.resting", "time that a live LoRA adds to a chunk", runs, _resting, None, digits=1)
    )
    found += measured(
        (
            _row(
                "changes.missed",
                "changes that were not seen whole on the output",
                lambda run: run["missed"],
                at_most(0),
                "",
            ),
        ),
        runs,
        COMMAND,
    )
    return found


def chunk_length_ms(run: Run) -> float:
    """Return how long a chunk of the quiet show is seen: as fast as it is made, or as the output takes it."""
    return 1e3 * float(run["chunk_frames"]) / _median(run["prompt_cost"]["off"]["rates"])


def _median(values: Iterable[float]) -> float:
    return float(statistics.median(values))


def _time(run: Run, kind: str, point: str, percent: int) -> float | None:
    times = [one[point] for one in run.get(kind, ()) if one[point] is not None]
    return percentile(times, percent) if times else None


def _cut(run: Run, armed: bool) -> float | None:
    times = [one["ms"] for one in run["cuts"] if one["armed"] is armed]
    return percentile(times, 95) if times else None


def _cost(run: Run, kind: str) -> float | None:
    """Percent of the pipeline's rate that changes cost."""
    if (turns := run.get(f"{kind}_cost")) is None:
        return None
    on, off = (_median(turns[name]["rates"]) for name in ("on", "off"))
    return 100.0 * (1.0 - on / off)


def _longer(run: Run, kind: str) -> float | None:
    """Milliseconds that changes add to a chunk: what a show with time to spare does not lose in frames."""
    if (turns := run.get(f"{kind}_cost")) is None:
        return None
    on, off = (_median(turns[name]["chunk_ms"]) for name in ("on", "off"))
    return on - off


def _resting(run: Run) -> float | None:
    """Milliseconds that a live LoRA which nobody turns adds to a chunk."""
    if (styled := run.get("style_cost")) is None:
        return None
    with_style, without = (_median(turns["off"]["chunk_ms"]) for turns in (styled, run["prompt_cost"]))
    return with_style - without


def _row(
    id_: str, label: str, value: Callable[[Run], float | None], goal: Goal | None = None, unit: str = "ms"
) -> Row[Run]:
    return Row(id=id_, label=label, unit=unit, value=value, goal=goal, digits=0)


def _figure(
    id_: str,
    label: str,
    runs: list[Run],
    value: Callable[[Run], float | None],
    goal: Goal | None,
    *,
    unit: str = "ms",
    digits: int = 0,
    why: str = "",
) -> Figure:
    """Return a figure, with the reason where no run has a value."""
    values = tuple(found for run in runs if (found := value(run)) is not None)
    if not values:
        return unmeasured(id_, label, unit, goal, COMMAND, why or (NO_STYLE if "style" in id_ else "none was seen"))
    return Figure(id=id_, label=label, unit=unit, values=values, goal=goal, digits=digits, command=COMMAND)
