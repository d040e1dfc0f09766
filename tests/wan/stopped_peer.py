"""One process that is told to stop while it waits for another that never comes: run by test_peers, kernels interpreted.

python -m tests.wan.stopped_peer        prints the other's flags and slots, as they are after each of three crossings
"""

import json

import numpy as np
import torch

from engine.generators.wan.model.share import Share
from engine.generators.wan.parallel.peers import PeerTransport

SLOT_WORDS = 64
SLOTS_BYTES = 2 * 2 * SLOT_WORDS * 4


def main() -> None:
    regions = [np.zeros(SLOTS_BYTES + 2 * 8, np.uint8) for _ in range(2)]
    starts = [region.ctypes.data for region in regions]
    addresses = torch.tensor([*starts, *(start + SLOTS_BYTES for start in starts)])
    transport = PeerTransport(Share(0, 2, 8, 2), addresses, SLOT_WORDS)
    transport.abort()
    found = []
    for turn in range(3):
        given = [[torch.full((1, 1, 4), 10.0 + turn)] for _ in range(2)]
        transport.swap(given, [[torch.zeros(1, 1, 4)] for _ in range(2)], 4)
        flags, slots = regions[1][SLOTS_BYTES:].view(np.int64), regions[1][:SLOTS_BYTES].view(np.float32)
        found.append([flags.tolist(), sorted(set(slots.tolist()))])
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
