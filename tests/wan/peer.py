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


def given(rank: int, to: int, turn: int, which: int, count: int) -> torch.Tensor:
    """What a rank sends another: [2, count, 8], other numbers everywhere, in the middle of a larger tensor."""
    numbers = torch.arange(2.0 * (count + 1) * 16).view(2, count + 1, 16)
    return (numbers + 1000 * rank + 100 * to + 7 * turn + 10000 * which)[:, 1:, 4:12]


def main() -> int:
    rank, files = int(sys.argv[1]), sys.argv[2:]
    size, views = len(files), [np.memmap(file, np.uint8, "r+") for file in files]
    starts = [view.ctypes.data for view in views]
    flags = [start + 2 * size * SLOT_WORDS * 4 for start in starts]
    transport = PeerTransport(Share(rank, size, 8, size), torch.tensor(starts + flags), SLOT_WORDS)
    found = []
    for turn in range(5):
        counts = [3 + one for one in range(size)]  # some take two slots' worth
        outgoing = [[given(rank, to, turn, which, counts[to]) for which in range(3)] for to in range(size)]
        incoming = [[torch.zeros(2, counts[rank] + 2, 12)[:, 1:-1, 2:10] for _ in range(3)] for _ in range(size)]
        transport.swap(outgoing, incoming, 2 * max(counts) * 8)
        told = torch.arange(150.0) + turn if rank == 0 else torch.zeros(150)
        transport.broadcast(told)
        found.append([[[part.tolist() for part in one] for one in incoming], told.tolist()])
    transport.abort()
    one = [[torch.zeros(1, 1, 4)] for _ in range(size)]
    transport.swap(one, one, 4)  # alone, and not for ever
    print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
