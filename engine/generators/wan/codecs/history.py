"""What a causal network remembers of its past: for each layer the last frames of its input."""

from collections.abc import Mapping

import torch
from torch import Tensor


class History:
    """The past of one stream, in buffers that are allocated once and then written in place.

    A layer's past begins as zeros, which is the zero padding that it was trained with. Fixed addresses let a
    captured CUDA graph read and write it.
    """

    def __init__(self) -> None:
        self._past: dict[int, Tensor] = {}
        self.fresh = True
        """Nothing has been coded yet."""

    def past(self, slot: int, x: Tensor, frames: int) -> Tensor:
        """The buffer of a layer.

        Args:
            x: [B, C, T, H, W], an input of the layer.

        Returns:
            [B, C, frames, H, W], oldest first; write to it to remember.
        """
        buffer = self._past.get(slot)
        if buffer is None:
            batch, channels, _, height, width = x.shape
            buffer = self._past[slot] = torch.empty(
                (batch, channels, frames, height, width),
                dtype=x.dtype,
                device=x.device,
                memory_format=torch.channels_last_3d,
            ).zero_()
        return buffer

    def extend(self, slot: int, x: Tensor, frames: int) -> Tensor:
        """Put a layer's past before its input, [B, C, frames + T, H, W], and remember the last frames of both."""
        past = self.past(slot, x, frames)
        joined = torch.cat((past, x), 2)
        past.copy_(joined[:, :, -frames:])
        return joined

    def clear(self) -> None:
        """Back to zeros; the buffers stay where they are."""
        for past in self._past.values():
            past.zero_()
        self.fresh = True

    def release(self) -> None:
        """Back to nothing: the next input may have another shape."""
        self._past.clear()
        self.fresh = True

    def copies(self) -> dict[int, Tensor]:
        """Copies of all buffers, by layer."""
        return {slot: past.clone() for slot, past in self._past.items()}

    def load(self, fresh: bool, past: Mapping[int, Tensor], device: torch.device) -> None:
        """Take over copies made earlier, in place where the shapes allow it.

        A layer that had no past yet has one of zeros: its buffer stays, since a captured graph may know it.
        """
        for slot, own in self._past.items():
            if slot not in past:
                own.zero_()
        for slot, kept in past.items():
            if slot not in self._past or self._past[slot].shape != kept.shape:
                self._past[slot] = torch.empty_like(kept, device=device, memory_format=torch.channels_last_3d)
            self._past[slot].copy_(kept)
        self.fresh = fresh

    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return sum(past.nbytes for past in self._past.values())
