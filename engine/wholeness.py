"""Whether files of weights are whole as far as a glance tells: sizes, headers, the end of an archive. No torch.

Found is what is cut short, empty, a page of a web site or a stub; a wrong number in the middle is not: for that a file
has to be read through. What is called broken here no loader would take either, so that it may be fetched again.
"""

import json
import struct
import zipfile
from pathlib import Path
from typing import Final

_ZIP: Final = b"PK\x03\x04"
"""How files of torch.save begin."""

_OLD: Final = b"\x80\x02"
"""How those from before 2020 begin."""

_WEIGHTS: Final = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")
_INDEX: Final = ".index.json"
_MOST_HEADER: Final = 100_000_000
"""Bytes that a safetensors header may have (safetensors, MAX_HEADER_SIZE)."""


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
        return "is no JSON" if _json(path) is None else ""
    if path.suffix not in _WEIGHTS:
        return ""
    with path.open("rb") as file:
        head = file.read(9)
    if head.startswith(_ZIP):
        return _archive_fault(path)
    if head.startswith(_OLD) and path.suffix != ".safetensors":
        return ""
    if path.suffix == ".safetensors" or head[8:9] == b"{":
        return _safetensors_fault(path, there)
    return "is no file of weights"


def _archive_fault(path: Path) -> str:
    """The list of a zip's contents stands at its end."""
    try:
        with zipfile.ZipFile(path):
            return ""
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
        return "is cut short"


def _safetensors_fault(path: Path, there: int) -> str:
    """Its header says where the last tensor ends."""
    with path.open("rb") as file:
        opening = file.read(8)
        length = int.from_bytes(opening, "little")
        if len(opening) < 8 or not 2 <= length <= _MOST_HEADER:
            return "is no file of weights"
        text = file.read(length)
    if len(text) < length:
        return "is cut short"
    try:
        header = json.loads(text)
        ends = [int(one["data_offsets"][1]) for name, one in header.items() if name != "__metadata__"]
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return "is no file of weights"
    return "is cut short" if 8 + length + max(ends, default=0) > there else ""


def _index_fault(path: Path) -> str:
    """Shards that it names have to be beside it; they are looked at by themselves."""
    index = _json(path)
    shards = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(shards, dict) or not all(isinstance(name, str) for name in shards.values()):
        return "is no index of shards"
    lost = sorted(name for name in set(shards.values()) if not path.with_name(name).is_file())
    return f"names {lost[0]}, which is not there" if lost else ""


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
