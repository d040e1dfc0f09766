"""What a performance begins with: what the command line says, and for the rest the show that is kept or opened."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from app.arguments import Options
from app.settings import AfterEnd
from app.show.carried import located, unpack
from app.show.document import Carried, ListPlace, Playing, Sent, Show
from app.show.file import read_show
from app.show.kept import ShowFolder
from engine.errors import EngineError
from engine.folders import user_folder
from engine.generators.registry import check_format, find_generator, generator_names
from engine.messages.parameters import OUTPUT_FADE
from engine.messages.picture_format import canvas_after
from engine.messages.rates import check_rate
from engine.output.settings import VideoFormat, check_name
from engine.output.sinks.registry import parse_sink
from engine.preprocess.registry import find_depth
from engine.sources.registry import parse_source

NO_SHOW: Final = "none"
"""Written after --show: nothing is kept, and nothing that is kept is used."""

MOST_CRASHES: Final = 3
"""In a row, each within a minute of its start: the show itself may be what ends the program."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a performance begins with.

    Attributes:
        options: the command line, with what the show says where the command line says nothing.
        show: what is to be opened on it; its sections are the usual where nothing is kept.
        folder: where the show is kept; None: nowhere.
        resumed: a show ended without a clean end, and this one goes on with it.
        crashes: how often that was so in a row.
        told: sentences for the performer.
    """

    options: Options
    show: Show
    folder: ShowFolder | None = None
    resumed: bool = False
    crashes: int = 0
    told: tuple[str, ...] = ()


def output_name(options: Options) -> str:
    """The name of the output that is to be sent, known before anything else is.

    Raises:
        ShowError: the show that is to be opened cannot be read.
    """
    if "output_name" in options.given or options.show in ("", NO_SHOW):
        return options.output_name
    return checked(read_show(Path(options.show))[0], []).sent.name


def begin(options: Options, after: AfterEnd, folder: Path | None = None, user: Path | None = None) -> Beginning:
    """What the performance begins with.

    Args:
        after: what the performer chose for a start after a clean end.
        folder: where shows are kept; user: the folder of the user's files; None: where they belong.

    Raises:
        ShowError: the show that is to be opened cannot be read.
    """
    if options.show == NO_SHOW:
        return Beginning(options, _as_given(Show(), options))
    if options.show:
        return _with_file(options, Path(options.show), user or user_folder(), folder)
    return _with_kept(options, after, ShowFolder(options.output_name, folder))


def _with_file(options: Options, path: Path, user: Path, folder: Path | None) -> Beginning:
    """Begin with a show that was saved as a file."""
    read, left_out = read_show(path)
    told = list(left_out)
    show, missing = located(checked(read, told), path.absolute().parent)
    told += missing
    told += unpack(show.carried.files, user).sentences()
    options = _merged(options, replace(show, carried=Carried()))
    return Beginning(options, _fitting(show, options), ShowFolder(options.output_name, folder), told=tuple(told))


def _with_kept(options: Options, after: AfterEnd, kept: ShowFolder) -> Beginning:
    """Begin with the show that is kept, or with none."""
    found = kept.find()
    crashes, told = found.crashes, list(found.faults)
    kept_show = found.show
    if crashes > MOST_CRASHES:
        told.append(
            f"Hardcut has ended {crashes} times in a row soon after its start, so it begins with the home scene. "
            f"The show that it began with is kept as {kept.older}."
        )
        kept_show = None
    if kept_show is None or (not crashes and after is AfterEnd.HOME):
        return Beginning(options, _as_given(Show(), options), kept, crashes=crashes, told=tuple(told))
    show = checked(kept_show if crashes else without_given(kept_show), told)
    show = replace(show, sent=replace(show.sent, name=options.output_name))
    options = _merged(options, show)
    if crashes:
        scene = f" with {show.playing.scene}" if show.playing.scene else ""
        told.append(f"The last show ended without warning. It goes on{scene}.")
    return Beginning(options, _fitting(show, options), kept, resumed=crashes > 0, crashes=crashes, told=tuple(told))


def without_given(show: Show) -> Show:
    """A show without what stood on its own command line: that was meant for one run."""
    given = set(show.given)
    usual_playing, usual_sent = Playing(), Sent()
    playing: dict[str, Any] = {
        key: getattr(usual_playing, key) for key in ("source", "depth", "seed", "format", "reference") if key in given
    }
    if "source" in given:
        playing["framing"] = usual_playing.framing
    if "quality" in given:
        playing["quality"] = usual_playing.quality
    if "scene" in given or "generator" in given:  # values belong to a scene, and a scene to a generator
        playing |= {
            key: getattr(usual_playing, key) for key in ("generator", "scene", "prompt", "values", "modulation")
        }
    options = {"sinks": "sink", "fps": "fps", "fit": "fit", "upscale": "upscale", "interpolation": "interpolate"}
    sent: dict[str, Any] = {key: getattr(usual_sent, key) for key, option in options.items() if option in given}
    if "alpha" in given:
        sent["alpha"] = usual_sent.alpha
    if "logo" in given:
        sent |= {"logo": usual_sent.logo, "logo_on": usual_sent.logo_on}
    if "fade" in given:
        sent["values"] = {key: value for key, value in show.sent.values.items() if key != OUTPUT_FADE}
    if "canvas" in given:
        sent |= {"width": usual_sent.width, "height": usual_sent.height}
    elif "format" in given:
        width, height = canvas_after((show.sent.width, show.sent.height), show.playing.format, usual_playing.format)
        sent |= {"width": width, "height": height}
    return replace(
        show,
        playing=replace(show.playing, **playing),
        sent=replace(show.sent, **sent),
        playlist=ListPlace() if "playlist" in given else show.playlist,
        cues=ListPlace() if "cues" in given else show.cues,
        given=(),
    )


def _merged(options: Options, show: Show) -> Options:
    """The command line where it says something, else the show."""
    playing, sent, given = show.playing, show.sent, options.given
    found: dict[str, Any] = {
        "source": playing.source,
        "depth": playing.depth,
        "seed": playing.seed,
        "generator": playing.generator,
        "format": playing.format,
        "sink": sent.sinks,
        "output_name": sent.name,
        "fps": sent.fps,
        "fit": sent.fit,
        "upscale": sent.upscale,
        "interpolate": sent.interpolation,
    }
    if "canvas" not in given:
        after = options.format if "format" in given else playing.format
        width, height = canvas_after((sent.width, sent.height), playing.format, after)
        found |= {"width": width, "height": height}
    wanted = {key: value for key, value in found.items() if key not in given}
    return replace(options, **wanted)


def with_lists(show: Show, options: Options) -> Show:
    """The show as it is kept at first: with the lists that stand on the command line, which the engine reads."""
    playlist, cues = options.playlist, options.cues
    return replace(
        show,
        playlist=ListPlace(path=str(playlist.absolute())) if playlist is not None else show.playlist,
        cues=ListPlace(path=str(cues.absolute())) if cues is not None else show.cues,
    )


def _fitting(show: Show, options: Options) -> Show:
    """The show under the command line: what belongs to another generator or scene than are asked for does not fit."""
    playing = show.playing
    if options.generator != playing.generator:
        show = replace(show, playing=Playing(), front=replace(show.front, pads=()))
    elif "scene" in options.given:
        show = replace(show, playing=replace(playing, prompt="", values={}, modulation=None))
    if "quality" in options.given:
        show = replace(show, playing=replace(show.playing, quality={}))
    if options.playlist is not None:
        show = replace(show, playlist=ListPlace())
    if options.cues is not None:
        show = replace(show, cues=ListPlace())
    return _as_given(show, options)


def _as_given(show: Show, options: Options) -> Show:
    """The show with everything that the options say."""
    return replace(
        show,
        playing=replace(
            show.playing,
            source=options.source,
            depth=options.depth,
            seed=options.seed,
            generator=options.generator,
            format=options.format,
            scene=options.scene if "scene" in options.given else show.playing.scene,
            reference=str(options.reference) if options.reference is not None else show.playing.reference,
        ),
        sent=replace(
            show.sent,
            name=options.output_name,
            sinks=options.sink,
            width=options.width,
            height=options.height,
            fps=options.fps,
            fit=options.fit,
            upscale=options.upscale,
            interpolation=options.interpolate,
            **_dressed(show.sent, options),
        ),
        given=options.given,
    )


def _dressed(sent: Sent, options: Options) -> dict[str, Any]:
    """What the command line says of the fade, the logo and the alpha."""
    found: dict[str, Any] = {}
    if options.fade is not None:
        found["values"] = {**sent.values, OUTPUT_FADE: options.fade}
    if options.logo is not None:
        found |= {"logo": str(options.logo), "logo_on": True}
    if options.alpha is not None:
        found["alpha"] = options.alpha
    return found


def checked(show: Show, told: list[str]) -> Show:
    """The show with the usual in place of what cannot be had here, each told."""
    playing, sent = show.playing, show.sent
    usual_playing, usual_sent = Playing(), Sent()

    def fits(check: Callable[[], object], instead: str) -> bool:
        try:
            check()
        except EngineError as error:
            told.append(f"{error} {instead}")
            return False
        return True

    if not fits(lambda: parse_source(playing.source), "The stage plays instead."):
        playing = replace(playing, source=usual_playing.source)
    if playing.generator not in generator_names():
        told.append(f"There is no generator {playing.generator} here. {usual_playing.generator} plays instead.")
        playing = replace(usual_playing, source=playing.source, depth=playing.depth, format=playing.format)
    if not fits(lambda: check_format(find_generator(playing.generator), playing.format), "It plays in square."):
        playing = replace(playing, format=usual_playing.format)
    if not fits(lambda: find_depth(playing.depth), f"{usual_playing.depth} is used instead."):
        playing = replace(playing, depth=usual_playing.depth)
    if not 0 <= playing.seed < 2**63:
        playing = replace(playing, seed=usual_playing.seed)
    if not fits(lambda: [parse_sink(one) for one in sent.sinks], "The output is sent by NDI instead."):
        sent = replace(sent, sinks=usual_sent.sinks)
    if not fits(lambda: check_name(sent.name), f"It is called {usual_sent.name} instead."):
        sent = replace(sent, name=usual_sent.name)
    if not fits(lambda: VideoFormat(width=sent.width, height=sent.height), "The usual canvas is sent instead."):
        sent = replace(sent, width=usual_sent.width, height=usual_sent.height)
    if not fits(lambda: check_rate(sent.fps), "The usual rate is sent instead."):
        sent = replace(sent, fps=usual_sent.fps)
    return replace(show, playing=playing, sent=sent)
