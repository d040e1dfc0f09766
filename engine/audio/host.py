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
from engine.audio.ring import Bell
from engine.audio.wire import Alive, Order, Word, read_order, word_line
from engine.clock import NS_PER_SECOND, SystemClock
from engine.mailbox import Mailbox

LONGEST_WAIT_NS: Final = NS_PER_SECOND // 4
"""It looks this often whether an input that is silent has gone, or is back."""

ALIVE_NS: Final = NS_PER_SECOND
"""It says this often that it goes on: where it does not, the program ends it and starts another."""


def main() -> int:
    """Listen until standard input ends."""
    # Drivers print where they like: only we write to the program.
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    orders: Mailbox[Order | None] = Mailbox()
    bell = Bell()  # an order, or enough sound

    def read() -> None:
        for line in sys.stdin.buffer:
            orders.put(read_order(line))
            bell.ring()
        orders.put(None)
        bell.ring()

    def tell(word: Word) -> None:
        out.write(word_line(word))

    threading.Thread(target=read, name="hardcut-audio-orders", daemon=True).start()
    clock = SystemClock()
    listening = Listening(Devices(), clock, tell, bell)
    alive_ns = clock.now_ns()
    try:
        while True:
            bell.wait(LONGEST_WAIT_NS)
            if clock.now_ns() >= alive_ns:
                alive_ns = clock.now_ns() + ALIVE_NS
                tell(Alive())
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
