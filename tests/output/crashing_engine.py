"""An engine in a process of its own, to be killed: feeds the output without end.

Arguments: name, sink, red, green, blue. Prints the output's process id once frames flow.
"""

import sys
import time

from engine.output.client import SinkSpec
from tests.output.parts import connect, flat, frame


def main(name: str, sink: str, *colour: str) -> None:
    client = connect(name, SinkSpec(sink))
    image = flat(*(int(part) for part in colour))
    chunk = 0
    while True:
        if client.free_slots() >= 20:
            client.publish_chunk([frame(image, epoch=3, chunk=chunk, position=index) for index in range(12)])
            chunk += 1
            if chunk == 2:
                print(client.pid, flush=True)
        time.sleep(0.02)


if __name__ == "__main__":
    main(*sys.argv[1:])
