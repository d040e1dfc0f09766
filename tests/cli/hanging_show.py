"""The program, with a built-in generator that does not return from its tenth chunk."""

import sys
import threading
from collections.abc import Callable

from app.cli import main
from engine.generators.base import Chunk, ChunkRequest
from engine.generators.field.generator import FieldGenerator

generate = FieldGenerator.generate
made = 0


def hang(self: FieldGenerator, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
    global made
    made += 1
    if made > 10:
        threading.Event().wait()
    return generate(self, request, aborted)


if __name__ == "__main__":
    FieldGenerator.generate = hang  # type: ignore[method-assign]
    sys.exit(main())
