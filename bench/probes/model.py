"""Makes chunks of one model at full speed, with nothing else running: what it moves, holds and uses.

Usage: model GENERATOR SECONDS GPUS; GPUS may be "". Its last line is JSON: samples of memory, transfers, energy.
"""

import json
import sys
import time
from dataclasses import asdict
from typing import Final

import psutil
import torch

from bench.wan.energy import EnergyMeter
from bench.wan.model import never
from bench.wan.playing import Requests, play, slides_to_full, warmed
from bench.wan.transfers import count_transfers
from engine.clock import NS_PER_SECOND
from engine.generators.ranks import asked_ranks

TRANSFER_CHUNKS: Final = 4
SAMPLES: Final = 200
"""Looks at the memory in a run: each takes some microseconds."""


def main() -> int:
    name, seconds, gpus = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    generator = warmed(name, asked_ranks(gpus or "1"))
    try:
        device = generator.parts.model.device
        requests = Requests(generator.spec)
        play(generator, requests, slides_to_full(generator))
        moved = count_transfers(lambda: generator.generate(requests.next(), never), TRANSFER_CHUNKS, device)
        meter = EnergyMeter(device)
        process = psutil.Process()
        samples: list[tuple[int, float, int, int, int]] = []
        made, begun_ns, before = 0, time.monotonic_ns(), meter.joules()
        while (since_s := (time.monotonic_ns() - begun_ns) / NS_PER_SECOND) < seconds or made < 2:
            if since_s >= len(samples) * seconds / SAMPLES:
                samples.append((made, since_s, process.memory_info().rss, *_held(device)))
            play(generator, requests, 1)
            made += 1
        samples.append((made, since_s, process.memory_info().rss, *_held(device)))
        after = meter.joules()
    finally:
        generator.end()
    document = {
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "",
        "chunk_frames": generator.spec.chunk_frames,
        "samples": samples,
        "transfers": asdict(moved),
        "joules": None if before is None or after is None else after - before,
        "why": meter.why,
    }
    sys.stdout.write(json.dumps(document) + "\n")
    return 0


def _held(device: torch.device) -> tuple[int, int]:
    """Return the bytes that tensors hold on the device, and that torch has taken of it for them; 0 on a CPU."""
    if device.type != "cuda":
        return 0, 0
    return torch.cuda.memory_allocated(device), torch.cuda.memory_reserved(device)


if __name__ == "__main__":
    sys.exit(main())
