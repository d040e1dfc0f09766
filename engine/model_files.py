"""Files of weights that are published somewhere, as model cards of every kind name them. Data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file, or the folder of a model, that is published somewhere.

    Attributes:
        repo: OWNER/REPOSITORY on huggingface.co; file: inside it; licence: as its page says.
        size: in bytes, 0 if only the repository knows; sha256: of a file whose content is known, else "".
    """

    repo: str
    file: str
    licence: str
    size: int = 0
    sha256: str = ""

    def path(self, folder: Path) -> Path:
        """Where it lies in a models folder."""
        return folder / self.repo / self.file


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
