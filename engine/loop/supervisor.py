"""The engine thread: builds the generator, runs the chunk loop, and starts it again when it fails.

Where there is no room for a generator, one that needs less takes its place, and the show goes on: one of the same
family if its files are there, else the built-in one at its defaults. The performer may ask for the first again.
"""

import gc
import logging
import threading
from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import Final, Protocol

from engine.clock import NS_PER_SECOND, Clock
from engine.errors import EngineError, GeneratorError, NotEnoughMemoryError
from engine.generators.base import VideoGenerator
from engine.generators.registry import DEFAULT_GENERATOR, GeneratorEntry, build_generator, find_generator
from engine.loop.armed_scenes import ArmedScenes
from engine.loop.fallback import FallbackGenerator, is_compatible
from engine.loop.ports import RunnerPorts, RunnerProgress
from engine.loop.runner import Runner
from engine.messages.commands import Command, SeekSource, SelectGenerator, SelectSource
from engine.messages.events import BackendChoice, CommandRefused, ComponentState, GeneratorChanged, Level, Notice
from engine.scheduling.chunk_pacing import ChunkPacing
from engine.scheduling.commit_scheduler import CommitScheduler

_log: Final = logging.getLogger(__name__)

FAULTS_FORGIVEN = 3
FAULT_MEMORY_NS = 20 * NS_PER_SECOND
"""A generator that fails more often than this in this time will not recover by itself."""

RETRY_NS = NS_PER_SECOND // 2


class SourceChooser(Protocol):
    """What changes the source; raises SourceError for what cannot be done."""

    def choose(self, spec: str) -> None: ...

    def seek(self, seconds: float) -> None: ...


