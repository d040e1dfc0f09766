"""Files of weights that are published somewhere, as model cards of every kind name them. Data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from engine.wholeness import fault_at

_GB: Final = 1e9


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file, or the folder of a model, that is published somewhere.

    Attributes:
        repo: OWNER/REPOSITORY on huggingface.co; file: inside it; licence: as its page says.
        size: in bytes, 0 if only the repository knows; sha256: of a file whose content is known, else "".
        about: bytes, where its exact size is not known but about how much it is, else 0.
        gated: whether its repository gives it only to those who accepted its licence there.
        needs: of a folder, names of files of which one each has to be in it.
    """

    repo: str
    file: str
    licence: str
    size: int = 0
    sha256: str = ""
    about: int = field(default=0, repr=False)
    gated: bool = field(default=False, repr=False)
    needs: tuple[tuple[str, ...], ...] = field(default=(), repr=False)  # tells no weights from others

    def path(self, folder: Path) -> Path:
        """Where it lies in a models folder."""
        return folder / self.repo / self.file

    @property
    def page(self) -> str:
        """Address of its repository's page."""
        return f"https://huggingface.co/{self.repo}"

    def fault(self, folder: Path) -> str:
        """Why what is there cannot be whole, for the end of a sentence; "" if nothing shows, or nothing is there."""
        path = self.path(folder)
        return fault_at(path, self.size, self.needs) if path.exists() else ""


def amount(files: Sequence[ModelFile]) -> str:
    """How much files are together, for people: "about 2.3 GB", "at least 2.3 GB" where a size is not known, or ""."""
    known = sum(file.size or file.about for file in files)
    if not known:
        return ""
    whole = all(file.size or file.about for file in files)
    return f"{'about' if whole else 'at least'} {max(known / _GB, 0.1):.1f} GB"


def gates(files: Sequence[ModelFile]) -> str:
    """Where licences have to be accepted before files can be fetched, in a sentence for each repository; or ""."""
    pages = dict.fromkeys(file.page for file in files if file.gated)
    return " ".join(f"Gated: accept its licence at {page} first." for page in pages)


class FetchableCard(Protocol):
    """What of a model's card is needed to fetch its files."""

    @property
    def name(self) -> str:
        """What is written to choose it."""
        ...

    @property
    def label(self) -> str:
        """Its name for people."""
        ...

    @property
    def files(self) -> tuple[ModelFile, ...]:
        """Everything that has to be on disk."""
        ...

    def missing(self, folder: Path) -> tuple[ModelFile, ...]:
        """Return the files that are not in a models folder."""
        ...

    def broken(self, folder: Path) -> tuple[ModelFile, ...]:
        """Return the files that are there and cannot be whole."""
        ...
