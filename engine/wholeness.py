"""Whether files of weights are whole as far as a glance tells: sizes, headers, the end of an archive. No torch.

Found is what is cut short, empty, a page of a web site or a stub; a wrong number in the middle is not: for that a file
has to be read through. What is called broken here no loader would take either, so that it may be fetched again.
"""

import json
import struct
import zipfile
from pathlib import Path
from typing import Final

from safetensors import SafetensorError, safe_open

_ZIP: Final = b"PK\x03\x04"
"""How files of torch.save begin."""

_OLD: Final = b"\x80\x02"
"""How those from before 2020 begin."""

_WEIGHTS: Final = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")
_INDEX: Final = ".index.json"
_MOST_JSON: Final = 4 << 20
"""Bytes of JSON that are read through; of what is larger, as word lists are, the end is looked at."""


def fault_at(path: Path, size: int = 0, needs: tuple[tuple[str, ...], ...] = ()) -> str:
    """Why a file or folder that is there cannot be whole, for the end of a sentence; "" if nothing shows.

    Args:
        size: in bytes, of a file whose size is known, else 0.
        needs: of a folder, names of which one each has to be in it.
    """
    try:
        return _folder_fault(path, needs) if path.is_dir() else _file_fault(path, size)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"


def _folder_fault(folder: Path, needs: tuple[tuple[str, ...], ...]) -> str:
    for names in needs:
        if not any((folder / name).is_file() for name in names):
            return f"lacks {' or '.join(names)}"
    for path in sorted(folder.iterdir()):
        looked_at = path.suffix in (*_WEIGHTS, ".json") and path.is_file()  # others may well be empty
        if looked_at and (fault := _file_fault(path, 0)):
            return f"is damaged: {path.name} {fault}"
    return ""


def _file_fault(path: Path, size: int) -> str:
    there = path.stat().st_size
    if not there:
        return "is empty"
    if size and there != size:
        return f"has {there:,} bytes and should have {size:,}"
    if path.name.endswith(_INDEX):
        return _index_fault(path)
    if path.suffix == ".json":
        return _json_fault(path, there)
    if path.suffix not in _WEIGHTS:
        return ""
    with path.open("rb") as file:
        head = file.read(9)
    if head.startswith(_ZIP):
        return _archive_fault(path)
    if head.startswith(_OLD) and path.suffix != ".safetensors":
        return ""
    if path.suffix == ".safetensors" or head[8:9] == b"{":
        return _safetensors_fault(path)
    return "is no file of weights"


def _archive_fault(path: Path) -> str:
    """The list of a zip's contents stands at its end."""
    try:
        with zipfile.ZipFile(path):
            return ""
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
        return "is cut short"


def _safetensors_fault(path: Path) -> str:
    """The library holds its header against its length; nothing is read."""
    try:
        with safe_open(path, framework="np"):
            return ""
    except SafetensorError:
        return "is cut short or damaged"


def _index_fault(path: Path) -> str:
    """Shards that it names have to be beside it; they are looked at by themselves."""
    index = _json(path)
    shards = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(shards, dict) or not all(isinstance(name, str) for name in shards.values()):
        return "is no index of shards"
    lost = sorted(name for name in set(shards.values()) if not path.with_name(name).is_file())
    return f"names {lost[0]}, which is not there" if lost else ""


def _json_fault(path: Path, there: int) -> str:
    if there <= _MOST_JSON:
        return "is no JSON" if _json(path) is None else ""
    with path.open("rb") as file:
        file.seek(there - 64)
        return "" if file.read().rstrip()[-1:] in (b"}", b"]") else "is cut short"


def _json(path: Path) -> object:
    if path.stat().st_size > _MOST_JSON:
        return None
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
