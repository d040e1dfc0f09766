"""Files of named tensors, opened safely and read one tensor at a time: what is in them is for others to say.

safetensors files are mapped and hold nothing but numbers. Files of torch.save are pickles: they are read with
`weights_only`, which refuses everything but tensors, and mapped, so that even these never lie in host memory as a
whole. torch's format from before 2020 cannot be mapped: it is taken up to a size that any host has to spare.
"""

import json
import pickle
import stat
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

_INDEX_SUFFIX: Final = ".index.json"
_STATES: Final = ("generator_ema", "generator", "generator_lora", "state_dict")
"""Where training scripts of this family keep the weights inside a file, best first."""

_ZIP: Final = b"PK\x03\x04"
_OLD: Final = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
"""How torch's older format begins: a pickle of its magic number (torch/serialization.py, MAGIC_NUMBER)."""

_MAX_OLD_BYTES: Final = 1 << 30

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

_DTYPES: Final = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
"""Kinds of numbers by the names that safetensors gives them; others are in no file of weights known here."""


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """What a file says of one tensor."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    read: Callable[[torch.device], Tensor]

    @property
    def bytes(self) -> int:
        return torch.Size(self.shape).numel() * self.dtype.itemsize


class TensorFile:
    """An open file, or an index with its shards. Close it, or use it in a `with`.

    Attributes:
        path: as it was opened.
        inside: the state that the tensors lie under in a training script's file, for example "generator_ema"; or "".
        entries: what it holds, by name.
    """

    def __init__(self, path: Path, inside: str, entries: Mapping[str, TensorEntry], stack: ExitStack) -> None:
        self.path = path
        self.inside = inside
        self.entries = entries
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
        place = device or torch.device("cpu")
        inside = ""
        try:
            if path.name.endswith(_INDEX_SUFFIX):
                entries = _open_index(path, place, stack)
            elif path.suffix == ".safetensors":
                entries = _open_safetensors(path, place, stack)
            else:
                inside, entries = _open_torch(path)
        except BaseException:
            stack.close()
            raise
        return cls(path, inside, entries, stack)

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
            raise _damaged(self.path, f"{key}: {error}") from error

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


def all_finite(tensor: Tensor) -> bool:
    """Whether every value is a number; without a second tensor of its size, fp8 apart."""
    if tensor.numel() == 0:
        return True
    if tensor.is_floating_point() and tensor.dtype.itemsize == 1:
        tensor = tensor.float()  # torch counts no fp8
    low, high = torch.aminmax(tensor)  # NaN wins both
    return bool((low.isfinite() & high.isfinite()).item())


def _require_file(path: Path) -> None:
    """Refuse a pipe or a device, which may keep whoever opens it waiting for ever."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise _missing(path) from None
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise GeneratorError("This is a pipe or a device, not a file of weights", where=str(path))


def _open_safetensors(path: Path, device: torch.device, stack: ExitStack) -> dict[str, TensorEntry]:
    _require_file(path)
    try:
        file: Any = stack.enter_context(safe_open(path, framework="pt", device=str(device)))
        slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118 - it is no dict
        found = {key: (tuple(part.get_shape()), part.get_dtype()) for key, part in slices.items()}
    except FileNotFoundError:
        raise _missing(path) from None
    except (SafetensorError, OSError) as error:
        raise _damaged(path, str(error)) from error
    if strange := sorted({kind for _, kind in found.values()} - set(_DTYPES)):
        raise _damaged(path, f"it holds numbers of the kind {', '.join(strange)}")

    def entry(key: str) -> TensorEntry:
        shape, kind = found[key]
        return TensorEntry(shape, _DTYPES[kind], lambda wanted: file.get_tensor(key).to(wanted))

    return {key: entry(key) for key in found}


def _open_index(path: Path, device: torch.device, stack: ExitStack) -> dict[str, TensorEntry]:
    _require_file(path)
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
    entries: dict[str, TensorEntry] = {}
    for name in sorted(set(shard_of.values())):
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise _damaged(path, f"it names a shard outside its folder, {name!r}")
        entries.update(_open_safetensors(path.with_name(name), device, stack))
    if lost := sorted(set(shard_of) - set(entries)):
        raise _damaged(path, f"its shards lack {listed(lost)}")
    return entries


def _open_torch(path: Path) -> tuple[str, dict[str, TensorEntry]]:
    _require_file(path)
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
    inside, state = _state_of(loaded)
    if not state:
        raise _damaged(path, "it holds no tensors by name")
    if hollow := sorted(key for key, tensor in state.items() if not _is_solid(tensor)):
        raise _damaged(path, f"it claims more numbers than it holds in {listed(hollow)}")

    def entry(tensor: Tensor) -> TensorEntry:
        return TensorEntry(tuple(tensor.shape), tensor.dtype, lambda device: tensor.to(device))

    return inside, {key: entry(tensor) for key, tensor in state.items()}


def _load_pickle(path: Path) -> object:
    with path.open("rb") as file:
        start = file.read(len(_OLD))
    old = start == _OLD
    if not old and not start.startswith(_ZIP):
        raise ValueError("it is neither a safetensors file nor one of torch.save")
    if old and path.stat().st_size > _MAX_OLD_BYTES:
        raise ValueError("it is in torch's format from before 2020, which cannot be read piece by piece")
    return torch.load(path, map_location="cpu", weights_only=True, mmap=not old)


def _state_of(loaded: object, inside: str = "") -> tuple[str, dict[str, Tensor]]:
    """The named tensors inside what a training script saved, and under which names they lay."""
    if not isinstance(loaded, Mapping):
        return inside, {}
    for name in _STATES:
        if isinstance(loaded.get(name), Mapping):
            return _state_of(loaded[name], f"{inside}.{name}".lstrip("."))
    return inside, {key: value for key, value in loaded.items() if isinstance(key, str) and isinstance(value, Tensor)}


def _is_solid(tensor: Tensor) -> bool:
    """Whether every number has bytes of its own: strides of 0 make a terabyte of four bytes."""
    if tensor.layout is not torch.strided or tensor.is_meta or tensor.is_quantized:
        return False
    return tensor.numel() * tensor.element_size() <= tensor.untyped_storage().nbytes()


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
