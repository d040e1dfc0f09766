"""NDI in to NDI out, from a number drawn into the picture by a sender, read by a receiver, neither of them ours."""

import json
from typing import Final

from bench.context import Bench
from bench.figures import Figure, at_most, percentile, unmeasured
from bench.harness.namespace import Reach
from bench.harness.picture_code import unwrap
from bench.harness.processes import helper
from bench.reading import BenchError
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.generators.registry import DEFAULT_GENERATOR

COMMAND: Final = "hardcut bench --only latency"
SCENE: Final = "Clear Glass"
"""The factory scene that lets the input's brightness through; everything else works as in any other."""

INPUT, OUTPUT = "Hardcut Bench In", "Hardcut Bench Out"
SIZES: Final = ((448, 448), (1280, 720))
LONGEST_S: Final = 30.0
SETTLE_S: Final = 5.0
"""Left out after the first picture that could be read."""

GOALS: Final = {50: at_most(150), 95: at_most(200)}


def measure(bench: Bench) -> list[Figure]:
    """Send each size, read what comes back."""
    why = ""
    if bench.generator not in ("", DEFAULT_GENERATOR):
        why = "the number in the picture can be read in the built-in generator's only; see headless.latency"
    elif bench.namespace.reach is Reach.LOOPBACK:
        why = bench.namespace.why
    labels = {(w, h): f"NDI in to NDI out, {w}×{h} in" for w, h in SIZES}
    if why:
        return [
            unmeasured(f"latency.{w}x{h}.p{p}", f"{labels[w, h]}, p{p}", "ms", goal, COMMAND, why)
            for w, h in SIZES
            for p, goal in GOALS.items()
        ]
    figures = []
    for width, height in SIZES:
        runs = []
        for number in range(bench.repeats):
            bench.report(f"latency, {width}×{height}, run {number + 1} of {bench.repeats}")
            runs.append(_run(bench, width, height))
        read_percent = min(100 * share for _, share in runs)
        for percent, goal in GOALS.items():
            figures.append(
                Figure(
                    id=f"latency.{width}x{height}.p{percent}",
                    label=f"{labels[width, height]}, p{percent}",
                    unit="ms",
                    values=tuple(percentile(latencies, percent) for latencies, _ in runs),
                    goal=goal,
                    digits=0,
                    command=COMMAND,
                    note=f"the number could be read in {read_percent:.0f} % of the pictures"
                    if read_percent < 99
                    else "",
                )
            )
    return figures


def _run(bench: Bench, width: int, height: int) -> tuple[list[float], float]:
    """Latencies in ms, and the share of pictures that could be read."""
    seconds = min(bench.seconds, LONGEST_S)
    sender = helper("probes.sender", "--name", INPUT, "--width", str(width), "--height", str(height))
    with bench.child(sender) as sending, bench.child(helper("probes.receiver", "--source", OUTPUT, "--read")) as seeing:
        arguments = ("--headless", "--source", f"ndi:{INPUT}", "--scene", SCENE, "--midi", "none")
        bench.perform((*arguments, "--output-name", OUTPUT), seconds)
        received = json.loads(seeing.end() or "{}")
        sent = json.loads(sending.end() or "{}")
    if "sent_ns" not in sent or "received_ns" not in received:
        where = seeing.last_error_line() or sending.last_error_line()
        raise BenchError("The NDI sender or receiver failed", where=where)
    return match(sent["sent_ns"], received["received_ns"], received["numbers"])


def match(sent_ns: list[int], received_ns: list[int], numbers: list[int | None]) -> tuple[list[float], float]:
    """Return how long each number was on its way until it was first seen.

    Args:
        sent_ns: when picture 0, 1, 2 … was sent.
        received_ns, numbers: when each picture came, and the number read from it.

    Returns:
        Latencies in ms of what first came SETTLE_S or more after the first reading, and the share of pictures
        from then on that could be read.

    Raises:
        BenchError: nothing could be read.
    """
    first = next((index for index, number in enumerate(numbers) if number is not None), None)
    if first is None:
        raise BenchError(f"No number could be read from {len(numbers)} pictures")
    begin_ns = received_ns[first] + round(SETTLE_S * NS_PER_SECOND)
    latencies: list[float] = []
    counted: set[int] = set()
    looked = read = newest = 0
    for at_ns, number in zip(received_ns, numbers, strict=True):
        while newest + 1 < len(sent_ns) and sent_ns[newest + 1] <= at_ns:
            newest += 1
        settled = at_ns >= begin_ns
        looked += settled
        if number is None:
            continue
        read += settled
        count = unwrap(number, newest)
        if count < 0 or count in counted:
            continue
        counted.add(count)
        if settled:
            latencies.append((at_ns - sent_ns[count]) / NS_PER_MS)
    if not latencies:
        raise BenchError("No new number came after the warm-up")
    return latencies, read / looked
