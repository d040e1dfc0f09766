"""All that is computed for one frame, in four parts: every launch on memory that stays where it is."""

from collections.abc import Callable

import torch
from torch import Tensor

from engine.generators.field.lattice import Lattice
from engine.generators.field.reference.afterimage import Afterimage
from engine.generators.field.reference.forms import FormStage
from engine.generators.field.reference.head import Head
from engine.generators.field.reference.inputs import Inputs
from engine.generators.field.reference.raster import Raster
from engine.generators.field.trunk import Trunk


class Launches:
    """Owns the planes between the stages.

    Nothing in it depends on a number of the host's: it launches the same work whatever the inputs hold, and waits for
    nothing, so that it can be recorded.

    Attributes:
        image: uint8 [full_height, full_width, 4], the finished frame, until the next one.
    """

    def __init__(self, lattice: Lattice, trunk: Trunk, inputs: Inputs, raster: Raster) -> None:
        self._forms = FormStage(trunk, lattice, inputs, raster.device)
        self._head = Head(raster, lattice, inputs)
        self._after = Afterimage(raster, lattice, inputs)
        self._raster = raster
        self._small: Tensor | None = None
        if lattice.reduced:
            shape = (lattice.height, lattice.width, 4)
            self._small = torch.zeros(shape, dtype=torch.uint8, device=raster.device)
        frame = (lattice.full_height, lattice.full_width, 4)
        self.image = torch.zeros(frame, dtype=torch.uint8, device=raster.device)

    def parts(self, last: Tensor, out: Tensor) -> tuple[Callable[[], None], ...]:
        """The work that paints the frame after `last`, which is not touched, into `out`, in its order.

        Args:
            last, out: float32 [height, width, 4], two pictures; last: zeros where there is none.
        """
        forms, head, after = self._forms, self._head, self._after

        def read() -> None:
            head.read_input()
            head.read_forms(forms.planes)
            head.read_material(forms.first, forms.second)

        def finish() -> None:
            after.mix_in(last, out, head.presence, forms.places)
            if self._small is None:
                after.finish(out, self.image)
            else:
                after.finish(out, self._small)
                self._raster.enlarge_bytes(self._small, self.image)

        return forms.shape, read, lambda: head.compose(out), finish
