"""Low-rank adapters (Hu et al. 2021) from files, merged into the weights or hung beside them.

Merged, an adapter costs nothing and stays as it is; that is how LongLive's is meant to be used. Beside the weights it
costs two thin products per layer, and its scale can be turned while the show runs: the cache is kept, since older
keys made at another scale are no worse than older keys made for another prompt.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.dims import ModelDims
from engine.generators.wan.families import known_dims
from engine.generators.wan.files.checkpoint import Checkpoint
from engine.generators.wan.files.key_names import KeyNaming, to_diffusers
from engine.generators.wan.files.tensor_file import all_finite, listed
from engine.generators.wan.model.linear import LinearSlice, LowRank
from engine.generators.wan.model.transformer import CausalWan

_PREFIXES: Final = ("base_model.", "model.", "module.", "diffusion_model.", "transformer.", "lora_unet_", "_")
"""What PEFT, trainers and ComfyUI put before a layer's name, in any order."""

_DOWN: Final = (".lora_A.default.weight", ".lora_A.weight", ".lora_down.weight")
_UP: Final = (".lora_B.default.weight", ".lora_B.weight", ".lora_up.weight")
_ALPHA: Final = (".alpha",)


@dataclass(frozen=True, slots=True)
class Adapter:
    """The addition to one layer: factor · up · down.

    Attributes:
        target: the layer's name in Wan's own layout; down: [rank, in]; up: [out, rank].
        factor: alpha / rank.
    """

    target: str
    down: Tensor
    up: Tensor
    factor: float


@dataclass(frozen=True, slots=True)
class Lora:
    """A file of adapters that fit a model."""

    path: Path
    adapters: tuple[Adapter, ...]


def read_lora(path: Path, model: CausalWan, *, alpha: float | None = None) -> Lora:
    """Read a LoRA file (PEFT's or kohya's names; Wan's, ComfyUI's or diffusers' layers) for a model.

    Args:
        alpha: used where the file has none (PEFT keeps it in another file); None: the rank, so factor 1.

    Raises:
        GeneratorError: it is no LoRA, is damaged, or belongs to another model: what does not fit is named.
    """
    with Checkpoint.open(path) as checkpoint:
        if checkpoint.layout not in (KeyNaming.LORA_PEFT, KeyNaming.LORA_KOHYA):
            raise GeneratorError(
                f"This is a {checkpoint.layout.value} and not a LoRA", where=str(path), remedy="Load it as the model."
            )
        host = torch.device("cpu")
        tensors = {key: checkpoint.file.read(key, host) for key in checkpoint.shapes}
    layers = dict(model.linears())
    names = _spellings(layers)
    groups: dict[str, dict[str, Tensor]] = {}
    strange: list[str] = []
    for key, tensor in tensors.items():
        kind, stem = _kind_of(key)
        target = names.get(_bare(stem))
        if kind and target:
            groups.setdefault(target, {})[kind] = tensor
        else:
            strange.append(key)
    adapters = []
    for target, group in groups.items():
        if (fault := _misfit(group, layers[target])) is not None:
            strange.append(f"{target} ({fault})")
        else:
            adapters.append(_adapter(target, group, alpha))
    if strange or not adapters:
        other = _made_for(tensors)
        meant = f" but for {other.name}" if other is not None and other != model.dims else ""
        raise GeneratorError(
            f"This LoRA is not for the {model.dims.name} model{meant}: "
            f"no place for {listed(sorted(strange)) or 'nothing'}",
            where=str(path),
            remedy="Choose one that was trained on this model and size.",
        )
    return Lora(path, tuple(adapters))


def merge_lora(model: CausalWan, lora: Lora, scale: float = 1.0) -> None:
    """Add the adapters to the weights, in float32 and rounded once."""
    layers = dict(model.linears())
    for adapter in lora.adapters:
        weight = layers[adapter.target].weight
        down, up = (part.to(weight.device, torch.float32) for part in (adapter.down, adapter.up))
        weight.copy_(weight.float() + (scale * adapter.factor * (up @ down)).view(weight.shape))


