"""The engine thread: builds the generator, runs the chunk loop, and starts it again when it fails."""

import threading
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

from engine.arming import ArmedScenes
from engine.clock import NS_PER_SECOND, Clock
from engine.commands import Command, SeekSource, SelectGenerator, SelectSource
from engine.errors import EngineError
from engine.events import CommandRefused, GeneratorChanged, Level, Notice, StageState
from engine.generators.base import VideoGenerator
from engine.generators.registry import GeneratorEntry
from engine.rooms import RunnerProgress, RunnerRooms
from engine.runner import Runner
from engine.scheduling.commits import CommitScheduler
from engine.scheduling.pacing import ChunkPacing

FAULTS_FORGIVEN = 3
FAULT_MEMORY_NS = 20 * NS_PER_SECOND
"""A generator that fails more often than this in this time will not recover by itself."""

RETRY_NS = NS_PER_SECOND // 2


class SourceChooser(Protocol):
    """What changes the source; raises SourceError for what cannot be done."""

    def choose(self, spec: str) -> None: ...

    def seek(self, seconds: float) -> None: ...


class Supervisor:
    """Owns the generator, the scheduler and the chunk loop, all on its own thread."""

    def __init__(
        self,
        rooms: RunnerRooms,
        entry: GeneratorEntry,
        make_scheduler: Callable[[], CommitScheduler],
        chooser: SourceChooser,
        output_rate: Fraction,
        seed: int,
    ) -> None:
        self._rooms = rooms
        self._entry = entry
        self._make_scheduler = make_scheduler
        self._chooser = chooser
        self._seed = seed
        self._output_period_ns = round(NS_PER_SECOND / output_rate)
        self._stopping = threading.Event()
        self._faults: deque[int] = deque(maxlen=FAULTS_FORGIVEN + 1)
        self._scheduler: CommitScheduler | None = None
        self._armed = ArmedScenes()
        self._thread = threading.Thread(target=self._work, name="hardcut-engine")

    def start(self) -> None:
        """Start the thread; the generator is built and warmed up on it."""
        self._thread.start()

    def stop(self) -> None:
        """End the loop after the chunk in flight has reached a safe point, and join the thread."""
        self._stopping.set()
        self._rooms.interrupt.request()
        self._thread.join()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._perform()
            except Exception as fault:  # noqa: BLE001 - the top of the engine thread, and it reports
                if not self._forgive(fault):
                    return

    def _perform(self) -> None:
        """Build the generator and run the loop until told to stop."""
        generator = self._entry.build()
        try:
            self._warm_up(generator)
            scheduler, restarted = self._scheduler, self._scheduler is not None
            if scheduler is None:
                scheduler = self._scheduler = self._make_scheduler()
            runner = Runner(
                self._rooms,
                generator,
                scheduler,
                ChunkPacing(generator.spec.chunk_frames, self._output_period_ns),
                self._seed,
                self._rooms.progress.peek() or RunnerProgress(),
                self._armed,
            )
            if restarted:
                cut = scheduler.restarted("the generator was restarted", self._rooms.clock.now_ns())
                self._rooms.witness.restarted(cut)
                runner.reset([cut])
            try:
                while not self._stopping.is_set():
                    runner.step(self._take_others)
            finally:
                runner.close()
        finally:
            generator.close()

    def _warm_up(self, generator: VideoGenerator) -> None:
        for progress in generator.warm_up():
            self._announce(generator, StageState.STARTING, progress)
        self._rooms.witness.began(generator.backends())
        self._announce(generator, StageState.READY, 1.0)

    def _announce(self, generator: VideoGenerator, state: StageState, progress: float) -> None:
        self._rooms.emit(
            GeneratorChanged(
                at_ns=self._rooms.clock.now_ns(),
                name=generator.spec.name,
                state=state,
                progress=progress,
                backends=generator.backends() if state is StageState.READY else (),
            )
        )

    def _take_others(self, command: Command) -> bool:
        """Commands that are not the scheduler's."""
        try:
            match command:
                case SelectSource():
                    self._chooser.choose(command.spec)
                case SeekSource():
                    self._chooser.seek(command.seconds)
                case SelectGenerator():
                    name = self._entry.describe().name
                    if command.name != name:
                        self._refuse(command, f"Only the generator {name} is available here ({command.name}).")
                case _:
                    return False
        except EngineError as error:
            self._refuse(command, str(error))
        return True

    def _refuse(self, command: Command, text: str) -> None:
        self._rooms.emit(CommandRefused(at_ns=self._rooms.clock.now_ns(), command=command, text=text))

    def _forgive(self, fault: Exception) -> bool:
        """Report a fault; True if the generator may be built anew."""
        clock: Clock = self._rooms.clock
        now_ns = clock.now_ns()
        self._faults.append(now_ns)
        recent = sum(now_ns - at_ns < FAULT_MEMORY_NS for at_ns in self._faults)
        again = recent <= FAULTS_FORGIVEN
        name = self._entry.describe().name
        sentence = str(fault) if isinstance(fault, EngineError) else f"{type(fault).__name__}: {fault}"
        plan = "It is started again; the last picture stays on air." if again else "The last picture stays on air."
        self._rooms.emit(Notice(at_ns=now_ns, level=Level.ERROR, text=f"The generator failed. {sentence} {plan}"))
        self._rooms.emit(
            GeneratorChanged(
                at_ns=now_ns,
                name=name,
                state=StageState.STARTING if again else StageState.FAILED,
                detail=sentence,
            )
        )
        if again:
            self._stopping.wait(RETRY_NS / NS_PER_SECOND)
        return again
