"""What a codec's encoder and decoder have in common, so that one stream can run all of them."""

from abc import ABC, abstractmethod
from typing import Any, Generic, Protocol, Self, TypeVar, runtime_checkable

import torch
from torch import Tensor, nn

from engine.generators.wan.codecs.history import History
from engine.generators.wan.codecs.layers import LatentAffine

ConfigT = TypeVar("ConfigT")


@runtime_checkable
class Remembers(Protocol):
    """A layer with a place in the history."""

    slot: int


class CodecNetwork(nn.Module, ABC, Generic[ConfigT]):
    """One direction of a codec: a causal network that codes a video group by group.

    `network.compile(dynamic=False)` makes two graphs without a break, for the first group and for all others.

    Attributes:
        channels: of its input and its output.
        groups: input frames in the first group and in every later one.
        scale: edge of the output over edge of the input, as a fraction.
    """

    channels: tuple[int, int]
    groups: tuple[int, int]
    scale: tuple[int, int]

    def __init__(self, config: ConfigT) -> None:
        super().__init__()
        self.config = config

    @abstractmethod
    def forward(self, x: Tensor, history: History) -> Tensor:
        """Code the next group, [B, C, T, H, W] with T as in `groups`. The caller marks the history as used."""

    def on_meta(self) -> Self:
        """The same network without storage, to count with."""
        with torch.device("meta"):
            return type(self)(self.config).to(self.dtype)

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        return next(self.parameters()).dtype

    def weight_bytes(self) -> int:
        """Memory of the weights, in bytes."""
        return sum(tensor.nbytes for tensor in self.state_dict().values())

    def number_layers(self) -> None:
        """Give every layer that remembers a place in the history."""
        for slot, layer in enumerate(layer for layer in self.modules() if isinstance(layer, Remembers)):
            layer.slot = slot

    def materialise_constants(self, device: torch.device, dtype: torch.dtype) -> None:
        """Give storage to what is no weight of the checkpoint."""
        for layer in self.modules():
            if isinstance(layer, LatentAffine):
                layer.materialise(device, dtype)


AnyNetwork = CodecNetwork[Any]
"""A network of any codec; streams do not look at its configuration."""
