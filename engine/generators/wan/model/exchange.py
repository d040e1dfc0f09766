"""What processes that share a pass give each other: tokens for heads, and back. See `share`.

Two swaps a block: queries, keys and values of the own tokens go out with all heads and come back
of all tokens with the own heads; what attention makes of them goes the other way. One more at the end brings the
pixels to the process that leads. Buffers lie at fixed addresses and serve every block, so that passes can be recorded
as graphs. How tensors move is a `Swap`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.generators.wan.model.blocks import KeyValues
from engine.generators.wan.model.share import Share
from engine.generators.wan.model.swap import Crossings, Packed, Swap, Transport


@dataclass(frozen=True, slots=True)
class _Buffers:
    """For blocks of one length.

    Attributes:
        own: keys and values of the own tokens, all heads; alone: of all tokens, own heads, where there is no window.
        queries: of all tokens, own heads; attended: of the own tokens, all heads.
        pixels: float32 [B, L, C], whole on the process that leads.
    """

    own: KeyValues
    alone: KeyValues
    queries: Tensor
    attended: Tensor
    pixels: Tensor


class Exchange:
    """Splits and joins the tokens of one process's passes. Owned by the thread that runs them.

    Shapes: [B, L, H, D] of all tokens with the own heads, or of the own tokens with all heads.

    Args:
        head_dim: numbers of a head; pixels: numbers that the head of the model makes of a token.

    Attributes:
        crossings: all that a pass gives to and takes from other processes, while it runs.
    """

    def __init__(
        self,
        share: Share,
        transport: Transport,
        *,
        head_dim: int,
        pixels: int,
        device: torch.device,
        dtype: torch.dtype,
    ) -> None:
        self.share: Final = share
        self.crossings: Final = Crossings()
        self._swap: Swap = Packed(transport, self.crossings)
        self._head_dim = head_dim
        self._pixels = pixels
        self._device = device
        self._dtype = dtype
        self._buffers: dict[tuple[int, int], _Buffers] = {}

    def use(self, swap: Swap) -> None:
        """Move tensors this way from now on."""
        self._swap = swap

    def own(self, x: Tensor, dim: int) -> Tensor:
        """Of all tokens of a block, F·T along dim, the own ones: F·T / size."""
        share = self.share
        frames = _cut(x, dim, -1, share.tokens)
        own: Tensor = frames.narrow(dim + 1, share.start(share.rank), share.own_tokens).flatten(dim, dim + 1)
        return own

    def places(self, x: Tensor) -> KeyValues:
        """Where keys and values of the own tokens x [B, L, C] are written to before they go out."""
        return self._of(x).own

    def to_heads(self, q: Tensor, own: KeyValues, window: KeyValues | None) -> tuple[Tensor, KeyValues]:
        """Give tokens away for heads: the queries of all tokens, and the window with the block's keys and values in it.

        Args:
            q, own: of the own tokens, all heads.
            window: of the own heads, its first slots the block's; None: the block sees itself alone.
        """
        share, buffers = self.share, self._of(q)
        batch, frames = q.shape[0], q.shape[1] // share.own_tokens
        window = window or buffers.alone
        length, numbers = frames * share.tokens, share.own_heads * self._head_dim
        given = [_by_frame(x.contiguous(), frames) for x in (q, own.k, own.v)]
        taken = [_by_frame(x[:, :length], frames) for x in (buffers.queries, window.k, window.v)]
        outgoing = [
            [x[one, :, :, rank * numbers : (rank + 1) * numbers] for one in range(batch) for x in given]
            for rank in range(share.size)
        ]
        self._swap.swap(outgoing, self._by_tokens(taken), frames * max(share.counts()) * numbers)
        return buffers.queries, window

    def to_tokens(self, attended: Tensor) -> Tensor:
        """Give heads away for tokens: what attention made of all tokens → of the own tokens, all heads."""
        share = self.share
        batch, frames = attended.shape[0], attended.shape[1] // share.tokens
        buffers = self._of_frames(batch, frames)
        numbers = share.own_heads * self._head_dim
        given = _by_frame(attended.contiguous(), frames)
        taken = _by_frame(buffers.attended, frames)
        incoming = [
            [taken[one, :, :, rank * numbers : (rank + 1) * numbers] for one in range(batch)]
            for rank in range(share.size)
        ]
        self._swap.swap(self._by_tokens([given]), incoming, frames * max(share.counts()) * numbers)
        return buffers.attended

    def gathered(self, pixels: Tensor) -> Tensor:
        """Pixels of the own tokens, float32 [B, L, C], to those of all; elsewhere than on rank 0 they mean nothing."""
        share = self.share
        batch, frames = pixels.shape[0], pixels.shape[1] // share.own_tokens
        buffers = self._of_frames(batch, frames)
        own = _by_frame(pixels.contiguous(), frames)
        nothing: list[list[Tensor]] = [[] for _ in range(share.size)]
        outgoing = [list(own.unbind()), *nothing[1:]]
        incoming = self._by_tokens([_by_frame(buffers.pixels, frames)]) if share.rank == 0 else nothing
        self._swap.swap(outgoing, incoming, frames * max(share.counts()) * self._pixels)
        return buffers.pixels

    def summed(self, x: Tensor) -> Tensor:
        """A tensor added up over all processes, in the order of their ranks: the same to the bit in each."""
        size, length = self.share.size, x.numel()
        received = x.new_empty(size, 1, 1, length)
        self._swap.swap([[x.reshape(1, 1, length)]] * size, [[place] for place in received], length)
        return received.view(size, *x.shape).sum(dim=0)

    def cross(self, frames: int) -> None:
        """Exchange as a block of so many latent frames does, computing nothing."""
        buffers = self._of_frames(1, frames)
        queries, _ = self.to_heads(buffers.attended, buffers.own, None)
        self.to_tokens(queries)

    def _by_tokens(self, whole: Sequence[Tensor]) -> list[list[Tensor]]:
        """Of tensors [B, F, T, C] of all tokens, those of each process: [F, own, C] of every video, by rank."""
        share = self.share
        return [
            [x[one].narrow(1, share.start(rank), share.count(rank)) for one in range(len(whole[0])) for x in whole]
            for rank in range(share.size)
        ]

    def _of(self, x: Tensor) -> _Buffers:
        return self._of_frames(x.shape[0], x.shape[1] // self.share.own_tokens)

    def _of_frames(self, batch: int, frames: int) -> _Buffers:
        if (batch, frames) not in self._buffers:
            with torch.inference_mode(False):  # written to in either mode
                self._buffers[batch, frames] = self._made(batch, frames)
        return self._buffers[batch, frames]

    def _made(self, batch: int, frames: int) -> _Buffers:
        share, device, dtype = self.share, self._device, self._dtype
        length, own_length = frames * share.tokens, frames * share.own_tokens

        def empty(*shape: int, dtype: torch.dtype = dtype) -> Tensor:
            return torch.zeros(shape, device=device, dtype=dtype)

        own = (batch, own_length, share.heads, self._head_dim)
        whole = (batch, length, share.own_heads, self._head_dim)
        return _Buffers(
            own=KeyValues(empty(*own), empty(*own)),
            alone=KeyValues(empty(*whole), empty(*whole)),
            queries=empty(*whole),
            attended=empty(*own),
            pixels=empty(batch, length, self._pixels, dtype=torch.float32),
        )


def _cut(x: Tensor, dim: int, *sizes: int) -> Tensor:
    """One dimension as several, a view; one of the sizes may be -1."""
    return x.view(*x.shape[:dim], *sizes, *x.shape[dim + 1 :])


def _by_frame(x: Tensor, frames: int) -> Tensor:
    """[B, F·N, …] as [B, F, N, C], a view."""
    return x.view(len(x), frames, x.shape[1] // frames, -1)
