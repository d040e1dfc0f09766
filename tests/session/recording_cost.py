"""What recording costs the show: `python -m tests.session.recording_cost`. Not a test: it measures.

Chunks of the field are made as fast as they go, in turns without a recorder, with one, and with one that keeps the
inputs, each at a chunk's own pace so that the writer has the time it would have in a show.
"""

import statistics
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from engine.clock import SystemClock
from engine.generators.field import PARAMETERS
from engine.generators.field.generator import FieldGenerator
from engine.loop.ports import NullRecorder
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.scenes import load_library
from engine.preprocess.auto import AutoEstimator
from engine.session.inputs import inputs_path
from engine.session.recorder import SessionRecorder
from engine.sources.stage import StageRenderer
from tests.session.shows import PERIOD_NS, Show

FRAMES = 90
BLOCKS = 12
CHUNKS_A_BLOCK = 30


class StageTape:
    """Frames and maps of the built-in stage, rendered before the measurement."""

    def __init__(self) -> None:
        renderer, depth = StageRenderer(), AutoEstimator()
        self._frames: list[InputFrame] = []
        self._maps: list[ControlMap] = []
        for index in range(FRAMES):
            image, true_depth = renderer.render(3 + index / 30)
            frame = InputFrame(index, index * PERIOD_NS, 1, image, true_depth)
            control = depth.push(frame, index * PERIOD_NS)
            assert control is not None
            self._frames.append(frame)
            self._maps.append(control)
        self.next = 0

    def frames(self, _targets_ns: object) -> tuple[InputFrame, ...]:
        """Two frames that were never used before."""
        self.next += 2
        return tuple(
            InputFrame(number, number * PERIOD_NS, 1, self._frames[number % FRAMES].image)
            for number in (self.next - 2, self.next - 1)
        )

    def glance(self, _targets_ns: object) -> tuple[InputFrame, ...]:
        """Nothing is armed here."""
        return ()

    def newest(self) -> ControlMap:
        """A map that was never used before."""
        control, stamp = self._maps[self.next % FRAMES], self.next * PERIOD_NS
        return ControlMap(self.next, stamp, stamp, control.depth, control.flow)

    def awaited(self, frame_id: int) -> ControlMap | None:  # noqa: ARG002 - nothing is waited for here
        return self.newest()


class Timed:
    """A recorder that measures how long the loop is kept."""

    def __init__(self, recorder: SessionRecorder) -> None:
        self.recorder = recorder
        self.record_start, self.record_restart = recorder.record_start, recorder.record_restart
        self.kept: list[float] = []

    def record(self, step: object) -> None:
        """Hand it on."""
        start = time.perf_counter()
        self.recorder.record(step)  # type: ignore[arg-type]
        self.kept.append(time.perf_counter() - start)


def writer_cpu_s() -> dict[int, float]:
    """CPU time of each writer thread of this process, by native id (Linux)."""
    found = {}
    for thread in threading.enumerate():
        if thread.name == "hardcut-session" and thread.native_id is not None:
            stat = Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text().split()
            found[thread.native_id] = int(stat[0]) / 1e9
    return found


def main() -> None:
    field = FieldGenerator(device="cpu", threads=1)
    for _ in field.warm_up():
        continue
    scenes = load_library("field", PARAMETERS)
    tape = StageTape()
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        shows = {
            name: Show(room / name, keep_inputs=name == "inputs", whole_steps=32, generator=field, scenes=scenes)
            for name in ("none", "commits", "inputs")
        }
        witnesses = {name: Timed(show.recorder) for name, show in shows.items()}
        times: dict[str, list[float]] = {name: [] for name in shows}
        cpu = dict.fromkeys(shows, 0.0)
        for show in shows.values():
            show.rooms.source, show.rooms.depth = tape, tape
        shows["none"].rooms.recorder = NullRecorder()
        clock = SystemClock()
        for block in range(BLOCKS):
            for name in list(shows)[block % 3 :] + list(shows)[: block % 3]:
                show = shows[name]
                if name != "none":
                    show.rooms.recorder = witnesses[name]
                before = sum(writer_cpu_s().values())
                for index in range(CHUNKS_A_BLOCK):
                    due = clock.now_ns() + 2 * PERIOD_NS
                    start = time.perf_counter()
                    show.chunk()
                    if index:
                        times[name].append(time.perf_counter() - start)
                    time.sleep(max(due - clock.now_ns(), 0) / 1e9)
                cpu[name] += sum(writer_cpu_s().values()) - before
        for show in shows.values():
            show.end()
        chunks = BLOCKS * CHUNKS_A_BLOCK
        base = statistics.median(times["none"])
        for name, taken in times.items():
            kept = statistics.median(witnesses[name].kept) * 1e6 if witnesses[name].kept else 0.0
            size = shows[name].path.stat().st_size
            stored = inputs_path(shows[name].path).stat().st_size if name == "inputs" else 0
            print(
                f"{name:8} chunk {statistics.median(taken) * 1e3:6.2f} ms, "
                f"ratio {statistics.median(taken) / base:.3f}, "
                f"10th percentile {np.percentile(taken, 10) * 1e3:6.2f} ms; loop kept {kept:5.1f} µs; "
                f"writer {cpu[name] / chunks * 1e3:5.2f} ms CPU a chunk; "
                f"{size / chunks / 1e3:.2f} kB and {stored / chunks / 1e3:.0f} kB a chunk "
                f"({(size + stored) / chunks * 15 * 60 / 1e6:.0f} MB a minute)"
            )


if __name__ == "__main__":
    main()
