"""Files of weights that are published somewhere, as model cards of every kind name them. Data."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from engine.wholeness import fault_at


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file, or the folder of a model, that is published somewhere.

    Attributes:
        repo: OWNER/REPOSITORY on huggingface.co; file: inside it; licence: as its page says.
        size: in bytes, 0 if only the repository knows; sha256: of a file whose content is known, else "".
        needs: of a folder, names of files of which one each has to be in it.
    """

    repo: str
    file: str
    licence: str
    size: int = 0
    sha256: str = ""
    needs: tuple[tuple[str, ...], ...] = field(default=(), repr=False)  # tells no weights from others

    def path(self, folder: Path) -> Path:
        """Where it lies in a models folder."""
        return folder / self.repo / self.file

    def fault(self, folder: Path) -> str:
        """Why what is there cannot be whole, for the end of a sentence; "" if nothing shows, or nothing is there."""
        path = self.path(folder)
        return fault_at(path, self.size, self.needs) if path.exists() else ""


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
