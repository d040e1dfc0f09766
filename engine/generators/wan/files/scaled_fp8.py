"""fp8 with scales: a weight and beside it the number, or one a row, that it is to be multiplied by.

ComfyUI writes them as `.scale_weight` with a marker `scaled_fp8`, later as `.weight_scale` with a description of each
layer, `.comfy_quant` (comfy/quant_ops.py). Scales of activations (`.scale_input`, `.input_scale`) are for products in
fp8 at the scales of whoever packed them: products here find their own, so they are left aside. Other packings than fp8
are told by their own tensors and refused by name.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.documents import plain_json
from engine.generators.wan.files.entries import PLAIN, TensorEntry
from engine.generators.wan.files.faults import unsuitable

_SCALES: Final = (".scale_weight", ".weight_scale")
_ASIDE: Final = (".scale_input", ".input_scale", ".comfy_quant")
_MARKER: Final = "scaled_fp8"
_LAYER: Final = ".comfy_quant"
_LONGEST_LAYER: Final = 4096
"""Bytes of a layer's description, JSON."""

_PACKINGS: Final = (
    (".weight_scale_2", "NVFP4"),
    (".absmax", "bitsandbytes"),
    ("._data", "quanto"),
    (".qweight", "GPTQ, AWQ or Nunchaku"),
    (".weight_packed", "compressed-tensors"),
)
"""Tensors that only one packing has, by how their names end."""


def unpacked(path: Path, entries: Mapping[str, TensorEntry]) -> tuple[dict[str, TensorEntry], int]:
    """The tensors with every scaled weight as the bfloat16 that it stands for, and how many of those there are.

    Three bits of mantissa times a scale lose nothing in bfloat16 that they had.

    Raises:
        GeneratorError: the file is packed in a way that is not read here: it is named.
    """
    for ending, packing in _PACKINGS:
        if any(key.endswith(ending) for key in entries):
            raise _packed(path, packing)
    found, scaled = dict(entries), 0
    for key in entries:
        stem, _, last = key.rpartition(".")
        if last == _MARKER:
            del found[key]
        elif key.endswith(_SCALES):
            weight = f"{stem}.weight"
            if weight not in entries:
                continue  # it is told as a tensor that is unknown
            found[weight] = _product(path, entries[weight], entries[key], entries.get(f"{stem}{_LAYER}"))
            del found[key]
            scaled += 1
        elif key.endswith(_ASIDE) and f"{stem}.weight" in entries:
            del found[key]
    return found, scaled


def _product(path: Path, weight: TensorEntry, scale: TensorEntry, layer: TensorEntry | None) -> TensorEntry:
    if layer is not None and not (packing := _format_of(layer)).startswith("float8_"):
        raise _packed(path, packing)
    if not (weight.dtype.is_floating_point and scale.dtype.is_floating_point):
        raise _packed(path, str(weight.dtype).removeprefix("torch.") + " with scales")
    count, rows = torch.Size(scale.shape).numel(), weight.shape[0] if weight.shape else 1
    if count not in (1, rows):
        raise _packed(path, "fp8 with scales per block")

    def read(device: torch.device) -> Tensor:
        factor = scale.read(device).float().reshape(-1, *[1] * (len(weight.shape) - 1))
        return (weight.read(device).float() * factor).reshape(weight.shape).bfloat16()

    return TensorEntry(weight.shape, torch.bfloat16, read)


def _format_of(layer: TensorEntry) -> str:
    """What a layer's description calls its packing; "" stands for one that says nothing."""
    if layer.dtype is not torch.uint8 or torch.Size(layer.shape).numel() > _LONGEST_LAYER:
        return "unknown"
    try:
        told = plain_json(bytes(layer.read(torch.device("cpu")).flatten().tolist()))
    except ValueError:
        return "unknown"
    return str(told.get("format", "unknown"))[:60] if isinstance(told, dict) else "unknown"


def _packed(path: Path, packing: str) -> Exception:
    return unsuitable(path, f"its weights are packed ({packing}), which is not read here", PLAIN)
