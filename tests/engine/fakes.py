"""Hand-written stand-ins for the rooms around the chunk loop, all on one manual clock."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from engine.clock import NS_PER_MS, ManualClock
from engine.commands import Command
from engine.errors import GeneratorError
from engine.events import BackendChoice, Event
from engine.frame import ControlMap, InputFrame, OutputFrame
from engine.generators.base import Chunk, ChunkAbortedError, ChunkRequest, GeneratorSpec
from engine.mailbox import Latest, Mailbox
from engine.parameters import ParameterSpec, ParameterTable
from engine.runner import Interrupt, RunnerProgress, RunnerRooms
from engine.scenes import Scene, SceneLibrary
from engine.scheduling.commits import Cut
from engine.scheduling.pacing import QueueState

TABLE = ParameterTable([ParameterSpec(id="g.a", label="A", minimum=0, maximum=1, default=0.5, help="a")])
SCENES = SceneLibrary(
    {
        "One": Scene(name="One", generator="toy", prompt="red", parameters={"g.a": 0.2}),
        "Two": Scene(name="Two", generator="toy", prompt="blue", parameters={"g.a": 0.8}),
    }
)
SPEC = GeneratorSpec(name="toy", label="Toy", chunk_frames=2, parameters=TABLE, home_scene="One")
IMAGE = np.zeros((448, 448, 4), np.uint8)


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
                self.log.append(f"abort {request.key.epoch}.{request.key.index} at {position}")
                raise ChunkAbortedError
            self.clock.advance(20 * NS_PER_MS)
            if self.during is not None:
                during, self.during = self.during, None
                during()
        self.log.append(f"chunk {request.key.epoch}.{request.key.index}")
        return Chunk(request.key, (IMAGE,) * self.spec.chunk_frames)

    def backends(self) -> tuple[BackendChoice, ...]:
        return (BackendChoice(component="toy", chosen="python", reason="a test"),)

    def close(self) -> None:
        self.log.append("close")


class ToySource:
    """One frame, always."""

    def __init__(self) -> None:
        self.chosen: list[str] = []

    def frames(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        image = np.zeros((448, 448, 3), np.uint8)
        return tuple(InputFrame(1, target_ns, 1, image) for target_ns in targets_ns)

    def choose(self, spec: str) -> None:
        self.chosen.append(spec)

    def seek(self, seconds: float) -> None:
        self.chosen.append(f"at {seconds:g} s")


class ToyDepth:
    """No depth at all."""

    def newest(self) -> ControlMap | None:
        return None


class ToyOutput:
    """Takes whatever is published and always wants more."""

    def __init__(self) -> None:
        self.published: list[OutputFrame] = []
        self.room = 32

    def queue_state(self) -> QueueState:
        return QueueState(0, 0)

    def free_slots(self) -> int:
        return self.room

    def publish_chunk(self, frames: Sequence[OutputFrame]) -> None:
        self.published.extend(frames)


class Bench:
    """The rooms wired together."""

    def __init__(self) -> None:
        self.clock = ManualClock(1_000_000_000)
        self.generator = ToyGenerator(self.clock)
        self.source = ToySource()
        self.output = ToyOutput()
        self.events: list[Event] = []
        self.cuts: list[Cut] = []
        self.commands: Mailbox[Command] = Mailbox()
        self.progress: Latest[RunnerProgress] = Latest()
        self.interrupt = Interrupt()
        self.rooms = RunnerRooms(
            clock=self.clock,
            commands=self.commands,
            interrupt=self.interrupt,
            source=self.source,
            depth=ToyDepth(),
            output=self.output,
            emit=self.events.append,
            cut_made=self.cuts.append,
            progress=self.progress,
        )
