"""Files of named tensors, opened safely and read one tensor at a time: what is in them is for others to say."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import torch
from safetensors import SafetensorError
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.files.containers import Container, container_of
from engine.generators.wan.files.entries import TensorEntry, all_finite
from engine.generators.wan.files.faults import damaged
from engine.generators.wan.files.safetensors_file import open_index, open_safetensors
from engine.generators.wan.files.scaled_fp8 import unpacked
from engine.generators.wan.files.torch_file import open_torch


class TensorFile:
    """An open file, or an index with its shards. Close it, or use it in a `with`.

    Attributes:
        path: as it was opened.
        inside: the state that the tensors lie under in a training script's file, for example "generator_ema"; or "".
        entries: what it holds, by name; fp8 with scales as the weights that it stands for.
        scaled: how many of them are fp8 with scales in the file.
    """

    def __init__(
        self, path: Path, inside: str, entries: Mapping[str, TensorEntry], scaled: int, stack: ExitStack
    ) -> None:
        self.path = path
        self.inside = inside
        self.entries = entries
        self.scaled = scaled
        self._stack = stack

    @classmethod
    def open(cls, path: Path, device: torch.device | None = None, *, state: str = "") -> Self:
        """Open a .safetensors, a shard index (.safetensors.index.json), or a file of torch.save; by its content.

        Args:
            device: where tensors are to be read to; None: the host.
            state: of a training script's file, the name that the wanted weights lie under, for example
                "generator_ema"; "": the best that is there. Other files have one state only.

        Raises:
            GeneratorError: it is missing, damaged, holds code, lacks the state, or is something else.
        """
        stack = ExitStack()
        place = device or torch.device("cpu")
        inside = ""
        try:
            match container := container_of(path):
                case Container.INDEX:
                    entries = open_index(path, place, stack)
                case Container.SAFETENSORS:
                    entries = open_safetensors(path, place, stack)
                case Container.TORCH | Container.TORCH_OLD:
                    inside, entries = open_torch(path, container, state)
            found, scaled = unpacked(path, entries)
        except BaseException:
            stack.close()
            raise
        return cls(path, inside, found, scaled, stack)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every name and its tensor's shape."""
        return {key: entry.shape for key, entry in self.entries.items()}

    def read(self, key: str, device: torch.device) -> Tensor:
        """One tensor, in the file's dtype.

        Raises:
            GeneratorError: its bytes cannot be read.
        """
        try:
            return self.entries[key].read(device)
        except (SafetensorError, OSError, RuntimeError) as error:
            if isinstance(error, torch.OutOfMemoryError):
                raise
            raise damaged(self.path, f"{key}: {error}") from error

    def read_finite(self, key: str, device: torch.device) -> Tensor:
        """One tensor, in the file's dtype, every value of it looked at.

        Raises:
            GeneratorError: its bytes cannot be read, or hold NaN or infinity.
        """
        tensor = self.read(key, device)
        if not all_finite(tensor):
            raise GeneratorError(
                f"These weights hold values that are no numbers, in {key}",
                where=str(self.path),
                remedy="The file is damaged: fetch it again.",
            )
        return tensor

    def close(self) -> None:
        self.entries = {}
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
