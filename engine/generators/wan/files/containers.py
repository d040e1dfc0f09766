"""Which container a file is, by how it begins: names and endings lie, and a page of a web site is no model."""

import stat
from enum import Enum
from pathlib import Path
from typing import Final

from engine.generators.wan.files.faults import damaged, missing, unsuitable

INDEX_SUFFIX: Final = ".index.json"


class Container(Enum):
    """What is read here."""

    SAFETENSORS = "safetensors"
    INDEX = "an index of safetensors shards"
    TORCH = "torch.save"
    TORCH_OLD = "torch.save from before 2020"


_ZIP: Final = b"PK\x03\x04"
_OLD: Final = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
"""How torch's older format begins: a pickle of its magic number (torch/serialization.py, MAGIC_NUMBER)."""

_SAFETENSORS: Final = "Take the same model as safetensors."
_STRANGE: Final = (
    (b"GGUF", "it is a GGUF file (llama.cpp's container), which is not read here", _SAFETENSORS),
    (b"GGML", "it is a GGML file (llama.cpp's container), which is not read here", _SAFETENSORS),
    (b"\x89HDF", "it is an HDF5 file (Keras), which is not read here", _SAFETENSORS),
    (b"\x08\x00\x12\x00", "it is an ONNX file, which is not read here", _SAFETENSORS),
    (b"7z\xbc\xaf\x27\x1c", "it is an archive (7z)", "Unpack it, and choose the file of weights inside."),
    (b"Rar!", "it is an archive (RAR)", "Unpack it, and choose the file of weights inside."),
    (b"\x1f\x8b", "it is an archive (gzip)", "Unpack it, and choose the file of weights inside."),
    (
        b"version https://git-lfs",
        "it is a pointer of Git LFS, and not the file itself",
        "Fetch the file: git lfs pull, or hardcut models fetch NAME.",
    ),
    (b"<!doctype html", "it is a page of a web site", "The site may ask you to sign in: then fetch the file again."),
    (b"<html", "it is a page of a web site", "The site may ask you to sign in: then fetch the file again."),
)
"""How files begin that people take for weights; compared without regard to case."""

_SUFFIX: Final = ".safetensors"
_HEAD: Final = 32
_OPENING: Final = 8
"""Bytes of a safetensors file's header length; its header, JSON, begins right behind."""


def container_of(path: Path) -> Container:
    """What kind of file this is.

    Raises:
        GeneratorError: it is not there, a folder, a pipe or a device, empty, or nothing that is read here: it is
            named for what it is where that is known.
    """
    require_file(path)
    if path.name.endswith(INDEX_SUFFIX):
        return Container.INDEX
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise unsuitable(path, error.strerror or str(error), "Choose the file of weights itself.") from error
    if not head:
        raise damaged(path, "it is empty")
    if head.startswith((_OLD, _ZIP)):
        if path.name.endswith(_SUFFIX):  # torch.load goes by the name then
            raise unsuitable(path, "it is a file of torch.save by another name", "Rename it: its name must end in .pt.")
        return Container.TORCH_OLD if head.startswith(_OLD) else Container.TORCH
    lower = head.lstrip().lower()
    for mark, what, remedy in _STRANGE:
        if lower.startswith(mark.lower()):
            raise unsuitable(path, what, remedy)
    if path.name.endswith(_SUFFIX) or head[_OPENING : _OPENING + 1] == b"{":
        return Container.SAFETENSORS
    raise unsuitable(
        path,
        "it is neither a safetensors file nor one of torch.save",
        "Choose a .safetensors, its .safetensors.index.json, or a file that torch.save wrote.",
    )


def require_file(path: Path) -> None:
    """Refuse what is not there, and a pipe or a device, which may keep whoever opens it waiting for ever."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise missing(path) from None
    except (OSError, ValueError) as error:  # a name may hold what no file system takes
        raise unsuitable(path, getattr(error, "strerror", None) or str(error), "Choose another file.") from error
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise unsuitable(path, "it is a pipe or a device, not a file of weights", "Choose a file.")