class LiveLora:
    """Adapters beside the weights, whose scale may change between chunks.

    Attach it before compiling or capturing: that changes the computation. Turning the scale does not.
    """

    def __init__(self, model: CausalWan, lora: Lora, scale: float = 1.0) -> None:
        layers = dict(model.linears())
        self.path: Final = lora.path
        self._scale = torch.tensor(float(scale), device=model.device, dtype=model.dtype)
        self._hung = []
        for adapter in lora.adapters:
            part = layers[adapter.target]
            low_rank = LowRank(
                adapter.down.to(model.device, model.dtype),
                (adapter.factor * adapter.up.float()).to(model.device, model.dtype),
                part.start,
                self._scale,
            )
            part.layer.adapters.append(low_rank)
            self._hung.append((part.layer, low_rank))

    def set_scale(self, scale: float) -> None:
        """Turn it up or down from the next pass on; 0 is off, though not free."""
        if not math.isfinite(scale):
            raise ValueError(f"scale {scale}")
        self._scale.fill_(scale)

    def detach(self) -> None:
        """Take the adapters off again."""
        for layer, low_rank in self._hung:
            kept = [adapter for adapter in layer.adapters if adapter is not low_rank]
            layer.adapters = torch.nn.ModuleList(kept)
        self._hung.clear()


def _made_for(tensors: Mapping[str, Tensor]) -> ModelDims | None:
    """The known size whose width most of the adapters read; None if it is none of ours."""
    widths = Counter(tensor.shape[1] for key, tensor in tensors.items() if key.endswith(_DOWN) and tensor.ndim > 1)
    width = max(widths, key=lambda width: widths[width], default=0)
    return next((dims for dims in known_dims() if dims.dim == width), None)


def _adapter(target: str, group: Mapping[str, Tensor], alpha: float | None) -> Adapter:
    down, up = group["down"].flatten(1), group["up"].flatten(1)
    rank = down.shape[0]
    value = float(group["alpha"]) if "alpha" in group else alpha
    return Adapter(target, down, up, 1.0 if value is None else value / rank)


def _misfit(group: Mapping[str, Tensor], layer: LinearSlice) -> str | None:
    """Why a pair cannot be added to a layer; None if it can."""
    if "down" not in group or "up" not in group:
        return "half of a pair"
    down, up = group["down"], group["up"]
    if down.ndim < 2 or up.ndim < 2 or ("alpha" in group and group["alpha"].numel() != 1):
        return "no matrices"
    shapes = (up[0].numel(), down.shape[0], up.shape[0], down[0].numel())
    wanted = (down.shape[0], down.shape[0], layer.rows, layer.layer.in_features)
    if shapes != wanted:
        return f"{shapes[2]}×{shapes[3]} for {wanted[2]}×{wanted[3]}"
    if not (down.is_floating_point() and up.is_floating_point()):
        return "whole numbers"
    if down.shape[0] > min(layer.rows, layer.layer.in_features):
        return f"rank {down.shape[0]}, which is no low one"
    return None if all(map(all_finite, group.values())) else "values that are no numbers"


def _spellings(layers: Mapping[str, LinearSlice]) -> dict[str, str]:
    """Every way a trainer may spell a layer, without prefixes."""
    found = {}
    for name in layers:
        diffusers = to_diffusers(f"{name}.").removesuffix(".")
        for spelling in (name, diffusers):
            found[spelling] = name
            found[spelling.replace(".", "_")] = name  # kohya flattens the path
    return found


def _kind_of(key: str) -> tuple[str, str]:
    """Which of a pair a key is ("down", "up", "alpha", or "" for neither) and the layer it names."""
    for kind, suffixes in (("down", _DOWN), ("up", _UP), ("alpha", _ALPHA)):
        for suffix in suffixes:
            if key.endswith(suffix):
                return kind, key.removesuffix(suffix)
    return "", key


def _bare(stem: str) -> str:
    while prefix := next((prefix for prefix in _PREFIXES if stem.startswith(prefix)), None):
        stem = stem.removeprefix(prefix)
    return stem
