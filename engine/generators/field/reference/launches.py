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
        image: uint8 [height, width, 4], the finished frame, until the next one.
    """

    def __init__(self, lattice: Lattice, trunk: Trunk, inputs: Inputs, raster: Raster) -> None:
        self._forms = FormStage(trunk, lattice, inputs, raster.device)
        self._head = Head(raster, lattice, inputs)
        self._after = Afterimage(raster, lattice, inputs)
        self.image = torch.zeros((lattice.height, lattice.width, 4), dtype=torch.uint8, device=raster.device)

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
            after.finish(out, self.image)

        return forms.shape, read, lambda: head.compose(out), finish
