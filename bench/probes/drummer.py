"""A drummer on a JACK server: kicks at uneven distances, from a client that knows nothing of Hardcut.

Ends when its standard input does; its last line is JSON: {"struck_ns": [...]}, when each kick was handed over.
"""

import argparse
import json
import sys
import time
from typing import Any

import jack
import numpy as np

from bench.audio.tracks import RATE, stroke
from bench.harness.processes import input_closed

SPACING_S = (1.0, 1.5)
"""Far enough for the picture to come to rest, and never in step with chunks."""


class Drummer:
    """Plays on JACK's own thread."""

    def __init__(self, client: Any, seed: int) -> None:
        self._port = client.outports.register("out")
        self._random = np.random.default_rng(seed)
        sound = stroke("kick", self._random)
        rate = int(client.samplerate)
        self._kick = np.interp(np.arange(0, len(sound) / RATE, 1 / rate), np.arange(len(sound)) / RATE, sound) * 0.8
        self._rate = rate
        self._place = len(self._kick)  # in the kick, of the next block's first sample; below 0: it begins later in it
        self._until = rate  # samples until another begins
        self.struck_ns: list[int] = []

    def process(self, frames: int) -> None:
        """Fill a block."""
        out = self._port.get_array()
        out[:] = 0.0
        if self._until < frames:
            self.struck_ns.append(time.monotonic_ns())
            self._place = -self._until
            self._until += round(self._rate * self._random.uniform(*SPACING_S))
        self._until -= frames
        first = max(0, -self._place)
        part = self._kick[self._place + first : self._place + frames]
        out[first : first + len(part)] = part
        self._place += frames


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    closed = input_closed()
    client = jack.Client(options.name, no_start_server=True)
    drummer = Drummer(client, options.seed)
    client.set_process_callback(drummer.process)
    with client:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        closed.wait()
    sys.stdout.write(json.dumps({"struck_ns": drummer.struck_ns}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
