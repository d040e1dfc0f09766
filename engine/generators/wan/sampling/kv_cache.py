"""The keys and values of the frames that a block can see: preallocated, never moved, never read by the host.

Slots, in tokens, the same in every layer:

    | block at hand | sink | rolling frames, a ring |

A block that begins a video may be longer than the others: it lies over the first slots of the past, of which there is
none yet.

The block stands *first*, so that what is valid is always one prefix of the buffer: fresh after a cut it is
short, it grows by a block per chunk, and from then on its shape never changes. Attention has no mask, so the
order of slots means nothing. Every denoise pass overwrites the block's slots; nothing else is written until
`commit` copies them to their place in the sink or over the oldest block of the ring. An abandoned chunk
therefore leaves the past as it was, without anything to undo.

`revisit` and `replace` make a block of a full window anew where it lies, at lengths of the window that occur anyway.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.errors import GeneratorError
from engine.generators.wan.dims import LatentGrid, ModelDims
from engine.generators.wan.kernels.rope import RotaryTables, turn
from engine.generators.wan.model.blocks import AttentionBias, KeyValues, Rotation
from engine.generators.wan.recipes import Recipe

_ROTATE_LAYERS: Final = 8
"""Layers whose sink is turned at once: bounds the float32 copies that this needs."""


@dataclass(frozen=True, slots=True)
class KVSnapshot:
    """The past at a chunk boundary: enough to go on from bit by bit.

    Attributes:
        past: keys and values of the committed slots, [layers, B, tokens, H, D].
        sink_keys: of the sink's keys what time rotates, as first made, [layers, B, tokens, H, 2 · pairs].
        frames: committed latent frames in the window; position: committed since the cut.
        turn: the block of the ring that the next commit overwrites; turns: the same by layer, where they differ.
    """

    past: KeyValues
    sink_keys: Tensor
    frames: int
    position: int
    turn: int
    turns: Tensor | None = None

    def bytes(self) -> int:
        return sum(tensor.nbytes for tensor in (*self.past, self.sink_keys))


class KVCache:
    """The cache of one running video. Owned by the engine thread."""

    def __init__(
        self,
        dims: ModelDims,
        recipe: Recipe,
        grid: LatentGrid,
        *,
        device: torch.device,
        dtype: torch.dtype,
        batch: int = 1,
    ) -> None:
        self._recipe = recipe
        self._tokens = grid.tokens
        shape = (dims.layers, batch, recipe.window * grid.tokens, dims.heads, dims.head_dim)
        self._keys = torch.zeros(shape, device=device, dtype=dtype)
        self._values = torch.zeros(shape, device=device, dtype=dtype)
        self._timed = 2 * dims.rope_pairs[0]  # of a head: the only dimensions that moving in time changes
        sink_shape = (*shape[:2], recipe.sink * grid.tokens, dims.heads, self._timed)
        self._sink_keys = torch.zeros(sink_shape, device=device, dtype=dtype)
        self._tables = RotaryTables(dims, grid, recipe.block_frames, device)
        own = Rotation(self._tables.cos, self._tables.sin)
        self._rotations: Final = {recipe.block_frames: own}
        if recipe.opening_frames != recipe.block_frames:  # it never moves
            opening = RotaryTables(dims, grid, recipe.opening_frames, device)
            self._rotations[recipe.opening_frames] = Rotation(opening.cos, opening.sin)
        self._frames = 0
        self._position = 0
        self._turn = 0
        self._revisited: int | None = None

    @staticmethod
    def bytes_for(dims: ModelDims, recipe: Recipe, grid: LatentGrid, dtype: torch.dtype, batch: int = 1) -> int:
        """What a cache will allocate, told before it is built."""
        frame = dims.layers * batch * grid.tokens * dims.dim * dtype.itemsize
        sink = recipe.sink * frame * 2 * dims.rope_pairs[0] // dims.head_dim
        rotated = sum({recipe.block_frames, recipe.opening_frames})
        tables = 2 * rotated * grid.tokens * (dims.head_dim // 2) * torch.float32.itemsize
        return 2 * recipe.window * frame + sink + tables

    def bytes(self) -> int:
        """Bytes allocated, which never change."""
        tables = (tensor for rotation in self._rotations.values() for tensor in rotation)
        return sum(tensor.nbytes for tensor in (self._keys, self._values, self._sink_keys, *tables))

    @property
    def frames(self) -> int:
        """Committed latent frames in the window."""
        return self._frames

    @property
    def position(self) -> int:
        """Latent frames committed since the cut, without end."""
        return self._position

    @property
    def block_frames(self) -> int:
        """Latent frames of the block at hand."""
        return self._recipe.block_frames if self._position else self._recipe.opening_frames

    @property
    def rotation(self) -> Rotation:
        """The tables of the block at hand, rewritten in place at every boundary."""
        return self._rotations[self.block_frames]

    @property
    def lengths(self) -> tuple[int, ...]:
        """Every number of valid tokens that can occur, in order: what a warm-up has to go through."""
        block, opening = self._recipe.block_frames, self._recipe.opening_frames
        frames = opening, *range(block + opening, self._recipe.window + 1, block)
        return tuple(count * self._tokens for count in frames)

    def frames_at(self, tokens: int) -> int:
        """Latent frames of the block at hand where so many tokens are valid, one of `lengths`."""
        opening = self._recipe.opening_frames
        return opening if tokens == opening * self._tokens else self._recipe.block_frames

    def rotation_of(self, frames: int) -> Rotation:
        """The tables of blocks of so many latent frames, at fixed addresses."""
        return self._rotations[frames]

    def window(self) -> KeyValues:
        """What the block at hand sees, its own slots first: views at fixed addresses, [layers, B, L, H, D]."""
        seen = self._frames if self._revisited is None else self._revisited * self.block_frames
        return self.prefix((self.block_frames + seen) * self._tokens)

    def prefix(self, tokens: int) -> KeyValues:
        """The window as it is once so many tokens are valid, one of `lengths`."""
        return KeyValues(self._keys[:, :, :tokens], self._values[:, :, :tokens])

    def bias(self, log_bias: Tensor) -> AttentionBias:
        """Attention bias on the past, with the frames left alone that the recipe names."""
        return AttentionBias(log_bias, (self.block_frames + self._recipe.bias_exempt) * self._tokens)

    def unbiased_at(self, tokens: int) -> int:
        """Keys that the bias leaves alone where so many tokens are valid, one of `lengths`."""
        return (self.frames_at(tokens) + self._recipe.bias_exempt) * self._tokens

    def reset(self) -> None:
        """Forget the past: a cut. Costs nothing; what is stale lies outside the valid prefix."""
        self._frames = self._position = self._turn = 0
        self._revisited = None
        self._tables.move_to(0)

    def commit(self) -> None:
        """Make the block at hand the newest of the past, and get ready for the next one."""
        block, past = self.block_frames, self._recipe.past_frames
        if past:
            place = self._next_place()
            self._pin(place, block)
            self._copy_block(place, block)
        self._position += block
        self._frames = min(self._frames + block, past)
        self._tables.move_to(self._place_of(self._position))
        self._place_sink()

    def revisit(self, index: int) -> None:
        """Put a block of the past at hand again: the pass to come makes it anew, and `replace` takes that up.

        A past is made anew block by block, in order: first each block of the sink, which sees those before it, as
        after a cut. Then, with one commit between two of them, each newest block, which sees the sink right before
        those that were made anew. At the last a past stands as if it had been made so all along.

        Args:
            index: how many blocks were made anew before this one.

        Raises:
            ValueError: the window is not full, or has no such block.
        """
        block, sink, past = self._recipe.block_frames, self._recipe.sink, self._recipe.past_frames
        if self._frames < past or not 0 <= index < past // block:
            raise ValueError(f"no block {index} to revisit with {self._frames} of {past} frames")
        before = index * block - sink  # frames of the ring that were made anew
        if before < 0:
            place, shift = index * block, 0
        else:
            place, shift = self._position - block, self._position - block - before - sink
            self._order_ring(before // block + 1)
        self._tables.move_to(self._place_of(place))
        self._turn_sink(shift)
        self._revisited = index

    def replace(self) -> None:
        """The block that was revisited lies in the past as it was made anew; the next one is at hand again."""
        if self._revisited is None:
            raise ValueError("no block was revisited")
        block = self._recipe.block_frames
        place = self._revisited * block
        self._pin(place, block)
        self._copy_block(place, block)
        self._revisited = None
        self._tables.move_to(self._place_of(self._position))
        self._turn_sink(self._position - self._frames)

    def snapshot(self, device: torch.device | None = None) -> KVSnapshot:
        """A copy of the past, here or on another device (the host, for an armed scene)."""
        target = device or self._keys.device
        start, length = self._recipe.block_frames * self._tokens, self._frames * self._tokens
        past = (copied(whole.narrow(2, start, length), target) for whole in (self._keys, self._values))
        return KVSnapshot(KeyValues(*past), copied(self._sink_keys, target), self._frames, self._position, self._turn)

    def restore(self, snapshot: KVSnapshot) -> None:
        """Go on from a snapshot of a cache of the same shape.

        Raises:
            GeneratorError: it was taken from a cache of another shape; nothing was changed.
        """
        start, length = self._recipe.block_frames * self._tokens, snapshot.frames * self._tokens
        kept = snapshot.past.k.shape
        expected = (*self._keys.shape[:2], length, *self._keys.shape[3:])
        if (
            kept != expected
            or snapshot.sink_keys.shape != self._sink_keys.shape
            or snapshot.past.k.dtype != self._keys.dtype
        ):
            raise GeneratorError(
                f"The kept scene has a cache of {list(kept)} and this model has one of {list(expected)}",
                remedy="Arm the scene again.",
            )
        self._keys.narrow(2, start, length).copy_(snapshot.past.k)
        self._values.narrow(2, start, length).copy_(snapshot.past.v)
        self._sink_keys.copy_(snapshot.sink_keys)
        self._frames, self._position, self._turn = snapshot.frames, snapshot.position, snapshot.turn
        self._revisited = None
        self._tables.move_to(self._place_of(self._position))

    def _place_of(self, position: int) -> int:
        """The place in time, in latent frames, that a block is turned to which so many were committed before."""
        return position

    def _next_place(self) -> int:
        """The frame slot, counted behind the block's own, that the next commit fills; advances the ring."""
        block, sink, past = self._recipe.block_frames, self._recipe.sink, self._recipe.past_frames
        if self._frames < past:
            return self._frames
        rolling = (past - sink) // block
        if not rolling:
            raise GeneratorError("A window that is all sink cannot roll", where=self._recipe.name)
        place = sink + self._turn * block
        self._turn = (self._turn + 1) % rolling
        return place

    def _pin(self, place: int, frames: int) -> None:
        """Keep the keys of the block at hand as they are, as far as it comes to lie in the sink."""
        pinned = min(self._recipe.sink - place, frames)
        if pinned > 0:
            target = self._sink_keys.narrow(2, place * self._tokens, pinned * self._tokens)
            target.copy_(self._keys[:, :, : pinned * self._tokens, :, : self._timed])

    def _order_ring(self, newest: int) -> None:
        """Turn the full ring so that its newest blocks, so many, lie first."""
        sink, past = self._recipe.sink, self._recipe.past_frames
        blocks = (past - sink) // self._recipe.block_frames
        by = (self._turn - newest) % blocks
        if not by:
            return
        start, length = (self._recipe.block_frames + sink) * self._tokens, (past - sink) * self._tokens
        for whole in (self._keys, self._values):
            for layer in whole:
                ring = layer.narrow(1, start, length)
                ring.copy_(ring.roll(-by * self._recipe.block_frames * self._tokens, dims=1))
        self._turn = newest % blocks

    def _copy_block(self, place: int, frames: int) -> None:
        start, length = (self._recipe.block_frames + place) * self._tokens, frames * self._tokens
        for whole in (self._keys, self._values):
            for layer in whole:  # contiguous one by one, so that each is moved and not gathered element by element
                block = layer[:, :length]
                layer.narrow(1, start, length).copy_(block if length <= start else block.clone())

    def _place_sink(self) -> None:
        """Turn the sink's keys to the place just before the oldest frame of the window."""
        if shift := self._position - self._frames:
            self._turn_sink(shift)

    def _turn_sink(self, shift: int) -> None:
        """Turn the sink's keys so many frames onward, from the originals.

        Height and width stay, so two thirds of a key are not even read.
        """
        length = self._recipe.sink * self._tokens
        if not length:
            return
        cos, sin = self._tables.shift(shift)
        start = self._recipe.block_frames * self._tokens
        for first in range(0, self._keys.shape[0], _ROTATE_LAYERS):
            layers = slice(first, first + _ROTATE_LAYERS)
            turned = turn(self._sink_keys[layers], cos, sin)
            self._keys[layers].narrow(2, start, length)[..., : self._timed].copy_(turned)


def copied(layers: Tensor, device: torch.device) -> Tensor:
    """A copy of a stack of layers: on the host of a GPU in pinned memory, without a second copy on the way."""
    pinned = device.type == "cpu" and layers.is_cuda
    out = torch.empty(layers.shape, dtype=layers.dtype, device=device, pin_memory=pinned)
    for target, source in zip(out, layers, strict=True):  # a layer is contiguous, the stack of a window is not
        target.copy_(source)
    return out
