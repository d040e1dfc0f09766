"""Full-resolution work: enlarging, reading tiles, tables and pictures at given places, halos, bytes.

Two implementations of one interface. `CpuRaster` works through OpenCV, whose remap and resize are two to
four times faster than grid_sample and interpolate on a CPU; `TorchRaster` is plain torch for CUDA, and
runs anywhere for comparison. Pictures are float32 [height, width, 4] (R G B 1), planes float32 [height, width].
"""

from typing import Protocol

import cv2
import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor

from engine.generators.field.halo import HALO_FLOOR, NEAR_SHARE, blurred, tiny_size
from engine.generators.field.lattice import Lattice
from engine.generators.field.mixing import EDGE_FLOOR, EDGE_FULL
from engine.generators.field.reference.halo_products import near_product, wide_product


class Raster(Protocol):
    """What the generator needs at full resolution. Every method writes into `out` and nothing else."""

    device: torch.device

    def ingest(self, grey: Tensor, light: Tensor, edge: Tensor) -> None:
        """Luminance 0..1 and outline strength 0..1 of an input picture's luminance, uint8, as planes."""
        ...

    def enlarge(self, lattice: Tensor, out: Tensor) -> None:
        """Linear interpolation of planes [C, rows, columns] to [C, height, width], pixel centres aligned."""
        ...

    def read_tile(self, tile: Tensor, places: Tensor, out: Tensor) -> None:
        """Linear reading of a tile [T + 1, T + 1] at places [2, height, width] (x, y) in texels, 0 <= place <= T."""
        ...

    def read_table(self, table: Tensor, column: Tensor, row: Tensor, out: Tensor) -> None:
        """Linear reading of a table [R, C, 4] at planes of columns and rows; beyond the rim the rim's value."""
        ...

    def carry(self, picture: Tensor, places: Tensor, out: Tensor) -> None:
        """Linear reading of a picture at places [2, height, width] (x, y) in pixels; beyond the rim, the rim."""
        ...

    def recolour(self, picture: Tensor, matrix: Tensor, out: Tensor) -> None:
        """Every colour, as a column, multiplied by a matrix [4, 4]."""
        ...

    def spread(self, plane: Tensor, out: Tensor) -> None:
        """A plane repeated in all four channels of a picture."""
        ...

    def halo(self, picture: Tensor, out: Tensor) -> None:
        """The picture's bright parts, blurred wide: what a glow adds."""
        ...

    def to_bytes(self, picture: Tensor, out: Tensor) -> None:
        """A picture of values >= 0 as uint8 [height, width, 4]; above 1 is clipped."""
        ...

    def enlarge_bytes(self, image: Tensor, out: Tensor) -> None:
        """Linear interpolation of an image uint8 [height, width, 4] to another size, pixel centres aligned."""
        ...


class CpuRaster:
    """OpenCV on the memory of torch tensors; no copies between the two."""

    def __init__(self, lattice: Lattice) -> None:
        self.device = torch.device("cpu")
        plane = (lattice.height, lattice.width)
        self._soft = np.empty(plane, np.uint8)
        self._step = np.empty(plane, np.uint8)
        self._small = np.empty((*lattice.shape, 4), np.float32)
        self._coarse = lattice.coarse
        self._kernel = np.ones((3, 3), np.uint8)
        levels = np.arange(256, dtype=np.float32) / 255.0
        self._to_light = levels[None, :].copy()
        self._to_edge = np.clip((levels - EDGE_FLOOR) / (EDGE_FULL - EDGE_FLOOR), 0.0, 1.0)[None, :].astype(np.float32)

    def ingest(self, grey: Tensor, light: Tensor, edge: Tensor) -> None:
        cv2.LUT(grey.numpy(), self._to_light, dst=light.numpy())
        cv2.GaussianBlur(grey.numpy(), (5, 5), 0, dst=self._soft)
        cv2.morphologyEx(self._soft, cv2.MORPH_GRADIENT, self._kernel, dst=self._step)
        cv2.LUT(self._step, self._to_edge, dst=edge.numpy())

    def enlarge(self, lattice: Tensor, out: Tensor) -> None:
        size = (out.shape[2], out.shape[1])
        for small, large in zip(lattice.numpy(), out.numpy(), strict=True):
            cv2.resize(small, size, dst=large, interpolation=cv2.INTER_LINEAR)

    def read_tile(self, tile: Tensor, places: Tensor, out: Tensor) -> None:
        _remap(tile, places[0], places[1], out)

    def read_table(self, table: Tensor, column: Tensor, row: Tensor, out: Tensor) -> None:
        _remap(table, column, row, out)

    def carry(self, picture: Tensor, places: Tensor, out: Tensor) -> None:
        _remap(picture, places[0], places[1], out)

    def recolour(self, picture: Tensor, matrix: Tensor, out: Tensor) -> None:
        cv2.transform(picture.numpy(), matrix.numpy(), dst=out.numpy())

    def spread(self, plane: Tensor, out: Tensor) -> None:
        cv2.merge([plane.numpy()] * 4, dst=out.numpy())

    def halo(self, picture: Tensor, out: Tensor) -> None:
        rows, columns, _ = self._small.shape
        cv2.resize(picture.numpy(), (columns, rows), dst=self._small, interpolation=cv2.INTER_AREA)
        np.subtract(self._small, HALO_FLOOR, out=self._small)
        np.maximum(self._small, 0.0, out=self._small)
        wide = blurred(self._small, self._coarse)
        cv2.resize(wide, (out.shape[1], out.shape[0]), dst=out.numpy(), interpolation=cv2.INTER_LINEAR)

    def to_bytes(self, picture: Tensor, out: Tensor) -> None:
        cv2.convertScaleAbs(picture.numpy(), dst=out.numpy(), alpha=255.0)

    def enlarge_bytes(self, image: Tensor, out: Tensor) -> None:
        size = (out.shape[1], out.shape[0])
        cv2.resize(image.numpy(), size, dst=out.numpy(), interpolation=cv2.INTER_LINEAR)


