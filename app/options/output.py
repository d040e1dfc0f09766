"""Options of what goes out."""

import argparse
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from app.options.reading import Group, read_by
from engine.command_line import SentenceParser
from engine.errors import EngineError, OutputError
from engine.messages.alpha import AlphaOut
from engine.messages.emergency import parse_emergency
from engine.messages.interpolation import Interpolation
from engine.messages.parameters import OUTPUT_FADE, OUTPUT_PARAMETERS
from engine.messages.placement import Fit, Upscale
from engine.messages.rates import parse_rate
from engine.messages.shape import parse_shape
from engine.messages.sinks import DISPLAY, RECORDER
from engine.output.settings import NDI_SINK, SinkSpec, check_sinks
from engine.output.sinks.registry import SINKS, parse_sink


def add_output(group: Group) -> None:
    """Add the options of what goes out."""
    group.add_argument(
        "--sink",
        type=read_by(lambda text: str(parse_sink(text))),
        action="append",
        default=[],
        metavar="SINK",
        help=f"where it goes; may be given again: {', '.join(SINKS.ids())} (ndi)",
    )
    group.add_argument(
        "--record-video",
        nargs="?",
        const="",
        metavar="FILE",
        help="record what goes out, as .mp4 or .mkv (named by the date, in the folder of videos)",
    )
    group.add_argument("--output-name", default="Hardcut", metavar="NAME", help="the name NDI receivers see")
    group.add_argument(
        "--canvas",
        type=_canvas,
        metavar="WxH",
        help="size of the sent picture (by the format: 896x896, 1280x720 or 720x1280)",
    )
    group.add_argument(
        "--fps",
        type=read_by(parse_rate),
        default=Fraction(30),
        metavar="RATE",
        help="output rate, such as 30 or 29.97 (30)",
    )
    group.add_argument(
        "--emergency",
        type=read_by(parse_emergency),
        metavar="WHAT",
        help="while no pictures come: hold, breathe, black:SECONDS, loop:FILE (as chosen last, or hold)",
    )
    group.add_argument(
        "--fade",
        type=_fade,
        metavar="SECONDS",
        help="how long blackout, freeze and the logo take to come and go (as in the show, or 0)",
    )
    group.add_argument("--logo", type=Path, metavar="FILE", help="a picture with alpha over all that goes out")
    group.add_argument(
        "--alpha",
        choices=[one.value for one in AlphaOut],
        metavar="HOW",
        help=f"the person's matte as the alpha of NDI: {', '.join(one.value for one in AlphaOut)} (off)",
    )
    group.add_argument(
        "--fit",
        choices=[one.value for one in Fit],
        default=Fit.FIT.value,
        help="how the picture meets a canvas of another shape: whole with black beside it, filling it with its edges"
        " cropped, stretched, or whole and mirrored beside itself (fit)",
    )
    group.add_argument(
        "--shape",
        type=read_by(_shape),
        action="append",
        default=[],
        metavar="DISPLAY=SHAPE",
        help="how the picture lies on a display; may be given again: display:2=corners 0.02 0 0 0 0 0 0 -0.01 (each"
        " corner's way right and down, from the top left clockwise, in widths and heights), crop 0 0 0.1 0 (left, top,"
        " right, bottom), turn 90, flip, with commas between; nothing behind the = for as usual",
    )
    group.add_argument(
        "--upscale",
        choices=[one.value for one in Upscale],
        default=Upscale.SMOOTH.value,
        help="how it is enlarged: smooth, or with clean edges at some 6 ms of a core a frame (smooth)",
    )
    group.add_argument(
        "--interpolate",
        choices=[one.value for one in Interpolation],
        default=Interpolation.OFF.value,
        help="what is shown between two generated pictures where fewer are made than sent: the earlier again, both"
        " mixed, or both moved along their motion and mixed (off)",
    )
    group.add_argument("--session", type=Path, metavar="FILE", help="record the show, to be replayed")
    group.add_argument(
        "--session-inputs", action="store_true", help="with --session: keep frames and depth too (some 0.5 GB a minute)"
    )


def sinks_of(parser: SentenceParser, found: argparse.Namespace) -> tuple[str, ...]:
    """Return the sinks that are asked for; NDI where none is."""
    sinks: list[str] = found.sink or [str(NDI_SINK)]
    if found.record_video is not None:
        sinks.append(f"{RECORDER}:{Path(found.record_video).absolute()}" if found.record_video else RECORDER)
    try:
        check_sinks(tuple(SinkSpec.parse(one) for one in sinks))
    except EngineError as error:
        parser.error(str(error))
    return tuple(sinks)


def _shape(text: str) -> tuple[str, str]:
    display, _, shape = text.rpartition("=")
    spec = SinkSpec.parse(display.strip())
    if spec.id != DISPLAY:
        raise OutputError(f"{display or text} is no display", remedy="Write display:2=turn 90, for example.")
    return str(spec), str(replace(parse_shape(shape), pattern=False))


def _fade(text: str) -> float:
    spec = OUTPUT_PARAMETERS[OUTPUT_FADE]
    try:
        return spec.check(float(text))
    except (ValueError, EngineError):
        message = f"{text!r} is no time of a fade; write seconds, {spec.minimum:g} to {spec.maximum:g}."
        raise argparse.ArgumentTypeError(message) from None


def _canvas(text: str) -> tuple[int, int]:
    width, _, height = text.lower().replace("×", "x").partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size; write WIDTHxHEIGHT, for example 1280x720.")
    size = int(width), int(height)
    if any(edge % 2 or not 16 <= edge <= 4096 for edge in size):
        raise argparse.ArgumentTypeError(f"{text} cannot be sent; both edges must be even, from 16 to 4096.")
    return size
