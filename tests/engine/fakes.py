"""Hand-written stand-ins for the rooms around the chunk loop, all on one manual clock."""

from collections.abc import Callable, Generator, Iterator, Sequence

import numpy as np

from engine.clock import NS_PER_MS, ManualClock
from engine.errors import GeneratorError
from engine.generators.base import (
    Chunk,
    ChunkAbortedError,
    ChunkKey,
    ChunkRequest,
    GeneratorSnapshot,
    GeneratorSpec,
    Opening,
    opening_key,
)
from engine.loop.ports import Interrupt, RunnerPorts, RunnerProgress
from engine.mailbox import Latest, Mailbox
from engine.messages.commands import Command
from engine.messages.events import BackendChoice, Event
from engine.messages.frame import ControlMap, InputFrame, OutputFrame
from engine.messages.framing import Framing
from engine.messages.parameters import ParameterSpec, ParameterTable
from engine.messages.scenes import Scene, SceneLibrary
from engine.scheduling.chunk_pacing import QueueState
from engine.scheduling.commit_scheduler import Cut

TABLE = ParameterTable([ParameterSpec(id="g.a", label="A", minimum=0, maximum=1, default=0.5, help="a")])
SCENES = SceneLibrary(
    {
        "One": Scene(name="One", generator="toy", prompt="red", parameters={"g.a": 0.2}),
        "Two": Scene(name="Two", generator="toy", prompt="blue", parameters={"g.a": 0.8}),
    }
)
SPEC = GeneratorSpec(name="toy", label="Toy", chunk_frames=2, parameters=TABLE, home_scene="One")
IMAGE = np.zeros((448, 448, 4), np.uint8)
OPENINGS = {
    opening_key(seed, scene, visit): f"{scene} {visit}" for seed in (0, 7) for scene in SCENES for visit in range(20)
}


def told(key: ChunkKey) -> str:
    """A chunk in the logs: its epoch and index, or for an opening its scene and visit."""
    return OPENINGS.get(key, f"{key.epoch}.{key.index}")


class ToyGenerator:
    """Takes 20 ms a frame on the manual clock; a script may act in the middle of a chunk."""

    spec = SPEC

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.log: list[str] = []
        self.requests: list[ChunkRequest] = []
        self.during: Callable[[], None] | None = None
        self.fail_next = 0

    def warm_up(self) -> Iterator[float]:
        self.log.append("warm up")
        yield 0.5

    def reset(self) -> None:
        self.log.append("reset")

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        if self.fail_next:
            self.fail_next -= 1
            raise GeneratorError("The toy broke", where="toy")
        self.requests.append(request)
        for position in range(self.spec.chunk_frames):
            if aborted():
                self.log.append(f"abort {told(request.key)} at {position}")
                raise ChunkAbortedError
            self.clock.advance(20 * NS_PER_MS)
            if self.during is not None:
                during, self.during = self.during, None
                during()
        self.log.append(f"chunk {told(request.key)}")
        return Chunk(request.key, (IMAGE,) * self.spec.chunk_frames)

    def backends(self) -> tuple[BackendChoice, ...]:
        return (BackendChoice(component="toy", chosen="python", reason="a test"),)

    def close(self) -> None:
        self.log.append("close")


class PreparingToy(ToyGenerator):
    """A toy that can also prepare openings, 20 ms a frame and step."""

    prepare_fails = 0
    during_prepare: Callable[[], None] | None = None

    def snapshot(self) -> GeneratorSnapshot:
        return GeneratorSnapshot("toy", 1000, None)

    def restore(self, snapshot: GeneratorSnapshot) -> None:
        self.log.append(f"restore {snapshot.state}")

    def prepare(self, request: ChunkRequest) -> Generator[None, None, Opening]:
        name = told(request.key)
        try:
            for position in range(self.spec.chunk_frames):
                yield
                if self.prepare_fails:
                    self.prepare_fails -= 1
                    raise GeneratorError("The toy broke", where="toy")
                self.clock.advance(20 * NS_PER_MS)
                self.log.append(f"prepare {name} at {position}")
                if self.during_prepare is not None:
                    during, self.during_prepare = self.during_prepare, None
                    during()
        except GeneratorExit:
            self.log.append(f"give up {name}")
            raise
        chunk = Chunk(request.key, (IMAGE,) * self.spec.chunk_frames)
        return Opening(request, chunk, GeneratorSnapshot("toy", 1000, name))


