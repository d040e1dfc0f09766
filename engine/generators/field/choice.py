"""Which of the two ways the field computes in, and why."""

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import GeneratorError
from engine.generators.field.lattice import Lattice
from engine.generators.field.painter import Fetch, Painter, at_hand
from engine.generators.field.trunk import Trunk
from engine.jit import NotCompiledError

if TYPE_CHECKING:
    import torch

    from engine.generators.graph_capture import Recorder

    Record = Callable[[torch.device], Recorder | None]


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

    if device is None:
        return "cuda" if torch.cuda.is_available() and _answers(torch.device("cuda")) else "cpu"
    kind = device.partition(":")[0]
    there: dict[str, Callable[[], bool]] = {
        "cuda": torch.cuda.is_available,
        "xpu": torch.xpu.is_available,
        "mps": torch.backends.mps.is_available,
    }
    if kind not in there or not there[kind]():
        raise GeneratorError(
            f"There is no {kind.upper()} device", where=device, remedy="Choose cpu, or install the driver."
        )
    return device


def make_painters(
    device: str, threads: int, method: Method, trunk: Trunk, record: "Record | None" = None
) -> Callable[[Lattice], tuple[Painter[Any, Any], Fetch[Any]]]:
    """Makes painters for lattices that share no memory, each with what fetches its frames, for a device of pick_device.

    Args:
        record: makes a recorder of graphs for torch's device, or none; None: the device's own.
    """
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
            return lambda lattice: (CompiledPainter(lattice, trunk, why), at_hand)
    import torch

    from engine.generators.field.reference.painter import TorchPainter
    from engine.generators.graph_capture import recorder_of
    from engine.generators.torch_settings import use_threads

    place = torch.device(device)
    use_threads(place, threads)
    make_recorder = record or recorder_of

    def make(lattice: Lattice) -> tuple[Painter[Any, Any], Fetch[Any]]:
        # Graphs are recorded in the warm-up, and only full quality is painted there; the other levels are launched.
        recorder = None if lattice.lowered else make_recorder(place)
        painter = TorchPainter(lattice, trunk, place, threads, turned_down, recorder)
        return painter, painter.fetch

    return make


def _answers(device: "torch.device") -> bool:
    """Whether a device computes. One that another generator has brought down fails whatever is asked of it."""
    import torch

    try:
        return int(torch.ones(1, device=device).add_(1).item()) == 2
    except RuntimeError:
        return False


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
