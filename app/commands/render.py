"""`hardcut render SESSION --to FILE.mp4`: a recorded show as a film, at its true rate, or better than it was live."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.commands.show_progress import ShowProgress
from app.errors import AppError
from app.models.sinks import clock_text
from engine.clock import SystemClock
from engine.command_line import SentenceParser
from engine.errors import EngineError
from engine.generators.base import GeneratorSpec, VideoGenerator
from engine.generators.registry import check_format, find_generator, generator_names, in_chunks
from engine.generators.scenes import load_scenes
from engine.loop.fallback import is_compatible, standing_in
from engine.messages.interpolation import Interpolation
from engine.messages.picture_format import PictureFormat
from engine.messages.placement import Fit
from engine.messages.rates import parse_rate
from engine.messages.scenes import Scene
from engine.output.naming import film_format
from engine.output.settings import VideoFormat, parse_size
from engine.session.film_plan import place_to_go_on, plan_film
from engine.session.inputs import InputReader, inputs_path
from engine.session.making import SessionGenerator
from engine.session.opening import changes_since
from engine.session.reader import Session
from engine.session.records import NO_INPUTS, Header
from engine.session.regrouping import latest_act
from engine.session.replay import Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """Options of `hardcut render`; size, rate, generator and format: None for the show's own."""

    path: Path
    to: Path
    size: tuple[int, int] | None
    rate: Fraction | None
    fit: Fit
    generator: str | None
    format: PictureFormat | None
    interpolation: Interpolation


def parse_render(arguments: Sequence[str]) -> RenderOptions:
    """Parse the arguments of `hardcut render`.

    Raises:
        SystemExit: status 2 after a sentence on standard error, 0 after --help.
    """
    parser = SentenceParser(prog="hardcut render", description="Make a film of a recorded session.")
    parser.add_argument("file", type=Path, metavar="SESSION", help="what --session --session-inputs has recorded")
    parser.add_argument(
        "--to", type=Path, required=True, metavar="FILE.mp4|FILE.mkv", help="the film; goes on if unfinished"
    )
    parser.add_argument("--canvas", type=_size, metavar="WxH", help="size of the film (by the format: 896x896 …)")
    parser.add_argument(
        "--fit", choices=[fit.value for fit in Fit], default=Fit.FIT.value, help="the picture in it (fit)"
    )
    parser.add_argument("--fps", type=_rate, metavar="RATE", help="pictures a second (the show's output rate)")
    parser.add_argument("--generator", choices=generator_names(), metavar="NAME", help="another than the show's")
    parser.add_argument(
        "--format",
        choices=[one.value for one in PictureFormat],
        help="another than the show's: its middle is used (the show's)",
    )
    parser.add_argument(
        "--interpolate",
        choices=[mode.value for mode in Interpolation],
        default=Interpolation.OFF.value,
        help="what is shown between two pictures (off)",
    )
    found = parser.parse_args(arguments)
    try:
        film_format(found.to)
    except EngineError as error:
        parser.error(str(error))
    return RenderOptions(
        path=found.file,
        to=found.to,
        size=found.canvas,
        rate=found.fps,
        fit=Fit(found.fit),
        generator=found.generator,
        format=PictureFormat(found.format) if found.format else None,
        interpolation=Interpolation(found.interpolate),
    )


def run_render(arguments: Sequence[str], print_line: Callable[[str], None]) -> int:
    """Render a session; return the exit status.

    Raises:
        EngineError: the session, its inputs, the generator or the place for the film cannot be used.
    """
    options = parse_render(arguments)
    session = Session(options.path)
    header = session.header
    if header.inputs == NO_INPUTS:
        raise AppError(
            "There is nothing to make pictures from: the session was recorded without its inputs",
            where=str(options.path),
            remedy="Record with --session-inputs.",
        )
    shown = in_chunks(find_generator(header.generator), header.chunk_frames)
    entry = in_chunks(find_generator(options.generator), header.chunk_frames) if options.generator else shown
    found = entry.describe()
    for note in _told_of(found, shown.describe(), header):
        print_line(note)
    for note in changes_since(header, shown.describe()):
        print_line(note)
    from engine.session.rendering import FilmSink, RenderOrder  # FFmpeg comes with it

    made_in = options.format or header.picture
    check_format(entry, made_in)
    width, height = options.size or made_in.canvas
    video = VideoFormat(width=width, height=height, rate=options.rate or Fraction(header.rate), fit=options.fit)
    plan = plan_film(session.records())
    order = RenderOrder(
        path=options.to,
        video=video,
        generator=found.name,
        interpolation=options.interpolation,
        picture=options.format,
    )
    inputs = InputReader(inputs_path(options.path))
    maker = SessionGenerator(
        entry, options.format, lambda built: _dressed(built, shown.describe(), lambda: replay.scene)
    )
    sink: FilmSink | None = None
    try:
        sink = FilmSink(order, header, plan)
        begin = place_to_go_on(plan, sink.done_ns)
        if sink.done:
            print_line(f"{clock_text(sink.done_ns)} of the film are there; it goes on.")
        generator = maker.warmed_up(header.picture)
        progress = ShowProgress(sink.show, sys.stderr, SystemClock(), plan, begin)
        try:
            replay = Replay(session, shown.describe().parameters, generator, inputs, progress, begin, maker)
            replay.run()
        finally:
            progress.close()
        sink.finish()
    finally:
        maker.close()
        if sink is not None:
            sink.close()
        inputs.close()
    length = clock_text(plan[-1].end_ns if plan else 0)
    sys.stdout.write(f"{length} at {float(video.rate):.2f} fps, {width}×{height}: {options.to}\n")
    if session.ending:
        sys.stdout.write(f"{session.ending}\n")
    return 0


def _told_of(found: GeneratorSpec, shown: GeneratorSpec, header: Header) -> Iterator[str]:
    """Tell in sentences how another generator makes this show."""
    made, played = found.chunk_frames, header.chunk_frames
    if made != played:
        late = latest_act(played, made)
        other = f"other changes act up to {_pictures(late)} later" if late else "and so does every other change"
        yield f"{found.name} makes {_pictures(made)} at a time, the show {played}: a cut stays at its picture, {other}."
    if not is_compatible(found, shown):
        yield (
            f"{found.name} does not have the parameters of {shown.name}: it plays the show's prompts, input and cuts,"
            " with the nearest of its own scenes."
        )


def _dressed(built: VideoGenerator, shown: GeneratorSpec, playing: Callable[[], Scene]) -> VideoGenerator:
    """Return a generator that can play a show that has the parameters of another."""
    if is_compatible(built.spec, shown):
        return built
    return standing_in(built, load_scenes(built.spec), playing)


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count} pictures"


def _size(text: str) -> tuple[int, int]:
    try:
        size = parse_size(text)
        VideoFormat(width=size[0], height=size[1])
    except EngineError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return size


def _rate(text: str) -> Fraction:
    try:
        return parse_rate(text)
    except EngineError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
