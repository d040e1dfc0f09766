"""A whole show in miniature: the real chunk loop and scheduler, a generator whose pictures depend on everything."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from engine.clock import NS_PER_SECOND, ManualClock
from engine.errors import GeneratorError
from engine.generators.base import (
    Chunk,
    ChunkAbortedError,
    ChunkRequest,
    GeneratorSnapshot,
    GeneratorSpec,
    VideoGenerator,
)
from engine.loop.ports import Interrupt, RunnerPorts, RunnerProgress
from engine.loop.runner import Runner
from engine.mailbox import Latest, Mailbox
from engine.messages.audio import FEATURE_IDS, NO_SOUND, FeatureTrack
from engine.messages.commands import Command
from engine.messages.events import BackendChoice, Event
from engine.messages.frame import FRAME_SIZE, ControlMap, InputFrame, OutputFrame
from engine.messages.modulation import AudioFollower, Lfo, Modulator
from engine.messages.parameters import ParameterSpec, ParameterTable
from engine.messages.picture_format import PictureFormat
from engine.messages.scenes import Scene, SceneLibrary
from engine.scheduling.chunk_pacing import ChunkPacing, QueueState
from engine.scheduling.commit_scheduler import CommitScheduler
from engine.session.inputs import InputReader, inputs_path
from engine.session.opening import open_header
from engine.session.reader import Session
from engine.session.recorder import SessionConfig, SessionRecorder
from engine.session.replay import Replay, ReplayResult, ShownChunk

PERIOD_NS = 33_333_333
TABLE = ParameterTable(
    [
        ParameterSpec(id="g.a", label="A", minimum=0, maximum=1, default=0.5, help="a"),
        ParameterSpec(id="g.b", label="B", minimum=-1, maximum=1, default=0.0, help="b"),
    ]
)
SCENES = SceneLibrary(
    {
        "One": Scene(
            name="One",
            generator="toy",
            prompt="red",
            parameters={"g.a": 0.2},
            modulation={"g.a": (Modulator(source=Lfo(beats=1.0), depth=0.4),)},
        ),
        "Two": Scene(
            name="Two",
            generator="toy",
            prompt="blue",
            parameters={"g.a": 0.8, "g.b": 0.3},
            modulation={"g.b": (Modulator(source=AudioFollower(feature="kick"), depth=-0.5),)},
        ),
    }
)
SPEC = GeneratorSpec(name="toy", label="Toy", chunk_frames=2, parameters=TABLE, home_scene="One")


class ChainGenerator:
    """Its picture is a checksum of everything it was ever given since the last reset."""

    spec = SPEC

    def __init__(self) -> None:
        self.requests: list[ChunkRequest] = []
        self.fail_next = False
        self._state = 0

    def warm_up(self) -> Iterator[float]:
        yield 1.0

    def reset(self) -> None:
        self._state = 0

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        if self.fail_next:
            self.fail_next = False
            raise GeneratorError("The toy broke", where="toy")
        if aborted():
            raise ChunkAbortedError
        self.requests.append(request)
        images = []
        for position in range(self.spec.chunk_frames):
            plain = (request.key, request.now_ns, request.period_ns, sorted(request.values.items()), request.prompt)
            self._state = zlib.crc32(
                repr((position, plain, request.past_bias, sorted(request.tracks.items()))).encode(), self._state
            )
            self._state = zlib.crc32(repr(request.quality).encode(), self._state)
            if request.reference is not None:
                self._state = zlib.crc32(request.reference.png, self._state)
            for frame in request.frames:
                self._state = zlib.crc32(repr((frame.frame_id, frame.capture_ns)).encode(), self._state)
                self._state = zlib.crc32(frame.image.tobytes(), self._state)
            if request.control is not None:
                stamps = request.control.frame_id, request.control.capture_ns, request.control.ready_ns
                self._state = zlib.crc32(repr(stamps).encode(), self._state)
                self._state = zlib.crc32(request.control.depth.tobytes() + request.control.flow.tobytes(), self._state)
            images.append(np.frombuffer(self._state.to_bytes(4, "little"), np.uint8).reshape(1, 1, 4))
        return Chunk(request.key, tuple(images))

    def backends(self) -> tuple[BackendChoice, ...]:
        return (BackendChoice(component="toy", chosen="python", reason="a test"),)

    def close(self) -> None:
        """Nothing to close."""


def _pictures(count: int) -> list[InputFrame]:
    rng = np.random.default_rng(3)
    flat = rng.integers(0, 256, (count, 1, 1, 3), dtype=np.uint8)
    return [
        InputFrame(0, 0, 1, np.ascontiguousarray(np.broadcast_to(one, (FRAME_SIZE, FRAME_SIZE, 3)))) for one in flat
    ]


PICTURES = _pictures(4)


class LoopedSource:
    """A source whose frame at an instant is known."""

    def __init__(self) -> None:
        self.empty = False

    def frames(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        if self.empty:
            return ()
        numbers = [target_ns // PERIOD_NS for target_ns in targets_ns]
        return tuple(
            InputFrame(number, number * PERIOD_NS, 1, PICTURES[number % len(PICTURES)].image) for number in numbers
        )

    def glance(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        return self.frames(targets_ns)


class LoopedDepth:
    """A new map every third chunk."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.missing = False

    def awaited(self, frame_id: int) -> ControlMap | None:  # noqa: ARG002 - nothing is waited for here
        return self.newest()

    def newest(self) -> ControlMap | None:
        if self.missing:
            return None
        at_ns = self._clock.now_ns() // (6 * PERIOD_NS) * 6 * PERIOD_NS
        rng = np.random.default_rng(at_ns)
        depth = rng.random((6, 6), dtype=np.float32)
        return ControlMap(at_ns // PERIOD_NS, at_ns, at_ns + 1, depth, rng.random((6, 6, 2), dtype=np.float32))


class Drum:
    """A kick every third of a second, which falls off; every other second it is silent."""

    def track(self, now_ns: int, shown_ns: Sequence[int]) -> FeatureTrack:
        if now_ns // NS_PER_SECOND % 2:
            return NO_SOUND
        kicks = [round(1.0 - at_ns % 333_000_000 / 333_000_000, 4) for at_ns in shown_ns]
        return FeatureTrack(tuple(tuple(kick if name == "kick" else 0.1 for name in FEATURE_IDS) for kick in kicks))


class HungryOutput:
    """Always wants more."""

    slots = 32
    period_ns = PERIOD_NS

    def __init__(self) -> None:
        self.published: list[OutputFrame] = []

    def queue_state(self) -> QueueState:
        return QueueState(0, 0)

    def free_slots(self) -> int:
        return 32

    def publish_chunk(self, frames: Sequence[OutputFrame]) -> None:
        self.published.extend(frames)


class Show:
    """The loop on a manual clock, recorded."""

    def __init__(
        self,
        path: Path,
        *,
        keep_inputs: bool = True,
        whole_steps: int = 1_000_000,
        generator: VideoGenerator | None = None,
        scenes: SceneLibrary = SCENES,
        picture_format: PictureFormat = PictureFormat.SQUARE,
    ) -> None:
        self.path = path
        self.format = picture_format
        self.clock = ManualClock(1_000_000_000)
        self.generator = generator or ChainGenerator()
        self.spec = self.generator.spec
        self.source, self.depth, self.output = LoopedSource(), LoopedDepth(self.clock), HungryOutput()
        self.events: list[Event] = []
        self.commands: Mailbox[Command] = Mailbox()
        self.interrupt = Interrupt()
        config = SessionConfig(path=path, keep_inputs=keep_inputs, version="1.2.3")
        self.recorder = SessionRecorder(config, self.clock, self.events.append, whole_steps=whole_steps)
        self.rooms = RunnerPorts(
            clock=self.clock,
            commands=self.commands,
            interrupt=self.interrupt,
            source=self.source,
            depth=self.depth,
            output=self.output,
            emit=self.events.append,
            on_cut=lambda cut: None,
            progress=Latest[RunnerProgress](),
            recorder=self.recorder,
            sound=Drum(),
        )
        self.scheduler = CommitScheduler(self.spec.parameters, scenes, self.spec.home_scene, first_epoch=3, seed=7)
        self.runner = self._new_runner()
        header = open_header(
            config,
            self.spec,
            scenes,
            scene=self.spec.home_scene,
            first_epoch=3,
            seed=7,
            rate=Fraction(30),
            now_ns=self.clock.now_ns(),
            picture=picture_format,
        )
        self.recorder.start(header)
        self.recorder.record_start(self.generator.backends(), self.spec.name, picture_format)

    def _new_runner(self) -> Runner:
        pacing = ChunkPacing(2, PERIOD_NS, self.output.slots)
        return Runner(
            self.rooms, self.generator, self.scheduler, pacing, 7, RunnerProgress(), picture_format=self.format
        )

    def chunk(self, *commands: Command, abandon: bool = False, wait_ns: int = 2 * PERIOD_NS) -> None:
        """One boundary with these commands; abandon: a cut arrives while its chunk is made."""
        for command in commands:
            self.commands.put(command)
        self.clock.advance(wait_ns)
        if abandon:
            self.rooms.source, source = _Interrupting(self.source, self.interrupt), self.rooms.source
            self.runner.step(_none_other)
            self.rooms.source = source
        else:
            self.runner.step(_none_other)

    def crash(self) -> None:
        """The generator fails and is built anew, as the supervisor does it."""
        assert isinstance(self.generator, ChainGenerator)
        self.generator.fail_next = True
        try:
            self.chunk()
        except GeneratorError:
            self.generator.reset()
        self._restart()

    def change_format(self, generator: VideoGenerator, picture_format: PictureFormat) -> None:
        """Go on with a generator of another format, as the supervisor does it."""
        self.generator, self.format = generator, picture_format
        self.recorder.record_start(generator.backends(), self.spec.name, picture_format)
        self._restart()

    def _restart(self) -> None:
        self.runner = self._new_runner()
        cut = self.scheduler.restart("the generator was restarted", self.clock.now_ns())
        self.recorder.record_restart(cut)
        self.runner.reset([cut])

    def end(self) -> None:
        """The show is over."""
        self.recorder.close()


class _Interrupting:
    """Requests the interrupt between boundary and chunk."""

    def __init__(self, source: LoopedSource, interrupt: Interrupt) -> None:
        self._source, self._interrupt = source, interrupt

    def frames(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        self._interrupt.request()
        return self._source.frames(targets_ns)

    def glance(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        return self._source.glance(targets_ns)


def replay(
    path: Path,
    generator: VideoGenerator | None = None,
    *,
    show: Callable[[ShownChunk], None] = lambda chunk: None,
    until_difference: bool = False,
) -> tuple[ReplayResult, str]:
    """The result of a replay with its inputs, and how the file ends."""
    session = Session(path)
    player = generator or ChainGenerator()
    player.reset()
    inputs = InputReader(inputs_path(path))
    try:
        run = Replay(session, player.spec.parameters, player, inputs, show)
        return run.run(until_difference=until_difference), session.ending
    finally:
        inputs.close()


def _none_other(_command: Command) -> bool:
    return False


class KeepingGenerator(ChainGenerator):
    """Its caches can be kept and put back."""

    def snapshot(self) -> GeneratorSnapshot:
        return GeneratorSnapshot("toy", 4, self._state)

    def restore(self, snapshot: GeneratorSnapshot) -> None:
        assert isinstance(snapshot.state, int)
        self._state = snapshot.state
