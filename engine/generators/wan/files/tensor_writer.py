"""safetensors files, written one tensor at a time, whole or not at all.

The library's own writer wants every tensor in memory at once. The format is small: eight bytes of header length, a
header in JSON, and the numbers one behind another (https://huggingface.co/docs/safetensors, "Format").
"""

import json
import shutil
import struct
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.files import FileKind, not_saved, replacing

_KINDS: Final = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}

_WEIGHTS: Final = FileKind("file of weights", GeneratorError)
_ALIGNMENT: Final = 8
_GIB: Final = 2**30


@dataclass(frozen=True, slots=True)
class TensorOutline:
    """A tensor that is still to be written."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype

    @property
    def bytes(self) -> int:
        return torch.Size(self.shape).numel() * self.dtype.itemsize


def write_tensors(
    path: Path, outlines: Sequence[TensorOutline], tensors: Iterator[Tensor]
) -> Generator[int, None, None]:
    """Write a file; yields the bytes of each tensor when they are written.

    The file appears under its name when it is whole. Until then, and if the caller stops, there is none.

    Args:
        tensors: in the order of the outlines, on the host; each is let go before the next is asked for.

    Raises:
        GeneratorError: there is something at that place already, no room for it, or it cannot be written.
    """
    header = _header(outlines)
    size = len(header) + sum(outline.bytes for outline in outlines)
    if path.exists():
        raise GeneratorError("There is something here already", where=str(path), remedy="Name another file.")
    try:
        free = shutil.disk_usage(path.parent).free
        if free < size:
            raise GeneratorError(
                f"The file will take {size / _GIB:.1f} GiB and {free / _GIB:.1f} GiB are free", where=str(path.parent)
            )
        with replacing(path) as file:
            file.write(header)
            for outline, tensor in zip(outlines, tensors, strict=True):
                if (tuple(tensor.shape), tensor.dtype) != (outline.shape, outline.dtype):
                    raise ValueError(f"{outline.name} is not as it was announced")
                file.write(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
                del tensor
                yield outline.bytes
    except OSError as error:
        raise not_saved(path, _WEIGHTS, error) from error


def _header(outlines: Sequence[TensorOutline]) -> bytes:
    described: dict[str, object] = {"__metadata__": {"format": "pt"}}  # transformers and diffusers insist on it
    begin = 0
    for outline in outlines:
        end = begin + outline.bytes
        described[outline.name] = {
            "dtype": _KINDS[outline.dtype],
            "shape": list(outline.shape),
            "data_offsets": [begin, end],
        }
        begin = end
    text = json.dumps(described, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return struct.pack("<Q", len(text)) + text
