"""The command line of `hardcut bench`, and the measurements that it knows."""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.context import PICTURES_FOLDER, Bench
from bench.figures import Figure
from bench.measures import (
    arming,
    audio,
    busy,
    changes,
    components,
    conditioning,
    control,
    cut,
    headless,
    interpolation,
    knob,
    latency,
    loop,
    model,
    pictures,
    ranks,
    sinks,
    window,
)
from bench.random_model import RandomModel
from engine.command_line import SentenceParser
from engine.errors import GeneratorError
from engine.generators.ranks import asked_ranks

FIGURES: Final[Mapping[str, Callable[[Bench], list[Figure]]]] = {
    "components": components.measure,
    "control": control.measure,
    "headless": headless.measure,
    "window": window.measure,
    "latency": latency.measure,
    "cut": cut.measure,
    "arming": arming.measure,
    "audio": audio.measure,
    "busy": busy.measure,
    "conditioning": conditioning.measure,
    "interpolation": interpolation.measure,
    "sinks": sinks.measure,
}
"""What is measured where nothing else is asked for: the figures of the README."""

OF_MODELS: Final[Mapping[str, Callable[[Bench], list[Figure]]]] = {
    "knob": knob.measure,
    "changes": changes.measure,
    "loop": loop.measure,
    "model": model.measure,
}
"""What is measured of the program with a model that --generator names."""

MEASURES: Final[Mapping[str, Callable[[Bench], list[Figure]]]] = {
    **FIGURES,
    "pictures": pictures.measure,
    "ranks": ranks.measure,
    **OF_MODELS,
}

SHORTEST_S, LONGEST_S = 2.0, 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchOptions:
    """Options of `hardcut bench`.

    Attributes:
        only: keys of MEASURES.
        json: also write the JSON line there.
        anyway: measure beside other programs.
        against: a revision that is measured beside this one, or None.
        kept: compare with the figures in this file; keep: write the figures there.
        to: folder for pictures.
        generator: what the program plays; "" for its own choice. fps: of its output; "" for the same.
        gpus: that share its chunks; "" for one.
        model: the model card that is played with random weights instead, or None.
    """

    only: tuple[str, ...] = tuple(FIGURES)
    seconds: float = 60.0
    repeats: int = 3
    json: Path | None = None
    anyway: bool = False
    against: str | None = None
    kept: Path | None = None
    keep: Path | None = None
    to: Path = PICTURES_FOLDER
    generator: str = ""
    fps: str = ""
    gpus: str = ""
    model: RandomModel | None = None


def parse(arguments: Sequence[str]) -> BenchOptions:
    """Parse the command line.

    Raises:
        SystemExit: status 2 after a sentence on standard error, 0 after --help.
    """
    parser = SentenceParser(
        speaker="hardcut bench",
        prog="hardcut bench",
        description="Measures Hardcut's figures on this machine. Takes a quarter of an hour.",
        epilog="With --only it plays the whole program, with the generator that --generator names. With --generator"
        " wan-tiny, wan-1.3b or wan-14b and no --only it measures that generator alone; --help behind it says how.",
    )
    parser.add_argument("--only", type=_names, default=tuple(FIGURES), metavar="NAME[,NAME]", help=", ".join(MEASURES))
    parser.add_argument(
        "--control", action="store_const", dest="only", const=("control", "arming", "cut"), help="when things change"
    )
    parser.add_argument("--seconds", type=_seconds, default=60.0, metavar="S", help="length of each run (60)")
    parser.add_argument("--repeats", type=_repeats, default=3, metavar="N", help="runs of each (3)")
    parser.add_argument("--json", type=_writable, metavar="FILE", help="also write the JSON line to a file")
    parser.add_argument(
        "--anyway", action="store_true", help="measure though other programs keep the machine or its GPU busy"
    )
    parser.add_argument(
        "--against", type=_revision, metavar="REVISION", help="the same of another commit too, by turns, side by side"
    )
    parser.add_argument("--kept", type=_readable, metavar="FILE", help="name what fell by more than a fifth since then")
    parser.add_argument("--keep", type=_writable, metavar="FILE", help="keep the figures in a file for --kept")
    parser.add_argument(
        "--to", type=_folder, default=PICTURES_FOLDER, metavar="FOLDER", help=f"for pictures ({PICTURES_FOLDER})"
    )
    parser.add_argument("--generator", default="", metavar="NAME", help="what the program plays (field)")
    parser.add_argument("--fps", default="", metavar="RATE", help="of the program's output (30)")
    parser.add_argument("--gpus", default="", type=_gpus, metavar="N|all", help="that share each chunk of a model (1)")
    parser.add_argument("--random-weights", action="store_true", help="its model card with weights drawn from a seed")
    parser.add_argument("--vace", action="store_true", help="with random weights: with depth, as it is anyway")
    parser.add_argument("--recipe", default="", metavar="NAME", help="with random weights: another sampling")
    parser.add_argument("--window", type=int, metavar="N", help="with random weights: latent frames attention sees")
    parser.add_argument("--precision", choices=("auto", "bf16", "fp8"), default="auto", help="with random weights")
    options = vars(parser.parse_args(arguments))
    found = argparse.Namespace(**options)
    model = RandomModel(*(options.pop(key) for key in ("generator", "recipe", "window", "precision")))
    options |= {"generator": model.card}
    options.pop("vace")  # a card with random weights has the branch, and the program plays with depth
    if options.pop("random_weights"):
        if not model.card:
            parser.error("--random-weights needs a --generator whose weights they are.")
        options |= {"model": model}
    if found.generator and found.against is not None:
        parser.error("--against plays the program's own choice: leave --generator away.")
    if found.against is not None:
        if found.kept or found.keep:
            parser.error("--against measures two programs; keep or compare the figures of one with another command.")
        if "pictures" in found.only:
            parser.error("pictures are looked at, not raced: leave them away from --against.")
        if named := [name for name in found.only if name in ("ranks", *OF_MODELS)]:
            parser.error(f"{named[0]} needs a model: leave it away from --against.")
    return BenchOptions(**options)


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


def _gpus(text: str) -> str:
    if not text:  # argparse reads defaults too
        return text
    try:
        asked_ranks(text)
    except GeneratorError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _repeats(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of repeats from 1 to 100.")
    return int(text)


def _revision(text: str) -> str:
    if not text or text.startswith("-"):
        raise argparse.ArgumentTypeError(f"{text!r} names no revision; write a commit, a branch or a tag.")
    return text


def _writable(text: str) -> Path:
    path = Path(text)
    if path.is_dir() or not path.resolve().parent.is_dir():
        raise argparse.ArgumentTypeError(f"no file can be written at {text}; name one in a folder that exists.")
    return path


def _readable(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there are no kept figures at {text}; --keep makes such a file.")
    return path


def _folder(text: str) -> Path:
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a file; name a folder.")
    return path
