"""Which of the two ways the field computes in, and why."""

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any

from engine.errors import GeneratorError
from engine.generators.field.lattice import Lattice
from engine.generators.field.painter import Painter
from engine.generators.field.trunk import Trunk
from engine.jit import NotCompiledError


class Method(Enum):
    """How pictures are computed."""

    BEST = "best"
    """On a GPU, else in compiled loops, else by torch on the CPU."""
    TORCH = "torch"
    """By torch on whatever device: the reference."""


def pick_device(device: str | None) -> str:
    """The device by name: the one asked for; for None the first CUDA device if there is one, else "cpu".

    Raises:
        GeneratorError: the device is not there.
    """
    if device == "cpu" or (device is None and not _maybe_gpu()):
        return "cpu"  # without importing torch, which takes a second and 200 MiB
    import torch

    if torch.cuda.is_available():
        return device or "cuda"
    if device is not None and device.startswith("cuda"):
        raise GeneratorError("There is no CUDA device", where=device, remedy="Choose cpu, or install the driver.")
    return device or "cpu"


def make_painters(
    device: str, threads: int, method: Method, lattice: Lattice, trunk: Trunk
) -> Callable[[], Painter[Any]]:
    """Makes painters that share no memory, for a device of pick_device."""
    turned_down: tuple[tuple[str, str], ...] = ()
    if device == "cpu" and method is Method.BEST:
        from engine.generators.field.compiled.library import LIBRARY
        from engine.generators.field.compiled.painter import CompiledPainter

        try:
            late = LIBRARY.ensure()
        except NotCompiledError as error:
            turned_down = (("compiled loops", str(error)),)
        else:
            why = "no GPU to compute on" + (f"; compiled at this start: {late[0].lower()}{late[1:]}" if late else "")
            return lambda: CompiledPainter(lattice, trunk, why)
    import torch

    from engine.generators.field.reference.painter import TorchPainter
    from engine.generators.torch_settings import use_threads

    place = torch.device(device)
    use_threads(place, threads)
    return lambda: TorchPainter(lattice, trunk, place, threads, turned_down)


def _maybe_gpu() -> bool:
    """Whether it is worth asking torch for a CUDA (or ROCm) device."""
    if Path("/dev/kfd").exists():
        return True
    import pynvml

    try:
        pynvml.nvmlInit()
        return bool(pynvml.nvmlDeviceGetCount())
    except pynvml.NVMLError:
        return False