def _remap(source: Tensor, column: Tensor, row: Tensor, out: Tensor) -> None:
    cv2.remap(
        source.numpy(),
        column.numpy(),
        row.numpy(),
        cv2.INTER_LINEAR,
        dst=out.numpy(),
        borderMode=cv2.BORDER_REPLICATE,
    )


class TorchRaster:
    """The same in torch operations alone, on any device."""

    def __init__(self, lattice: Lattice, device: torch.device) -> None:
        self.device = device
        self._small = lattice.shape
        tiny_columns, tiny_rows = tiny_size(lattice.columns, lattice.rows)
        share = NEAR_SHARE**0.5  # of each direction

        def products(size: int, tiny: int) -> tuple[Tensor, Tensor]:
            near, wide = near_product(size, lattice.coarse), wide_product(size, tiny, lattice.coarse)
            return torch.from_numpy(near * np.float32(share)).to(device), torch.from_numpy(wide).to(device)

        self._near_down, self._wide_down = products(lattice.rows, tiny_rows)
        near, wide = products(lattice.columns, tiny_columns)
        self._near_across, self._wide_across = near.T.contiguous(), wide.T.contiguous()

    def ingest(self, grey: Tensor, light: Tensor, edge: Tensor) -> None:
        light.copy_(grey).div_(255.0)
        soft = functional.pad(light[None, None], (2, 2, 2, 2), mode="reflect")
        for _ in range(4):  # the binomial kernel [1, 4, 6, 4, 1] / 16 in both directions
            soft = functional.avg_pool2d(soft, 2, 1)
        step = functional.max_pool2d(soft, 3, 1, 1) + functional.max_pool2d(-soft, 3, 1, 1)
        edge.copy_(((step[0, 0] - EDGE_FLOOR) / (EDGE_FULL - EDGE_FLOOR)).clamp_(0.0, 1.0))

    def enlarge(self, lattice: Tensor, out: Tensor) -> None:
        size = (out.shape[1], out.shape[2])
        out.copy_(functional.interpolate(lattice[None], size, mode="bilinear", align_corners=False)[0])

    def read_tile(self, tile: Tensor, places: Tensor, out: Tensor) -> None:
        out.copy_(_sample(tile[None], places[0], places[1])[0])

    def read_table(self, table: Tensor, column: Tensor, row: Tensor, out: Tensor) -> None:
        out.copy_(_sample(table.permute(2, 0, 1), column, row).permute(1, 2, 0))

    def carry(self, picture: Tensor, places: Tensor, out: Tensor) -> None:
        out.copy_(_sample(picture.permute(2, 0, 1), places[0], places[1]).permute(1, 2, 0))

    def recolour(self, picture: Tensor, matrix: Tensor, out: Tensor) -> None:
        torch.matmul(picture, matrix.T, out=out)

    def spread(self, plane: Tensor, out: Tensor) -> None:
        out.copy_(plane[..., None].expand_as(out))

    def halo(self, picture: Tensor, out: Tensor) -> None:
        planes = picture.permute(2, 0, 1)[None]
        small = functional.adaptive_avg_pool2d(planes, self._small)[0].sub_(HALO_FLOOR).clamp_(min=0.0)
        near = self._near_down @ small @ self._near_across
        wide = self._wide_down @ small @ self._wide_across
        self.enlarge(near.add_(wide), out.permute(2, 0, 1))

    def to_bytes(self, picture: Tensor, out: Tensor) -> None:
        out.copy_((picture * 255.0 + 0.5).clamp_(0.0, 255.0))

    def enlarge_bytes(self, image: Tensor, out: Tensor) -> None:
        planes, size = image.permute(2, 0, 1)[None].float(), (out.shape[0], out.shape[1])
        large = functional.interpolate(planes, size, mode="bilinear", align_corners=False)
        out.copy_(large[0].permute(1, 2, 0).add_(0.5))


def _sample(planes: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Planes [C, h, w] read at pixel coordinates."""
    height, width = planes.shape[1], planes.shape[2]
    grid = torch.stack((x * (2.0 / (width - 1)) - 1.0, y * (2.0 / (height - 1)) - 1.0), -1)
    read = functional.grid_sample(planes[None], grid[None], mode="bilinear", padding_mode="border", align_corners=True)
    return read[0]