class ManualInterrupt(Interrupt):
    """Waits on the manual clock; a script may act at an instant within a wait."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self.clock = clock
        self.waits: list[int] = []
        self.script: list[tuple[int, Callable[[], None]]] = []

    def wait(self, timeout_ns: int) -> None:
        """Let the time pass, or as much of it as the script allows."""
        until_ns = self.clock.now_ns() + timeout_ns
        self.waits.append(timeout_ns)
        if self.script and self.script[0][0] <= until_ns:
            at_ns, act = self.script.pop(0)
            self.clock.advance(max(at_ns - self.clock.now_ns(), 0))
            act()
            if self.requested():
                return
        self.clock.advance(until_ns - self.clock.now_ns())


class ToySource:
    """One frame, always."""

    def __init__(self) -> None:
        self.chosen: list[str] = []

    def frames(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        image = np.zeros((448, 448, 3), np.uint8)
        return tuple(InputFrame(1, target_ns, 1, image) for target_ns in targets_ns)

    def glance(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        return self.frames(targets_ns)

    def choose(self, spec: str) -> None:
        self.chosen.append(spec)

    def frame_by(self, framing: Framing) -> None:
        self.framing = framing

    def seek(self, seconds: float) -> None:
        self.chosen.append(f"at {seconds:g} s")


class ToyDepth:
    """No depth at all."""

    def newest(self) -> ControlMap | None:
        return None

    def awaited(self, frame_id: int) -> ControlMap | None:  # noqa: ARG002 - nothing is waited for here
        return self.newest()


class ToyOutput:
    """Takes whatever is published and always wants more."""

    slots = 32
    period_ns = 33_333_333

    def __init__(self) -> None:
        self.published: list[OutputFrame] = []
        self.room = 32

    def queue_state(self) -> QueueState:
        return QueueState(0, 0)

    def free_slots(self) -> int:
        return self.room

    def publish_chunk(self, frames: Sequence[OutputFrame]) -> None:
        self.published.extend(frames)


class TickingOutput(ToyOutput):
    """Shows a frame at each deadline, period_ns or the content's apart, of the newest epoch alone."""

    def __init__(self, clock: ManualClock, period_ns: int) -> None:
        super().__init__()
        self.clock = clock
        self.period_ns = period_ns
        self.next_ns = clock.now_ns() + period_ns
        self.queue: list[OutputFrame] = []
        self.shown: list[tuple[int, int]] = []
        self.repeats = 0

    def queue_state(self) -> QueueState:
        self._catch_up()
        return QueueState(len(self.queue), self.next_ns)

    def publish_chunk(self, frames: Sequence[OutputFrame]) -> None:
        self._catch_up()
        super().publish_chunk(frames)
        self.queue = [frame for frame in (*self.queue, *frames) if frame.epoch == frames[-1].epoch]

    def _catch_up(self) -> None:
        while self.next_ns <= self.clock.now_ns():
            lasts_ns = self.period_ns
            if self.queue:
                frame = self.queue.pop(0)
                lasts_ns = max(lasts_ns, frame.period_ns)
                self.shown.append((self.next_ns, frame.epoch))
            elif self.shown:
                self.repeats += 1
            self.next_ns += lasts_ns

    def first_shown_ns(self, epoch: int) -> int:
        """The deadline of the first frame of an epoch."""
        self._catch_up()
        return next(deadline_ns for deadline_ns, shown in self.shown if shown == epoch)


class Bench:
    """The rooms wired together."""

    def __init__(self, period_ns: int = 0) -> None:
        """With a period: an output that ticks, an interrupt on the manual clock and a toy that prepares."""
        self.clock = ManualClock(1_000_000_000)
        self.generator = PreparingToy(self.clock) if period_ns else ToyGenerator(self.clock)
        self.source = ToySource()
        self.output = TickingOutput(self.clock, period_ns) if period_ns else ToyOutput()
        self.events: list[Event] = []
        self.cuts: list[Cut] = []
        self.commands: Mailbox[Command] = Mailbox()
        self.progress: Latest[RunnerProgress] = Latest()
        self.interrupt = ManualInterrupt(self.clock) if period_ns else Interrupt()
        self.rooms = RunnerPorts(
            clock=self.clock,
            commands=self.commands,
            interrupt=self.interrupt,
            source=self.source,
            depth=ToyDepth(),
            output=self.output,
            emit=self.events.append,
            on_cut=self.cuts.append,
            progress=self.progress,
        )
