"""Checkpoints of this family: files of tensors whose keys say what they are."""

from pathlib import Path
from types import TracebackType
from typing import Self

import torch

from engine.errors import GeneratorError
from engine.generators.wan.files.faults import listed
from engine.generators.wan.files.key_names import UNMERGED, KeyNaming, detect
from engine.generators.wan.files.tensor_file import TensorFile


class Checkpoint:
    """An open transformer, depth branch or LoRA. Close it, or use it in a `with`; the file is closed with it.

    Attributes:
        file: as it was opened; layout: what its keys say it is.
    """

    def __init__(self, file: TensorFile) -> None:
        if beside := sorted(key for key in file.entries if UNMERGED in key):
            raise GeneratorError(
                f"This is a model with PEFT's adapters beside its weights, not merged into them ({beside[0][:120]})",
                where=str(file.path),
                remedy="Merge them (PEFT's merge_and_unload) and save it anew, or take the model and its LoRA apart.",
            )
        layout = detect(file.entries)
        if layout is None:
            sample = listed(sorted(file.entries), 3) or "nothing"
            raise GeneratorError(
                f"This holds no weights of a Wan model (it holds {sample})",
                where=str(file.path),
                remedy="Choose the transformer's own file; text encoder and VAE have places of their own.",
            )
        self.file = file
        self.layout: KeyNaming = layout

    @classmethod
    def open(cls, path: Path, device: torch.device | None = None, *, state: str = "") -> Self:
        """Open a file; see `TensorFile.open`.

        Raises:
            GeneratorError: it cannot be read, or its keys are of no layout known here.
        """
        file = TensorFile.open(path, device, state=state)
        try:
            return cls(file)
        except GeneratorError:
            file.close()
            raise

    @property
    def path(self) -> Path:
        return self.file.path

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every key and its tensor's shape."""
        return self.file.shapes

    def close(self) -> None:
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
