"""What goes between host and device while chunks are made: counted by torch's profiler on a GPU.

On a CPU nothing does; there the calls that would are counted, as `--audit` sees them.
"""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from bench.wan.audit_watch import Kind, Watch

_COPY: Final = "gpu_memcpy"
"""The category of copies in torch's traces."""

_UP, _DOWN = "HtoD", "DtoH"


@dataclass(frozen=True, slots=True)
class Transfers:
    """Copies of one chunk, on average.

    Attributes:
        up, down: to the device, and to the host; on a CPU all of them count as up.
        profiled: they were seen by the profiler; False: by the calls that would have made them.
    """

    up: float
    up_bytes: float
    down: float
    down_bytes: float
    profiled: bool


def count_transfers(make: Callable[[], object], chunks: int, device: torch.device) -> Transfers:
    """Make so many chunks and count what each moves."""
    if device.type != "cuda":
        with Watch(device) as watch:
            for _ in range(chunks):
                make()
        moved = [tally for move, tally in watch.tallies.items() if move.kind is Kind.TRANSFER]
        count, size = sum(one.count for one in moved), sum(one.bytes for one in moved)
        return Transfers(count / chunks, size / chunks, 0.0, 0.0, profiled=False)
    torch.cuda.synchronize(device)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        for _ in range(chunks):
            make()
        torch.cuda.synchronize(device)
    with tempfile.TemporaryDirectory(prefix="hc-") as folder:
        path = Path(folder) / "trace.json"
        profile.export_chrome_trace(str(path))
        return of_trace(json.loads(path.read_text(encoding="utf-8")), chunks)


def of_trace(trace: Any, chunks: int) -> Transfers:
    """Count the copies in a trace as torch writes it, by chunk; those within the device are none."""
    counts, sizes = {_UP: 0, _DOWN: 0}, {_UP: 0, _DOWN: 0}
    for event in trace["traceEvents"]:
        if event.get("cat") != _COPY:
            continue
        for way in counts:
            if way in event["name"]:
                counts[way] += 1
                sizes[way] += int(event["args"]["bytes"])
    return Transfers(
        counts[_UP] / chunks, sizes[_UP] / chunks, counts[_DOWN] / chunks, sizes[_DOWN] / chunks, profiled=True
    )
