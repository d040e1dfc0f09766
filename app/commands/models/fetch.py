"""`hardcut models fetch NAME`: what will come, from whom, under which licence and where to; then it comes."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from app.amounts import size
from app.commands.progress_line import ProgressLine
from engine.clock import Clock
from engine.model_files import FetchableCard

if TYPE_CHECKING:
    from engine.generators.wan.library.fetching import FetchPlan, Parcel
    from engine.generators.wan.library.hub import HuggingFaceHub

STOPPED: Final = 128 + 2
"""Exit status after Ctrl-C."""

DECLINED: Final = 1


def file_lines(mark: str, file: str, repository: str, licence: str) -> str:
    """Describe a file in two lines that fit 80 columns."""
    return f"{mark:>10}  {file}\n{'':>{max(10, len(mark))}}  {repository}, {licence}\n"


def fetch_model(name: str, *, agreed: bool, answers: TextIO, out: TextIO, clock: Clock) -> int:
    """Show the plan, ask, fetch; return the exit status.

    Args:
        agreed: do not ask; answers: stream of answers; out: stream of everything shown.

    Raises:
        EngineError: there is no such model, the hub or the disk failed, or nobody is there to be asked.
    """
    from engine.errors import GeneratorError
    from engine.folders import models_folder
    from engine.generators.wan.library.fetching import plan_fetch
    from engine.generators.wan.library.hub import HuggingFaceHub

    card = find_card(name)
    if not card.files:
        out.write(f"{name} needs no files.\n")
        return 0
    folder = models_folder()
    if not card.missing(folder) and not card.broken(folder):
        out.write(f"{name}: every file is there and looks whole, in {folder}.\n")
        out.write(
            "`hardcut models check FILE` reads one through; one that it refuses comes again once it is deleted.\n"
        )
        return 0
    hub = HuggingFaceHub()
    plan = plan_fetch(card, folder, hub)
    _show(plan, hub.endpoint, out)
    if not agreed:
        if not answers.isatty():
            raise GeneratorError("Nobody is here to agree to these licences", remedy="Say --yes if you do.")
        out.write("Fetch them? [y/N] ")
        out.flush()
        if answers.readline().strip().casefold() not in ("y", "yes"):
            out.write("Nothing was fetched.\n")
            return DECLINED
    if not _bring(plan, hub, out, clock):
        return STOPPED
    check_whole(card, folder)
    out.write(f"{name}: every file is there.\n")
    return 0


def find_card(name: str) -> FetchableCard:
    """Find the card of a depth model or generator.

    Raises:
        GeneratorError: there is none of this name.
    """
    from engine.generators.wan.card_library import load_card
    from engine.preprocess.learned.cards import depth_cards

    return depth_cards()[0].get(name) or load_card(name)


def check_whole(card: FetchableCard, folder: Path) -> None:
    """Look at the files that have come.

    Raises:
        GeneratorError: one cannot be whole, though it is what its repository has.
    """
    from engine.errors import GeneratorError

    for file in card.broken(folder):
        raise GeneratorError(
            f"{file.file} came as its repository has it, and still it {file.fault(folder)}",
            where=str(file.path(folder)),
            remedy="Look at the repository's page: its owner has put another file there.",
        )


def licence_of(parcel: "Parcel") -> str:
    """Name the licence of a card's file, and what the repository's page says where that is another."""
    known = parcel.wanted.licence
    changed = parcel.licence.casefold() not in ("", known.casefold())
    return f"{known}; its page says {parcel.licence}" if changed else known


def _show(plan: "FetchPlan", endpoint: str, out: TextIO) -> None:
    """Write what will come, from whom, and what is there."""
    out.write(f"{plan.card.name}: {plan.card.label}\ninto {plan.folder} ({size(plan.free)} free)\n\n")
    for file in plan.kept:
        out.write(file_lines("there", file.file, f"huggingface.co/{file.repo}", file.licence))
    for parcel in plan.parcels:
        file, licence = parcel.wanted, licence_of(parcel)
        many = f", {len(parcel.files)} files" if len(parcel.files) > 1 else ""
        out.write(file_lines(size(parcel.size), f"{file.file}{many}", f"{endpoint}/{file.repo}", licence))
        if parcel.fault:
            out.write(f"{'':>10}  in place of one that {parcel.fault}\n")
    present = f", of which {size(plan.size - plan.left)} are there from before" if plan.left < plan.size else ""
    out.write(f"\n{size(plan.size)} in all{present}.\n")


def _bring(plan: "FetchPlan", hub: "HuggingFaceHub", out: TextIO, clock: Clock) -> bool:
    """Fetch a plan with a line of progress; whether all came, and not Ctrl-C.

    Raises:
        EngineError: the hub or the disk failed.
    """
    from engine.generators.wan.library.fetching import Fetching, Placed, Proving, fetch

    line = ProgressLine(out, clock, live=out.isatty())
    done = plan.size - plan.left
    try:
        for step in fetch(plan, hub):
            match step:
                case Fetching():
                    done = step.done
                    line.show(step.done, step.total, step.file.path)
                case Proving() if out.isatty():
                    line.show(done, plan.size, f"checking {step.file.path}")
                case Placed():
                    proofs = " and ".join(sorted({str(file.checksum) for file in step.parcel.files}))
                    line.print_line(f"{'there':>10}  {step.parcel.wanted.file}  (proved by {proofs})")
    except KeyboardInterrupt:
        line.print_line(f"Stopped: {size(done)} of {size(plan.size)} are there. The same command goes on from there.")
        return False
    finally:
        line.close()
    return True