class Supervisor:
    """Owns the generator, the scheduler and the chunk loop, all on its own thread.

    Args:
        entry: the generator whose parameters and scenes the show is played on.
        find: a generator by name, to take the place of one for which there is no room.
    """

    def __init__(
        self,
        rooms: RunnerPorts,
        entry: GeneratorEntry,
        make_scheduler: Callable[[], CommitScheduler],
        chooser: SourceChooser,
        output_rate: Fraction,
        seed: int,
        find: Callable[[str], GeneratorEntry] = find_generator,
    ) -> None:
        self._rooms = rooms
        self._asked = self._entry = entry
        self._find = find
        self._chosen: GeneratorEntry | None = None
        self._former: GeneratorEntry | None = None
        self._told: tuple[BackendChoice, ...] = ()
        self._outgrown: set[str] = set()
        self._instead: tuple[str, ...] = ()
        self._why_instead = ""
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
                if not self._recover(fault):
                    return
            gc.collect()  # what a failed generator held, before the next one is built

    def _perform(self) -> None:
        """Build the generator and run the loop until told to stop, or to go on with another."""
        if self._chosen is not None:
            self._former, self._entry, self._chosen = self._entry, self._chosen, None
        generator = build_generator(self._entry)
        if not is_compatible(generator.spec, self._asked.describe()):
            generator = FallbackGenerator(generator)
        try:
            if not self._warm_up(generator):
                return
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
                self._rooms.recorder.restarted(cut)
                runner.reset([cut])
            try:
                while not self._stopping.is_set() and self._chosen is None:
                    runner.step(self._take_others)
                    if generator.backends() != self._told:
                        self._tell(generator)
            finally:
                runner.close()
        finally:
            generator.close()

    def _warm_up(self, generator: VideoGenerator) -> bool:
        """Do all of it; False if the show ended meanwhile."""
        for progress in generator.warm_up():
            if self._stopping.is_set():
                return False
            self._announce(generator, ComponentState.STARTING, progress)
        self._former = None
        self._tell(generator)
        return True

    def _tell(self, generator: VideoGenerator) -> None:
        """That it is ready, and how it computes; again when that has changed (a text encoder that is loaded late)."""
        for choice in generator.backends():
            if choice not in self._told:
                _log.info("%s: %s (%s)", choice.component, choice.chosen, choice.reason)
        self._told = generator.backends()
        self._rooms.recorder.began(self._told, generator.spec.name)
        self._announce(generator, ComponentState.READY, 1.0)

    def _announce(self, generator: VideoGenerator, state: ComponentState, progress: float) -> None:
        self._rooms.emit(
            GeneratorChanged(
                at_ns=self._rooms.clock.now_ns(),
                name=generator.spec.name,
                state=state,
                progress=progress,
                detail=self._why_instead,
                backends=generator.backends() if state is ComponentState.READY else (),
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
                    self._choose(command.name)
                case _:
                    return False
        except EngineError as error:
            self._refuse(command, str(error))
        return True

    def _choose(self, name: str) -> None:
        """Go on with another generator from the next boundary, if the show can be played on it.

        Raises:
            GeneratorError: it cannot.
        """
        if name == self._entry.describe().name:
            return
        entry, shown = self._find(name), self._asked.describe()
        if not is_compatible(entry.describe(), shown):
            raise GeneratorError(
                "This generator has other knobs and scenes than the show is played on",
                where=name,
                remedy=f"Start Hardcut with --generator {name}.",
            )
        build_generator(entry).close()  # says what is missing while the one before still plays
        self._chosen, self._why_instead = entry, ""
        self._outgrown.clear()

    def _refuse(self, command: Command, text: str) -> None:
        self._rooms.emit(CommandRefused(at_ns=self._rooms.clock.now_ns(), command=command, text=text))

    def _recover(self, fault: Exception) -> bool:
        """Decide what plays after a fault, and tell it; False if nothing does."""
        sentence = str(fault) if isinstance(fault, EngineError) else f"{type(fault).__name__}: {fault}"
        if self._former is not None:
            return self._go_back(self._former, sentence)
        if isinstance(fault, NotEnoughMemoryError):
            self._instead = fault.instead
            return self._make_do(sentence)
        return self._forgive(sentence)

    def _go_back(self, former: GeneratorEntry, sentence: str) -> bool:
        """What was chosen did not start: play on with the one before."""
        name, before = self._entry.describe().name, former.describe().name
        self._entry, self._former = former, None
        text = f"The generator {name} could not be started. {sentence} {before} is started again."
        self._rooms.emit(Notice(at_ns=self._rooms.clock.now_ns(), level=Level.ERROR, text=text))
        return True

    def _forgive(self, sentence: str) -> bool:
        """Report a fault; True if the generator may be built anew."""
        clock: Clock = self._rooms.clock
        now_ns = clock.now_ns()
        self._faults.append(now_ns)
        recent = sum(now_ns - at_ns < FAULT_MEMORY_NS for at_ns in self._faults)
        again = recent <= FAULTS_FORGIVEN
        name = self._entry.describe().name
        if not again and self._why_instead:  # it was in another's place already
            return self._make_do(sentence)
        plan = "It is started again; the last picture stays on air." if again else "The last picture stays on air."
        self._rooms.emit(Notice(at_ns=now_ns, level=Level.ERROR, text=f"The generator failed. {sentence} {plan}"))
        self._rooms.emit(
            GeneratorChanged(
                at_ns=now_ns,
                name=name,
                state=ComponentState.STARTING if again else ComponentState.FAILED,
                detail=sentence,
            )
        )
        if again:
            self._stopping.wait(RETRY_NS / NS_PER_SECOND)
        return again

    def _make_do(self, sentence: str) -> bool:
        """Have one that needs less take the place of a generator that cannot be had; False if there is none."""
        name, shown = self._entry.describe().name, self._asked.describe()
        self._outgrown.add(name)
        now_ns = self._rooms.clock.now_ns()
        other = next((one for one in (*self._instead, DEFAULT_GENERATOR) if one not in self._outgrown), None)
        failed = f"There is no room for the generator {name}. {sentence}"
        if other is None:
            text = f"{failed} Nothing smaller is left; the last picture stays on air."
            self._rooms.emit(Notice(at_ns=now_ns, level=Level.ERROR, text=text))
            self._rooms.emit(GeneratorChanged(at_ns=now_ns, name=name, state=ComponentState.FAILED, detail=sentence))
            return False
        self._entry = self._find(other)
        self._faults.clear()
        self._why_instead = f"In place of {shown.name}: {sentence}"
        knobs = "" if is_compatible(self._entry.describe(), shown) else f" The knobs of {shown.name} do not reach it."
        text = f"{failed} {other} is started in its place; the last picture stays on air.{knobs}"
        self._rooms.emit(Notice(at_ns=now_ns, level=Level.ERROR, text=text))
        self._rooms.emit(
            GeneratorChanged(at_ns=now_ns, name=other, state=ComponentState.STARTING, detail=self._why_instead)
        )
        return True
