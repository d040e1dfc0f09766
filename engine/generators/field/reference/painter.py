"""Paints with torch; on a CPU through OpenCV where that is faster."""

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.generators.field.lattice import Lattice, Plane
from engine.generators.field.painter import PAUSES, Scheme
from engine.generators.field.reference.backend import describe
from engine.generators.field.reference.halo_products import resize_product
from engine.generators.field.reference.inputs import Inputs
from engine.generators.field.reference.launches import Launches
from engine.generators.field.reference.raster import CpuRaster, Raster, TorchRaster
from engine.generators.field.reference.replay import try_replay
from engine.generators.field.reference.trial import make_trial
from engine.generators.field.trunk import Trunk
from engine.generators.graph_capture import Recorder
from engine.generators.transfers import OnHost
from engine.messages.events import BackendChoice
from engine.messages.frame import RgbImage, RgbxImage
from engine.steps import Work


class TorchPainter:
    """See Painter. Its frames are the bytes on its device.

    Args:
        threads: torch's threads on a CPU.
        turned_down: other ways to compute, and why they were not taken.
        recorder: of graphs, its own; None: every frame is launched anew.
    """

    def __init__(
        self,
        lattice: Lattice,
        trunk: Trunk,
        device: torch.device,
        threads: int,
        turned_down: tuple[tuple[str, str], ...] = (),
        recorder: Recorder | None = None,
    ) -> None:
        self._shape = (lattice.height, lattice.width, 4)
        self._device = device
        self._inputs = Inputs(lattice, device)
        raster: Raster = CpuRaster(lattice) if device.type == "cpu" else TorchRaster(lattice, device)
        self._launches = Launches(lattice, trunk, self._inputs, raster)
        self._nothing = torch.zeros(self._shape, device=device)
        tried = None
        if recorder is not None:
            tried = try_replay(self._launches, self._inputs, lattice, device, recorder, make_trial(lattice, trunk))
        self._replayed = None if tried is None else tried.replayed
        self._backends = describe(device, threads, lattice, turned_down, tried)

    def backends(self) -> tuple[BackendChoice, ...]:
        return self._backends

    def see(self, image: RgbImage | None) -> Plane:
        return self._inputs.see(image)

    def blank(self) -> Tensor:
        return torch.zeros(self._shape, device=self._device)

    def keep(self, picture: Tensor) -> Tensor:
        return picture.clone()

    def adopted(self, picture: Tensor) -> Tensor:
        if picture.shape == self._shape:
            return picture
        height, width = self._shape[:2]
        down, across = (
            torch.from_numpy(resize_product(size, new_size)).to(self._device)
            for size, new_size in ((picture.shape[0], height), (picture.shape[1], width))
        )
        with torch.inference_mode():
            return torch.einsum("ab,bcd,ec->aed", down, picture, across).contiguous()

    def paint(self, scheme: Scheme, last: Tensor | None, out: Tensor) -> Work[Tensor]:
        if self._replayed is None:
            parts = self._launches.parts(self._nothing if last is None else last, out)
            with torch.inference_mode():  # not across a pause: the mode belongs to the thread
                self._inputs.send(scheme)
                parts[0]()
            for part in parts[1:]:
                yield
                with torch.inference_mode():
                    part()
        else:
            for _ in range(PAUSES):  # all of them before the graph, which nothing can stop
                yield
            with torch.inference_mode():
                self._inputs.send(scheme)
                self._replayed.paint(last, out)
        with torch.inference_mode():
            return self._launches.image.clone()

    def fetch(self, frames: Sequence[Tensor]) -> tuple[RgbxImage, ...]:
        """See Fetch. On a device they come in one transfer, into page-locked memory that is theirs alone."""
        if self._device.type == "cpu":
            return tuple(frame.numpy() for frame in frames)
        with torch.inference_mode():
            whole = frames[0][None] if len(frames) == 1 else torch.stack(tuple(frames))
            (images,) = OnHost(whole).wait()
        return tuple(images.numpy())
