"""What a pass is given, on its way from rank 0 to the others: one buffer, one broadcast."""

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.generators.wan.parallel.group import Group


@dataclass(frozen=True, slots=True)
class Given:
    """Views of a buffer, float32.

    Attributes:
        latents: [B, 16, F, h, w]; timesteps: [B, F]; log_bias, scale: scalars, of the bias and of the control.
    """

    latents: Tensor
    timesteps: Tensor
    log_bias: Tensor
    scale: Tensor


class PassInputs:
    """Sends and receives what passes are given. Owned by the thread that runs them."""

    def __init__(self, transport: Group, device: torch.device) -> None:
        self._transport = transport
        self._device = device
        self._buffers: dict[tuple[int, ...], tuple[Tensor, Given]] = {}

    def send(self, latents: Tensor, timesteps: Tensor, log_bias: Tensor | None, scale: Tensor | None) -> None:
        """On rank 0."""
        whole, given = self._of(tuple(latents.shape))
        given.latents.copy_(latents)
        given.timesteps.copy_(timesteps)
        for place, value in ((given.log_bias, log_bias), (given.scale, scale)):
            if value is not None:
                place.copy_(value)
        self._transport.broadcast(whole)

    def received(self, shape: tuple[int, ...]) -> Given:
        """Elsewhere; shape: of the latents. Overwritten by the next of that shape."""
        whole, given = self._of(shape)
        self._transport.broadcast(whole)
        return given

    def _of(self, shape: tuple[int, ...]) -> tuple[Tensor, Given]:
        if shape not in self._buffers:
            with torch.inference_mode(False):
                size, frames = torch.Size(shape).numel(), shape[0] * shape[2]
                whole = torch.zeros(size + frames + 2, device=self._device)
                latents, times, bias, scale = torch.split(whole, [size, frames, 1, 1])
                given = Given(latents.view(shape), times.view(shape[0], shape[2]), bias[0], scale[0])
                self._buffers[shape] = whole, given
        return self._buffers[shape]
