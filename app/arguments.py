"""The command line, read into frozen options. A mistake is one sentence and exit status 2."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from app import __version__
from app.control.clock_settings import LinkMode
from engine.command_line import SentenceParser
from engine.errors import EngineError
from engine.generators.registry import DEFAULT_GENERATOR, generator_names
from engine.messages.emergency import Emergency, parse_emergency
from engine.messages.interpolation import Interpolation
from engine.messages.placement import Fit, Upscale
from engine.messages.rates import parse_rate
from engine.messages.sinks import RECORDER
from engine.output.settings import NDI_SINK, SinkSpec, check_sinks
from engine.output.sinks.registry import SINKS, parse_sink
from engine.preprocess.registry import DEFAULT_DEPTH, DEPTH
from engine.sources.registry import parse_source

Group = argparse._ArgumentGroup  # noqa: SLF001 - argparse gives its type no public name

OSC_DEFAULT = ("127.0.0.1", 9000)
"""Loopback: the network may play the show only when the performer says so."""

NOT_AT_ALL: Final = "none"
"""What turns something off."""

BRIGHTNESS_DEFAULT = 70
"""Percent: legible in a dim booth without lighting it."""

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
        *("source", "scene", "generator", "depth", "seed", "quality", "playlist", "cues"),
        *("sink", "output_name", "canvas", "fps", "fit", "upscale", "interpolate"),
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
        width, height: of the sent picture, even.
        duration_s: end after so many seconds; 0: on a signal only.
        midi: part of a port's name, "none" for no MIDI, "" for every port.
        playlist, cues: files to be stepped through.
        emergency: what is shown while nothing comes; None: as was chosen last.
        sink: where the pictures go, as they are written; each once.
        session: where the show is recorded; session_inputs: with its frames and maps.
        rest: what follows a command that reads it itself.
        quality: steps of quality to hold, 0 for full quality; None: automatic.
        midi_clock_out: parts of the names of MIDI outputs that follow our tempo.
        link: what we do in an Ableton Link session; None: as was set.
        audio: the sound input; None: as was set.
        osc: host and port to listen on; None: not at all.
        osc_allow: who on the network may speak to it, besides those that are set.
        dmx: address to listen on for DMX, or NOT_AT_ALL; None: as was set.
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
    depth: str = DEFAULT_DEPTH
    sink: tuple[str, ...] = (str(NDI_SINK),)
    output_name: str = "Hardcut"
    width: int = 896
    height: int = 896
    fps: Fraction = Fraction(30)
    fit: Fit = Fit.FIT
    upscale: Upscale = Upscale.EDGES
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
    streamdeck: bool | None = None
    brightness: int = BRIGHTNESS_DEFAULT
    playlist: Path | None = None
    cues: Path | None = None
    emergency: Emergency | None = None
    session: Path | None = None
    session_inputs: bool = False
    log_level: str = "warning"
    show: str = ""
    given: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    quality: int | None = None


def _osc(text: str) -> tuple[str, int] | None:
    if text == "none":
        return None
    host, _, port = text.rpartition(":")
    host = host.strip("[]") or OSC_DEFAULT[0]
    if not port.isdecimal() or not 0 < int(port) < 2**16:
        raise argparse.ArgumentTypeError(f"{text!r} is no place to listen; write PORT, HOST:PORT or none.")
    return host, int(port)


def _dmx(text: str) -> str:
    if text in ("on", NOT_AT_ALL):
        return "127.0.0.1" if text == "on" else text
    try:
        return str(IPv4Address(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no address; write on (this machine), 192.168.1.30, 0.0.0.0 (every network) or none."
        ) from error


def _source(text: str) -> str:
    try:
        return str(parse_source(text))
    except EngineError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _sink(text: str) -> str:
    try:
        return str(parse_sink(text))
    except EngineError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _emergency(text: str) -> Emergency:
    try:
        return parse_emergency(text)
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
        return parse_rate(text)
    except EngineError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds.") from None
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError("the duration must be more than 0 seconds.")
    return seconds


def _percent(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no brightness; write 1 to 100.")
    return int(text)


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither on nor off.")
    return text == "on"


def _midi(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name matches every port; leave --midi away, or write none.")
    return text.strip()


def _audio(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name is no sound input; write a part of one's name, source or none.")
    return text.strip()


def _output(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty name matches every output; write a part of one's name.")
    return text.strip()


def _quality(text: str) -> int | None:
    if text == "auto":
        return None
    if text != "full" and (not text.isdecimal() or not 0 < int(text) < 100):
        raise argparse.ArgumentTypeError(f"{text!r} is no quality; write auto, full, or how many steps simpler: 1, 2 …")
    return 0 if text == "full" else int(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text!r} is not a seed; write a whole number from 0 to 2^63 - 1.")
    return int(text)


def _sinks(parser: SentenceParser, found: argparse.Namespace) -> tuple[str, ...]:
    """Return the sinks that are asked for; NDI where none is."""
    sinks: list[str] = found.sink or [str(NDI_SINK)]
    if found.record_video is not None:
        sinks.append(f"{RECORDER}:{Path(found.record_video).absolute()}" if found.record_video else RECORDER)
    try:
        check_sinks(tuple(SinkSpec.parse(one) for one in sinks))
    except EngineError as error:
        parser.error(str(error))
    return tuple(sinks)


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
    _add_picture(parser.add_argument_group("what plays"))
    _add_output(parser.add_argument_group("what goes out"))
    _add_controllers(parser.add_argument_group("controllers"))
    return parser


def _add_picture(group: Group) -> None:
    group.add_argument(
        "--source",
        type=_source,
        default="stage",
        metavar="SOURCE",
        help="stage, stage:close, stage:duo or stage:abstract (built in), camera:N, camera:NAME, camera:URL, file:PATH,"
        " ndi:NAME, or a plug-in's",
    )
    group.add_argument(
        "--show",
        default="",
        metavar="FILE|none",
        help="a saved show to open, or none: begin afresh and keep nothing (the show that is kept)",
    )
    group.add_argument("--scene", default="", metavar="NAME", help="the scene to begin with")
    names = generator_names()
    group.add_argument(
        "--generator", default=DEFAULT_GENERATOR, metavar="NAME", choices=names, help=f"what dreams: {', '.join(names)}"
    )
    depths = DEPTH.ids()
    group.add_argument(
        "--depth",
        default=DEFAULT_DEPTH,
        metavar="NAME",
        choices=depths,
        help=f"what estimates depth where the source knows none: {', '.join(depths)}",
    )
    group.add_argument(
        "--quality",
        type=_quality,
        metavar="auto|full|N",
        help="simpler where the machine is too slow (auto), never, or held N steps simpler",
    )
    group.add_argument("--seed", type=_seed, default=0, metavar="N", help="where all chance comes from (0)")
    group.add_argument("--playlist", type=Path, metavar="FILE.txt", help="prompts to step through, one a line")
    group.add_argument("--cues", type=Path, metavar="FILE.toml", help="a cue list to step through")


def _add_output(group: Group) -> None:
    group.add_argument(
        "--sink",
        type=_sink,
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
        "--canvas", type=_canvas, default=(896, 896), metavar="WxH", help="size of the sent picture (896x896)"
    )
    group.add_argument(
        "--fps", type=_fps, default=Fraction(30), metavar="RATE", help="output rate, such as 30 or 29.97 (30)"
    )
    group.add_argument(
        "--emergency",
        type=_emergency,
        metavar="WHAT",
        help="while no pictures come: hold, breathe, black:SECONDS, loop:FILE (as chosen last, or hold)",
    )
    group.add_argument(
        "--fit",
        choices=[one.value for one in Fit],
        default=Fit.FIT.value,
        help="how the square picture meets another canvas: whole with black beside it, filling it with its edges"
        " cropped, stretched, or whole and mirrored beside itself (fit)",
    )
    group.add_argument(
        "--upscale",
        choices=[one.value for one in Upscale],
        default=Upscale.EDGES.value,
        help="how it is enlarged: smooth, or with clean edges at some 4 ms of a core a frame (edges)",
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


def _add_controllers(group: Group) -> None:
    group.add_argument("--midi", type=_midi, metavar="PORT|none", help="part of a port's name (every port), or none")
    group.add_argument(
        "--midi-clock-out",
        type=_output,
        action="append",
        default=[],
        metavar="PORT",
        help="part of an output's name that is sent the clock; may be given again",
    )
    group.add_argument(
        "--link",
        choices=[mode.value for mode in LinkMode],
        metavar="off|follow|join",
        help="Ableton Link: follow its tempo, or set it too (off; needs the extra link)",
    )
    group.add_argument(
        "--audio", type=_audio, metavar="NAME|source|none", help="sound input: part of its name, or what plays (none)"
    )
    group.add_argument(
        "--osc", type=_osc, default=OSC_DEFAULT, metavar="HOST:PORT|none", help="where OSC listens (127.0.0.1:9000)"
    )
    group.add_argument(
        "--osc-allow",
        action="append",
        default=[],
        metavar="PEER",
        help="who on the network may speak to OSC: 192.168.1.20, 192.168.1.0/24, or any; may be given again",
    )
    group.add_argument(
        "--dmx",
        type=_dmx,
        metavar="on|ADDRESS|none",
        help="listen for Art-Net and sACN: on (from this machine), or an address of this machine on the network (none)",
    )
    group.add_argument(
        "--streamdeck", type=_switch, metavar="on|off", help="Stream Decks (on, if the extra streamdeck is installed)"
    )
    group.add_argument(
        "--streamdeck-brightness",
        type=_percent,
        default=BRIGHTNESS_DEFAULT,
        metavar="PERCENT",
        help=f"of their keys ({BRIGHTNESS_DEFAULT})",
    )


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
    return Options(
        show=found.show,
        given=tuple(sorted(_given(parser, arguments) & KEPT)),
        headless=found.headless,
        source=found.source,
        scene=found.scene,
        generator=found.generator,
        depth=found.depth,
        sink=_sinks(parser, found),
        output_name=found.output_name,
        width=found.canvas[0],
        height=found.canvas[1],
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
        streamdeck=found.streamdeck,
        brightness=found.streamdeck_brightness,
        playlist=found.playlist,
        cues=found.cues,
        emergency=found.emergency,
        session=found.session,
        session_inputs=found.session_inputs,
        log_level=found.log_level,
        quality=found.quality,
    )


def _given(parser: SentenceParser, arguments: Sequence[str]) -> frozenset[str]:
    """What stands on a command line that this parser has read, by argparse's names. The parser is of no use then."""
    for action in parser._actions:  # noqa: SLF001 - argparse cannot tell a default from the same word written out
        action.default = argparse.SUPPRESS
    return frozenset(vars(parser.parse_args(arguments)))
