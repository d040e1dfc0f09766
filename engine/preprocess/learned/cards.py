"""Cards of learned depth models: which files make one, from where, under which licence. Data, no torch.

One TOML file per model, named as it is chosen: the program's in presets/depth, the user's in the folder `depth` below
that of their model cards, which go first. A folder of transformers' own needs no card: `model:FOLDER`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import Any, Final

from engine.documents import read_toml
from engine.errors import DepthError
from engine.files import FileKind
from engine.folders import cards_folder
from engine.model_files import ModelFile

CARD_FILE: Final = FileKind("depth model card", DepthError)

FOLDER_PREFIX: Final = "model:"
"""Before the path of a folder that transformers reads, in the place of a card's name."""

_KEYS: Final = frozenset({"label", "kind", "note", "repo", "files", "licence", "mebibytes", "gated"})


class DepthKind(Enum):
    """What a model is: depth of a PICTURE (transformers' AutoModelForDepthEstimation), of VIDEO (Video Depth Anything),
    or landmarks of a POSE, which the map of that name asks for.
    """

    PICTURE = "picture"
    VIDEO = "video"
    POSE = "pose"


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthCard:
    """A learned depth model.

    Attributes:
        name: what is written to choose it; label: for people; note: what whoever chooses it should know, or "".
        repo: OWNER/REPOSITORY on huggingface.co, and where its files lie in the models folder.
        files: everything that has to be on disk; mebibytes: about how much that is, 0: not known.
    """

    name: str
    label: str
    kind: DepthKind
    repo: str
    files: tuple[ModelFile, ...]
    note: str = ""
    mebibytes: int = 0

    def missing(self, folder: Path) -> tuple[ModelFile, ...]:
        """The files that are not in a models folder."""
        return tuple(file for file in self.files if not file.path(folder).exists())

    def broken(self, folder: Path) -> tuple[ModelFile, ...]:
        """The files that are there and cannot be whole: see `ModelFile.fault`."""
        return tuple(file for file in self.files if file.fault(folder))

    def require_files(self, folder: Path) -> None:
        """Raises DepthError: a file is missing or cannot be whole; it names what to fetch and where to put it."""
        if missing := self.missing(folder):
            names = ", ".join(file.file for file in missing)
            raise DepthError(
                f"{self.label} is not here: {names} of huggingface.co/{self.repo} "
                f"({missing[0].licence}) belongs into {folder / self.repo}",
                remedy=f"Put it there, or run: hardcut models fetch {self.name}.",
            )
        for file in self.broken(folder):
            raise DepthError(
                f"{file.file} of {self.label} {file.fault(folder)}",
                where=str(file.path(folder)),
                remedy=f"Fetch it again: hardcut models fetch {self.name}.",
            )


def depth_cards(user_folder: Path | None = None) -> tuple[Mapping[str, DepthCard], tuple[DepthError, ...]]:
    """Read every card; those by name, and one error for each file that was left out.

    Args:
        user_folder: the user's cards, *.toml; None: where they belong.
    """
    own = user_folder or cards_folder() / "depth"
    found: dict[str, DepthCard] = {}
    faults: list[DepthError] = []
    for folder in (Path(str(resources.files("presets"))) / "depth", own):
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            try:
                found[path.stem] = read_depth_card(path)
            except DepthError as error:
                faults.append(error)
    return found, tuple(faults)


def read_depth_card(path: Path) -> DepthCard:
    """Read one card file.

    Raises:
        DepthError: it cannot be read, or does not say what it has to.
    """
    data = read_toml(path, CARD_FILE)
    try:
        return _card(path.stem, data)
    except (LookupError, TypeError, ValueError) as error:
        raise DepthError(f"The depth model card does not say what it has to: {error}", where=str(path)) from error


def _card(name: str, data: dict[str, Any]) -> DepthCard:
    if unknown := sorted(set(data) - _KEYS):
        raise ValueError(f"unknown is {', '.join(unknown)}")
    files = data["files"]
    if not isinstance(files, list) or not files:
        raise TypeError("files is no list of names")
    repo, licence, gated = str(data["repo"]), str(data["licence"]), bool(data.get("gated", False))
    return DepthCard(
        name=name,
        label=str(data["label"]),
        kind=DepthKind(data["kind"]),
        repo=repo,
        files=tuple(ModelFile(repo, str(file), licence, gated=gated) for file in files),
        note=str(data.get("note", "")),
        mebibytes=_size(data.get("mebibytes", 0)),
    )


def _size(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"mebibytes is no whole number: {value!r}")
    return value
