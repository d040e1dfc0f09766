"""Times the products of the Wan models in fp8 on a GPU: ours with halved tiles, ours with whole tiles, and torch's.

    python -m bench.probes.products [--json FILE] [TOKENS …]      rows of a pass (1176 2352 588: on two, one, four GPUs)

One line of JSON. `figures`: MODEL.TOKENS.INPUTSxOUTPUTS.WAY, µs of one product, median, least and most of the turns,
and TFLOP/s of the median. WAY is halves (only where tiles are cut, with the plan's waves), whole or torch. Each is
replayed from a graph with several sets of operands in turn, more than a cache holds, and the ways take turns.
`errors`: against float32, by the same names; `differ`: where halves and whole tiles are not the same to the bit;
`failed`: what could not be run, and why.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Final

import torch

from engine.generators.graph_capture import CudaRecorder
from engine.generators.kernel_errors import first_error_line, kernel_errors
from engine.generators.wan.device.numerics import relative_error
from engine.generators.wan.dims import WAN_1_3B, WAN_14B
from engine.generators.wan.kernels.matmul_fp8 import (
    CANDIDATES,
    Operands,
    ScaledMatmul,
    draw_operands,
    emulated_product,
    layer_shapes,
)
from engine.generators.wan.kernels.product_plan import Plan, plan_product

MODELS: Final = {"14b": WAN_14B, "1.3b": WAN_1_3B}
WAYS: Final = dict(zip(("halves", "whole", "torch"), CANDIDATES, strict=True))
TURNS: Final = 7
TURN_MS: Final = 8.0
"""About that long is each turn of each way."""

CACHED_BYTES: Final = 200e6
"""Operands in turn take at least so much: four times the cache of an H200."""

_TILE: Final = (128, 256)
_GUESSED_FLOPS: Final = 1e15


def main(arguments: list[str] | None = None) -> int:
    """Measure every shape; 2 where there is no GPU."""
    parser = argparse.ArgumentParser(prog="python -m bench.probes.products")
    parser.add_argument("tokens", nargs="*", type=int, metavar="TOKENS", help="rows of a pass")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the JSON line to a file")
    options = parser.parse_args(arguments)
    if not torch.cuda.is_available():
        sys.stderr.write("There is no GPU here that torch computes on.\n")
        return 2
    probe = Probe(torch.device("cuda", torch.cuda.current_device()))
    for tokens in options.tokens or (1176, 2352, 588):
        for name, dims in MODELS.items():
            for inputs, outputs in dict.fromkeys(layer_shapes(dims)):
                probe.measure(f"{name}.{tokens}.{inputs}x{outputs}", tokens, inputs, outputs)
    line = json.dumps(probe.found())
    sys.stdout.write(f"{line}\n")
    if options.json is not None:
        options.json.write_text(f"{line}\n", encoding="utf-8")
    return 0


class Probe:
    """Gathers what is measured on one device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._draw = torch.Generator(device).manual_seed(0)
        self._programs: int = torch.cuda.get_device_properties(device).multi_processor_count
        self._figures: list[dict[str, object]] = []
        self._errors: dict[str, float] = {}
        self._differ: list[str] = []
        self._failed: dict[str, str] = {}

    def found(self) -> dict[str, object]:
        """Return the document."""
        name = torch.cuda.get_device_name(self._device)
        return {
            "device": f"{name}, {self._programs} multiprocessors",
            "figures": self._figures,
            "errors": self._errors,
            "differ": self._differ,
            "failed": self._failed,
        }

    @torch.inference_mode()
    def measure(self, label: str, tokens: int, inputs: int, outputs: int) -> None:
        """Time one shape in every way that can be run."""
        plan = plan_product(tokens, outputs, *_TILE, self._programs)
        size = outputs * inputs + tokens * inputs + 2 * tokens * outputs
        sets = [
            draw_operands(self._draw, self._device, torch.bfloat16, tokens, inputs, outputs)
            for _ in range(max(3, round(CACHED_BYTES / size)))
        ]
        expected = emulated_product(*sets[0], torch.float32)
        results: dict[str, torch.Tensor] = {}
        replays: dict[str, Callable[[], None]] = {}
        for way, candidate in WAYS.items():
            if way == "halves" and plan is None:
                continue
            try:
                product = candidate.make()
                results[way] = product(*sets[0], torch.bfloat16)
                replays[way] = self._recorded(product, sets)
                replays[way]()
                torch.cuda.synchronize(self._device)
            except kernel_errors() as problem:
                self._failed[f"{label}.{way}"] = first_error_line(problem)
                replays.pop(way, None)
                continue
            self._errors[f"{label}.{way}"] = float(f"{relative_error(results[way], expected):.2e}")
        if "halves" in results and "whole" in results and not torch.equal(results["halves"], results["whole"]):
            self._differ.append(label)
        flop = 2 * tokens * inputs * outputs
        for way, taken in self._by_turns(replays, len(sets), flop).items():
            self._figures.append(_figure(f"{label}.{way}", taken, flop, plan if way == "halves" else None))

    def _recorded(self, product: ScaledMatmul, sets: list[Operands]) -> Callable[[], None]:
        def work() -> None:
            for operands in sets:
                product(*operands, torch.bfloat16)

        return CudaRecorder(self._device).record(work)

    def _by_turns(self, replays: Mapping[str, Callable[[], None]], sets: int, flop: int) -> dict[str, list[float]]:
        """µs of one product, by way and turn; the first turn is not told."""
        often = max(1, round(TURN_MS * 1e-3 * _GUESSED_FLOPS / flop / sets))
        stream = torch.cuda.current_stream(self._device)
        taken: dict[str, list[float]] = {way: [] for way in replays}
        for _ in range(TURNS + 1):
            for way, replay in replays.items():
                begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
                begin.record(stream)
                for _ in range(often):
                    replay()
                end.record(stream)
                end.synchronize()
                taken[way].append(begin.elapsed_time(end) * 1e3 / often / sets)
        return {way: values[1:] for way, values in taken.items()}


def _figure(name: str, taken: list[float], flop: int, plan: Plan | None) -> dict[str, object]:
    told: dict[str, object] = {
        "id": name,
        "unit": "µs",
        "median": round(median(taken), 2),
        "min": round(min(taken), 2),
        "max": round(max(taken), 2),
        "tflops": round(flop / median(taken) / 1e6),
    }
    return told if plan is None else {**told, "waves": plan.waves}


if __name__ == "__main__":
    sys.exit(main())
