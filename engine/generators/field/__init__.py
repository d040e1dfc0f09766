"""The built-in generator: a neural field with feedback, no weights to download.

Importing this package costs no torch: the parameters and the spec are plain data. Nor does playing it on a CPU,
where compiled loops paint.
"""

from typing import TYPE_CHECKING

from engine.generators.field.parameters import PARAMETERS
from engine.generators.field.spec import SPEC

if TYPE_CHECKING:
    from engine.generators.field.generator import FieldGenerator

__all__ = ["PARAMETERS", "SPEC", "make_field"]


def make_field(device: str | None = None, threads: int | None = None) -> "FieldGenerator":
    """The generator. Torch is imported where there may be a GPU, or where the loops cannot be had.

    Args:
        device: "cpu", "cuda" or "cuda:N"; None: the first CUDA device if there is one, else the CPU.
        threads: torch's threads on a CPU; None: one.

    Raises:
        GeneratorError: the device is not there.
    """
    from engine.generators.field.generator import FieldGenerator

    return FieldGenerator(device=device, threads=threads)
