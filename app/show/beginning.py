"""What a performance begins with: what the command line says, and for the rest the show that is kept or opened."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from app.arguments import Options
from app.control.macros import NO_MACROS
from app.control.settings_folder import SettingsFolder
from app.errors import ControlError
from app.settings import AfterEnd
from app.show.both import tag_of
from app.show.carried import MACROS
from app.show.confined import confined
from app.show.document import Beneath, Carried, ListPlace, Playing, Sent, Show, tempo_source
from app.show.file import read_show
from app.show.given import lying_beneath, without_given
from app.show.kept import ShowFolder
from app.show.references import located
from app.show.taking import Here, take_in
from engine.errors import EngineError
from engine.folders import user_folder
from engine.generators.registry import check_format, find_generator, generator_names
from engine.generators.scenes import load_scenes
from engine.messages.emergency import parse_emergency
from engine.messages.parameters import OUTPUT_FADE
from engine.messages.picture_format import canvas_after
from engine.messages.rates import check_rate
from engine.messages.scenes import Scene, free_file, save_scene
from engine.messages.sinks import RECORDER
from engine.output.settings import SinkSpec, VideoFormat, check_name
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
        return Beginning(options, _as_given(Show(), options, Show()))
    if options.show:
        return _with_file(options, Path(options.show), user or user_folder(), folder)
    return _with_kept(options, after, ShowFolder(options.output_name, folder))


def _with_file(options: Options, path: Path, user: Path, folder: Path | None) -> Beginning:
    """Begin with a show that was saved as a file."""
    read, left_out = read_show(path)
    told = list(left_out)
    show, missing = located(confined(checked(read, told), told), path.absolute().parent)
    told += missing
    show = _taken_in(show, path, user, told)
    merged = _merged(options, replace(show, carried=Carried()))
    return Beginning(merged, _fitting(show, merged, show), ShowFolder(merged.output_name, folder), told=tuple(told))


def _taken_in(show: Show, path: Path, user: Path, told: list[str]) -> Show:
    """The show, once what came with it is here for the start that follows."""
    spec = find_generator(show.playing.generator).describe()
    settings = SettingsFolder(user / "midi")
    folder = user / "scenes" / spec.scenes_folder

    def put_scenes(scenes: tuple[Scene, ...]) -> None:
        for scene in scenes:
            save_scene(scene, free_file(folder, scene.name))

    try:
        macros = settings.load_macros()
    except ControlError as error:
        told.append(str(error))
        files = {place: text for place, text in show.carried.files.items() if place != MACROS}
        show, macros = replace(show, carried=Carried(files=files)), NO_MACROS
    here = Here(
        folder=user,
        scenes_folder=spec.scenes_folder,
        table=spec.parameters,
        scenes=load_scenes(spec, user / "scenes"),
        macros=macros,
        put_scenes=put_scenes,
        put_macros=settings.save_macros,
    )
    taken = take_in(show, tag_of(path), here)
    told += taken.told
    return taken.show


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
        return Beginning(options, _as_given(Show(), options, Show()), kept, crashes=crashes, told=tuple(told))
    without = without_given(kept_show)
    show = checked(kept_show if crashes else without, told)
    show = replace(show, sent=replace(show.sent, name=options.output_name))
    options = _merged(options, show)
    if crashes:
        scene = f" with {show.playing.scene}" if show.playing.scene else ""
        told.append(f"The last show ended without warning. It goes on{scene}.")
    fitting = _fitting(show, options, without)
    if crashes and kept_show.given:  # what stood on that run's command line goes on, and still ends with the run
        beneath = _asked_before(lying_beneath(without, options), kept_show, options)
        fitting = replace(fitting, given=tuple(sorted({*options.given, *kept_show.given})), beneath=beneath)
    return Beginning(options, fitting, kept, resumed=crashes > 0, crashes=crashes, told=tuple(told))


def _asked_before(beneath: Beneath, kept_show: Show, options: Options) -> Beneath:
    """With the sinks and shapes that stood on the command line of the run that goes on."""
    if "sink" not in options.given:
        beneath = replace(beneath, asked_sinks=kept_show.beneath.asked_sinks)
    if "shape" not in options.given:
        beneath = replace(beneath, asked_shapes=kept_show.beneath.asked_shapes)
    return beneath


def _merged(options: Options, show: Show) -> Options:
    """The command line where it says something, else the show."""
    playing, sent, given = show.playing, show.sent, options.given
    found: dict[str, Any] = {
        "source": playing.source,
        "depth": playing.depth,
        "seed": playing.seed,
        "generator": playing.generator,
        "format": playing.format,
        "sink": (*sent.sinks, *(one for one in options.sink if _records(one) and one not in sent.sinks)),
        "output_name": sent.name,
        "fps": sent.fps,
        "fit": sent.fit,
        "upscale": sent.upscale,
        "interpolate": sent.interpolation,
    }
    if sent.emergency:
        found["emergency"] = parse_emergency(sent.emergency)
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


def _fitting(show: Show, options: Options, without: Show) -> Show:
    """The show under the command line: what belongs to another generator or scene than are asked for does not fit.

    Args:
        without: as it would be without any command line.
    """
    playing = show.playing
    if options.generator != playing.generator:
        stays = Playing(framing=playing.framing, modulated=playing.modulated, reference=playing.reference)
        show = replace(show, playing=stays, front=replace(show.front, pads=()))
    elif "scene" in options.given:
        show = replace(show, playing=replace(playing, prompt="", values={}, modulation=None))
    if "quality" in options.given:
        show = replace(show, playing=replace(show.playing, quality={}))
    if options.playlist is not None:
        show = replace(show, playlist=ListPlace())
    if options.cues is not None:
        show = replace(show, cues=ListPlace())
    return _as_given(show, options, without)


def _as_given(show: Show, options: Options, without: Show) -> Show:
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
            sinks=tuple(one for one in options.sink if not _records(one)),
            width=options.width,
            height=options.height,
            fps=options.fps,
            fit=options.fit,
            upscale=options.upscale,
            interpolation=options.interpolate,
            **_dressed(show.sent, options),
        ),
        beat=show.beat if options.link is None else replace(show.beat, source=tempo_source(options.link)),
        given=options.given,
        beneath=lying_beneath(without, options) if options.given else Beneath(),
    )


def _records(sink: str) -> bool:
    """Whether it is a film, which ends with its run."""
    return SinkSpec.parse(sink).id == RECORDER


def _dressed(sent: Sent, options: Options) -> dict[str, Any]:
    """What the command line says of the fade, the logo, the emergency, the alpha and the shapes of displays."""
    found: dict[str, Any] = {}
    if options.fade is not None:
        found["values"] = {**sent.values, OUTPUT_FADE: options.fade}
    if options.logo is not None:
        found |= {"logo": str(options.logo), "logo_on": True}
    if options.emergency is not None:
        found["emergency"] = str(options.emergency)
    if options.alpha is not None:
        found["alpha"] = options.alpha
    if options.shape:
        shapes = {**sent.shapes, **options.shape}
        found["shapes"] = {key: text for key, text in shapes.items() if text}
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
    if sent.emergency and not fits(lambda: parse_emergency(sent.emergency), "It stays as it is on this machine."):
        sent = replace(sent, emergency="")
    return replace(show, playing=playing, sent=sent)
