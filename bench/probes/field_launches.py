"""Times the built-in generator on a GPU: one replayed graph a frame against plain launches, by turns.

    python -m bench.probes.field_launches [EDGE …]      edges of square pictures in pixels (448 896)

One line of JSON: by edge, FPS of both ways (median, lowest and highest of the turns), and their largest difference.
"""

import json
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Final

import numpy as np
import torch

from engine.generators.base import ChunkKey, ChunkRequest
from engine.generators.field.generator import FieldGenerator
from engine.generators.field.parameters import PARAMETERS
from engine.generators.field.spec import CHUNK_FRAMES
from engine.messages.frame import InputFrame, RgbImage
from engine.messages.prompt import PromptBlend

CHUNKS: Final = 100
"""In each turn."""

TURNS: Final = 5
PERIOD_NS: Final = 33_333_333


def main() -> int:
    """Measure every edge; 2 where there is no GPU."""
    if not torch.cuda.is_available():
        sys.stderr.write("There is no GPU here that torch computes on.\n")
        return 2
    edges = [int(text) for text in sys.argv[1:]] or [448, 896]
    sys.stdout.write(json.dumps({str(edge): measure(edge) for edge in edges}) + "\n")
    return 0


def measure(edge: int) -> dict[str, object]:
    """FPS of both ways at one size, and by how many grey levels their pictures differ at most."""
    ways = {
        "graph": FieldGenerator("cuda", width=edge, height=edge),
        "plain": FieldGenerator("cuda", width=edge, height=edge, record=lambda _: None),
    }
    picture = np.random.default_rng(0).integers(0, 256, (edge, edge, 3), np.uint8)
    makers = {name: chunks(generator, picture) for name, generator in ways.items()}
    first = {name: make() for name, make in makers.items()}
    apart = max(int(np.abs(a.astype(int) - b.astype(int)).max()) for a, b in zip(*first.values(), strict=True))
    fps: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, make in makers.items():
            begun = time.perf_counter()
            for _ in range(CHUNKS):
                make()
            fps[name].append(CHUNKS * CHUNK_FRAMES / (time.perf_counter() - begun))
    for generator in ways.values():
        generator.close()
    found = {name: [round(pick(rates), 1) for pick in (median, min, max)] for name, rates in fps.items()}
    return {**found, "apart": apart}


def chunks(generator: FieldGenerator, picture: RgbImage) -> Callable[[], tuple[np.ndarray, ...]]:
    """Warm a generator up; each call then makes the next chunk."""
    for _ in generator.warm_up():
        pass
    made = 0

    def chunk() -> tuple[np.ndarray, ...]:
        nonlocal made
        ids = range(made * CHUNK_FRAMES, (made + 1) * CHUNK_FRAMES)
        request = ChunkRequest(
            key=ChunkKey(0, 1, made),
            frames=tuple(InputFrame(one, one * PERIOD_NS, 1, picture) for one in ids),
            control=None,
            now_ns=made * CHUNK_FRAMES * PERIOD_NS,
            period_ns=PERIOD_NS,
            values=PARAMETERS.defaults(),
            prompt=PromptBlend((("molten gold", 1.0),)),
        )
        made += 1
        return generator.generate(request, lambda: False).images

    return chunk


if __name__ == "__main__":
    sys.exit(main())
