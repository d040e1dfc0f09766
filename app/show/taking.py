"""Takes in what came with a show: scenes, macros, learnt controls, profiles. What is here already stays beside it."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.control.macros import NO_MACROS, Macros, parse_macros
from app.errors import ControlError
from app.show.both import macros_beside, scenes_beside, with_scenes_renamed
from app.show.carried import MACROS, SCENES, unpack
from app.show.document import Show
from engine.documents import parse_toml
from engine.errors import EngineError
from engine.files import FileKind
from engine.messages.parameters import ParameterTable
from engine.messages.scenes import Scene, load_scene

_MACROS_FILE = FileKind("file of macros", ControlError)


@dataclass(frozen=True, slots=True)
class Here:
    """What this machine has, and how it takes more.

    Attributes:
        folder: the user's; scenes: those of the show's generator, whose parameters are table and whose files lie in
            scenes_folder of it.
        put_scenes: saves scenes here; put_macros: has these macros in place of all.
    """

    folder: Path
    scenes_folder: str
    table: ParameterTable
    scenes: Mapping[str, Scene]
    macros: Macros
    put_scenes: Callable[[tuple[Scene, ...]], None]
    put_macros: Callable[[Macros], object]


@dataclass(frozen=True, slots=True)
class Taken:
    """The show with the names that its things have here; told: sentences; controllers: files of theirs are new."""

    show: Show
    told: tuple[str, ...]
    controllers: bool


def take_in(show: Show, tag: str, here: Here) -> Taken:
    """Take in what travels in a show.

    Args:
        tag: what is put behind the names of the show's things where this machine has others of the same name.
    """
    files = dict(show.carried.files)
    macros = files.pop(MACROS, None)
    scenes = {place: files.pop(place) for place in tuple(files) if place.startswith(f"{SCENES}{here.scenes_folder}/")}
    unpacked = unpack(files, here.folder, tag)
    told = list(unpacked.sentences())
    show = _scenes(show, scenes, tag, here, told)
    if macros is not None:
        _macros(macros, tag, here, told)
    return Taken(show, tuple(told), any(not place.startswith(SCENES) for place in unpacked.new))


def _scenes(show: Show, files: Mapping[str, str], tag: str, here: Here, told: list[str]) -> Show:
    read = list[Scene]()
    with tempfile.TemporaryDirectory(prefix="hardcut-show-") as name:
        apart = unpack(files, Path(name), tag)
        told += apart.faults
        for place in apart.new:
            try:
                read.append(load_scene(Path(name) / place, here.table))
            except EngineError as error:
                told.append(str(error))
    found = scenes_beside(read, here.scenes, tag)
    try:
        if found.fresh:
            here.put_scenes(found.fresh)
    except EngineError as error:
        told.append(str(error))
        return show
    plain = [scene.name for scene in found.fresh if scene.name not in found.renamed.values()]
    if plain:
        told.append(f"With the show came {_listed(plain)}.")
    if found.renamed:
        pairs = [f"{new} for {old}" for old, new in found.renamed.items()]
        told.append(f"This machine keeps its own scenes: the show plays {_listed(pairs)}.")
    return with_scenes_renamed(show, found.renamed)


def _macros(text: str, tag: str, here: Here, told: list[str]) -> None:
    try:
        shows = parse_macros(parse_toml(text, "macros", _MACROS_FILE), "macros of the show")
        found = macros_beside(here.macros or NO_MACROS, shows, tag)
        if found.added:
            here.put_macros(found.macros)
    except EngineError as error:
        told.append(str(error))
        return
    plain = [str(number) for number in found.added if number not in found.moved.values()]
    if plain:
        told.append(f"With the show came macro {_listed(plain)}.")
    if found.moved:
        pairs = [f"{old} is {new} here" for old, new in found.moved.items()]
        told.append(f"This machine keeps its own macros: the show's {_listed(pairs)}.")
    if found.left:
        left = _listed([str(number) for number in found.left])
        told.append(f"No macro is free for the show's {left}: they stay in its file.")


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown
