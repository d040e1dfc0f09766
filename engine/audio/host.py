"""The audio process: `python -m engine.audio.host`. It hears, analyses, and tells the program on standard output.

A process of its own, because drivers end the one they run in: PortAudio's and JACK's libraries abort or fault where a
server or a device goes away at the wrong moment. The show then goes on, and this is started again. It also keeps the
analysis out of the interpreter that paces chunks. It ends with the program, at the end of its standard input.
"""

import os
import sys
import threading
from typing import Final

from engine.audio.devices import Devices
from engine.audio.listening import Listening
from engine.audio.wire import Order, Word, read_order, word_line
from engine.clock import NS_PER_MS, SystemClock
from engine.mailbox import Mailbox

LOOK_NS: Final = 16 * NS_PER_MS
"""Pause between two looks into the ring: a hop and a half."""


def main() -> int:
    """Listen until standard input ends."""
    # Drivers print where they like: only we write to the program.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    orders: Mailbox[Order | None] = Mailbox()

    def read() -> None:
        for line in sys.stdin.buffer:
            orders.put(read_order(line))
        orders.put(None)

    def tell(word: Word) -> None:
        out.write(word_line(word))

    threading.Thread(target=read, name="hardcut-audio-orders", daemon=True).start()
    listening = Listening(Devices(), SystemClock(), tell)
    try:
        while True:
            orders.wait(LOOK_NS)
            for order in orders.drain():
                if order is None:
                    return 0
                listening.obey(order)
            listening.step()
    except BrokenPipeError:
        return 0  # the program has gone
    finally:
        listening.close()


if __name__ == "__main__":
    raise SystemExit(main())
