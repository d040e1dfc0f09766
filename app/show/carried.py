"""What travels inside the file of a show, and how that is unpacked on another machine.

Only data is carried: scenes, controller profiles, learnt controls, macros. Each is a small TOML file of the user's
folder, read with the checks of its own kind wherever it is used. What is here already is never replaced.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path, PurePath
from typing import Final

from app.control.slots import SlotKind
from app.midi.bindings import Binding
from app.midi.learning.user_bindings import CONTROLS_FILE, parse_user_bindings
from app.midi.profiles.profile import PROFILE_FILE, parse_profile
from app.show.document import Carried, Show
from app.show.file import ShowError
from app.show.references import refers
from engine.documents import is_missing, parse_toml, read_text
from engine.errors import EngineError
from engine.files import FileKind, save_file
from engine.output.sinks.registry import confined_sink, parse_sink

LARGEST_FILE: Final = 64 << 10
MOST_FILES: Final = 500
FOLDERS: Final = ("midi", "profiles")
"""Of the user's folder, besides the scenes of the show's generator."""

SCENES: Final = "scenes/"
MACROS: Final = "midi/macros.toml"
_MACHINES: Final = frozenset({"midi/clock.toml", "midi/audio.toml"})
"""Settings that name what is plugged in here: they do not travel."""
_PLACE: Final = re.compile(r"(?:scenes/[a-z0-9][a-z0-9._-]*|midi|profiles)/[^/\\:\0]{1,120}\.toml")
"""Nothing else is unpacked, and nowhere else."""
_TEXT: Final = FileKind("carried file", ShowError)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came with a show. Each is a path in the user's folder, "/" between parts.

    Attributes:
        new: written here; other: here already, and not the same: written into a folder of the show's own.
        faults: what could not be, in sentences.
    """

    new: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def sentences(self) -> Iterator[str]:
        """What there is to tell."""
        if self.new:
            yield f"With the show came {_listed(self.new)}."
        if self.other:
            own = _listed(tuple(dict.fromkeys(PurePath(place).name for place in self.other)))
            yield f"This machine has its own {own}, and keeps it: the show's lies in {PurePath(self.other[0]).parent}."
        yield from self.faults


def with_carried(show: Show, user_folder: Path, scenes_folder: str) -> Show:
    """A show with all that travels inside its file, and what it refers to."""
    files: dict[str, str] = {}
    for folder in (f"scenes/{scenes_folder}", *FOLDERS):
        for path in sorted((user_folder / folder).glob("*.toml"))[:MOST_FILES]:
            try:
                text = read_text(path, _TEXT)
            except EngineError:
                continue  # it is of no use here either, and is told where it is used
            place = f"{folder}/{path.name}"
            if len(text) <= LARGEST_FILE and _PLACE.fullmatch(place) and place not in _MACHINES:
                files[place] = text
    return replace(show, carried=Carried(files=files, refers=tuple(refers(show))))


def unpack(files: Mapping[str, str], user_folder: Path, tag: str) -> Unpacked:
    """Write what is not here yet; what is here and differs is written beside it, into a folder named by the tag."""
    new, other, faults = list[str](), list[str](), list[str]()
    for place, text in files.items():
        if not _PLACE.fullmatch(place) or place.endswith("/.toml") or len(text) > LARGEST_FILE:
            faults.append(f"{place[:80]!r} is nothing that travels with a show: it is left out.")
            continue
        if place in _MACHINES:
            continue
        path = user_folder / place
        try:
            _check(place, text)
            if not is_missing(path):
                if read_text(path, _TEXT) != text:
                    other.append(_beside(path, tag, text).relative_to(user_folder).as_posix())
                continue
            save_file(path, text, _TEXT)
        except EngineError as error:
            faults.append(str(error))
        else:
            new.append(place)
    return Unpacked(tuple(new), tuple(other), tuple(faults))


def _beside(path: Path, tag: str, text: str) -> Path:
    """Write a text into a folder beside its place, where nothing else is written over; the path that it has."""
    for number in count(1):
        near = path.parent / tag / (path.name if number == 1 else f"{path.stem} {number}{path.suffix}")
        if is_missing(near):
            save_file(near, text, _TEXT)
            return near
        if read_text(near, _TEXT) == text:
            return near
    raise AssertionError  # count has no end


def _check(place: str, text: str) -> None:
    """Read what is for controllers as it is read there: what is none is not written.

    Raises:
        EngineError: it is none, or a control in it would have a file written in any place.
    """
    name = PurePath(place).name
    if place.startswith("profiles/"):
        layout = parse_profile(parse_toml(text, name, PROFILE_FILE), name).layout
        bindings: Iterable[Binding] = layout.every()
    elif place.startswith("midi/") and place != MACROS:
        bindings = parse_user_bindings(parse_toml(text, name, CONTROLS_FILE), name).bindings
    else:
        return
    for binding in bindings:
        if binding.slot.kind is SlotKind.SINK:
            _check_sink(binding.slot.name, name)


def _check_sink(sink: str, where: str) -> None:
    fault = ShowError("A control of a show can name no file to write", where=f"{where}: {sink}")
    try:
        spec = parse_sink(sink)
        confined = confined_sink(spec)
    except EngineError as error:
        raise fault from error
    if confined != spec:
        raise fault


def _listed(places: tuple[str, ...]) -> str:
    names = [PurePath(place).stem for place in places]
    shown = ", ".join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown
