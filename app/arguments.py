"""The command line, read into frozen options. A mistake is one sentence and exit status 2."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Final

from app import __version__
from app.control.clock_settings import LinkMode
from app.options.controllers import BRIGHTNESS_DEFAULT, OSC_DEFAULT, add_controllers
from app.options.output import add_output, sinks_of
from app.options.picture import add_picture
from engine.command_line import SentenceParser
from engine.generators.registry import DEFAULT_GENERATOR
from engine.messages.alpha import AlphaOut
from engine.messages.emergency import Emergency
from engine.messages.interpolation import Interpolation
from engine.messages.picture_format import PictureFormat
from engine.messages.placement import Fit, Upscale
from engine.output.settings import NDI_SINK
from engine.preprocess.registry import DEFAULT_DEPTH

LOG_LEVELS = ("debug", "info", "warning", "error")


class Task(Enum):
    """What the program is started for."""

    PERFORM = "perform"
    SOURCES = "sources"
    DOCTOR = "doctor"
    REPORT = "report"
    BENCH = "bench"
    REPLAY = "replay"
    RENDER = "render"
    MODELS = "models"
    MIDI = "midi"
    OSC = "osc"
    SETUP_KERNELS = "setup-kernels"


COMMANDS: Final = {
    Task.SOURCES: "what can be played now",
    Task.DOCTOR: "is all well on this machine, and if not, what to do",
    Task.REPORT: "pack what helps to find a fault into one file, without anything private",
    Task.BENCH: "measure Hardcut's figures here",
    Task.REPLAY: "a recorded session again: hardcut replay FILE",
    Task.RENDER: "a recorded session as a film: hardcut render SESSION --to FILE.mp4",
    Task.MODELS: "list, fetch, check, convert: the weights of the Wan models",
    Task.MIDI: "profiles, monitor, bench: controllers, what they send, how fast they are",
    Task.OSC: "addresses, bench: what OSC takes, and what it withstands",
    Task.SETUP_KERNELS: "compile the built-in loops for this processor; make run does it",
}
"""The commands besides performing, each described in a few words."""

KEPT: Final = frozenset(
    {
        *("source", "scene", "generator", "format", "depth", "seed", "quality", "playlist", "cues", "reference"),
        *("sink", "output_name", "canvas", "fps", "fit", "upscale", "interpolate", "fade", "logo", "alpha"),
        *("shape", "emergency", "link"),
    }
)
"""Options that a show has a word on too: what stands on the command line comes before it."""

READ_ELSEWHERE: Final = frozenset(
    {Task.DOCTOR, Task.REPORT, Task.BENCH, Task.REPLAY, Task.RENDER, Task.MODELS, Task.MIDI, Task.OSC}
)
"""Commands that read what follows them themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Options of the command line.

    Attributes:
        format: of the generator's picture.
        width, height: of the sent picture, even.
        duration_s: end after so many seconds; 0: on a signal only.
        midi: part of a port's name, "none" for no MIDI, "" for every port.
        playlist, cues: files to be stepped through; reference: a picture that cuts begin with.
        emergency: what is shown while nothing comes; None: as was chosen last.
        fade: seconds that blackout and freeze take; logo: lies over all; alpha: of what goes out; None: as in the show.
        sink: where the pictures go, as they are written; each once.
        shape: how they lie on displays, by their sinks, as engine.messages.shape writes it.
        session: where the show is recorded; session_inputs: with its frames and maps.
        rest: what follows a command that reads it itself.
        quality: steps of quality to hold, 0 for full quality; None: automatic.
        gpus: that share each chunk; 0: all there are.
        midi_clock_out: parts of the names of MIDI outputs that follow our tempo.
        link: what we do in an Ableton Link session; None: as was set.
        audio: the sound input; None: as was set.
        osc: host and port to listen on; None: not at all.
        osc_allow: who on the network may speak to it, besides those that are set.
        dmx: address to listen on for DMX, or NOT_AT_ALL; None: as was set.
        dmx_allow: who on the network may play by it, besides those that are set.
        streamdeck: True, False, or None: if the extra is installed.
        brightness: of Stream Decks, 1 to 100 percent.
        show: the file of a show to be opened, "none" for keeping none, "" for the one that is kept.
        given: which of the options in KEPT stand on the command line.
    """

    task: Task = Task.PERFORM
    headless: bool = False
    source: str = "stage"
    scene: str = ""
    generator: str = DEFAULT_GENERATOR
    format: PictureFormat = PictureFormat.SQUARE
    depth: str = DEFAULT_DEPTH
    sink: tuple[str, ...] = (str(NDI_SINK),)
    output_name: str = "Hardcut"
    width: int = 896
    height: int = 896
    fps: Fraction = Fraction(30)
    fit: Fit = Fit.FIT
    upscale: Upscale = Upscale.SMOOTH
    interpolate: Interpolation = Interpolation.OFF
    duration_s: float = 0.0
    seed: int = 0
    report: Path | None = None
    midi: str = ""
    midi_clock_out: tuple[str, ...] = ()
    link: LinkMode | None = None
    audio: str | None = None
    osc: tuple[str, int] | None = OSC_DEFAULT
    osc_allow: tuple[str, ...] = ()
    dmx: str | None = None
    dmx_allow: tuple[str, ...] = ()
    streamdeck: bool | None = None
    brightness: int = BRIGHTNESS_DEFAULT
    playlist: Path | None = None
    cues: Path | None = None
    reference: Path | None = None
    emergency: Emergency | None = None
    fade: float | None = None
    logo: Path | None = None
    alpha: AlphaOut | None = None
    shape: Mapping[str, str] = field(default_factory=dict)
    session: Path | None = None
    session_inputs: bool = False
    log_level: str = "warning"
    show: str = ""
    given: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    quality: int | None = None
    gpus: int = 1


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds.") from None
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError("the duration must be more than 0 seconds.")
    return seconds


def _parser() -> SentenceParser:
    width = max(len(task.value) for task in COMMANDS)
    parser = SentenceParser(
        prog="hardcut",
        usage="hardcut [OPTIONS]\n       hardcut COMMAND …",
        description="An instrument for live visuals: a live source goes in, dreamed video comes out on NDI.",
        epilog="commands (each tells more with --help):\n"
        + "\n".join(f"  {task.value:{width}}  {words}" for task, words in COMMANDS.items()),
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=34, width=110),
    )
    parser.add_argument("--version", action="version", version=f"hardcut {__version__}", help="which version this is")
    parser.add_argument("--headless", action="store_true", help="perform without a window")
    parser.add_argument("--duration", type=_seconds, default=0.0, metavar="SECONDS", help="end by itself")
    parser.add_argument("--report", type=Path, metavar="FILE.json", help="write what was measured at the end")
    parser.add_argument("--log-level", default="warning", choices=LOG_LEVELS, metavar="L", help=" | ".join(LOG_LEVELS))
    add_picture(parser.add_argument_group("what plays"))
    add_output(parser.add_argument_group("what goes out"))
    add_controllers(parser.add_argument_group("controllers"))
    return parser


def parse(arguments: Sequence[str]) -> Options:
    """Parse the command line (without the program's name).

    Raises:
        SystemExit: status 2 after a sentence on standard error, 0 after --help or --version.
    """
    words = [task.value for task in COMMANDS]
    if arguments and arguments[0] in words:
        task = Task(arguments[0])
        if task in READ_ELSEWHERE:
            return Options(task=task, rest=tuple(arguments[1:]))
        own = SentenceParser(prog=f"hardcut {task.value}", description=f"{COMMANDS[task].capitalize()}.")
        own.parse_args(arguments[1:])
        return Options(task=task)
    parser = _parser()
    if arguments and not arguments[0].startswith("-"):
        parser.error(f"there is no command {arguments[0]!r}; known are {', '.join(words)}.")
    found = parser.parse_args(arguments)
    if found.session_inputs and found.session is None:
        parser.error("--session-inputs needs --session FILE.")
    if found.midi_clock_out and found.midi == "none":
        parser.error("--midi-clock-out needs MIDI, and --midi none turns it off.")
    picture_format = PictureFormat(found.format)
    width, height = found.canvas or picture_format.canvas
    return Options(
        show=found.show,
        given=tuple(sorted(_given(parser, arguments) & KEPT)),
        headless=found.headless,
        source=found.source,
        scene=found.scene,
        generator=found.generator,
        format=picture_format,
        depth=found.depth,
        sink=sinks_of(parser, found),
        output_name=found.output_name,
        width=width,
        height=height,
        fps=found.fps,
        fit=Fit(found.fit),
        upscale=Upscale(found.upscale),
        interpolate=Interpolation(found.interpolate),
        duration_s=found.duration,
        seed=found.seed,
        report=found.report,
        midi=found.midi or "",
        midi_clock_out=tuple(found.midi_clock_out),
        link=LinkMode(found.link) if found.link is not None else None,
        audio=found.audio,
        osc=found.osc,
        osc_allow=tuple(found.osc_allow),
        dmx=found.dmx,
        dmx_allow=tuple(found.dmx_allow),
        streamdeck=found.streamdeck,
        brightness=found.streamdeck_brightness,
        playlist=found.playlist,
        cues=found.cues,
        reference=found.reference.absolute() if found.reference is not None else None,
        emergency=found.emergency,
        fade=found.fade,
        logo=found.logo.absolute() if found.logo is not None else None,
        alpha=AlphaOut(found.alpha) if found.alpha is not None else None,
        shape=dict(found.shape),
        session=found.session,
        session_inputs=found.session_inputs,
        log_level=found.log_level,
        quality=found.quality,
        gpus=found.gpus,
    )


def _given(parser: SentenceParser, arguments: Sequence[str]) -> frozenset[str]:
    """What stands on a command line that this parser has read, by argparse's names. The parser is of no use then."""
    for action in parser._actions:  # noqa: SLF001 - argparse cannot tell a default from the same word written out
        action.default = argparse.SUPPRESS
    return frozenset(vars(parser.parse_args(arguments)))
