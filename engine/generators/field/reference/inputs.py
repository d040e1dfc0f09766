"""What a frame is computed from, at fixed places on the device, brought there in one transfer a frame.

The host writes everything into one block of memory, page-locked where the device is a GPU, in the order in which it
changes: numbers, senses and the input's picture with every frame, the colour table and the material with a look.
Only as much of the block as changed is sent. A block is not written again before its transfer has ended.
"""

from dataclasses import dataclass
from math import prod
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from engine.generators.field.colour import TABLE_HUES, TABLE_LIGHTS
from engine.generators.field.lattice import Lattice, Plane
from engine.generators.field.materials import TILE
from engine.generators.field.noise import grain_tile
from engine.generators.field.painter import DARK_ROOM, Scheme
from engine.generators.field.places import Turn
from engine.generators.field.reference.numbers import Number, numbers_of
from engine.generators.field.trunk import WIDTH
from engine.messages.frame import RgbImage

_ALIGNED: Final = 256
"""Bytes that every part begins at a multiple of, as torch's own memory does."""

_BLOCKS: Final = 2
"""On the host: one may be on its way while the next is written."""

_UNMOVED: Final = np.eye(4, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Part:
    begin: int
    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]

    @property
    def end(self) -> int:
        return self.begin + prod(self.shape) * self.dtype.itemsize

    def in_block(self, block: Tensor) -> Tensor:
        """This part of a block of bytes."""
        kind = torch.uint8 if self.dtype == np.uint8 else torch.float32
        return block[self.begin : self.end].view(kind).view(self.shape)


