"""What sharing a pass costs: the exchanges of one pass with nothing computed between them, and memory by process."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch

from bench.wan.measure import WanFigures
from bench.wan.options import WanBenchOptions
from bench.wan.timing import fastest_ms
from engine.generators.wan.generator import WanGenerator

_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Sharing:
    """How several processes make a pass.

    Attributes:
        devices: of each, the leading one first; memory_bytes: that each needed at most.
        exchange_ms: of all exchanges of one denoise pass, None where they are part of its graph; pass_ms: of the whole
            pass, None where it was not looked at.
    """

    devices: tuple[str, ...]
    memory_bytes: tuple[int, ...]
    exchange_ms: float | None
    pass_ms: float | None

    @property
    def share(self) -> float | None:
        """Return the part of a pass that its exchanges would take alone."""
        return None if not self.pass_ms or self.exchange_ms is None else self.exchange_ms / self.pass_ms


@torch.inference_mode()
def measure_sharing(
    generator: WanGenerator,
    options: WanBenchOptions,
    device: torch.device,
    bare: WanFigures,
    report: Callable[[str], None],
) -> Sharing | None:
    """Measure and print it; None where one process works alone."""
    lead, exchange = generator.lead, generator.parts.exchange
    if lead is None or exchange is None:
        return None
    frames, blocks = options.recipe.block_frames, options.dims.layers
    if options.vace:
        blocks += len(options.dims.vace_layers)
    exchange_ms = None  # launched one by one, they would take as long as their launches
    if not lead.crew.transport.recordable:
        exchange_ms = fastest_ms(lambda: lead.cross(exchange, frames, blocks), device, calls=2)
    passes = [stage.ms for stage in bare.stages if stage.name.startswith("denoise")]
    found = Sharing(lead.crew.devices, lead.crew.memory(), exchange_ms, sum(passes) / len(passes) if passes else None)
    share = "" if found.share is None else f", {found.share:.0%} of it if nothing overlapped"
    if exchange_ms is None:
        report("Exchanges are part of the passes' graphs, and not timed apart.")
    else:
        report(f"Exchanges of a denoise pass alone: {exchange_ms:.2f} ms{share}.")
    for place, size in zip(found.devices, found.memory_bytes, strict=True):
        report(f"    {place}: {size / _MIB:.0f} MiB at most.")
    return found
