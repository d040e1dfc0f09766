"""The interface of a streaming codec: reset / push / flush, and what goes in and comes out.

Pixels are [B, 3, T, H, W], R G B in 0..1; H and W are multiples of 8. Zero control in the models' own -1..1
(the inactive half of a depth control, say) is therefore MID_GREY here.
Latents are [B, 16, T, H/8, W/8] as the transformer uses them: (mu - mean) / std per channel.

Both are tensors of the codec's own dtype on its own device: a codec converts neither. What comes out has
channels_last_3d strides (B, T, H, W, C in memory), so that `frames[0].movedim(0, -1)` is a plain [T, H, W, 3]
array; what goes in may have any strides and is best given the same.

In time, latent 0 stands for pixel frame 0 and latent i for frames 4i - 3 .. 4i. Decoders therefore yield
1, 4, 4, … frames. Wan encoders take 1, 4, 4, … frames; the tiny encoder looks three frames ahead and takes
4, 4, 4, …; of 12 frames per push both make 3 latents.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from torch import Tensor

LATENT_CHANNELS: Final = 16
SPATIAL_STRIDE: Final = 8
"""Pixels per latent along each edge of the picture."""

TEMPORAL_STRIDE: Final = 4
"""Pixel frames per latent, after the first latent."""

MID_GREY: Final = 0.5
"""The pixel value that the Wan encoder sees as zero."""


@dataclass(frozen=True, slots=True)
class StreamSnapshot:
    """Everything that a stream remembers, as copies that nobody writes again.

    Attributes:
        shape: batch, height and width of what is pushed, or None before the first push.
        fresh: nothing has been coded yet.
        past: by layer, the last input frames that the layer has seen, [B, C, 1 or 2, h, w].
        pending: input frames that wait for their group to be complete, or None.
    """

    shape: tuple[int, int, int] | None
    fresh: bool
    past: Mapping[int, Tensor]
    pending: Tensor | None

    def nbytes(self) -> int:
        """Memory held, in bytes."""
        kept = [*self.past.values(), *(() if self.pending is None else (self.pending,))]
        return sum(tensor.nbytes for tensor in kept)


class CodecStream(Protocol):
    """One direction of a codec over one continuous video. It owns its state; weights are shared.

    Two videos (input and depth control, say) need two streams. A stream belongs to one thread, and to one
    CUDA stream at a time. All state lies in buffers whose addresses stay, so that a steady push (as many frames
    each time, after the first) can be captured as a CUDA graph.
    """

    @property
    def waiting(self) -> int:
        """Frames that wait for their group to be complete."""
        ...

    def reset(self) -> None:
        """Forget the video: the next push starts a new one. Buffers keep their addresses."""
        ...

    def push(self, x: Tensor) -> Tensor:
        """Take the next frames (or latents), any number of them.

        Returns:
            What became ready, possibly with T = 0. Every split of a video into pushes gives the same result.

        Raises:
            ValueError: wrong shape, dtype or device, or another picture size than before without a reset; the
                stream is as before. After any other error (out of memory, say) reset or restore it.
        """
        ...

    def flush(self) -> Tensor:
        """End the video: an incomplete group is filled up with its last frame and coded. Then reset."""
        ...

    def snapshot(self) -> StreamSnapshot:
        """Copy what is remembered."""
        ...

    def restore(self, snapshot: StreamSnapshot) -> None:
        """Go on from a snapshot of a stream of the same codec and direction, on any device."""
        ...

    def state_bytes(self) -> int:
        """Memory that the state holds now; constant from the first coded group on."""
        ...

    def flops(self, height: int, width: int) -> int:
        """Floating-point operations per latent in the steady state, for pictures of this size in pixels.

        A multiply-add counts as two; only convolutions and matrix products are counted.
        """
        ...
