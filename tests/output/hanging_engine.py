"""An engine in a process of its own that plays until it keeps Python's lock for ever, as a driver's call may.

Arguments: the output's name. Prints the output's process id just before.
"""

import ctypes
import sys
import threading
import time

from engine.output.client import NULL_SINK
from tests.output.parts import connect, flat, frame

THREADS_S = 0.3


def main(name: str) -> None:
    client = connect(name, NULL_SINK)
    client.publish_chunk([frame(flat(10, 20, 30), epoch=3, chunk=0, position=index) for index in range(12)])

    def beat() -> None:
        while True:
            client.beat()
            time.sleep(0.02)

    threading.Thread(target=beat, daemon=True).start()
    time.sleep(THREADS_S)
    print(client.pid, flush=True)
    ctypes.PyDLL(None).sleep(600)  # PyDLL keeps the lock while it calls


if __name__ == "__main__":
    main(sys.argv[1])
