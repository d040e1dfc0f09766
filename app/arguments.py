"""The command line, read into frozen options. A mistake is one sentence and exit status 2."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

from app import __version__
from engine.errors import EngineError
from engine.generators.registry import DEFAULT_GENERATOR, generator_names
from engine.sources.spec import parse_source

OSC_DEFAULT = ("127.0.0.1", 9000)
"""Loopback: the network may play the show only when the performer says so."""

LOG_LEVELS = ("debug", "info", "warning", "error")


class Task(Enum):
    """What to do."""

    PERFORM = "perform"
    SOURCES = "sources"
    DOCTOR = "doctor"
    BENCH = "bench"
    REPLAY = "replay"
    MODELS = "models"
    MIDI = "midi"
    OSC = "osc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asked for.

    Attributes:
        width, height: of the sent picture, even.
        duration_s: end by itself after so many seconds; 0: when told to.
        midi: part of a port's name, "none" for no MIDI, "" for every port.
        playlist, cues: files to be stepped through.
        session: where the show is recorded; session_inputs: with its frames and maps.
        bench_arguments: what follows `hardcut bench`, read by the benchmarks themselves.
        replay_arguments, midi_arguments, osc_arguments: what follows `hardcut replay`, `midi` and `osc`.
        osc: host and port to listen on; None: not at all.
    """

    task: Task = Task.PERFORM
    headless: bool = False
    source: str = "stage"
    scene: str = ""
    generator: str = DEFAULT_GENERATOR
    output_name: str = "Hardcut"
    width: int = 896
    height: int = 896
    fps: Fraction = Fraction(30)
    duration_s: float = 0.0
    seed: int = 0
    report: Path | None = None
    midi: str = ""
    osc: tuple[str, int] | None = OSC_DEFAULT
    playlist: Path | None = None
    cues: Path | None = None
    session: Path | None = None
    session_inputs: bool = False
    log_level: str = "warning"
    bench_arguments: tuple[str, ...] = ()
    replay_arguments: tuple[str, ...] = ()
    models_arguments: tuple[str, ...] = ()
    midi_arguments: tuple[str, ...] = ()
    osc_arguments: tuple[str, ...] = ()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        stop = "" if message.endswith(".") else "."
        self.exit(2, f"hardcut: {message[:1].upper()}{message[1:]}{stop}\n")


def _osc(text: str) -> tuple[str, int] | None:
    if text == "none":
        return None
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or OSC_DEFAULT[0]
    if not port.isdecimal() or not 0 < int(port) < 2**16:
        raise argparse.ArgumentTypeError(f"{text!r} is no place to listen; write PORT, HOST:PORT or none.")
    return host, int(port)


def _source(text: str) -> str:
    try:
        return str(parse_source(text))
    except EngineError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _canvas(text: str) -> tuple[int, int]:
    width, _, height = text.lower().replace("×", "x").partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size; write WIDTHxHEIGHT, for example 1280x720.")
    size = int(width), int(height)
    if any(edge % 2 or not 16 <= edge <= 4096 for edge in size):
        raise argparse.ArgumentTypeError(f"{text} cannot be sent; both edges must be even, from 16 to 4096.")
    return size


def _fps(text: str) -> Fraction:
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is not a rate; write 30 or 30000/1001.") from None
    if not 1 <= rate <= 240:
        raise argparse.ArgumentTypeError(f"{text} frames a second cannot be sent; choose 1 to 240.")
    return rate


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds.") from None
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError("the duration must be more than 0 seconds.")
    return seconds


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed; write a whole number from 0 to 2^63 - 1.")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="hardcut",
        description="An instrument for live visuals: a live source goes in, dreamed video comes out on NDI.",
        epilog="Also: hardcut sources (what can be played), hardcut doctor (is all well here?), hardcut bench, "
        "hardcut replay FILE (a recorded session again), hardcut models (weights: what there is, what is missing).",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"hardcut {__version__}")
    parser.add_argument("--headless", action="store_true", help="perform without a window")
    parser.add_argument(
        "--source",
        type=_source,
        default="stage",
        metavar="SOURCE",
        help="stage (built in), camera:N, camera:URL, file:PATH or ndi:NAME",
    )
    parser.add_argument("--scene", default="", metavar="NAME", help="the scene to begin with")
    parser.add_argument(
        "--generator", default=DEFAULT_GENERATOR, metavar="NAME", choices=generator_names(), help="what dreams"
    )
    parser.add_argument("--output-name", default="Hardcut", metavar="NAME", help="the name NDI receivers see")
    parser.add_argument(
        "--canvas", type=_canvas, default=(896, 896), metavar="WxH", help="size of the sent picture (896x896)"
    )
    parser.add_argument("--fps", type=_fps, default=Fraction(30), metavar="N[/D]", help="output rate (30)")
    parser.add_argument("--duration", type=_seconds, default=0.0, metavar="SECONDS", help="end by itself")
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="where all chance comes from (0)")
    parser.add_argument("--report", type=Path, metavar="FILE.json", help="write what was measured at the end")
    parser.add_argument("--midi", default="", metavar="PORT|none", help="part of a MIDI port's name, or none")
    parser.add_argument(
        "--osc", type=_osc, default=OSC_DEFAULT, metavar="HOST:PORT|none", help="where OSC listens (127.0.0.1:9000)"
    )
    parser.add_argument("--playlist", type=Path, metavar="FILE", help="prompts to step through, one a line")
    parser.add_argument("--cues", type=Path, metavar="FILE", help="a cue list to step through, TOML")
    parser.add_argument("--session", type=Path, metavar="FILE", help="record the show, to be replayed")
    parser.add_argument(
        "--session-inputs", action="store_true", help="with --session: keep frames and depth too (some 0.5 GB a minute)"
    )
    parser.add_argument("--log-level", default="warning", choices=LOG_LEVELS, metavar="L", help="debug … error")
    return parser


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line (without the program's name).

    Raises:
        SystemExit: status 2 after a sentence on standard error, 0 after --help or --version.
    """
    words = [task.value for task in Task if task is not Task.PERFORM]
    if arguments and arguments[0] in words:
        task = Task(arguments[0])
        if task is Task.BENCH:
            return Options(task=task, bench_arguments=tuple(arguments[1:]))
        if task is Task.REPLAY:
            return Options(task=task, replay_arguments=tuple(arguments[1:]))
        if task is Task.MODELS:
            return Options(task=task, models_arguments=tuple(arguments[1:]))
        if task is Task.MIDI:
            return Options(task=task, midi_arguments=tuple(arguments[1:]))
        if task is Task.OSC:
            return Options(task=task, osc_arguments=tuple(arguments[1:]))
        _Parser(prog=f"hardcut {task.value}", allow_abbrev=False).parse_args(arguments[1:])
        return Options(task=task)
    if arguments and not arguments[0].startswith("-"):
        _parser().error(f"there is no command {arguments[0]!r}; known are {', '.join(words)}.")
    parser = _parser()
    found = parser.parse_args(arguments)
    if found.session_inputs and found.session is None:
        parser.error("--session-inputs needs --session FILE.")
    return Options(
        headless=found.headless,
        source=found.source,
        scene=found.scene,
        generator=found.generator,
        output_name=found.output_name,
        width=found.canvas[0],
        height=found.canvas[1],
        fps=found.fps,
        duration_s=found.duration,
        seed=found.seed,
        report=found.report,
        midi=found.midi,
        osc=found.osc,
        playlist=found.playlist,
        cues=found.cues,
        session=found.session,
        session_inputs=found.session_inputs,
        log_level=found.log_level,
    )