class _Layout:
    """Where the parts lie."""

    def __init__(self, lattice: Lattice) -> None:
        self.bytes = 0
        self.numbers = self._next(len(Number))
        self.turns = self._next(3, 3, 2, 1, 1)  # view, first, second; by x, by y, offset
        self.matrix = self._next(4, 4)
        self.biases = self._next(2, WIDTH)
        self.depth = self._next(*lattice.shape)
        self.near = self._next(*lattice.shape)
        self.flow = self._next(*lattice.shape, 2)
        self.light = self._next(*lattice.shape)
        self.grey = self._next(lattice.height, lattice.width, dtype=np.uint8)
        self.table = self._next(TABLE_LIGHTS, TABLE_HUES + 1, 4)
        self.tile = self._next(TILE + 1, TILE + 1)

    def _next(self, *shape: int, dtype: type[np.generic] = np.float32) -> _Part:
        part = _Part(self.bytes, shape, np.dtype(dtype))
        self.bytes = -(-part.end // _ALIGNED) * _ALIGNED
        return part


class _Block:
    """Memory on the host, and when it may be written again."""

    def __init__(self, layout: _Layout, device: torch.device) -> None:
        self._device = device
        self._pinned = device.type == "cuda"
        self.bytes = torch.zeros(layout.bytes, dtype=torch.uint8, pin_memory=self._pinned)
        self._sent: torch.cuda.Event | None = None

        def part(place: _Part) -> npt.NDArray[np.float32]:
            array: npt.NDArray[np.float32] = place.in_block(self.bytes).numpy()
            return array

        self.numbers, self.turns = part(layout.numbers), part(layout.turns)
        self.matrix, self.biases = part(layout.matrix), part(layout.biases)
        self.depth, self.near, self.flow = part(layout.depth), part(layout.near), part(layout.flow)
        self.light = part(layout.light)
        self.grey: npt.NDArray[np.uint8] = layout.grey.in_block(self.bytes).numpy()
        self.table, self.tile = part(layout.table), part(layout.tile)

    def wait(self) -> None:
        """Until it may be written."""
        if self._sent is not None:
            self._sent.synchronize()

    def send(self, out: Tensor) -> None:
        """Copy as many bytes as `out` has, behind what was launched, and do not wait for it on a GPU."""
        out.copy_(self.bytes[: out.shape[0]], non_blocking=self._pinned)
        if self._pinned:
            if self._sent is None:
                self._sent = torch.cuda.Event(blocking=True)  # type: ignore[no-untyped-call]
            self._sent.record(torch.cuda.current_stream(self._device))


class Inputs:
    """The inputs of one painter's frames. Owned by it.

    Attributes, all on the device, of the frame sent last:
        numbers: by Number, float32 of no dimension each; turns: [3, 3, 2, 1, 1] of view, first and second, each by x,
            by y, and offset.
        matrix: [4, 4], see Carry; biases: [2, WIDTH].
        depth, near, light: [rows, columns]; flow: [rows, columns, 2], see Senses and Scheme.
        grey: uint8 [height, width], the input's luminance, whatever it was where nothing is seen.
        table, tile: see Scheme; noise: [height, width].
    """

    def __init__(self, lattice: Lattice, device: torch.device) -> None:
        self._lattice = lattice
        self._layout = layout = _Layout(lattice)
        self._blocks = [_Block(layout, device) for _ in range(_BLOCKS)]
        self._seen = False
        self._bright = np.empty((lattice.height, lattice.width), np.float32)
        self._levels = (np.arange(256, dtype=np.float32) / 255.0)[None, :].copy()
        self._grain = torch.from_numpy(grain_tile(lattice.width, lattice.height)).to(device)
        self._table: npt.NDArray[np.float32] | None = None
        self._tile: Plane | None = None

        self._bytes = torch.zeros(layout.bytes, dtype=torch.uint8, device=device)
        self.numbers: Final = layout.numbers.in_block(self._bytes).unbind(0)
        self.turns: Final = layout.turns.in_block(self._bytes)
        self.matrix: Final = layout.matrix.in_block(self._bytes)
        self.biases: Final = layout.biases.in_block(self._bytes)
        self.depth: Final = layout.depth.in_block(self._bytes)
        self.near: Final = layout.near.in_block(self._bytes)
        self.flow: Final = layout.flow.in_block(self._bytes)
        self.light: Final = layout.light.in_block(self._bytes)
        self.grey: Final = layout.grey.in_block(self._bytes)
        self.table: Final = layout.table.in_block(self._bytes)
        self.tile: Final = layout.tile.in_block(self._bytes)
        self.noise: Final = torch.zeros((lattice.height, lattice.width), device=device)

    def see(self, image: RgbImage | None) -> Plane:
        """Take in the input's picture for the next frame; see Painter."""
        self._seen = image is not None
        if image is None:
            return np.full(self._lattice.shape, DARK_ROOM, np.float32)
        block = self._blocks[0]
        block.wait()
        if image.shape[:2] == block.grey.shape:
            cv2.cvtColor(image, cv2.COLOR_RGB2GRAY, dst=block.grey)
        else:
            grey, picture = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (self._lattice.width, self._lattice.height)
            cv2.resize(grey, picture, dst=block.grey, interpolation=cv2.INTER_AREA)
        cv2.LUT(block.grey, self._levels, dst=self._bright)
        size = (self._lattice.columns, self._lattice.rows)
        return np.asarray(cv2.resize(self._bright, size, interpolation=cv2.INTER_AREA), np.float32)

    def send(self, scheme: Scheme) -> None:
        """Bring everything to the device, in order with what is launched there."""
        layout, block = self._layout, self._blocks[0]
        block.wait()
        block.numbers[:] = numbers_of(scheme, self._lattice, seen=self._seen)
        shape, senses = scheme.shape, scheme.senses
        for place, turn in zip(block.turns, (shape.view, shape.first, shape.second), strict=True):
            place.reshape(-1)[:] = _columns(turn)
        block.matrix[:] = _UNMOVED if scheme.carry is None else scheme.carry.matrix
        block.biases[:] = shape.biases
        block.depth[:], block.near[:], block.flow[:] = senses.depth, senses.near, senses.flow
        block.light[:] = scheme.light
        end = layout.grey.end
        new_tile = scheme.tile is not self._tile
        if new_tile or scheme.table is not self._table:
            block.table[:] = scheme.table
            end = layout.table.end
        if new_tile:
            block.tile[:] = scheme.tile
            end = layout.tile.end
        block.send(self._bytes[:end])
        self._tile, self._table = scheme.tile, scheme.table
        self._blocks.reverse()
        x, y = scheme.luck.x, scheme.luck.y
        self.noise.copy_(self._grain[y : y + self._lattice.height, x : x + self._lattice.width])


def _columns(turn: Turn) -> tuple[float, ...]:
    return turn.xx, turn.yx, turn.xy, turn.yy, turn.x0, turn.y0
