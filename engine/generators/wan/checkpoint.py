"""Checkpoint files, opened safely and read one tensor at a time.

safetensors files are mapped and hold nothing but numbers. Files of torch.save are pickles: they are read with
`weights_only`, which refuses everything but tensors, and mapped, so that even these never lie in host memory as a
whole. Only torch's zip format is read, which every file of this family is in (it is the default since 2020).
"""

import json
import pickle
import struct
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.names import Layout, detect

_INDEX_SUFFIX: Final = ".index.json"
_STATES: Final = ("generator_ema", "generator", "generator_lora", "state_dict")
"""Where training scripts of this family keep the weights inside a file, best first."""

_ZIP: Final = b"PK\x03\x04"

_UNREADABLE: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)
"""What torch's restricted unpickler lets through on damaged bytes; what it refuses is an UnpicklingError."""

_MAX_INDEX_BYTES: Final = 64 << 20
"""A shard index is a few hundred kilobytes; more is no index."""


@dataclass(frozen=True, slots=True)
class _Entry:
    shape: tuple[int, ...]
    read: Callable[[torch.device], Tensor]


class Checkpoint:
    """An open file, or an index with its shards. Close it, or use it in a `with`.

    Attributes:
        path: as it was opened; layout: what its keys say it is.
    """

    def __init__(self, path: Path, entries: Mapping[str, _Entry], stack: ExitStack) -> None:
        layout = detect(entries)
        if layout is None:
            stack.close()
            sample = ", ".join(sorted(entries)[:3]) or "nothing"
            raise GeneratorError(
                f"This holds no weights of a Wan model (it holds {sample})",
                where=str(path),
                remedy="Choose the transformer's own file; text encoder and VAE have places of their own.",
            )
        self.path = path
        self.layout: Layout = layout
        self._entries = entries
        self._stack = stack

    @classmethod
    def open(cls, path: Path, device: torch.device | None = None) -> Self:
        """Open a .safetensors, a shard index (.safetensors.index.json), or a file of torch.save.

        Args:
            device: where tensors are to be read to; None: the host.

        Raises:
            GeneratorError: it is missing, damaged, holds code, or is something else.
        """
        stack = ExitStack()
        try:
            if path.name.endswith(_INDEX_SUFFIX):
                entries = _open_index(path, device or torch.device("cpu"), stack)
            elif path.suffix == ".safetensors":
                entries = _open_safetensors(path, device or torch.device("cpu"), stack)
            else:
                entries = _open_torch(path)
        except BaseException:
            stack.close()
            raise
        return cls(path, entries, stack)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Every key and its tensor's shape."""
        return {key: entry.shape for key, entry in self._entries.items()}

    def read(self, key: str, device: torch.device) -> Tensor:
        """One tensor, in the file's dtype.

        Raises:
            GeneratorError: its bytes cannot be read.
        """
        try:
            return self._entries[key].read(device)
        except (SafetensorError, OSError, RuntimeError) as error:
            if isinstance(error, torch.OutOfMemoryError):
                raise
            raise _damaged(self.path, f"{key}: {error}") from error

    def close(self) -> None:
        self._entries = {}
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _open_safetensors(path: Path, device: torch.device, stack: ExitStack) -> dict[str, _Entry]:
    try:
        file: Any = stack.enter_context(safe_open(path, framework="pt", device=str(device)))
        keys = list(file.keys())
        shapes = {key: tuple(file.get_slice(key).get_shape()) for key in keys}
    except FileNotFoundError:
        raise _missing(path) from None
    except (SafetensorError, OSError) as error:
        raise _damaged(path, str(error)) from error

    def entry(key: str) -> _Entry:
        return _Entry(shapes[key], lambda _device: file.get_tensor(key))

    return {key: entry(key) for key in keys}


def _open_index(path: Path, device: torch.device, stack: ExitStack) -> dict[str, _Entry]:
    try:
        if path.stat().st_size > _MAX_INDEX_BYTES:
            raise _damaged(path, "too large for an index of shards")
        index = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path, str(error)) from error
    shard_of = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(shard_of, dict) or not all(isinstance(name, str) for name in shard_of.values()):
        raise _damaged(path, "it has no weight_map")
    entries: dict[str, _Entry] = {}
    for name in sorted(set(shard_of.values())):
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise _damaged(path, f"it names a shard outside its folder, {name!r}")
        entries.update(_open_safetensors(path.with_name(name), device, stack))
    if lost := sorted(set(shard_of) - set(entries)):
        raise _damaged(path, f"its shards lack {listed(lost)}")
    return entries


def _open_torch(path: Path) -> dict[str, _Entry]:
    try:
        loaded = _load_pickle(path)
    except FileNotFoundError:
        raise _missing(path) from None
    except pickle.UnpicklingError as error:
        reason = str(error).splitlines()[0] if str(error) else "not a pickle"
        raise GeneratorError(
            f"This file was not loaded: it is damaged or holds more than weights ({reason[:160]})",
            where=str(path),
            remedy="Files with code inside are never run. Fetch it again, or choose a safetensors file.",
        ) from error
    except _UNREADABLE as error:
        raise _damaged(path, str(error) or type(error).__name__) from error
    state = _state_of(loaded)
    if state is None:
        raise _damaged(path, "it holds no tensors by name")

    def entry(tensor: Tensor) -> _Entry:
        return _Entry(tuple(tensor.shape), lambda device: tensor.to(device))

    return {key: entry(tensor) for key, tensor in state.items()}


def _load_pickle(path: Path) -> object:
    with path.open("rb") as file:
        if file.read(len(_ZIP)) != _ZIP:
            raise ValueError("it is neither a safetensors file nor one of torch.save")
    return torch.load(path, map_location="cpu", weights_only=True, mmap=True)


def _state_of(loaded: object) -> dict[str, Tensor] | None:
    """The named tensors inside what a training script saved."""
    if not isinstance(loaded, Mapping):
        return None
    for name in _STATES:
        if isinstance(loaded.get(name), Mapping):
            return _state_of(loaded[name])
    return {key: value for key, value in loaded.items() if isinstance(key, str) and isinstance(value, Tensor)} or None


def _missing(path: Path) -> GeneratorError:
    return GeneratorError("There is no such file", where=str(path))


def _damaged(path: Path, detail: str) -> GeneratorError:
    detail = " ".join(detail.split())[:200]
    return GeneratorError(
        f"This file cannot be read as weights: {detail}", where=str(path), remedy="It may be cut short: fetch it again."
    )


def listed(names: list[str], limit: int = 6) -> str:
    """Names for a sentence: the first few, and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
