"""The program, with a generator and a source that fail in ways that they are told while it plays.

Orders are datagrams to 127.0.0.1, port SOAK_ORDERS, with one order or several between commas: a word of
GENERATOR_FAULTS, "hang SECONDS" or "lock" (Python's own, for ever), each for a chunk; or at once "source SPEC",
"arm nothing" or "arm again".
"""

import ctypes
import os
import queue
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from app.cli import main
from engine.engine import Engine
from engine.generators.base import Chunk, ChunkRequest
from engine.generators.field.generator import FieldGenerator
from engine.messages.commands import ArmBank
from engine.messages.input_commands import SelectSource
from engine.sources.file import FileSource

PORT_VARIABLE: Final = "SOAK_ORDERS"

_generate = FieldGenerator.generate
_orders: "queue.Queue[str]" = queue.Queue()


class StickyCudaError(RuntimeError):
    """As torch.AcceleratorError looks after an illegal access: every later call says the same."""


def _raises(kind: type[BaseException], *words: object) -> Callable[[Chunk], Chunk]:
    def act(_chunk: Chunk) -> Chunk:
        raise kind(*words)  # a new one each time: a kept one would keep every frame that it passed

    return act


def _floats(chunk: Chunk) -> Any:
    return replace(chunk, images=tuple(np.full(one.shape, np.nan, np.float32) for one in chunk.images))


GENERATOR_FAULTS: Final[dict[str, Callable[[Chunk], Any]]] = {
    "raise": _raises(ValueError, "a stand-in's fault"),
    "exit": _raises(SystemExit, 3),
    "interrupt": _raises(KeyboardInterrupt),
    "memory": _raises(MemoryError),
    "recursion": _raises(RecursionError, "maximum recursion depth exceeded"),
    "cuda-memory": _raises(RuntimeError, "CUDA out of memory. Tried to allocate 2.00 GiB."),
    "cuda-sticky": _raises(StickyCudaError, "CUDA error: an illegal memory access was encountered"),
    "none": lambda _chunk: None,
    "nan": _floats,
    "text": lambda _chunk: "a chunk",
    "shape": lambda chunk: replace(chunk, images=tuple(one[:100] for one in chunk.images)),
    "few": lambda chunk: replace(chunk, images=chunk.images[:1]),
    "many": lambda chunk: replace(chunk, images=chunk.images * 9),
    "empty": lambda chunk: replace(chunk, images=()),
}
"""What becomes of the next chunk."""


def _faulty(self: FieldGenerator, request: ChunkRequest, aborted: Callable[[], bool]) -> Any:
    chunk = _generate(self, request, aborted)
    try:
        order = _orders.get_nowait()
    except queue.Empty:
        return chunk
    word, _, seconds = order.partition(" ")
    if word == "lock":
        ctypes.PyDLL(None).sleep(3600)  # PyDLL keeps Python's lock while it calls
    if word == "hang":
        threading.Event().wait(float(seconds) if seconds else None)
        return chunk
    return GENERATOR_FAULTS[word](chunk)


_open = FileSource.open


def _hangs_in_pipes(self: FileSource) -> None:
    """A pipe that nobody writes to is opened for ever, as a file on a server that has gone is."""
    path = self._path
    if path.is_fifo():
        path.open("rb").close()
    _open(self)


_start = Engine.start
_engines: list[Engine] = []


def _noted(self: Engine) -> None:
    _engines.append(self)
    _start(self)


def _take(order: str) -> None:
    word, _, rest = order.partition(" ")
    engine = _engines[-1]
    if word == "source":
        engine.post(SelectSource(stamp_ns=engine.now_ns(), spec=rest))
    elif word == "arm":
        scenes = () if rest == "nothing" else tuple(engine.scenes)[:16]
        engine.post(ArmBank(stamp_ns=engine.now_ns(), scenes=scenes))
    else:
        _orders.put(order)


def _listen(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as orders:
        orders.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # another may hang that had it
        orders.bind(("127.0.0.1", port))
        while True:
            for order in orders.recv(1000).decode().split(","):
                _take(order)


if __name__ == "__main__":
    FieldGenerator.generate = _faulty  # type: ignore[method-assign]
    FileSource.open = _hangs_in_pipes  # type: ignore[method-assign]
    Engine.start = _noted  # type: ignore[method-assign]
    threading.Thread(target=_listen, args=(int(os.environ[PORT_VARIABLE]),), name="soak-orders", daemon=True).start()
    sys.exit(main())
