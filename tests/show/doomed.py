"""An engine that plays until it is killed; says so on standard output once pictures flow."""

import sys
import threading

from engine.engine import Engine, EngineConfig
from engine.messages.events import Event
from engine.messages.stats import Stats
from engine.output.client import NULL_SINK, OutputConfig


def main(name: str) -> None:
    engine = Engine(EngineConfig(output=OutputConfig(name=name, sinks=(NULL_SINK,))))
    flowing = threading.Event()

    def hear(event: Event) -> None:
        if isinstance(event, Stats) and event.frames > 0 and event.first_frame_ns > 0:
            flowing.set()

    engine.subscribe(hear)
    engine.start()
    flowing.wait()
    sys.stdout.write("flowing\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
