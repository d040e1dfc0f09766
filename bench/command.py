"""`hardcut bench`: measures the figures and tells them; asserts nothing."""

import argparse
import importlib.metadata
import json
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn, TextIO

from bench.context import Bench
from bench.figures import Figure, table
from bench.harness.load import TOO_MUCH_PERCENT, Load, LoadWatch, gpu_load
from bench.harness.namespace import Namespace, Reach
from bench.harness.processes import Workplace
from bench.measures import arming, components, control, cut, headless, latency, window
from engine.command_line import SentenceParser
from engine.errors import EngineError
from engine.metrics.gpus import read_gpus
from engine.metrics.machine import Machine, describe_machine

MEASURES: Final[Mapping[str, Callable[[Bench], list[Figure]]]] = {
    "components": components.measure,
    "control": control.measure,
    "headless": headless.measure,
    "window": window.measure,
    "latency": latency.measure,
    "cut": cut.measure,
    "arming": arming.measure,
}

SHORTEST_S, LONGEST_S = 2.0, 3600.0
LOOK_AROUND_S: Final = 3.0
"""How long other programs are watched before anything is started."""


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What `hardcut bench` was asked for."""

    only: tuple[str, ...] = tuple(MEASURES)
    seconds: float = 60.0
    repeats: int = 3
    json: Path | None = None
    anyway: bool = False


def parse(arguments: Sequence[str]) -> BenchOptions:
    """Read the command line.

    Raises:
        SystemExit: status 2 after a sentence on standard error, 0 after --help.
    """
    parser = SentenceParser(
        speaker="hardcut bench",
        prog="hardcut bench",
        description="Measures Hardcut's figures on this machine. Takes a quarter of an hour.",
        epilog="With --generator wan-tiny, wan-1.3b or wan-14b it measures that generator alone; --help behind it says"
        " how.",
    )
    parser.add_argument("--only", type=_names, default=tuple(MEASURES), metavar="NAME[,NAME]", help=", ".join(MEASURES))
    parser.add_argument(
        "--control", action="store_const", dest="only", const=("control", "arming", "cut"), help="when things change"
    )
    parser.add_argument("--seconds", type=_seconds, default=60.0, metavar="S", help="length of each run (60)")
    parser.add_argument("--repeats", type=_repeats, default=3, metavar="N", help="runs of each (3)")
    parser.add_argument("--json", type=_writable, metavar="FILE", help="also write the JSON line to a file")
    parser.add_argument(
        "--anyway", action="store_true", help="measure though other programs keep the machine or its GPU busy"
    )
    found = parser.parse_args(arguments)
    return BenchOptions(found.only, found.seconds, found.repeats, found.json, found.anyway)


def run_bench(arguments: Sequence[str]) -> int:
    """Measure and tell; 0 whatever the figures are, 1 if something could not be measured, 2 for a mistake."""
    if any(argument.partition("=")[0] == "--generator" for argument in arguments):
        from bench.wan.command import run_wan_bench  # torch is loaded for this one only

        return run_wan_bench(arguments)
    options = parse(arguments)
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _run(options, sys.stdout, sys.stderr)
    except KeyboardInterrupt:
        sys.stderr.write("hardcut bench: ended; everything it started has ended too.\n")
        return 128 + signal.SIGINT
    finally:
        signal.signal(signal.SIGTERM, previous)


def _run(options: BenchOptions, out: TextIO, progress: TextIO) -> int:
    machine = describe_machine()
    _say(out, machine.sentence())
    gpu = gpu_load(read_gpus())
    with Workplace() as workplace:
        before = _look_around(workplace, gpu)
        _say(out, f"Before: {before.sentence()}.")
        if before.disturbs:
            too_much = f"More than {TOO_MUCH_PERCENT:.0f} % of the CPU, or anyone on the GPU, is too much"
            _say(progress, f"hardcut bench: the machine is not at rest: {before.sentence()}.")
            if not options.anyway:
                _say(progress, f"End them, or measure all the same with --anyway. {too_much}.")
                return 1
        with ExitStack() as stack:
            namespace = stack.enter_context(Namespace(workplace))
            _say(out, f"Network: {namespace.reach.value}{f' ({namespace.why})' if namespace.why else ''}.")
            if namespace.reach is Reach.OPEN:
                _say(out, "The outputs of these runs are announced on the local network while they last.")
            bench = Bench(
                workplace, namespace, options.seconds, options.repeats, lambda text: _say(progress, f"… {text}")
            )
            figures, failures, loads = _measure(bench, options.only)
    out.write("\n" + table(figures) + "\n")
    for name, load in loads.items():
        verdict = " Its figures are not to be trusted." if load.disturbs else ""
        _say(out, f"During {name}: {load.sentence()}.{verdict}")
    for name, sentence in failures.items():
        _say(out, f"{name} could not be measured: {sentence}")
    line = json.dumps(
        _document(options, machine, {"before": before} | loads, bench, figures, failures), ensure_ascii=False
    )
    if options.json is not None:
        try:
            options.json.write_text(line + "\n", encoding="utf-8")
        except OSError as error:
            _say(progress, f"hardcut bench: {options.json} could not be written: {error.strerror}.")
            failures["json"] = str(error)
    _say(out, line)
    return 1 if failures else 0


def _measure(bench: Bench, names: Sequence[str]) -> tuple[list[Figure], dict[str, str], dict[str, Load]]:
    """The figures; by name a sentence for what could not be measured at all, and the load of others meanwhile."""
    figures: list[Figure] = []
    failures: dict[str, str] = {}
    loads: dict[str, Load] = {}
    for name in names:
        with LoadWatch(bench.workplace.owns) as watch:
            try:
                figures += MEASURES[name](bench)
            except EngineError as error:
                bench.tell(f"{name} could not be measured: {error}")
                failures[name] = str(error)
        loads[name] = watch.load()
    return figures, failures, loads


def _document(
    options: BenchOptions,
    machine: Machine,
    loads: Mapping[str, Load],
    bench: Bench,
    figures: Sequence[Figure],
    failures: Mapping[str, str],
) -> dict[str, object]:
    return {
        "hardcut": _version(),
        "seconds": options.seconds,
        "repeats": options.repeats,
        "machine": machine.as_json(),
        "network": bench.namespace.reach.value,
        "load": {name: load.document() for name, load in loads.items()},
        "figures": [figure.document() for figure in figures],
        "failures": dict(failures),
    }


def _look_around(workplace: Workplace, gpu: tuple[str, ...]) -> Load:
    with LoadWatch(workplace.owns) as watch:
        time.sleep(LOOK_AROUND_S)
    return watch.load(gpu)


def _version() -> str:
    try:
        return importlib.metadata.version("hardcut")
    except importlib.metadata.PackageNotFoundError:
        return "0+unknown"


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in MEASURES:
            raise argparse.ArgumentTypeError(f"there is no benchmark {name!r}; known are {', '.join(MEASURES)}.")
    return names


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds.") from None
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"{text} seconds cannot be measured; choose {SHORTEST_S:g} to {LONGEST_S:g}.")
    return seconds


def _repeats(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of repeats from 1 to 100.")
    return int(text)


def _writable(text: str) -> Path:
    path = Path(text)
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise argparse.ArgumentTypeError(f"no file can be written at {text}; name one in a folder that exists.")
    return path


def _say(stream: TextIO, sentence: str) -> None:
    stream.write(f"{sentence}\n")
    stream.flush()
