"""The engine thread: builds the generator, runs the chunk loop, and goes on when a generator fails.

What plays, in whose place and why is the `Planner`'s to say. Nothing that a generator raises ends this thread.
"""

import gc
import logging
import threading
from collections.abc import Callable
from typing import Final, Protocol

from engine.clock import NS_PER_SECOND
from engine.errors import EngineError, GeneratorError, NotReadyError
from engine.generators.base import GeneratorSpec, Leaving, VideoGenerator
from engine.generators.registry import DEFAULT_GENERATOR, GeneratorEntry, build_generator, find_generator
from engine.loop.armed_scenes import ArmedScenes
from engine.loop.fallback import FallbackGenerator
from engine.loop.lease import Lease, LeaseRevokedError
from engine.loop.patience import Silence, hang
from engine.loop.plan import Plan, Reaction
from engine.loop.planner import Planner
from engine.loop.ports import RunnerPorts, RunnerProgress
from engine.loop.quality_control import QualityControl
from engine.loop.runner import Runner
from engine.loop.watchdog import Watchdog
from engine.messages.commands import (
    Command,
    HardCut,
    Panic,
    RecallSnapshot,
    SelectFormat,
    SelectGenerator,
    SoftCut,
)
from engine.messages.events import BackendChoice, CommandRefused, ComponentState, GeneratorChanged, Level, Notice
from engine.messages.framing import Framing
from engine.messages.input_commands import SeekSource, SelectSource, SetFraming
from engine.messages.list_commands import GoToCue, StepCues
from engine.messages.picture_format import PictureFormat
from engine.messages.scenes import SceneLibrary, load_library
from engine.native_heap import give_back
from engine.registry import hindrance_of
from engine.scheduling.chunk_pacing import ChunkPacing
from engine.scheduling.commit_scheduler import CommitScheduler

_log: Final = logging.getLogger(__name__)

LOOK_NS: Final = NS_PER_SECOND // 4
"""Where nothing plays, the thread looks this often whether the show has ended."""

TRIES_AGAIN: Final = (HardCut, SoftCut, RecallSnapshot, StepCues, GoToCue, Panic)
"""What a performer does to have another picture."""

END_PATIENCE_S: Final = 8.0
"""At the end of a show: several times what a chunk takes at worst, or a step of the warm-up."""

HUNG_PATIENCE_S: Final = 0.5
HANGS_NS: Final = 5 * NS_PER_SECOND
"""A generator that has not come round for so long, be it in its warm-up, is not waited for at the end."""


class SourceChooser(Protocol):
    """Change, seek or frame the source; SourceError if that is impossible."""

    def choose(self, spec: str) -> None: ...

    def seek(self, seconds: float) -> None: ...

    def frame_by(self, framing: Framing) -> None: ...


