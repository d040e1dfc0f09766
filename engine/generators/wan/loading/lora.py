"""Adapters from files, and merged into the weights: low-rank ones (Hu et al. 2021) and plain differences.

Merged, an adapter costs nothing and stays as it is; that is how LongLive's is meant to be used. `live_lora` hangs it
beside the weights instead. DoRA (Liu et al. 2024) sets the length of each row of the weight, or of each column, after
the addition; it can be merged and not hung beside. LoHa, LoKr and OFT are named and refused.
"""

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
from engine.generators.wan.files.entries import TensorEntry, all_finite
from engine.generators.wan.files.faults import listed
from engine.generators.wan.files.key_names import ADAPTERS, KeyNaming
from engine.generators.wan.loading.lora_names import Role, grouped
from engine.generators.wan.model.linear import LinearSlice
from engine.generators.wan.model.transformer import CausalWan

_HOST: Final = torch.device("cpu")

_OTHER_KINDS: Final = {
    KeyNaming.LOHA: "products of two low-rank pairs, number by number",
    KeyNaming.LOKR: "Kronecker products",
    KeyNaming.OFT: "rotations of the weights",
}
"""Adapters of other kinds, and what they are made of."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """The low-rank addition to one layer: factor · up · down.

    Attributes:
        target: the layer's name in Wan's own layout; down: [rank, in]; up: [out, rank].
        factor: alpha / rank.
        magnitude: DoRA's: the length that each row, [out, 1], or each column, [1, in], is to have; None: a plain LoRA.
    """

    target: str
    down: Tensor
    up: Tensor
    factor: float
    magnitude: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """An addition to one tensor of the model, by its name in Wan's own layout and in its shape."""

    slot: str
    tensor: Tensor


