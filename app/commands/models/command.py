"""`hardcut models`: what weights there are, fetching them, looking into a file of them, writing one anew, and what
becomes of a model's pictures over a long time."""

import argparse
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

from app.amounts import size
from app.commands.models.convert import DTYPE_NAMES, LAYOUTS, convert_file
from app.commands.models.fetch import fetch_model, file_lines
from engine.clock import SystemClock
from engine.command_line import SentenceParser
from engine.errors import EngineError
from engine.model_files import FetchableCard, ModelFile, amount, gates

MISTAKE = 2

_NOTE_COLUMNS = 96

CHUNKS, MOST_CHUNKS = 2000, 1_000_000
"""Of an audition: at three latent frames a chunk 2,000 are thirteen minutes of show."""


def run_models(arguments: Sequence[str], print_line: Callable[[str], None]) -> int:
    """Run `hardcut models …`; return the exit status."""
    found = _parser().parse_args(arguments)
    clock = SystemClock()
    try:
        match found.task:
            case "list":
                return _list()
            case "check":
                return _check(found.path)
            case "audition":
                return _audition(found, clock)
            case "fetch":
                return fetch_model(found.name, agreed=found.yes, answers=sys.stdin, out=sys.stdout, clock=clock)
            case _:
                return convert_file(found.source, found.target, found.to, found.dtype, sys.stdout, clock)
    except EngineError as error:
        print_line(f"hardcut: {error}")
        return MISTAKE


def _parser() -> SentenceParser:
    parser = SentenceParser(prog="hardcut models", description="The weights of the Wan models, and of depth models.")
    tasks = parser.add_subparsers(dest="task", required=True, metavar="list|fetch|check|convert|audition")
    tasks.add_parser("list", help="every model, its memory and licences, and what of it is on disk")
    fetch = tasks.add_parser("fetch", help="show what a model is made of, ask, and download it")
    fetch.add_argument("name", metavar="NAME", help="as in the list")
    fetch.add_argument("--yes", action="store_true", help="agree to the licences and do not ask")
    check = tasks.add_parser("check", help="read weights through and say what they are")
    check.add_argument("path", type=Path, metavar="PATH", help="a file, or the folder of a text encoder")
    listen = tasks.add_parser("audition", help="play a model for long: a table and a drawing of how it drifts")
    listen.add_argument("name", metavar="NAME", help="a generator, as in the list")
    listen.add_argument("--chunks", type=_chunks, default=CHUNKS, metavar="N", help=f"default: {CHUNKS}")
    listen.add_argument("--scene", default="", metavar="SCENE", help="default: the one it begins with")
    listen.add_argument("--still", action="store_true", help="over a source that stands still")
    listen.add_argument("--to", type=Path, metavar="FILE.svg", help="default: NAME-audition.svg, here")
    convert = tasks.add_parser("convert", help="write a file of weights anew, as safetensors")
    convert.add_argument("source", type=Path, metavar="IN")
    convert.add_argument("target", type=Path, metavar="OUT", help="a .safetensors that is not there yet")
    convert.add_argument("--to", choices=LAYOUTS, default="", help="names of a model or VAE; default: as they are")
    convert.add_argument("--dtype", choices=DTYPE_NAMES, default="", help="of the numbers; default: as they are")
    return parser


def _chunks(text: str) -> int:
    count = int(text)
    if not 2 <= count <= MOST_CHUNKS:
        raise argparse.ArgumentTypeError(f"choose 2 to {MOST_CHUNKS} chunks")
    return count


def _audition(found: argparse.Namespace, clock: SystemClock) -> int:
    from app.commands.models.audition import Audition, audition

    wanted = Audition(found.name, found.scene, found.chunks, found.still)
    return audition(wanted, found.to or Path(f"{found.name}-audition.svg"), sys.stdout, clock)


def _list() -> int:
    from engine.folders import models_folder
    from engine.generators.wan.library.inspection import card_states, text_need

    folder = models_folder()
    sys.stdout.write(
        f"Models folder: {folder}\nWhere a size is ?, the repository tells it before anything is fetched.\n"
    )
    for state in card_states(folder):
        card = state.card
        way = f"{len(card.recipe.steps)} steps, window {card.recipe.window}, {state.gib:.1f} GiB in bfloat16"
        text = f"\n  text encoder: {text_need()}" if card.text is not None else ""
        note = _note(card.note)
        there = _readiness(card, state.missing, state.broken)
        sys.stdout.write(f"\n{card.name}: {card.label}{note}\n  {way}{text}\n  {there}\n")
        for entry in state.files:
            file, count = entry.file, entry.bytes
            sys.stdout.write(_file_lines(file, count, entry.fault))
    _list_depth(folder)
    return 0


def _list_depth(folder: Path) -> None:
    from engine.preprocess.learned.cards import DepthKind, depth_cards

    for card in depth_cards()[0].values():
        missing = card.missing(folder)
        note = _note(card.note)
        many = f"about {card.mebibytes} MiB, for --depth {'pose' if card.kind is DepthKind.POSE else card.name}"
        there = _readiness(card, missing, card.broken(folder))
        sys.stdout.write(f"\n{card.name}: {card.label}{note}\n  {many}\n  {there}\n")
        for file in card.files:
            count = file.path(folder).stat().st_size if file not in missing else None
            sys.stdout.write(_file_lines(file, count, file.fault(folder)))


def _note(text: str) -> str:
    """A card's note, in lines."""
    return "".join(f"\n  {line}" for line in textwrap.wrap(text, _NOTE_COLUMNS))


def _readiness(card: FetchableCard, missing: Sequence[ModelFile], broken: Sequence[ModelFile]) -> str:
    """What of a card's files is to be fetched, how much that is and what has to be accepted before, in lines."""
    lacking = (*missing, *broken)
    gaps = [f"{len(files)} {what}" for files, what in ((missing, "missing"), (broken, "damaged")) if files]
    verb = "is" if len(lacking) == 1 else "are"
    if not gaps:
        return "ready"
    much, gate = amount(lacking), gates(lacking)
    told = f"{' and '.join(gaps)} of {len(card.files)} {verb} to be fetched{f' ({much})' if much else ''}"
    return "\n  ".join(line for line in (f"{told}: hardcut models fetch {card.name}", gate) if line)


def _file_lines(file: ModelFile, count: int | None, fault: str) -> str:
    """A file of a card: how much of it is there, or is to come, and why it comes again."""
    if count is None:
        told = size(file.size) if file.size else f"~{size(file.about)}" if file.about else "?"
        mark = f"fetch {told:>10}"
    else:
        mark = f"{'again' if fault else 'there'} {size(count):>10}"
    why = f"{'':>18}  it {fault}\n" if fault else ""
    return f"{file_lines(f'  {mark}', file.file, f'huggingface.co/{file.repo}', file.licence)}{why}"


def _check(path: Path) -> int:
    from engine.generators.wan.library.inspection import check_file

    sys.stdout.write(f"{path}: {check_file(path)}\n")
    return 0
