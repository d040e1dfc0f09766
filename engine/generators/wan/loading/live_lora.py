"""Adapters beside the weights, whose scale can be turned while the show runs.

It costs two thin products a layer. The cache is kept: older keys made at another scale are no worse than older keys
made for another prompt. Differences of biases and matrices are added behind their layers, which may have been packed
in fp8; those of norms and modulations are added to the tensors themselves, whose own values are kept.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from engine.errors import GeneratorError
from engine.generators.wan.loading.lora import Difference, Lora
from engine.generators.wan.model.linear import Addition, FullRank, LinearSlice, LowRank, Offset
from engine.generators.wan.model.transformer import CausalWan


@dataclass(frozen=True, slots=True)
class _Shifted:
    """A tensor of the model that differences are added to: what it held before, and each file's difference."""

    slot: Tensor
    own: Tensor
    differences: list[tuple[int, Tensor]]


class LiveLoras:
    """Files of additions beside the weights, each with a scale of its own, which may change between chunks.

    Attach them before compiling or capturing: that changes the computation. Turning a scale does not.

    Args:
        loras: None: a file that could not be read; its scale turns nothing.
        scales: one for each file.

    Raises:
        GeneratorError: one is a DoRA, which sets the length of whole weights.
    """

    def __init__(self, model: CausalWan, loras: Sequence[Lora | None], scales: Sequence[float]) -> None:
        files = [(index, lora) for index, lora in enumerate(loras) if lora is not None]
        for _, lora in files:
            require_live(lora)
        self.count: Final = len(loras)
        self._turned = [float(scale) for scale in scales]
        self._scales = [torch.tensor(scale, device=model.device, dtype=model.dtype) for scale in self._turned]
        self._hung: list[tuple[nn.ModuleList, Addition]] = []
        self._shifted: dict[str, _Shifted] = {}
        layers, slots = dict(model.linears()), model.slots()  # not kept: layers are packed later and then let go
        for index, lora in files:
            for adapter in lora.adapters:
                part, scale = layers[adapter.target], self._scales[index]
                down, up = _like(adapter.down, scale), _like(adapter.factor * adapter.up.float(), scale)
                self._hang(part, LowRank(down, up, part.start, scale))
            for difference in lora.differences:
                name, _, kind = difference.slot.rpartition(".")
                if name in layers:
                    self._hang(layers[name], _beside(layers[name], kind, difference.tensor, self._scales[index]))
                else:
                    self._keep(slots[difference.slot], index, difference)
        self._shift()

    @property
    def scales(self) -> tuple[float, ...]:
        """How far each file is turned up."""
        return tuple(self._turned)

    def set_scales(self, scales: Sequence[float]) -> None:
        """Turn each file up or down from the next pass on; 0 is off, though not free."""
        if not all(map(math.isfinite, scales)):
            raise ValueError(f"scales {scales}")
        turned = [float(scale) for scale in scales]
        if turned == self._turned:
            return
        for tensor, scale in zip(self._scales, turned, strict=True):
            tensor.fill_(scale)
        self._turned = turned
        self._shift()

    def detach(self) -> None:
        """Take the additions off again."""
        for adapters, addition in self._hung:
            del adapters[next(place for place, one in enumerate(adapters) if one is addition)]
        for shifted in self._shifted.values():
            shifted.slot.copy_(shifted.own)
        self._hung.clear()
        self._shifted.clear()

    def _hang(self, part: LinearSlice, addition: Addition) -> None:
        part.layer.adapters.append(addition)
        self._hung.append((part.layer.adapters, addition))

    def _keep(self, slot: Tensor, index: int, difference: Difference) -> None:
        shifted = self._shifted.setdefault(difference.slot, _Shifted(slot, slot.clone(), []))
        shifted.differences.append((index, difference.tensor.to(slot.device, torch.float32)))

    def _shift(self) -> None:
        for one in self._shifted.values():
            added = sum(self._turned[index] * difference for index, difference in one.differences)
            one.slot.copy_(one.own.float() + added)


def _beside(part: LinearSlice, kind: str, difference: Tensor, scale: Tensor) -> Addition:
    """The difference of a layer's weight or bias as something that is hung on it."""
    added = _like(difference, scale)
    return Offset(added, part.start, scale) if kind == "bias" else FullRank(added.flatten(1), part.start, scale)


def _like(tensor: Tensor, scale: Tensor) -> Tensor:
    """On the scale's device, in its dtype."""
    return tensor.float().to(scale.device, scale.dtype)


def require_live(lora: Lora) -> None:
    """Raises GeneratorError: it cannot be turned while it plays."""
    if any(adapter.magnitude is not None for adapter in lora.adapters):
        raise GeneratorError(
            "This LoRA is a DoRA, which sets the length of whole weights and cannot be turned while it plays",
            where=str(lora.path),
            remedy="Leave `live` out of the model card: then it is merged.",
        )