@dataclass(frozen=True, slots=True)
class Lora:
    """What of a file of additions fits a model.

    Attributes:
        left_out: what has no place in it, and why, in words.
    """

    path: Path
    adapters: tuple[Adapter, ...]
    differences: tuple[Difference, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """For people: "8 layers and 3 differences of style.safetensors"."""
        more = f" and {len(self.differences)} differences" if self.differences else ""
        return f"{len(self.adapters)} layers{more} of {self.path.name}"


@dataclass(frozen=True, slots=True)
class LoraFit:
    """What of a file has its place in a model.

    Attributes:
        groups: the file's keys by layer and role.
        strange: what has no place, and why, in words.
        placed: tensors that have one.
    """

    dims: ModelDims
    groups: Mapping[str, Mapping[Role, str]]
    strange: tuple[str, ...]
    placed: int


def fit_lora(checkpoint: Checkpoint, model: CausalWan) -> LoraFit:
    """Hold a file of adapters against a model, by names, shapes and kinds of numbers: no tensor is read.

    Raises:
        GeneratorError: it is a model, or an adapter of a kind that is not read.
    """
    layout = checkpoint.layout
    if layout in _OTHER_KINDS:
        raise GeneratorError(
            f"This is a {layout.value} ({_OTHER_KINDS[layout]}), which is not read here",
            where=str(checkpoint.path),
            remedy="LoRA and DoRA are, and plain differences (.diff). Convert it, or merge it into its model.",
        )
    if layout not in ADAPTERS:
        raise GeneratorError(
            f"This is a {layout.value} and not a LoRA", where=str(checkpoint.path), remedy="Load it as the model."
        )
    entries = checkpoint.file.entries
    groups, strange = grouped(entries, model)
    layers, slots = dict(model.linears()), model.slots()
    placed: dict[str, dict[Role, str]] = {}
    for target, group in groups.items():
        parts = {role: entries[key] for role, key in group.items()}
        if (fault := _misfit(target, parts, layers.get(target), slots)) is None:
            placed[target] = group
        else:
            strange.append(f"{target} ({fault}; {next(iter(group.values()))})")
    return LoraFit(model.dims, placed, tuple(sorted(strange)), sum(map(len, placed.values())))


def read_lora(path: Path, model: CausalWan, *, alpha: float | None = None) -> Lora:
    """Read what of a file of adapters fits a model; see `lora_names` for the spellings.

    Args:
        alpha: used where the file has none (PEFT keeps it in another file); None: the rank, so factor 1.

    Raises:
        GeneratorError: it is no LoRA, is damaged, or belongs to another model: what has no place is named.
    """
    with Checkpoint.open(path) as checkpoint:
        found = fit_lora(checkpoint, model)
        require_fit(found, checkpoint)
        adapters: list[Adapter] = []
        differences: list[Difference] = []
        slots = model.slots()
        for target, group in found.groups.items():
            tensors = {role: checkpoint.file.read(key, _HOST) for role, key in group.items()}
            if ruined := sorted(group[role] for role, tensor in tensors.items() if not all_finite(tensor)):
                raise GeneratorError(
                    f"This LoRA holds values that are no numbers, in {listed(ruined)}",
                    where=str(path),
                    remedy="It was saved so: choose another.",
                )
            if Role.DOWN in tensors:
                adapters.append(_adapter(target, tensors, alpha))
            for role, slot in _slots_of(target).items():
                if role in tensors:
                    differences.append(Difference(slot, tensors[role].reshape(slots[slot].shape)))
    return Lora(path, tuple(adapters), tuple(differences), found.strange)


def require_fit(found: LoraFit, checkpoint: Checkpoint) -> None:
    """Raises GeneratorError: nothing has a place in the model, or it is for another one."""
    other = _made_for(checkpoint)
    if found.placed and (not found.strange or other in (None, found.dims)):
        return
    meant = f" but for {other.name}" if other is not None and other != found.dims else ""
    raise GeneratorError(
        f"This LoRA is not for the {found.dims.name} model{meant}: no place for "
        f"{listed(list(found.strange)) or 'nothing'}",
        where=str(checkpoint.path),
        remedy="Choose one that was trained on this model and size.",
    )


@torch.no_grad()
def merge_lora(model: CausalWan, lora: Lora, scale: float = 1.0) -> None:
    """Add the adapters and differences to the weights, in float32 and rounded once."""
    layers, slots = dict(model.linears()), model.slots()
    for adapter in lora.adapters:
        weight = layers[adapter.target].weight
        down, up = (part.to(weight.device, torch.float32) for part in (adapter.down, adapter.up))
        before = weight.float()
        added = (adapter.factor * (up @ down)).view(weight.shape)
        if adapter.magnitude is not None:
            added = _with_magnitude(before + added, adapter.magnitude) - before
        weight.copy_(before + scale * added)
    for difference in lora.differences:
        slot = slots[difference.slot]
        slot.copy_(slot.float() + scale * difference.tensor.to(slot.device, torch.float32))


def _with_magnitude(weight: Tensor, magnitude: Tensor) -> Tensor:
    """The weight with every row, or column, at its length; DoRA, equation 5."""
    matrix = weight.flatten(1)
    length = matrix.norm(dim=1 if magnitude.shape[1] == 1 else 0, keepdim=True).clamp_min(
        torch.finfo(torch.float32).tiny
    )
    turned: Tensor = matrix * (magnitude.to(weight.device, torch.float32) / length)
    return turned.view(weight.shape)


def _made_for(checkpoint: Checkpoint) -> ModelDims | None:
    """The known size that most tensors name, by the layers' width; None if it is none of ours."""
    votes: dict[int, int] = {}
    for key, shape in checkpoint.shapes.items():
        if ".self_attn" in key or "_self_attn" in key or ".attn1" in key or "_attn1" in key:
            for width in {dims.dim for dims in known_dims()} & set(shape):
                votes[width] = votes.get(width, 0) + 1
    width = max(votes, key=lambda width: votes[width], default=0)
    return next((dims for dims in known_dims() if dims.dim == width), None)


def _slots_of(target: str) -> dict[Role, str]:
    """The tensors of the model that a layer's differences are added to."""
    return {
        Role.WEIGHT: f"{target}.weight",
        Role.BIAS: f"{target}.bias",
        Role.MODULATION: f"{target}.modulation",
    }


def _adapter(target: str, tensors: Mapping[Role, Tensor], alpha: float | None) -> Adapter:
    down, up = tensors[Role.DOWN].flatten(1), tensors[Role.UP].flatten(1)
    value = float(tensors[Role.ALPHA]) if Role.ALPHA in tensors else alpha
    magnitude = tensors.get(Role.MAGNITUDE)
    if magnitude is not None:
        magnitude = magnitude.reshape(1, -1) if _by_column(tuple(magnitude.shape)) else magnitude.reshape(-1, 1)
    return Adapter(target, down, up, 1.0 if value is None else value / down.shape[0], magnitude)


def _by_column(shape: tuple[int, ...]) -> bool:
    """Whether a magnitude is [1, in], as LyCORIS writes it by default, and not [out] or [out, 1]."""
    return len(shape) > 1 and shape[0] == 1


def _misfit(
    target: str, parts: Mapping[Role, TensorEntry], layer: LinearSlice | None, slots: Mapping[str, Tensor]
) -> str | None:
    """Why additions cannot be made to a layer; None if they can."""
    for role, slot in _slots_of(target).items():
        if role in parts and (slot not in slots or not _same(parts[role].shape, tuple(slots[slot].shape))):
            wanted = "×".join(map(str, slots[slot].shape)) if slot in slots else "no such tensor"
            return f"{role.value} {'×'.join(map(str, parts[role].shape))} for {wanted}"
    if any(role is not Role.ALPHA and not part.dtype.is_floating_point for role, part in parts.items()):
        return "whole numbers"
    pair = parts.keys() & {Role.DOWN, Role.UP}
    if not pair and not parts.keys() & {Role.ALPHA, Role.MAGNITUDE}:
        return None
    if len(pair) < 2:
        return "half of a pair"
    return "no layer" if layer is None else _pair_misfit(parts, layer)


def _pair_misfit(parts: Mapping[Role, TensorEntry], layer: LinearSlice) -> str | None:
    down, up = parts[Role.DOWN].shape, parts[Role.UP].shape
    if len(down) < 2 or len(up) < 2 or (Role.ALPHA in parts and torch.Size(parts[Role.ALPHA].shape).numel() != 1):
        return "no matrices"
    inner, outer = torch.Size(down[1:]).numel(), torch.Size(up[1:]).numel()
    rows, columns = layer.rows, layer.layer.in_features
    if (outer, up[0], inner) != (down[0], rows, columns):
        return f"{up[0]}×{inner} for {rows}×{columns}"
    if not 0 < down[0] <= min(rows, columns):
        return f"rank {down[0]}, which is no low one"
    if Role.MAGNITUDE in parts:
        shape = parts[Role.MAGNITUDE].shape
        if torch.Size(shape).numel() != (columns if _by_column(shape) else rows):
            return f"magnitude {'×'.join(map(str, shape))} for {rows}×{columns}"
    return None


def _same(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether shapes are the same but for ones: modulations and convolutions are written with and without them."""
    return [size for size in shape if size != 1] == [size for size in wanted if size != 1]
