"""A linear layer that several names of a checkpoint share, and that adapters can be hung on."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.generators.wan.kernels.rows import add_gated, layer_norm, modulate


class Addition(nn.Module):
    """What is added to some outputs of a layer, times a scale.

    Args:
        start: the first output it adds to.
        scale: scalar tensor of the layer's dtype, shared by all additions of one file: filling it changes the next
            pass.
    """

    scale: Tensor

    def __init__(self, start: int, scale: Tensor) -> None:
        super().__init__()
        self.register_buffer("scale", scale, persistent=False)
        self._start = start

    def add_to(self, y: Tensor, x: Tensor) -> None:
        """Add it to y, what the layer made of x."""
        added = self.added(x)
        y.narrow(-1, self._start, added.shape[-1]).add_(added * self.scale)

    def added(self, x: Tensor) -> Tensor:
        """The addition before its scale: a vector, or one for every row of x."""
        raise NotImplementedError


class LowRank(Addition):
    """up(down(x)): down [rank, in], up [rows, rank]."""

    down: Tensor
    up: Tensor

    def __init__(self, down: Tensor, up: Tensor, start: int, scale: Tensor) -> None:
        super().__init__(start, scale)
        self.register_buffer("down", down, persistent=False)
        self.register_buffer("up", up, persistent=False)

    def added(self, x: Tensor) -> Tensor:
        return functional.linear(functional.linear(x, self.down), self.up)


class FullRank(Addition):
    """The product with a whole matrix, [rows, in]: as dear as the layer itself."""

    weight: Tensor

    def __init__(self, weight: Tensor, start: int, scale: Tensor) -> None:
        super().__init__(start, scale)
        self.register_buffer("weight", weight, persistent=False)

    def added(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight)


class Offset(Addition):
    """A vector, [rows]: the difference of a bias."""

    offset: Tensor

    def __init__(self, offset: Tensor, start: int, scale: Tensor) -> None:
        super().__init__(start, scale)
        self.register_buffer("offset", offset, persistent=False)

    def added(self, x: Tensor) -> Tensor:  # noqa: ARG002 - it is the same for every x
        return self.offset


class Linear(nn.Linear):
    """A linear layer with bias whose weights are left for a loader to fill: nothing is drawn at random."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.adapters = nn.ModuleList()

    def reset_parameters(self) -> None:
        """Leave the memory as it is."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - nn.Linear's own name
        y = functional.linear(input, self.weight, self.bias)
        for adapter in self.adapters:
            assert isinstance(adapter, Addition)
            adapter.add_to(y, input)
        return y

    def after_gelu(self, x: Tensor) -> Tensor:
        """The layer applied to gelu(x)."""
        y: Tensor = self(functional.gelu(x, approximate="tanh"))
        return y

    def after_modulation(self, x: Tensor, shift: Tensor, scale: Tensor, eps: float, place: Tensor) -> Tensor:
        """The layer applied to `modulate(x, shift, scale, eps)`.

        Args:
            place: [B, L, H, D], tokens side by side: the last H·D outputs go there.

        Returns:
            The others, [B, L, N − H·D].
        """
        y: Tensor = self(modulate(x, shift, scale, eps))
        kept = y.shape[-1] - place.shape[2] * place.shape[3]
        place.copy_(y[..., kept:].reshape(place.shape))
        return y[..., :kept]

    def after_sum(self, x: Tensor, y: Tensor, shift: Tensor, scale: Tensor, eps: float) -> tuple[Tensor, Tensor]:
        """x + y, and the layer applied to its `modulate`."""
        x = x + y
        return x, self(modulate(x, shift, scale, eps))

    def after_gated_modulation(
        self, x: Tensor, y: Tensor, gate: Tensor, shift: Tensor, scale: Tensor, eps: float, place: Tensor
    ) -> tuple[Tensor, Tensor]:
        """`add_gated(x, y, gate)`, and of it what `after_modulation` makes."""
        x = add_gated(x, y, gate)
        return x, self.after_modulation(x, shift, scale, eps, place)

    def after_gated_sum(
        self, x: Tensor, y: Tensor, gate: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> tuple[Tensor, Tensor]:
        """`add_gated(x, y, gate)`, and the layer applied to its `layer_norm`."""
        x = add_gated(x, y, gate)
        return x, self(layer_norm(x, weight, bias, eps))


@dataclass(frozen=True, slots=True)
class LinearSlice:
    """The outputs `start` … `start + rows` of a layer, which a checkpoint knows as a layer of its own.

    Attributes:
        weight_shape: how the checkpoint shapes the weight, e.g. a convolution's; () where as it is here.
    """

    layer: Linear
    start: int
    rows: int
    weight_shape: tuple[int, ...] = ()

    @property
    def weight(self) -> Tensor:
        """A view in the checkpoint's shape: writing to it writes the layer."""
        view = self.layer.weight.detach().narrow(0, self.start, self.rows)
        return view.view(self.weight_shape) if self.weight_shape else view

    @property
    def bias(self) -> Tensor:
        return self.layer.bias.detach().narrow(0, self.start, self.rows)


def whole(layer: Linear, weight_shape: tuple[int, ...] = ()) -> LinearSlice:
    """All outputs of a layer."""
    return LinearSlice(layer, 0, layer.out_features, weight_shape)


def parts(layer: Linear, *names: str) -> Iterator[tuple[str, LinearSlice]]:
    """Equal slices of a fused layer under their checkpoint names."""
    rows = layer.out_features // len(names)
    for index, name in enumerate(names):
        yield name, LinearSlice(layer, index * rows, rows)


def empty_parameter(*shape: int) -> nn.Parameter:
    """A parameter for a loader to fill."""
    return nn.Parameter(torch.empty(*shape), requires_grad=False)
