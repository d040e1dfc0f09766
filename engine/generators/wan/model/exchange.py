"""What processes that share a pass give each other: tokens for heads, and back. See `share`.

Two crossings a block, both all-to-all: queries, keys and values of the own tokens go out with all heads and come back
of all tokens with the own heads; what attention makes of them goes the other way. One more at the end brings the
pixels to the process that leads. Buffers lie at fixed addresses and serve every block, so that what lies between two
crossings can be recorded as a graph. A crossing itself goes into it where its transport is made for that, and stays an
ordinary call between two graphs elsewhere (see `Crossings`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import torch
from torch import Tensor

from engine.generators.wan.model.blocks import KeyValues
from engine.generators.wan.model.share import Share

Crossing = Callable[[], None]


class Transport(Protocol):
    """Moves numbers between processes, in the order of the calls, the same on each."""

    @property
    def recordable(self) -> bool:
        """Whether what it does can go into a graph."""
        ...

    def all_to_all(
        self, received: Tensor, sent: Tensor, received_sizes: Sequence[int], sent_sizes: Sequence[int], largest: int
    ) -> None:
        """Send each process its part of a flat tensor, and put what each has sent one behind the other.

        Args:
            largest: numbers of the largest part that any process sends: the same for all.
        """
        ...


class Mirror:
    """Takes the others to be like this process: shapes and launches are those of a show, and nothing leaves.

    For probes, which every process makes at its own time. Numbers mean nothing, but are the same every time.
    """

    recordable: Final = False  # as the least of those that it stands for

    def __init__(self, share: Share) -> None:
        self._rank = share.rank

    def all_to_all(
        self,
        received: Tensor,
        sent: Tensor,
        received_sizes: Sequence[int],  # noqa: ARG002 - the interface's
        sent_sizes: Sequence[int],
        largest: int,  # noqa: ARG002
    ) -> None:
        start = sum(sent_sizes[: self._rank])
        own = sent[start : start + sent_sizes[self._rank]]
        if received.numel():
            received.copy_(own.repeat(-(-received.numel() // own.numel()))[: received.numel()])


class Crossings:
    """Where a pass leaves this process by calls that no graph takes. Who records passes may take them over, to leave
    them out of a graph."""

    def __init__(self) -> None:
        self._taken_by: Callable[[Crossing], None] | None = None

    def take(self, by: Callable[[Crossing], None] | None) -> None:
        """Leave crossings to somebody else; None: they are done here again."""
        self._taken_by = by

    def cross(self, crossing: Crossing) -> None:
        """Do it, or leave it to who has taken crossings over."""
        if self._taken_by is None:
            crossing()
        else:
            self._taken_by(crossing)


@dataclass(frozen=True, slots=True)
class _Buffers:
    """For blocks of one length.

    Attributes:
        own: keys and values of the own tokens, all heads; alone: of all tokens, own heads, where there is no window.
        queries: of all tokens, own heads; attended: of the own tokens, all heads.
        sent, received: flat; pixels: float32 [B, L, C], whole on the process that leads.
    """

    own: KeyValues
    alone: KeyValues
    queries: Tensor
    attended: Tensor
    sent: Tensor
    received: Tensor
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
        self._transport = transport
        self._head_dim = head_dim
        self._pixels = pixels
        self._device = device
        self._dtype = dtype
        self._buffers: dict[tuple[int, int], _Buffers] = {}

    def use(self, transport: Transport) -> None:
        """Move numbers this way from now on."""
        self._transport = transport

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
        head = share.own_heads * self._head_dim
        sizes = [3 * batch * frames * count * head for count in share.counts()]
        sent = buffers.sent[: share.size * sizes[share.rank]]
        parts = sent.view(share.size, 3, batch, frames, share.own_tokens, share.own_heads, self._head_dim)
        for place, x in enumerate((q, own.k, own.v)):
            by_head = _cut(_cut(x, 1, frames, -1), 3, share.size, -1)
            parts[:, place].copy_(by_head.permute(3, 0, 1, 2, 4, 5))
        received = buffers.received[: sum(sizes)]
        self._cross(received, sent, sizes, [sizes[share.rank]] * share.size, max(sizes))
        length = frames * share.tokens
        targets = [
            _cut(x, 1, frames, share.tokens) for x in (buffers.queries, window.k[:, :length], window.v[:, :length])
        ]
        for rank, part in enumerate(torch.split(received, sizes)):
            start, count = share.start(rank), share.count(rank)
            for target, x in zip(targets, part.view(3, batch, frames, count, share.own_heads, -1), strict=True):
                target.narrow(2, start, count).copy_(x)
        return buffers.queries, window

    def to_tokens(self, attended: Tensor) -> Tensor:
        """Give heads away for tokens: what attention made of all tokens → of the own tokens, all heads."""
        share = self.share
        batch, frames = attended.shape[0], attended.shape[1] // share.tokens
        buffers = self._of_frames(batch, frames)
        head = share.own_heads * self._head_dim
        sizes = [batch * frames * count * head for count in share.counts()]
        sent = buffers.sent[: sum(sizes)]
        by_frame = _cut(attended, 1, frames, -1)
        for rank, part in enumerate(torch.split(sent, sizes)):
            own = by_frame.narrow(2, share.start(rank), share.count(rank))
            part.view(own.shape).copy_(own)
        received = buffers.received[: share.size * sizes[share.rank]]
        self._cross(received, sent, [sizes[share.rank]] * share.size, sizes, max(sizes))
        parts = received.view(share.size, batch, frames * share.own_tokens, share.own_heads, -1)
        _cut(buffers.attended, 2, share.size, -1).copy_(parts.permute(1, 2, 0, 3, 4))
        return buffers.attended

    def gathered(self, pixels: Tensor) -> Tensor:
        """Pixels of the own tokens, float32 [B, L, C], to those of all; elsewhere than on rank 0 they mean nothing."""
        share = self.share
        batch, frames = pixels.shape[0], pixels.shape[1] // share.own_tokens
        buffers = self._of_frames(batch, frames)
        sizes = [batch * frames * count * self._pixels for count in share.counts()]
        leads = share.rank == 0
        sent = pixels.contiguous().flatten()
        received = pixels.new_empty(sum(sizes) if leads else 0)
        sent_sizes = [sizes[share.rank], *[0] * (share.size - 1)]
        self._cross(received, sent, sizes if leads else [0] * share.size, sent_sizes, max(sizes))
        by_frame = _cut(buffers.pixels, 1, frames, -1)
        for rank, part in enumerate(torch.split(received, sizes) if leads else ()):
            own = by_frame.narrow(2, share.start(rank), share.count(rank))
            own.copy_(part.view(own.shape))
        return buffers.pixels

    def summed(self, x: Tensor) -> Tensor:
        """A tensor added up over all processes, in the order of their ranks: the same to the bit in each."""
        size, length = self.share.size, x.numel()
        received = x.new_empty(size * length)
        sizes = [length] * size
        self._transport.all_to_all(received, x.flatten().repeat(size), sizes, sizes, length)
        return received.view(size, *x.shape).sum(dim=0)

    def cross(self, frames: int) -> None:
        """Exchange as a block of so many latent frames does, computing nothing."""
        buffers = self._of_frames(1, frames)
        queries, _ = self.to_heads(buffers.attended, buffers.own, None)
        self.to_tokens(queries)

    def _cross(
        self, received: Tensor, sent: Tensor, received_sizes: Sequence[int], sent_sizes: Sequence[int], largest: int
    ) -> None:
        transport = self._transport

        def crossing() -> None:
            transport.all_to_all(received, sent, received_sizes, sent_sizes, largest)

        if transport.recordable:
            crossing()
        else:
            self.crossings.cross(crossing)

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
        most = batch * max(length * share.own_heads, own_length * share.heads) * self._head_dim
        return _Buffers(
            own=KeyValues(empty(*own), empty(*own)),
            alone=KeyValues(empty(*whole), empty(*whole)),
            queries=empty(*whole),
            attended=empty(*own),
            sent=empty(3 * most),
            received=empty(3 * most),
            pixels=empty(batch, length, self._pixels, dtype=torch.float32),
        )


def _cut(x: Tensor, dim: int, *sizes: int) -> Tensor:
    """One dimension as several, a view; one of the sizes may be -1."""
    return x.view(*x.shape[:dim], *sizes, *x.shape[dim + 1 :])
