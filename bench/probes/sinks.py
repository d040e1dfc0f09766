"""Plays a show at 1080p on NDI, then on a display beside it, then with the recorder too; then switches them at random.

Usage: sinks SECONDS SWITCHES FILE.mp4. It wants a DISPLAY, and an NDI receiver of "Hardcut Sinks". Its last line is
JSON: one object for each stage, and one for the switching.
"""

import json
import random
import sys
import threading
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

import psutil

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.engine import Engine, EngineConfig
from engine.mailbox import Latest
from engine.messages.events import ComponentState, Event, GeneratorChanged
from engine.messages.output_commands import SwitchSink
from engine.messages.output_events import OutputChanged
from engine.messages.sinks import SinkReport
from engine.messages.stats import Stats
from engine.output.client import NDI_SINK, OutputConfig, running_outputs

NAME: Final = "Hardcut Sinks"
SETTLE_S: Final = 6.0
"""After a sink is switched on: a recorder tries encoders first."""

WINDOW_S: Final = 30.0
"""The figures of deadlines are of so many seconds: the start must not be among them."""

PAUSE_S: Final = (0.02, 0.25)
"""Between two switches."""

PATIENCE_S: Final = 60.0


class Listener:
    """Hold the newest figures of a show."""

    def __init__(self, engine: Engine) -> None:
        self.stats: Latest[Stats] = Latest()
        self.output: Latest[OutputChanged] = Latest()
        self.ready = threading.Event()
        engine.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        match event:
            case Stats():
                self.stats.put(event)
            case OutputChanged():
                self.output.put(event)
            case GeneratorChanged(state=ComponentState.READY):
                self.ready.set()
            case _:
                pass

    def sinks(self) -> Mapping[str, SinkReport]:
        """Return the newest report of each sink, by its kind."""
        output = self.output.peek()
        return {one.id: one for one in output.sinks} if output is not None else {}


class SinksRun:
    """A show, and what its processes take of the processors."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._listener = Listener(engine)
        self._pause = threading.Event()

    def begin(self) -> None:
        """Wait for the generator and its stride."""
        self._listener.ready.wait(PATIENCE_S)
        self._pause.wait(WINDOW_S)

    def switch(self, sink: str, on: bool) -> None:
        """Switch a sink."""
        self._engine.post(SwitchSink(stamp_ns=self._engine.now_ns(), sink=sink, on=on))

    def add(self, sink: str) -> None:
        """Switch a sink on, and let it settle."""
        self.switch(sink, True)
        self._pause.wait(SETTLE_S)

    def stage(self, seconds: float) -> dict[str, Any]:
        """Measure for so many seconds."""
        processes = self._processes()
        used = {name: _cpu_s(process) for name, process in processes.items()}
        first, sinks_before = self._figures(), self._listener.sinks()
        self._pause.wait(seconds)
        last, sinks = self._figures(), self._listener.sinks()
        span_s = (last.at_ns - first.at_ns) / NS_PER_SECOND
        return {
            "pipeline_fps": (last.frames - first.frames) / span_s,
            "output_fps": (last.output_frames - first.output_frames) / span_s,
            "lagged": last.lagged - first.lagged,
            "repeated": last.repeated - first.repeated,
            "deadline_p99_ms": last.deadline_error_ns / NS_PER_MS,
            "cpu_percent": {
                name: 100 * (_cpu_s(process) - used[name]) / seconds for name, process in processes.items()
            },
            "sinks": {
                kind: {
                    "sent": one.sent - sinks_before.get(kind, SinkReport(sink=kind)).sent,
                    "dropped": one.dropped - sinks_before.get(kind, SinkReport(sink=kind)).dropped,
                    "remark": one.remark,
                }
                for kind, one in sinks.items()
            },
        }

    def switching(self, sinks: tuple[str, ...], switches: int, chance: random.Random) -> dict[str, Any]:
        """Switch each sink so often, in a random order, and count output frames missed meanwhile."""
        before = self._figures()
        on = dict.fromkeys(sinks, True)
        order = [sink for sink in sinks for _ in range(switches)]
        chance.shuffle(order)
        for sink in order:
            on[sink] = not on[sink]
            self.switch(sink, on[sink])
            self._pause.wait(chance.uniform(*PAUSE_S))
        for sink in sinks:
            self.switch(sink, True)
        self._pause.wait(SETTLE_S)
        after = self._figures()
        return {"switches": len(order), "lagged": after.lagged - before.lagged, "on": sorted(self._listener.sinks())}

    def _figures(self) -> Stats:
        """Wait for the next figures."""
        self._listener.stats.take()
        found = self._listener.stats.take(2 * NS_PER_SECOND)
        if found is None:
            raise RuntimeError("The show tells no figures")
        return found

    def _processes(self) -> dict[str, psutil.Process]:
        output = next(one for one in running_outputs() if one.name == NAME)
        process = psutil.Process(output.pid)
        found = {"engine": psutil.Process(), "output": process}
        for child in process.children():
            words = child.cmdline()
            if "--sink" in words:
                found[words[words.index("--sink") + 1].partition(":")[0]] = child
        return found


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main() -> int:
    seconds, switches, film = float(sys.argv[1]), int(sys.argv[2]), f"record:{sys.argv[3]}"
    output = OutputConfig(name=NAME, width=1920, height=1080, fps=Fraction(30), sinks=(NDI_SINK,))
    engine = Engine(EngineConfig(output=output))
    run = SinksRun(engine)
    document: dict[str, Any] = {}
    try:
        engine.start()
        run.begin()
        document["ndi"] = run.stage(seconds)
        for name, sink in (("display", "display:1"), ("record", film)):
            run.add(sink)
            document[name] = run.stage(seconds)
        document["switching"] = run.switching((str(NDI_SINK), "display:1", film), switches, random.Random(7))
    finally:
        engine.stop()
    sys.stdout.write(json.dumps(document) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
