"""Adapters beside the weights, whose scale can be turned while the show runs.

It costs two thin products a layer. The cache is kept: older keys made at another scale are no worse than older keys
made for another prompt. Differences of biases and matrices are added behind their layers, which may have been packed
in fp8; those of norms and modulations are added to the tensors themselves, whose own values are kept.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.loading.lora import Difference, Lora
from engine.generators.wan.model.linear import Addition, FullRank, Linear, LowRank, Offset
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
        self._model = model
        self._layers = dict(model.linears())
        self._slots = model.slots()
        self._turned = [float(scale) for scale in scales]
        self._scales = [torch.tensor(scale, device=model.device, dtype=model.dtype) for scale in self._turned]
        self._hung: list[tuple[Linear, Addition]] = []
        self._shifted: dict[str, _Shifted] = {}
        for index, lora in files:
            for adapter in lora.adapters:
                part = self._layers[adapter.target]
                down, up = self._here(adapter.down), self._here(adapter.up, adapter.factor)
                self._hang(part.layer, LowRank(down, up, part.start, self._scales[index]))
            for difference in lora.differences:
                self._add(index, difference)
        self._shift()

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
        for layer, addition in self._hung:
            layer.adapters = torch.nn.ModuleList(one for one in layer.adapters if one is not addition)
        for shifted in self._shifted.values():
            shifted.slot.copy_(shifted.own)
        self._hung.clear()
        self._shifted.clear()

    def _add(self, index: int, difference: Difference) -> None:
        name, _, kind = difference.slot.rpartition(".")
        if name not in self._layers:
            slot = self._slots[difference.slot]
            shifted = self._shifted.setdefault(difference.slot, _Shifted(slot, slot.clone(), []))
            shifted.differences.append((index, difference.tensor.to(self._model.device, torch.float32)))
            return
        part, tensor = self._layers[name], self._here(difference.tensor)
        make: Callable[[Tensor, int, Tensor], Addition] = Offset if kind == "bias" else FullRank
        self._hang(part.layer, make(tensor if kind == "bias" else tensor.flatten(1), part.start, self._scales[index]))

    def _here(self, tensor: Tensor, factor: float = 1.0) -> Tensor:
        return (factor * tensor.float()).to(self._model.device, self._model.dtype)

    def _hang(self, layer: Linear, addition: Addition) -> None:
        layer.adapters.append(addition)
        self._hung.append((layer, addition))

    def _shift(self) -> None:
        for one in self._shifted.values():
            added = sum(self._turned[index] * difference for index, difference in one.differences)
            one.slot.copy_(one.own.float() + added)


def require_live(lora: Lora) -> None:
    """Raises GeneratorError: it cannot be turned while it plays."""
    if any(adapter.magnitude is not None for adapter in lora.adapters):
        raise GeneratorError(
            "This LoRA is a DoRA, which sets the length of whole weights and cannot be turned while it plays",
            where=str(lora.path),
            remedy="Leave `live` out of the model card: then it is merged.",
        )
