"""`hardcut models list` and `hardcut models check PATH`."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from app.sentences import SentenceParser
from engine.errors import EngineError

MISTAKE = 2


def run_models(arguments: Sequence[str], say: Callable[[str], None]) -> int:
    """Do what `hardcut models` was asked; the exit status."""
    parser = SentenceParser(prog="hardcut models", allow_abbrev=False, description="The weights of the Wan models.")
    tasks = parser.add_subparsers(dest="task", required=True, metavar="list|check")
    tasks.add_parser("list", help="every model, its memory and licences, and what of it is on disk")
    check = tasks.add_parser("check", help="read a file of weights and say what it is")
    check.add_argument("path", type=Path)
    found = parser.parse_args(arguments)
    if found.task == "list":
        _list()
        return 0
    return _check(found.path, say)


def _list() -> None:
    from engine.generators.wan.cards import models_folder
    from engine.generators.wan.inspection import card_states

    folder = models_folder()
    sys.stdout.write(f"Models folder: {folder}\n")
    for state in card_states(folder):
        card = state.card
        there = "ready" if not state.missing else f"{len(state.missing)} of {len(card.files)} files are missing"
        way = f"{len(card.recipe.steps)} steps, window {card.recipe.window}"
        sys.stdout.write(
            f"\n{card.name}: {card.label}\n  {way}, {state.gib:.1f} GiB in bfloat16 without text encoder: {there}\n"
        )
        for file in card.files:
            mark = "fetch" if file in state.missing else "there"
            sys.stdout.write(f"  {mark}  huggingface.co/{file.repo}  {file.file}  ({file.licence})\n")


def _check(path: Path, say: Callable[[str], None]) -> int:
    from engine.generators.wan.inspection import check_file

    try:
        sys.stdout.write(f"{path}: {check_file(path)}\n")
    except EngineError as error:
        say(f"hardcut: {error}")
        return MISTAKE
    return 0
