"""`hardcut bench`: measure the figures and print them; assert nothing."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Final, NoReturn, TextIO

from bench.against.revision import Tree, check_out, this_tree
from bench.against.turns import by_turns
from bench.context import MODEL_ALLOWANCE_S, Bench
from bench.document import BEFORE, as_line, document_of
from bench.figures import Figure, table
from bench.harness.load import TOO_MUCH_PERCENT, Load, LoadWatch, gpu_load
from bench.harness.namespace import Namespace, Reach
from bench.harness.processes import Workplace
from bench.kept.compare import compared
from bench.kept.store import KeptFigures, read_kept, save_figures
from bench.options import MEASURES, OF_MODELS, BenchOptions, parse
from bench.random_model import install
from engine.errors import EngineError
from engine.generators.registry import DEFAULT_GENERATOR
from engine.metrics.gpus import read_gpus
from engine.metrics.machine import Machine, describe_machine

FIRST_START: Final = ("--headless", "--source", "stage", "--midi", "none", "--sink", "null")

GOALS_OF_MODELS: Final = ("ranks", *OF_MODELS)
"""Measurements whose goals are those of models too."""

LOOK_AROUND_S: Final = 3.0
"""How long other programs are watched before anything is started."""


def run_bench(arguments: Sequence[str]) -> int:
    """Measure and print; return 0 whatever the figures are, 1 if something could not be measured, 2 for a mistake."""
    named = {argument.partition("=")[0] for argument in arguments}
    if "--generator" in named and not named & {"--only", "--control"}:
        from bench.wan.command import run_wan_bench  # torch is loaded for this one only

        return run_wan_bench(arguments)
    options = parse(arguments)
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        return _run(options, sys.stdout, sys.stderr)
    except EngineError as error:
        sys.stderr.write(f"hardcut bench: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("hardcut bench: ended; everything it started has ended too.\n")
        return 128 + signal.SIGINT
    finally:
        signal.signal(signal.SIGTERM, previous)


def _run(options: BenchOptions, out: TextIO, progress: TextIO) -> int:
    machine = describe_machine()
    _print_line(out, machine.sentence())
    kept = read_kept(options.kept) if options.kept is not None else None
    other = check_out(options.against, lambda text: _print_line(progress, f"… {text}")) if options.against else None
    gpu = gpu_load(read_gpus())
    with Workplace() as workplace:
        before = _measure_load(workplace, gpu)
        _print_line(out, f"Before: {before.sentence()}.")
        if before.disturbs:
            too_much = f"More than {TOO_MUCH_PERCENT:.0f} % of the CPU, or anyone on the GPU, is too much"
            _print_line(progress, f"hardcut bench: the machine is not at rest: {before.sentence()}.")
            if not options.anyway:
                _print_line(progress, f"End them, or measure all the same with --anyway. {too_much}.")
                return 1
        if other is not None:
            return _race(options, other, workplace, out, progress)
        return _measure(options, machine, before, kept, workplace, out, progress)


@dataclass(slots=True)
class _Measured:
    """What has been measured so far.

    Attributes:
        loads: of other programs, by measurement.
        failures: by measurement a sentence on why it could not be made.
    """

    figures: list[Figure] = field(default_factory=list)
    loads: dict[str, Load] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def _measure(
    options: BenchOptions,
    machine: Machine,
    before: Load,
    kept: KeptFigures | None,
    workplace: Workplace,
    out: TextIO,
    progress: TextIO,
) -> int:
    found = _Measured(loads={BEFORE: before})
    with ExitStack() as stack:
        namespace = stack.enter_context(Namespace(workplace))
        _print_line(out, f"Network: {namespace.reach.value}{f' ({namespace.why})' if namespace.why else ''}.")
        if namespace.reach is Reach.OPEN:
            _print_line(out, "The outputs of these runs are announced on the local network while they last.")
        bench = Bench(
            workplace,
            namespace,
            options.seconds,
            options.repeats,
            lambda text: _print_line(progress, f"… {text}"),
            options.to,
        )
        bench = _with_generator(bench, options)
        with _even_if_interrupted(lambda: _print_results(found, kept, options, machine, out)):
            for name in options.only:
                _measure_one(bench, name, found)
    document = document_of(
        seconds=options.seconds,
        repeats=options.repeats,
        machine=machine,
        network=namespace.reach.value,
        load=found.loads,
        figures=found.figures,
        failures=found.failures,
    )
    if options.keep is not None:
        save_figures(options.keep, document)
        _print_line(out, f"Kept in {options.keep}.")
    return _finish(options, as_line(document), out, progress, failed=bool(found.failures))


def _with_generator(bench: Bench, options: BenchOptions) -> Bench:
    """Return a bench that plays the generator that was asked for."""
    bench = replace(bench, fps=options.fps, gpus=options.gpus)
    if not options.generator:
        return bench
    if options.generator == DEFAULT_GENERATOR:
        return replace(bench, generator=options.generator)
    name = options.generator if options.model is None else install(options.model, bench)
    bench.report("the model's first start: its kernels are compiled and kept")
    bench = replace(bench, generator=name, allowance_s=MODEL_ALLOWANCE_S)
    first = bench.perform(FIRST_START, 0.0).report
    told = "never" if first.first_frame_s is None else f"after {first.first_frame_s:.0f} s"
    bench.report(f"its first frame came {told}")
    return bench


def _measure_one(bench: Bench, name: str, found: _Measured) -> None:
    with LoadWatch(bench.workplace.owns) as watch:
        try:
            figures = MEASURES[name](bench)
            if bench.generator not in ("", DEFAULT_GENERATOR) and name not in GOALS_OF_MODELS:
                figures = [replace(figure, goal=None) for figure in figures]  # they are the built-in one's
            found.figures += figures
        except EngineError as error:
            bench.report(f"{name} could not be measured: {error}")
            found.failures[name] = str(error)
    found.loads[name] = watch.load()


@contextmanager
def _even_if_interrupted(report: Callable[[], None]) -> Iterator[None]:
    """Call `report` at the end of the block, and also if it is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        report()
        raise
    report()


