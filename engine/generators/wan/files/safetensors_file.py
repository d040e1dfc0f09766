"""safetensors files and indexes of their shards: mapped, and nothing but numbers in them."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open

from engine.documents import read_json
from engine.errors import GeneratorError
from engine.files import FileKind
from engine.generators.wan.files.containers import require_file
from engine.generators.wan.files.entries import DTYPES, PLAIN, TensorEntry
from engine.generators.wan.files.faults import damaged_by, listed, missing, unsuitable

_WHOLE_FOLDER: Final = "Choose the index that lies beside its shards, or fetch the folder again."
_INDEX: Final = FileKind("index of shards", GeneratorError, unread=_WHOLE_FOLDER)


def open_safetensors(path: Path, device: torch.device, stack: ExitStack) -> dict[str, TensorEntry]:
    """Its tensors by name; the stack closes the file.

    Raises:
        GeneratorError: it cannot be read.
    """
    require_file(path)
    try:
        file: Any = stack.enter_context(safe_open(path, framework="pt", device=str(device)))
        slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118 - it is no dict
        found = {key: (tuple(part.get_shape()), part.get_dtype()) for key, part in slices.items()}
    except FileNotFoundError:
        raise missing(path) from None
    except (SafetensorError, OSError) as error:
        raise damaged_by(path, error) from error
    if strange := sorted({kind for _, kind in found.values()} - set(DTYPES)):
        raise unsuitable(path, f"it holds numbers of the kind {', '.join(strange)}, which is not read here", PLAIN)

    def entry(key: str) -> TensorEntry:
        shape, kind = found[key]
        return TensorEntry(shape, DTYPES[kind], lambda wanted: file.get_tensor(key).to(wanted))

    return {key: entry(key) for key in found}


def open_index(path: Path, device: torch.device, stack: ExitStack) -> dict[str, TensorEntry]:
    """The tensors of all shards that an index names.

    Raises:
        GeneratorError: it is no index, a shard cannot be read, or one lacks a tensor.
    """
    index = read_json(path, _INDEX)
    shard_of = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(shard_of, dict) or not all(isinstance(name, str) for name in shard_of.values()):
        raise unsuitable(path, "it has no weight_map, so it is no index of shards", _WHOLE_FOLDER)
    entries: dict[str, TensorEntry] = {}
    for name in sorted(set(shard_of.values())):
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise unsuitable(path, f"it names a shard outside its folder, {name!r}", _WHOLE_FOLDER)
        entries.update(open_safetensors(path.with_name(name), device, stack))
    if lost := sorted(set(shard_of) - set(entries)):
        raise unsuitable(path, f"its shards lack {listed(lost)}", _WHOLE_FOLDER)
    return entries
