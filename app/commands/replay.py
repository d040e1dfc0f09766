"""`hardcut replay FILE`: a recorded show again, chunk by chunk, and whether it is the same."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.commands.show_progress import ShowProgress
from app.display import has_display
from app.errors import AppError
from app.options.reading import read_by
from engine.clock import SystemClock
from engine.command_line import SentenceParser
from engine.generators.ranks import Ranks, asked_ranks
from engine.generators.registry import GeneratorEntry, find_generator, in_chunks, shared_by
from engine.output.client import OutputConfig
from engine.output.settings import VideoFormat
from engine.session.film_plan import plan_film
from engine.session.inputs import InputReader, inputs_path
from engine.session.making import SessionGenerator
from engine.session.opening import changes_since
from engine.session.reader import Session
from engine.session.records import NO_INPUTS
from engine.session.replay import Replay, ReplayResult
from engine.session.sinks import DiscardSink, LiveSink, ReplaySink

DIFFERENT = 1
"""Exit status of --verify where the replay is not the show."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """Options of `hardcut replay`.

    Attributes:
        to: "null", "window", "ndi" or a film's path.
        gpus: that share each chunk; see `engine.generators.ranks`.
    """

    path: Path
    to: str
    output_name: str
    verify: bool
    gpus: int = 1


def parse_replay(arguments: Sequence[str]) -> ReplayOptions:
    """Parse the arguments of `hardcut replay`.

    Raises:
        SystemExit: status 2 after a sentence on standard error, 0 after --help.
    """
    parser = SentenceParser(prog="hardcut replay", description="Perform a recorded session again.")
    parser.add_argument("file", type=Path, metavar="FILE", help="what --session has recorded")
    parser.add_argument("--to", default="null", metavar="null|window|ndi|FILE.mp4", help="where the pictures go (null)")
    parser.add_argument("--output-name", default="Hardcut", metavar="NAME", help="with --to ndi: the sender's name")
    parser.add_argument(
        "--gpus",
        type=read_by(asked_ranks),
        default=1,
        metavar="N|all",
        help="that shared each chunk of a Wan model (1)",
    )
    parser.add_argument("--verify", action="store_true", help="stop at the first difference, with exit status 1")
    found = parser.parse_args(arguments)
    if found.to not in ("null", "window", "ndi") and not found.to.endswith(".mp4"):
        parser.error(
            f"a session cannot be replayed to {found.to!r}; write null, window, ndi or the name of a new .mp4 file."
        )
    return ReplayOptions(found.file, found.to, found.output_name, found.verify, found.gpus)


def run_replay(arguments: Sequence[str], print_line: Callable[[str], None]) -> int:
    """Replay a session; return the exit status.

    Raises:
        EngineError: the session, its inputs or the place for its pictures cannot be used.
    """
    options = parse_replay(arguments)
    session = Session(options.path)
    recorded = in_chunks(find_generator(session.header.generator), session.header.chunk_frames)
    entry = shared_by(recorded, Ranks(options.gpus))
    for note in changes_since(session.header, entry.describe()):
        print_line(note)
    result = _replay(options, session, entry)
    pictures = session.header.inputs != NO_INPUTS
    sys.stdout.write(f"{verdict(result, pictures=pictures)}\n")
    for sentence in (*result.notes, session.ending, describe_difference(result)):
        if sentence:
            sys.stdout.write(f"{sentence}\n")
    return DIFFERENT if options.verify and result.first is not None else 0


def verdict(result: ReplayResult, *, pictures: bool) -> str:
    """Describe the result in one line."""
    abandoned = f" ({result.abandoned} more abandoned)" if result.abandoned else ""
    if not pictures:
        return (
            f"The commits of {result.identical} of {result.chunks} chunks are identical{abandoned}. "
            "Their pictures cannot be made again: the inputs were not recorded (--session-inputs)."
        )
    return f"{result.identical} of {result.chunks} chunks identical{abandoned}."


def describe_difference(result: ReplayResult) -> str:
    """Describe the first difference in a sentence; "" without one."""
    first = result.first
    return (
        f"The first difference is in the {first.part.value}: at boundary {first.boundary}, {first.sentence}."
        if first
        else ""
    )


def _replay(options: ReplayOptions, session: Session, entry: GeneratorEntry) -> ReplayResult:
    if session.header.inputs == NO_INPUTS:
        if options.to != "null":
            raise AppError(
                "There are no pictures to show: the session was recorded without its inputs",
                where=str(options.path),
                remedy="Record with --session-inputs.",
            )
        return Replay(session, entry.describe().parameters, None, None, DiscardSink().show).run(
            until_difference=options.verify
        )
    if options.to == "window":
        return _replay_in_window(options, session, entry)
    return _replay_chunks(options, session, entry, lambda: _open_sink(options, session))


def _replay_in_window(options: ReplayOptions, session: Session, entry: GeneratorEntry) -> ReplayResult:
    if not has_display():
        raise AppError("There is no display for a window", remedy="Write --to ndi, or --to FILE.mp4.")
    from app.views.windows.replay import ReplayClosedError, replay_in_window

    try:
        return replay_in_window(lambda reel: _replay_chunks(options, session, entry, lambda: reel))
    except ReplayClosedError:
        raise AppError("The window was closed before the show was over") from None


def _replay_chunks(
    options: ReplayOptions, session: Session, entry: GeneratorEntry, open_sink: Callable[[], ReplaySink]
) -> ReplayResult:
    inputs = InputReader(inputs_path(options.path))
    maker = SessionGenerator(entry)
    sink: ReplaySink | None = None
    try:
        sink = open_sink()
        generator = maker.warmed_up(session.header.picture)
        progress = ShowProgress(sink.show, sys.stderr, SystemClock(), plan_film(session.records()))
        try:
            replay = Replay(session, entry.describe().parameters, generator, inputs, progress, maker=maker)
            result = replay.run(until_difference=options.verify)
            sink.finish()
            return result
        finally:
            progress.close()
    finally:
        maker.close()
        if sink is not None:
            sink.close()
        inputs.close()


def _open_sink(options: ReplayOptions, session: Session) -> ReplaySink:
    match options.to:
        case "null":
            return DiscardSink()
        case "ndi":
            width, height = session.header.picture.canvas
            rate = Fraction(session.header.rate)
            return LiveSink(OutputConfig(name=options.output_name, width=width, height=height, fps=rate))
        case film:
            from engine.session.rendering import FilmSink, RenderOrder  # FFmpeg comes with it

            height, width = session.header.picture.shape
            video = VideoFormat(width=width, height=height, rate=Fraction(session.header.rate))
            order = RenderOrder(path=Path(film), video=video, generator=session.header.generator)
            return FilmSink(order, session.header, plan_film(session.records()))
