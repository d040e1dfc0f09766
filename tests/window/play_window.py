"""The window in a process of its own, over a fake engine; says what was posted when it ends."""

import sys
import threading
import time

from app.views.app import run_window
from engine.messages.commands import Command, HardCut
from tests.window.fake_engine import FakeEngine


class LiveEngine(FakeEngine):
    """Its pictures move, and its clock is the machine's."""

    def preview(self) -> tuple[int, object]:  # type: ignore[override]
        self.sequence = time.monotonic_ns() // 33_000_000
        return self.sequence, self.pixels

    def now_ns(self) -> int:
        return time.monotonic_ns()


def told(command: Command) -> str:
    """A command in one word or two."""
    name = type(command).__name__
    return f"{name} {command.scene}" if isinstance(command, HardCut) else name


def main() -> int:
    engine = LiveEngine()

    def ready() -> tuple[str, ...]:
        engine.perform()
        # Said from another thread a moment later: by then the event loop runs.
        threading.Timer(0.5, lambda: print("ready", flush=True)).start()
        return ()

    status = run_window(engine, engine.front, engine, on_ready=ready, on_closing=lambda: print("closing", flush=True))
    for command in engine.posted:
        print(told(command), flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
