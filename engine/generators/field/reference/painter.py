"""Paints with torch; on a CPU through OpenCV where that is faster."""

import numpy as np
import torch
from torch import Tensor

from engine.generators.field.lattice import Lattice, Plane
from engine.generators.field.noise import grain_tile
from engine.generators.field.painter import DARK_ROOM, Scheme
from engine.generators.field.reference.afterimage import Afterimage
from engine.generators.field.reference.backend import describe
from engine.generators.field.reference.forms import FormStage, carry_places
from engine.generators.field.reference.head import Head
from engine.generators.field.reference.raster import CpuRaster, Raster, TorchRaster
from engine.generators.field.trunk import Trunk
from engine.messages.events import BackendChoice
from engine.messages.frame import RgbImage, RgbxImage
from engine.steps import Work


class TorchPainter:
    """See Painter.

    Args:
        threads: torch's threads on a CPU.
        turned_down: other ways to compute, and why they were not taken.
    """

    def __init__(
        self,
        lattice: Lattice,
        trunk: Trunk,
        device: torch.device,
        threads: int,
        turned_down: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self._lattice = lattice
        self._device = device
        raster: Raster = CpuRaster(lattice) if device.type == "cpu" else TorchRaster(device)
        self._raster = raster
        self._forms = FormStage(trunk, lattice, device)
        self._head = Head(raster, lattice)
        self._after = Afterimage(raster, lattice)
        self._grain = torch.from_numpy(grain_tile(lattice.width, lattice.height)).to(device)
        self._light = torch.zeros(lattice.shape, device=device)
        self._on_device: dict[str, tuple[Plane, Tensor]] = {}
        self._backends = describe(device, threads, lattice, turned_down)

    def backends(self) -> tuple[BackendChoice, ...]:
        return self._backends

    def see(self, image: RgbImage | None) -> Plane:
        if image is None:
            self._head.light.fill_(DARK_ROOM)
            self._head.edge.zero_()
            return np.full(self._lattice.shape, DARK_ROOM, np.float32)
        self._raster.ingest(image, self._head.light, self._head.edge)
        self._raster.shrink(self._head.light, self._light)
        return np.array(self._light.cpu().numpy())

    def blank(self) -> Tensor:
        return torch.zeros((self._lattice.height, self._lattice.width, 4), device=self._device)

    def copy(self, picture: Tensor) -> Tensor:
        return picture.clone()

    def paint(self, scheme: Scheme, last: Tensor | None, out: Tensor) -> Work[RgbxImage]:
        with torch.inference_mode():  # not across a pause: the mode belongs to the thread
            forms = self._forms.shape(scheme.shape, scheme.senses, scheme.light)
        yield
        with torch.inference_mode():
            self._head.read_forms(forms.planes)
            self._head.read_material(self._kept("tile", scheme.tile), forms.first, forms.second)
        yield
        with torch.inference_mode():
            self._head.compose(scheme.mix, self._kept("table", scheme.table), self._window(scheme), out)
        yield
        with torch.inference_mode():
            if last is not None and scheme.carry is not None:
                places = carry_places(self._lattice, scheme.carry, forms.potential, scheme.senses.flow)
                self._after.mix_in(last, out, self._head.presence, places, scheme.carry)
            return self._after.finish(out, scheme.glow)

    def _window(self, scheme: Scheme) -> Tensor:
        x, y = scheme.luck.x, scheme.luck.y
        return self._grain[y : y + self._lattice.height, x : x + self._lattice.width]

    def _kept(self, name: str, array: Plane) -> Tensor:
        """The array on the device; moved there once for as long as it stays the same object."""
        kept = self._on_device.get(name)
        if kept is None or kept[0] is not array:
            kept = (array, torch.from_numpy(array).to(self._device))
            self._on_device[name] = kept
        return kept[1]