class Supervisor:
    """Own the generator, the scheduler and the chunk loop, all on the engine thread.

    Args:
        entry: the generator whose parameters and scenes the show is played on.
        find: a generator by name, to take the place of one that fails.
        find_scenes: the scenes of such a generator.
        held_quality: see QualityControl.
        picture_format: what the show begins in.
    """

    def __init__(
        self,
        ports: RunnerPorts,
        entry: GeneratorEntry,
        make_scheduler: Callable[[], CommitScheduler],
        chooser: SourceChooser,
        seed: int,
        find: Callable[[str], GeneratorEntry] = find_generator,
        find_scenes: Callable[[GeneratorSpec], SceneLibrary] = lambda spec: load_library(
            spec.scenes_folder, spec.parameters
        ),
        held_quality: int | None = None,
        picture_format: PictureFormat = PictureFormat.SQUARE,
    ) -> None:
        self._ports = ports
        self._lease = Lease(ports)
        self._planner = Planner(entry, find, picture_format)
        self._find_scenes = find_scenes
        self._last_backends: tuple[BackendChoice, ...] = ()
        self._make_scheduler = make_scheduler
        self._chooser = chooser
        self._seed = seed
        self._stopping = threading.Event()
        self._scheduler: CommitScheduler | None = None
        self._armed = ArmedScenes()
        self._quality = QualityControl(held_quality)
        self._abandoned: list[threading.Thread] = []
        self._thread = self._make_thread(self._lease, lambda: None)
        self._watchdog = Watchdog(ports.clock, self._silence, self._replace_thread, self._notify)

    def start(self) -> None:
        """Start the thread; the generator is built and warmed up on it."""
        self._thread.start()
        self._watchdog.start()

    def stop(self) -> bool:
        """End the loop after the chunk in flight has reached a safe point, and join the thread.

        Returns:
            False if a generator does not return: its thread is left behind, and touches nothing of the show any more.
        """
        self._stopping.set()
        self._watchdog.stop()
        self._ports.interrupt.request()
        hangs = self._lease.away_ns(self._ports.clock.now_ns()) > HANGS_NS
        self._thread.join(HUNG_PATIENCE_S if hangs else END_PATIENCE_S)
        self._lease.revoke()
        return not any(thread.is_alive() for thread in (self._thread, *self._abandoned))

    @property
    def _current(self) -> RunnerPorts:
        """Return this thread's ports, as long as it has not been replaced."""
        return self._lease.ports

    @property
    def _plan(self) -> Plan:
        """Return what plays now, and in whose place."""
        return self._planner.plan

    def _make_thread(self, lease: Lease, begin: Callable[[], None]) -> threading.Thread:
        """Make an engine thread, or its successor, which begins with something else; a daemon, as it may hang."""
        thread = threading.Thread(target=self._work, args=(lease, begin), name="hardcut-engine", daemon=True)
        lease.lend_to(thread)
        return thread

    def _silence(self, now_ns: int) -> Silence:
        """Return how long the engine thread has not come round; called on the watchdog's thread, as those below."""
        lease = self._lease
        return Silence(
            ns=lease.away_ns(now_ns),
            generator=self._plan.playing,
            starting=lease.starting,
            awaited=self._ports.interrupt.requested(),
            left=sum(thread.is_alive() for thread in self._abandoned),
        )

    def _replace_thread(self, silence: Silence) -> None:
        """Replace the hanging engine thread, or change nothing where no other can be started."""
        fault = hang(silence, DEFAULT_GENERATOR)
        lease, taken_over = Lease(self._ports), threading.Event()

        def begin() -> None:
            taken_over.wait()
            self._recover(fault)

        thread = self._make_thread(lease, begin)
        thread.start()
        self._lease.revoke()
        self._abandoned.append(self._thread)
        self._lease, self._thread = lease, thread
        taken_over.set()

    def _notify(self, level: Level, text: str) -> None:
        self._ports.emit(Notice(at_ns=self._ports.clock.now_ns(), level=level, text=text))

    def _work(self, lease: Lease, begin: Callable[[], None]) -> None:
        try:
            begin()
            self._play(lease)
        except LeaseRevokedError:
            _log.info("A generator has returned that had been given up.")

    def _play(self, lease: Lease) -> None:
        while not self._stopping.is_set():
            try:
                if self._plan.idle:
                    self._wait_idle()
                else:
                    self._perform()
            except BaseException as fault:  # noqa: BLE001 - the top of the engine thread, and it reports
                lease.check()
                _log.debug("a generator has failed", exc_info=fault)
                self._recover(fault)
            gc.collect()  # what a failed generator held, before the next one is built
            give_back()

    def _perform(self) -> None:
        """Build the generator and run the loop until told to stop, or to go on with another."""
        self._lease.preparing()
        name, picture_format = self._plan.playing, self._plan.format
        self._current.use_format(picture_format)
        lack = hindrance_of(self._planner.entry(name))
        if lack:
            raise NotReadyError(lack.removesuffix("."))
        generator = self._build(name, picture_format)
        end = generator.close
        try:
            if not self._warm_up(generator):
                return
            scheduler, restarted = self._scheduler, self._scheduler is not None
            if scheduler is None:
                scheduler = self._scheduler = self._make_scheduler()
            runner = Runner(
                self._current,
                generator,
                scheduler,
                ChunkPacing(generator.spec.chunk_frames, self._current.output.period_ns, self._current.output.slots),
                self._seed,
                self._current.progress.peek() or RunnerProgress(),
                self._armed,
                self._quality,
                picture_format,
            )
            if restarted:
                cut = scheduler.restart("the generator was restarted", self._current.clock.now_ns())
                self._current.recorder.record_restart(cut)
                runner.reset([cut])
            try:
                while not self._stopping.is_set() and (self._plan.playing, self._plan.format) == (name, picture_format):
                    runner.step(self._apply_own)
                    if generator.backends() != self._last_backends:
                        self._report_ready(generator)
            finally:
                runner.close()
            if isinstance(generator, Leaving) and not self._stopping.is_set() and self._plan.playing == name:
                end = generator.leave  # it goes on in another format
        finally:
            gc.unfreeze()  # what the generator holds in circles goes with it
            end()

    def _wait_idle(self) -> None:
        """Wait while nothing plays, until a command or the end of its pause; keep earlier commands for then."""
        mailbox = self._current.commands
        deferred = list(mailbox.drain())
        try:
            while not self._stopping.is_set() and self._plan.idle:
                left_ns = self._plan.pause_until_ns - self._current.clock.now_ns()
                if not mailbox.wait(min(max(left_ns, 0), LOOK_NS)):
                    self._planner.resume(self._current.clock.now_ns())
                    continue
                for command in mailbox.drain():
                    if not self._apply_own(command):
                        deferred.append(command)
        finally:
            mailbox.put_back(deferred)

    def _build(self, name: str, picture_format: PictureFormat) -> VideoGenerator:
        generator = build_generator(self._planner.entry(name), picture_format)
        if self._planner.plays_the_show(generator.spec):
            return generator
        return FallbackGenerator(generator, self._find_scenes(generator.spec), lambda: self._running_scheduler().scene)

    def _running_scheduler(self) -> CommitScheduler:
        if self._scheduler is None:
            raise GeneratorError("A generator was asked for pictures before the show began")
        return self._scheduler

    def _warm_up(self, generator: VideoGenerator) -> bool:
        """Warm the generator up; False if the show ended meanwhile."""
        for progress in generator.warm_up():
            if self._stopping.is_set():
                return False
            self._announce(generator, ComponentState.STARTING, progress)
        self._lease.check()  # one that was given up meanwhile has not started
        self._planner.note_started()
        self._report_ready(generator)
        gc.freeze()  # all that is there now stays: a full collection would walk it, and hold up a chunk for 25 ms
        self._lease.playing()
        return True

    def _report_ready(self, generator: VideoGenerator) -> None:
        """Report a ready generator and its backends; again when they change (a text encoder that is loaded late)."""
        for choice in generator.backends():
            if choice not in self._last_backends:
                _log.info("%s: %s (%s)", choice.component, choice.chosen, choice.reason)
        self._last_backends = generator.backends()
        self._current.recorder.record_start(self._last_backends, generator.spec.name, self._plan.format)
        self._announce(generator, ComponentState.READY, 1.0)

    def _announce(self, generator: VideoGenerator, state: ComponentState, progress: float) -> None:
        self._current.emit(
            GeneratorChanged(
                at_ns=self._current.clock.now_ns(),
                name=generator.spec.name,
                state=state,
                progress=progress,
                detail=self._planner.why,
                backends=generator.backends() if state is ComponentState.READY else (),
                format=self._plan.format,
            )
        )

    def _apply_own(self, command: Command) -> bool:
        """Apply a command that is not the scheduler's, else return False; a cut or Panic retries a failed generator."""
        if isinstance(command, TRIES_AGAIN):
            self._try_again(urgent=isinstance(command, Panic))
        try:
            match command:
                case SelectSource():
                    self._chooser.choose(command.spec)
                case SetFraming():
                    self._chooser.frame_by(command.framing)
                case SeekSource():
                    self._chooser.seek(command.seconds)
                case SelectGenerator():
                    self._acknowledge(self._planner.choose(command.name))
                case SelectFormat():
                    self._planner.choose_format(command.format)
                case _:
                    return False
        except EngineError as error:
            self._refuse(command, str(error))
        return True

    def _acknowledge(self, text: str) -> None:
        """Tell that what plays stays by choice, and that it plays in nobody's place any more."""
        if not text:
            return
        self._notify(Level.INFO, text)
        self._current.emit(
            GeneratorChanged(
                at_ns=self._current.clock.now_ns(),
                name=self._plan.playing,
                state=ComponentState.READY,
                progress=1.0,
                detail=self._planner.why,
                backends=self._last_backends,
                format=self._plan.format,
            )
        )

    def _try_again(self, *, urgent: bool) -> None:
        """Retry the generator that has failed, if there is one, or say why not."""
        now_ns = self._current.clock.now_ns()
        text = self._planner.try_again(now_ns, urgent=urgent)
        if text:
            self._current.emit(Notice(at_ns=now_ns, level=Level.WARNING, text=text))

    def _refuse(self, command: Command, text: str) -> None:
        self._current.emit(CommandRefused(at_ns=self._current.clock.now_ns(), command=command, text=text))

    def _recover(self, error: BaseException) -> None:
        """Decide what plays after a fault, and report it."""
        now_ns = self._current.clock.now_ns()
        recovery = self._planner.recover(error, now_ns)
        plan, reaction = self._plan, recovery.reaction
        self._current.emit(Notice(at_ns=now_ns, level=Level.ERROR, text=recovery.text))
        if reaction is Reaction.BACK:
            return
        self._current.emit(
            GeneratorChanged(
                at_ns=now_ns,
                name=recovery.failed if reaction is Reaction.IDLE else plan.playing,
                state=ComponentState.FAILED if reaction is Reaction.IDLE else ComponentState.STARTING,
                detail=self._planner.why if reaction is Reaction.INSTEAD else recovery.sentence,
                format=plan.format,
            )
        )
        if reaction is Reaction.AGAIN:
            self._stopping.wait(plan.pause_ns / NS_PER_SECOND)
