"""Keeps both where a show and this machine have different things of one name: the show's gets another name. Pure."""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import tomli_w

from app.control.limits import MACROS
from app.control.macros import NO_MACRO, Macro, Macros
from app.show.document import Show
from app.show.file import SHOW_FILE, ShowError
from engine.documents import parse_toml
from engine.messages.scenes import LONGEST_NAME, Scene, folded

LONGEST_TAG: Final = 16


def tag_of(path: Path) -> str:
    """What the names of a show's things get behind them: the name of its file, short and plain."""
    return re.sub(r"[^\w -]+", " ", path.stem)[:LONGEST_TAG].strip() or "show"


def apart(name: str, tag: str, taken: Container[str]) -> str:
    """A name such as "Gold (night)" that is not taken."""
    for number in count(1):
        ending = f" ({tag})" if number == 1 else f" ({tag} {number})"
        found = f"{name[: LONGEST_NAME - len(ending)].rstrip()}{ending}"
        if found not in taken:
            return found
    raise AssertionError  # count has no end


@dataclass(frozen=True, slots=True)
class ScenesBeside:
    """Scenes of a show beside those that are here.

    Attributes:
        fresh: to be saved here; renamed: what scenes are called here, by what the show calls them.
    """

    fresh: tuple[Scene, ...]
    renamed: Mapping[str, str]


def scenes_beside(scenes: Iterable[Scene], here: Mapping[str, Scene], tag: str) -> ScenesBeside:
    """Which scenes of a show are to be saved here, and under which names; the same one is not saved again."""
    known, fresh, renamed = dict(here), list[Scene](), dict[str, str]()
    spelled = {folded(name): name for name in known}
    for scene in scenes:
        own = spelled.get(folded(scene.name))
        if own is None:
            named = scene
        elif known[own] == replace(scene, name=own):
            continue
        else:
            again = next((one.name for one in known.values() if f" ({tag}" in one.name and _alike(one, scene)), "")
            renamed[scene.name] = again or apart(scene.name, tag, known)
            if again:
                continue
            named = replace(scene, name=renamed[scene.name])
        known[named.name] = named
        spelled[folded(named.name)] = named.name
        fresh.append(named)
    return ScenesBeside(tuple(fresh), MappingProxyType(renamed))


def _alike(one: Scene, other: Scene) -> bool:
    return replace(one, name=other.name) == other


def with_scenes_renamed(show: Show, renamed: Mapping[str, str]) -> Show:
    """The show that plays scenes under other names: in front, on pads, in the cues that it carries."""
    if not renamed:
        return show
    names = {folded(old): new for old, new in renamed.items()}

    def here(name: str) -> str:
        return names.get(folded(name), name)

    front = replace(show.front, pads=tuple(map(here, show.front.pads)), scenes=tuple(map(here, show.front.scenes)))
    playing = replace(show.playing, scene=here(show.playing.scene))
    text = show.cues.text
    try:
        document = parse_toml(text, "cues", SHOW_FILE) if text else {}
    except ShowError:
        document = {}  # whoever plays them tells
    cues: Any = document.get("cue")
    if isinstance(cues, list) and any(_renames(cue, names) for cue in cues):
        for cue in cues:
            if _renames(cue, names):
                cue["scene"] = here(cue["scene"])
        text = tomli_w.dumps(document)
    return replace(show, playing=playing, front=front, cues=replace(show.cues, text=text))


def _renames(cue: object, names: Mapping[str, str]) -> bool:
    return isinstance(cue, dict) and isinstance(cue.get("scene"), str) and folded(cue["scene"]) in names


@dataclass(frozen=True, slots=True)
class MacrosBeside:
    """Macros of a show beside those that are here.

    Attributes:
        macros: all of them; added: the numbers that the show's have here.
        moved: where the show's lie, by their numbers in the show, where this machine has its own there.
        left: the numbers of those for which there was no room.
    """

    macros: Macros
    added: tuple[int, ...]
    moved: Mapping[int, int]
    left: tuple[int, ...]


def macros_beside(here: Macros, shows: Macros, tag: str) -> MacrosBeside:
    """All the macros: this machine's at their numbers, the show's at theirs where that is free, else at another."""
    every = {number: macro for number, macro in here.items() if macro != NO_MACRO}
    theirs = {number: macro for number, macro in shows.items() if macro != NO_MACRO}
    added = [number for number in theirs if number not in every]
    every |= {number: theirs[number] for number in added}
    moved, left = dict[int, int](), list[int]()
    for number, macro in sorted(theirs.items()):
        if every[number] == macro:
            continue
        named = Macro(macro.parts, f"{macro.name or f'Macro {number}'} ({tag})")
        again = next((one for one, other in every.items() if other == named), 0)
        free = again or next((one for one in range(1, MACROS + 1) if one not in every), 0)
        if not free:
            left.append(number)
            continue
        moved[number] = free
        if not again:
            added.append(free)
            every[free] = named
    return MacrosBeside(MappingProxyType(every), tuple(sorted(added)), MappingProxyType(moved), tuple(left))
