"""The show that a start would play now, what a preflight asks of it, and what it leaves alone while a show is live."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from app.arguments import Options, parse
from app.commands.doctor.checks import CHECKS, Check, check_files
from app.commands.doctor.finding import Finding, State
from app.commands.doctor.network import check_dmx, check_osc
from app.commands.doctor.stage import check_gpus, check_recordings, list_gpus
from app.settings import Choices, SettingsError, choices_file, load_choices
from app.show.beginning import NO_SHOW, begin, with_lists
from app.show.document import Beneath, Carried, Playing, Sent, Show
from app.show.file import read_show
from engine.documents import is_missing
from engine.folders import videos_folder
from engine.messages.sinks import RECORDER
from engine.output.running import running_outputs
from engine.output.settings import SinkSpec
from engine.output.sinks.registry import find_sink
from engine.registry import hindrance_of
from engine.sources.registry import SOURCES, parse_source

TAKING: Final = ("sources", "streamdeck", "sharing", "models")
"""Checks that open cameras and decks, send a picture into a virtual camera, or keep the GPU busy for a second."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a start would play.

    Attributes:
        options: the command line, with what the show says where it says nothing.
        show: with what the command line says; told: what could not be had, in sentences.
    """

    options: Options
    show: Show
    told: tuple[str, ...] = ()


def planned(arguments: Sequence[str] = ()) -> Planned:
    """Read what `hardcut` would play with these options; nothing is opened, marked or written.

    Raises:
        ShowError: the show that is to be opened cannot be read.
        SystemExit: the options are wrong.
    """
    options = parse(arguments)
    try:
        chosen = load_choices(choices_file())
    except SettingsError:
        chosen = Choices()
    with tempfile.TemporaryDirectory(prefix="hardcut-planned-") as aside:  # where what a show carries is unpacked
        begun = begin(options, chosen.after_end, user=Path(aside))
    in_file = options.show not in ("", NO_SHOW)
    carried = read_show(Path(options.show))[0].carried if in_file else Carried()
    show = with_lists(begun.show, begun.options)
    return Planned(begun.options, replace(show, carried=carried, given=(), beneath=Beneath()), begun.told)


def planned_checks(plan: Planned) -> dict[str, Check]:
    """Every check, of what this show needs; without those that would take a device from a show that is live."""
    options, generator = plan.options, plan.show.playing.generator
    live = bool(live_outputs())  # its model has the GPU's room, and its mark is no sign of an unclean end
    about: dict[str, Check] = {
        "show": partial(check_show, replace(plan, told=()) if live else plan),
        "gpu": list_gpus if live else partial(check_gpus, generator),
        "osc": partial(check_osc, options.osc),
        "dmx": partial(check_dmx, options.dmx),
        "files": partial(check_files, generator),
        "recordings": partial(check_recordings, _recorded_to(options)),
    }
    return spared({"show": about["show"], **CHECKS, **about})


def _recorded_to(options: Options) -> list[Path]:
    folders = [] if options.session is None else [options.session.absolute().parent]
    for sink in map(SinkSpec.parse, options.sink):
        if sink.id == RECORDER:
            named = Path(sink.address).expanduser() if sink.address else videos_folder()
            folders.append(named.parent if named.suffix else named)
    return folders


def spared(checks: Mapping[str, Check]) -> dict[str, Check]:
    """The checks without those that would disturb a show that is live on this machine."""
    if not (names := live_outputs()):
        return dict(checks)
    left = [name for name in checks if name in TAKING]
    text = f"{_quoted(names)} is live: left alone are {', '.join(left)}."
    kept = {name: check for name, check in checks.items() if name not in TAKING}
    return {**kept, "left alone": lambda: iter((Finding(State.OK, text),))} if left else kept


def live_outputs() -> tuple[str, ...]:
    """The names of the outputs that a running Hardcut of this user feeds."""
    return tuple(one.name for one in running_outputs() if one.fed)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def check_show(plan: Planned) -> Iterator[Finding]:
    """Tell what a start would play, and check that this machine has what it needs."""
    playing, sent = plan.show.playing, plan.show.sent
    yield Finding(
        State.OK,
        f"A start plays {playing.generator}, {playing.format.value}, from {playing.source}, depth by {playing.depth};"
        f" {sent.width}×{sent.height} at {float(sent.fps):.4g} FPS go to {', '.join(sent.sinks) or 'nobody'}"
        f" as “{sent.name}”.",
    )
    for sentence in plan.told:
        yield Finding(State.NOTE, sentence)
    yield from _check_source(playing)
    yield from _check_sinks(sent)


def _check_source(playing: Playing) -> Iterator[Finding]:
    spec = parse_source(playing.source)
    entry = SOURCES.find(spec.scheme)
    if entry is not None and (hindrance := hindrance_of(entry)):
        yield Finding(State.PROBLEM, f"{playing.source} cannot be played here: {hindrance}", "Choose another source.")
    elif spec.scheme == "file" and "://" not in spec.address and is_missing(Path(spec.address).expanduser()):
        yield Finding(State.PROBLEM, f"There is no file {spec.address}.", "Put it there, or choose another source.")


def _check_sinks(sent: Sent) -> Iterator[Finding]:
    for text in sent.sinks:
        entry = find_sink(SinkSpec.parse(text))
        if hindrance := hindrance_of(entry):
            yield Finding(State.PROBLEM, f"Nothing can go to {text} here: {hindrance}", "Switch it off in OUTPUT.")
