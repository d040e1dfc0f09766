"""A stream: one direction of a codec over one video, cut into the groups that the network codes at a time.

Whatever the pushes, the network sees the same groups in the same layout; that is why every split of a video
gives the same bits.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from engine.generators.wan.codecs.base import SPATIAL_STRIDE, StreamSnapshot
from engine.generators.wan.codecs.history import History
from engine.generators.wan.codecs.network import AnyNetwork


class NetworkStream:
    """Runs a codec network over one video (see CodecStream)."""

    def __init__(self, network: AnyNetwork) -> None:
        self._network = network
        self._history = History()
        self._waiting: Tensor | None = None
        """A buffer for the frames of an incomplete group; where one frame is a group, there is none."""
        self._held = 0
        self._shape: tuple[int, int, int] | None = None  # batch, height, width

    @property
    def waiting(self) -> int:
        return self._held

    @torch.inference_mode()
    def reset(self) -> None:
        self._history.clear()
        self._held = 0

    @torch.inference_mode()
    def push(self, x: Tensor) -> Tensor:
        self._check(x)
        parts = [self._code(group) for group in self._groups(x)]
        if not parts:
            return self._nothing(x)
        if len(parts) == 1:
            return parts[0].contiguous(memory_format=torch.channels_last_3d)
        batch, channels, _, height, width = parts[0].shape
        whole = parts[0].new_empty((batch, sum(part.shape[2] for part in parts), height, width, channels))
        return torch.cat(parts, 2, out=whole.movedim(-1, 1))

    @torch.inference_mode()
    def flush(self) -> Tensor:
        held = self._pending()
        if held is None:
            batch, height, width = self._shape or (1, SPATIAL_STRIDE, SPATIAL_STRIDE)
            shape = (batch, self._network.channels[0], 0, height, width)
            rest = self._nothing(torch.empty(shape, dtype=self._network.dtype, device=self._network.device))
        else:
            missing = self._group_size() - self._held
            rest = self.push(held[:, :, -1:].expand(-1, -1, missing, -1, -1))
        self.reset()
        return rest

    @torch.inference_mode()
    def snapshot(self) -> StreamSnapshot:
        held = self._pending()
        return StreamSnapshot(
            self._shape, self._history.fresh, self._history.copies(), None if held is None else held.clone()
        )

    @torch.inference_mode()
    def restore(self, snapshot: StreamSnapshot) -> None:
        if snapshot.shape != self._shape:
            self._begin(snapshot.shape)
        self._history.load(snapshot.fresh, snapshot.past, self._network.device)
        self._held = 0
        if snapshot.pending is not None:
            self._hold(snapshot.pending)

    def state_bytes(self) -> int:
        return self._history.nbytes() + (0 if self._waiting is None else self._waiting.nbytes)

    def flops(self, height: int, width: int) -> int:
        return stream_cost(self._network, height, width).flops

    def _group_size(self) -> int:
        first, later = self._network.groups
        return first if self._history.fresh else later

    def _groups(self, x: Tensor) -> Iterator[Tensor]:
        """The groups that are complete now; what is left waits."""
        start = 0
        while (end := start + self._group_size() - self._held) <= x.shape[2]:
            group, held = x[:, :, start:end], self._pending()
            if held is not None:
                group = torch.cat((held, group), 2)
                self._held = 0
            start = end
            yield group.contiguous(memory_format=torch.channels_last_3d)
        if start < x.shape[2]:
            self._hold(x[:, :, start:])

    def _pending(self) -> Tensor | None:
        """The frames that wait."""
        return self._waiting[:, :, : self._held] if self._waiting is not None and self._held else None

    def _hold(self, x: Tensor) -> None:
        """Let frames wait, as a copy: x may be its owner's buffer."""
        if self._waiting is None:
            raise RuntimeError("a group of one frame is always complete")
        self._waiting[:, :, self._held : self._held + x.shape[2]].copy_(x)
        self._held += x.shape[2]

    def _code(self, group: Tensor) -> Tensor:
        y: Tensor = self._network(group, self._history)
        self._history.fresh = False
        return y

    def _nothing(self, x: Tensor) -> Tensor:
        up, down = self._network.scale
        height, width = (edge * up // down for edge in x.shape[-2:])
        return x.new_empty((x.shape[0], self._network.channels[1], 0, height, width))

    def _check(self, x: Tensor) -> None:
        network = self._network
        multiple = network.scale[1]
        channels = network.channels[0]
        if x.ndim != 5 or x.shape[1] != channels or x.shape[3] % multiple or x.shape[4] % multiple or not x.numel():
            raise ValueError(
                f"{type(network).__name__} takes [B, {channels}, T, H, W], H and W multiples of {multiple}, "
                f"not {list(x.shape)}"
            )
        if x.dtype != network.dtype or x.device != network.device:
            raise ValueError(
                f"{type(network).__name__} takes {network.dtype} on {network.device}, not {x.dtype} on {x.device}"
            )
        shape = (x.shape[0], x.shape[3], x.shape[4])
        if shape != self._shape:
            if not self._history.fresh or self._held:
                raise ValueError(f"the stream codes batch, height, width {self._shape}, not {shape}: reset it first")
            self._begin(shape)

    def _begin(self, shape: tuple[int, int, int] | None) -> None:
        """Start anew with pictures of another size."""
        self._history.release()
        self._shape, self._waiting, self._held = shape, None, 0
        places = max(self._network.groups) - 1
        if shape is not None and places:
            batch, height, width = shape
            network = self._network
            self._waiting = torch.zeros(
                (batch, places, height, width, network.channels[0]), dtype=network.dtype, device=network.device
            ).movedim(-1, 1)


@dataclass(frozen=True, slots=True)
class StreamCost:
    """What a stream costs.

    Attributes:
        flops: floating-point operations per latent in the steady state (see CodecStream.flops).
        state_bytes: memory of its state.
    """

    flops: int
    state_bytes: int


def stream_cost(network: AnyNetwork, height: int, width: int) -> StreamCost:
    """The cost of a stream of pictures of this size in pixels, counted without computing anything.

    Args:
        network: may live on the meta device: the cost is known before a weight is loaded.
    """
    up, _ = network.scale
    stream = NetworkStream(network.on_meta())
    first, later = network.groups
    shape = (1, network.channels[0], first + later, height // up, width // up)
    x = torch.empty(shape, dtype=network.dtype, device="meta")
    stream.push(x[:, :, :first])
    with FlopCounterMode(display=False) as counter:
        stream.push(x[:, :, first:])
    return StreamCost(counter.get_total_flops(), stream.state_bytes())
