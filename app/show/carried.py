"""What travels inside the file of a show, and how that is unpacked on another machine.

Only data is carried: scenes, controller profiles, learnt controls, macros. Each is a small TOML file of the user's
folder, read with the checks of its own kind wherever it is used. What is here already is never replaced.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Final

from app.show.document import Carried, Show
from app.show.file import ShowError
from app.show.references import refers
from engine.documents import is_missing, read_text
from engine.errors import EngineError
from engine.files import FileKind, save_file

LARGEST_FILE: Final = 64 << 10
MOST_FILES: Final = 500
FOLDERS: Final = ("midi", "profiles")
"""Of the user's folder, besides the scenes of the show's generator."""

SCENES: Final = "scenes/"
_PLACE: Final = re.compile(r"(?:scenes/[a-z0-9][a-z0-9._-]*|midi|profiles)/[^/\\:\0]{1,120}\.toml")
"""Nothing else is unpacked, and nowhere else."""
_TEXT: Final = FileKind("carried file", ShowError)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came with a show. Each is a path in the user's folder, "/" between parts.

    Attributes:
        new: written here; other: here already, and not the same; faults: what could not be, in sentences.
    """

    new: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def sentences(self) -> Iterator[str]:
        """What there is to tell."""
        if self.new:
            yield f"With the show came {_listed(self.new)}."
        if self.other:
            yield f"This machine has its own {_listed(self.other)}, and keeps it."
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
            if len(text) <= LARGEST_FILE and _PLACE.fullmatch(f"{folder}/{path.name}"):
                files[f"{folder}/{path.name}"] = text
    return replace(show, carried=Carried(files=files, refers=tuple(refers(show))))


def unpack(files: Mapping[str, str], user_folder: Path) -> Unpacked:
    """Write what is not here yet."""
    new, other, faults = list[str](), list[str](), list[str]()
    for place, text in files.items():
        if not _PLACE.fullmatch(place) or place.endswith("/.toml") or len(text) > LARGEST_FILE:
            faults.append(f"{place[:80]!r} is nothing that travels with a show: it is left out.")
            continue
        path = user_folder / place
        try:
            if not is_missing(path):
                if read_text(path, _TEXT) != text:
                    other.append(place)
                continue
            save_file(path, text, _TEXT)
        except EngineError as error:
            faults.append(str(error))
        else:
            new.append(place)
    return Unpacked(tuple(new), tuple(other), tuple(faults))


def _listed(places: tuple[str, ...]) -> str:
    names = [PurePath(place).stem for place in places]
    shown = ", ".join(names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown
