"""One process that crosses with others through shared memory, its kernels interpreted: run by test_peers.

python -m tests.wan.peer RANK FILE…        files of each rank's memory; prints what it received
"""

import json
import sys

import numpy as np
import torch

from engine.generators.wan.model.share import Share
from engine.generators.wan.parallel.peers import PeerTransport

SLOT_WORDS = 64
FLAG_BYTES = 8


def region_bytes(size: int) -> int:
    """Of slots for two turns, and a flag for each process."""
    return 2 * size * SLOT_WORDS * 4 + size * FLAG_BYTES


def main() -> int:
    rank, files = int(sys.argv[1]), sys.argv[2:]
    size, views = len(files), [np.memmap(file, np.uint8, "r+") for file in files]
    starts = [view.ctypes.data for view in views]
    flags = [start + 2 * size * SLOT_WORDS * 4 for start in starts]
    transport = PeerTransport(Share(rank, size, 8, size), torch.tensor(starts + flags), SLOT_WORDS)
    found = []
    for turn in range(5):
        sizes = [30 + 20 * one + turn for one in range(size)]  # some take two slots' worth
        sent = torch.cat([torch.full((count,), 100.0 * rank + to + 1000 * turn) for to, count in enumerate(sizes)])
        received = torch.zeros(size * sizes[rank])
        transport.all_to_all(received, sent, [sizes[rank]] * size, sizes, max(sizes))
        given = torch.arange(150.0) + turn if rank == 0 else torch.zeros(150)
        transport.broadcast(given)
        found.append([[part.unique().tolist() for part in received.chunk(size)], float(given.sum())])
    transport.abort()
    transport.all_to_all(torch.zeros(size), torch.zeros(size), [1] * size, [1] * size, 1)  # alone, and not for ever
    print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