def _print_results(
    found: _Measured, kept: KeptFigures | None, options: BenchOptions, machine: Machine, out: TextIO
) -> None:
    out.write("\n" + table(found.figures) + "\n")
    for name in options.only:
        if load := found.loads.get(name):
            verdict = " Its figures are not to be trusted." if load.disturbs else ""
            _print_line(out, f"During {name}: {load.sentence()}.{verdict}")
        else:
            _print_line(out, f"{name} was not measured to its end.")
    for name, sentence in found.failures.items():
        _print_line(out, f"{name} could not be measured: {sentence}")
    if kept is not None:
        for line in compared(kept, found.figures, options.only, machine):
            _print_line(out, line)


def _race(options: BenchOptions, other: Tree, workplace: Workplace, out: TextIO, progress: TextIO) -> int:
    """Measure another revision and this one by turns, and print both."""
    race = by_turns(
        (other, this_tree()),
        options.only,
        options.seconds,
        options.repeats,
        workplace,
        lambda text: _print_line(progress, f"… {text}"),
    )
    out.write("\n" + race.table() + "\n")
    for sentence in (*race.disturbed(), *race.failures):
        _print_line(out, sentence)
    return _finish(options, as_line(race.document()), out, progress, failed=bool(race.failures))


def _finish(options: BenchOptions, line: str, out: TextIO, progress: TextIO, *, failed: bool) -> int:
    """Write the JSON line; return the exit status."""
    if options.json is not None:
        try:
            options.json.write_text(line + "\n", encoding="utf-8")
        except OSError as error:
            _print_line(progress, f"hardcut bench: {options.json} could not be written: {error.strerror}.")
            failed = True
    _print_line(out, line)
    return 1 if failed else 0


def _measure_load(workplace: Workplace, gpu: tuple[str, ...]) -> Load:
    with LoadWatch(workplace.owns) as watch:
        time.sleep(LOOK_AROUND_S)
    return watch.load(gpu)


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _print_line(stream: TextIO, sentence: str) -> None:
    stream.write(f"{sentence}\n")
    stream.flush()
