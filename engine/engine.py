"""The engine's front door: start, stop, post, subscribe. It wires the rooms and owns their threads."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.audio.listener import AudioListener
from engine.chain_quality import ChainSteps
from engine.clock import Clock, SystemClock
from engine.configuration import EngineConfig
from engine.errors import EngineError
from engine.extensions import extension_faults
from engine.generator_offers import generator_offers
from engine.generators.ranks import Ranks
from engine.generators.registry import GeneratorEntry, check_format, find_generator, shared_by
from engine.librarian import Librarian
from engine.listeners import Listeners
from engine.loop.ports import Interrupt, NullRecorder, RunnerPorts, RunnerProgress
from engine.loop.supervisor import Supervisor
from engine.mailbox import Latest, Mailbox
from engine.map_input import MapInput
from engine.map_output import MapOutput
from engine.memory_left import read_headroom
from engine.memory_watch import MemoryWatch, hindrance_to
from engine.messages.audio import AudioFeatures
from engine.messages.commands import Command, HardCut, Origin, Panic, RecallSnapshot
from engine.messages.events import (
    CommandRefused,
    Event,
    Level,
    Notice,
)
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.offers import GeneratorOffer, SourceOffer
from engine.messages.output_commands import ChooseEmergency
from engine.messages.parameters import OUTPUT_PARAMETERS, ParameterTable
from engine.messages.picture_format import PictureFormat
from engine.messages.reference import ReferenceChanged
from engine.messages.scenes import SceneLibrary, load_library
from engine.messages.transitions import Launch
from engine.mixing.mixer import Mixer
from engine.monitor import Monitor
from engine.output.client import OutputClient
from engine.output.realtime import Priority
from engine.output_controls import OutputControls
from engine.preprocess.registry import find_depth
from engine.preprocess.supply import ControlMaps
from engine.priority import step_back
from engine.scheduling.commit_scheduler import CommitScheduler, Cut
from engine.session.errors import SessionError
from engine.session.inputs import inputs_path
from engine.session.opening import open_header
from engine.session.recorder import SessionRecorder
from engine.sources.catalogue import find_sources
from engine.sources.manager import SourceManager
from engine.sources.registry import parse_source
from engine.wiring import ManagedSource, OutputFeed

__all__ = ["Engine", "EngineConfig"]

STAND_IN = "stage"
"""Plays while the source that the show begins with fails."""


class Engine:
    """A running performance. Any thread may post; listeners are called on the engine's threads.

    A listener must only hand the event on (a mailbox, a queued signal): it is called in the hot path.
    """

    def __init__(self, config: EngineConfig, clock: Clock | None = None) -> None:
        """Check the configuration; nothing is started yet.

        Raises:
            EngineError: an unknown generator, scene, depth estimator or kind of source, or a list that cannot be read.
        """
        self._config = config
        self._clock = clock or SystemClock()
        self._ranks = Ranks(config.gpus)
        self._entry = self._find(config.generator)
        check_format(self._entry, config.format)
        find_depth(config.depth)
        spec = self._entry.describe()
        self._table = spec.parameters
        self._listeners = Listeners()
        self._audio = AudioListener(self._clock, self._listeners.emit)
        self._librarian = Librarian(
            spec, config.user_scenes, self._clock, self._listeners.emit, self.post, config.emergency_file
        )
        self._first_scene = self.scenes[config.scene or spec.home_scene].name
        self._lists = config.read_lists(self.scenes, self._clock.now_ns())
        self._first_source = parse_source(config.source)
        self._listeners.subscribe(self._librarian.on_event)
        self._listeners.subscribe(self._audio.hear)
        self._commands: Mailbox[Command] = Mailbox()
        self._early: Mailbox[Command] = Mailbox()
        self._cuts: Mailbox[Cut] = Mailbox()
        self._progress: Latest[RunnerProgress] = Latest()
        self._memory_short: Latest[bool] = Latest()
        self._interrupt = Interrupt()
        self._output: OutputClient | None = None
        self._desk: OutputControls | None = None
        self._source: SourceManager | None = None
        self._depth: ControlMaps | None = None
        self._mixer: Mixer | None = None
        self._map_input: MapInput | None = None
        self._map_output: MapOutput | None = None
        self._monitor: Monitor | None = None
        self._supervisor: Supervisor | None = None
        self._recorder: SessionRecorder | None = None
        self._hung = False

    @property
    def parameters(self) -> ParameterTable:
        """Return the generator's parameters, the first eight of which are the knobs, then the output's."""
        return self._table.joined(OUTPUT_PARAMETERS)

    @property
    def scenes(self) -> SceneLibrary:
        """Return the generator's current scenes."""
        return self._librarian.scenes

    @property
    def first_scene(self) -> str:
        """Return the scene that the performance begins with."""
        return self._first_scene

    @property
    def session_files(self) -> tuple[Path, ...]:
        """Return the session that is recorded and its inputs, before start those that are asked for; (): none."""
        if self._config.session is None:
            return ()
        path = self._recorder.path if self._recorder is not None else self._config.session.path
        return path, inputs_path(path)

    def generator_offers(self) -> tuple[GeneratorOffer, ...]:
        """Return every generator, and whether it could be chosen now. May import a lot: call it on a worker."""
        return generator_offers(self._entry.describe())

    def now_ns(self) -> int:
        """Return the instant to stamp a command with, on the engine's clock."""
        return self._clock.now_ns()

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call the listener with the latest event of each state, then with every event; return how to unsubscribe."""
        return self._listeners.subscribe(listener)

    def start(self) -> None:
        """Connect to the output process (or start it), then the source, depth and the generator. May be called once.

        Raises:
            EngineError: the output cannot be started. Everything started so far has ended again, but an output that was
                on air before goes on.
        """
        try:
            self._start()
        except BaseException:
            self.stop(end_output=self._output is None or not self._output.attached)
            raise

    def _start(self) -> None:
        clock, emit = self._clock, self._listeners.emit
        if self._config.session is not None:
            try:
                self._recorder = SessionRecorder(self._config.session, clock, emit)
            except SessionError as error:
                text = f"{error} The show goes on without it."
                emit(Notice(at_ns=clock.now_ns(), level=Level.ERROR, text=text))
        output = self._output = OutputClient.connect(self._config.output, clock)
        self._yield_priority(output.status().priority)
        map_input = self._map_input = MapInput(clock, emit, self.post)
        self._map_output = MapOutput(f"{self._config.output.name} Depth", clock, self._listeners)
        depth = self._depth = ControlMaps(self._config.depth, clock, emit, map_input.build, self._map_output.offer)
        for hear in (map_input.hear, self._map_output.hear):
            self._listeners.subscribe(hear)
        mixer = self._mixer = Mixer(clock, depth.newest, emit)
        desk = self._desk = OutputControls(
            output.steering, mixer, self._config.output.interpolation, self._config.format
        )
        source = self._source = SourceManager(clock, emit, self._offer_frame, stand_in=parse_source(STAND_IN))
        depth.start()
        self._use_format(self._config.format)
        source.select(self._first_source)
        ports = RunnerPorts(
            clock=clock,
            commands=self._commands,
            interrupt=self._interrupt,
            source=source,
            depth=depth,
            output=OutputFeed(output),
            emit=emit,
            on_cut=self._cuts.put,
            progress=self._progress,
            recorder=self._recorder or NullRecorder(),
            sound=self._audio,
            chain=ChainSteps(source, depth),
            mixer=mixer,
            use_format=self._use_format,
            memory_short=self._memory_short,
        )
        first_epoch = output.last_epoch + 1
        self._start_session(first_epoch)
        self._supervisor = Supervisor(
            ports,
            self._entry,
            lambda: CommitScheduler(self._table, self.scenes, self._first_scene, first_epoch, seed=self._config.seed),
            ManagedSource(source),
            self._config.seed,
            find=self._find,
            find_scenes=lambda spec: load_library(spec.scenes_folder, spec.parameters, self._config.user_scenes),
            held_quality=self._config.held_quality,
            picture_format=self._config.format,
        )
        memory = MemoryWatch(read_headroom, self._memory_short, emit)
        self._monitor = Monitor(clock, output, desk, source, map_input, self._progress, self._cuts, memory, emit)
        self._librarian.start()
        for command in self._early.drain():
            self.post(command)
        for command in self._lists:
            self._commands.put(command)
        for command in self._config.choose_emergency(clock.now_ns()):
            self.post(command)
        if self._entry.describe().takes_reference:
            emit(ReferenceChanged(at_ns=clock.now_ns()))
        self._supervisor.start()
        self._monitor.start()
        for text in (*self._config.notes, *self._idle_gpus(), *map(str, self.scenes.faults), *extension_faults()):
            emit(Notice(at_ns=clock.now_ns(), level=Level.WARNING, text=text))

    def _find(self, name: str) -> GeneratorEntry:
        """Return a generator, for the processes that may share its work."""
        return shared_by(find_generator(name), self._ranks)

    def _idle_gpus(self) -> tuple[str, ...]:
        """Return a sentence if more processes were asked for than the generator can use."""
        if self._ranks.asked == 1 or self._entry.share is not None:
            return ()
        return (f"The generator {self._entry.id} works on one GPU or none: --gpus is for Wan models.",)

    def stop(self, *, end_output: bool = True) -> None:
        """End every thread, and the output process too if end_output; else it goes on with its last picture.

        A thread that does not end within some seconds is left behind; the rest ends all the same.

        Raises:
            EngineError: a source cannot be closed.
        """
        with ExitStack() as ending:  # the last named is called first, and each whatever the others raise
            ending.callback(self._ranks.close)
            if self._depth is not None:
                ending.callback(self._depth.close)
            if self._mixer is not None:
                ending.callback(self._mixer.close)
            if self._map_input is not None:
                ending.callback(self._map_input.close)
            if self._map_output is not None:
                ending.callback(self._map_output.close)
            if self._source is not None:
                ending.callback(self._source.close)
            if self._output is not None:
                ending.callback(self._output.close, end_output=end_output)
            if self._monitor is not None:
                ending.callback(self._monitor.stop)
            if self._recorder is not None:
                ending.callback(self._recorder.close)
            ending.callback(self._librarian.stop)
            ending.callback(self._audio.close)
            if self._supervisor is not None:
                ending.callback(self._stop_supervisor, self._supervisor)

    @property
    def hung(self) -> bool:
        """Return whether a generator that does not return was left behind: the process will not end by itself."""
        return self._hung

    def _stop_supervisor(self, supervisor: Supervisor) -> None:
        if not supervisor.stop():
            self._hung = True
            text = "A generator does not return; it is left behind."
            self._listeners.emit(Notice(at_ns=self._clock.now_ns(), level=Level.ERROR, text=text))

    def post(self, command: Command) -> None:
        """Post a command. Output controls act at once, everything else at the next chunk boundary."""
        if self._librarian.accept(command):
            return
        if self._monitor is None:
            self._early.put(command)  # nobody is there yet who could carry it out
            return
        if hindrance := hindrance_to(command, read_headroom):
            self._refuse(command, hindrance)
            return
        if self._desk is not None:
            try:
                if self._desk.apply(command):
                    if isinstance(command, ChooseEmergency) and command.origin is not Origin.CLI:
                        self._librarian.keep_emergency(self._desk.state.emergency)
                    return
            except EngineError as error:
                self._refuse(command, str(error))
                return
        if self._audio.apply(command) or self._set_map(command):
            return
        self._commands.put(command)
        match command:
            case Panic() | HardCut(launch=Launch.NOW) | RecallSnapshot(launch=Launch.NOW):
                self._interrupt.request()

    def _offer_frame(self, frame: InputFrame) -> None:
        """Give the newest input frame to whoever looks at all of them."""
        if self._depth is not None and self._mixer is not None:
            self._depth.offer(frame)
            self._mixer.offer(frame)

    def _use_format(self, picture_format: PictureFormat) -> None:
        """Bring the input, its maps, the canvas and the emergency's clip to a format."""
        assert self._source is not None
        assert self._depth is not None
        assert self._desk is not None
        if self._map_input is not None:
            self._map_input.frame_in(picture_format)
        self._depth.begin_at(self._source.frame_in(picture_format))
        self._desk.use_format(picture_format)
        changed, self._librarian.format = self._librarian.format is not picture_format, picture_format
        chosen = self._desk.state.emergency
        if changed and chosen.file:
            now_ns = self._clock.now_ns()
            self.post(ChooseEmergency(kind=chosen.kind, file=chosen.file, stamp_ns=now_ns, origin=Origin.ENGINE))

    def _set_map(self, command: Command) -> bool:
        """Carry out a command for the control map; False if this is another kind of command."""
        try:
            return self._depth is not None and self._depth.apply(command)
        except EngineError as error:
            self._refuse(command, str(error))
            return True

    def _refuse(self, command: Command, text: str) -> None:
        self._listeners.emit(CommandRefused(at_ns=self._clock.now_ns(), command=command, text=text))

    def tell(self, level: Level, text: str) -> None:
        """Tell every listener a sentence of somebody else's, as the engine tells its own; from any thread."""
        self._listeners.emit(Notice(at_ns=self._clock.now_ns(), level=level, text=text))

    def preview(self) -> tuple[int, npt.NDArray[np.uint8]]:
        """Return what viewers see: a sequence number and RGBX uint8 [h, w, 4]; (0, black) before the start."""
        if self._output is None:
            return 0, np.zeros((*self._config.format.shape, 4), np.uint8)
        return self._output.preview()

    def input_frame(self) -> InputFrame | None:
        """Return the source's newest frame; None before the first."""
        return self._source.latest() if self._source is not None else None

    def source_offers(self) -> tuple[SourceOffer, ...]:
        """Return every source that can be found now. Takes seconds: call it on a worker."""
        return tuple(SourceOffer(spec=str(entry.spec), label=entry.label) for entry in find_sources().entries)

    def sound(self) -> AudioFeatures | None:
        """Return the newest features of the sound; None where nothing is heard."""
        return self._audio.newest()

    def list_audio_inputs(self) -> tuple[str, ...]:
        """Return the names of the sound inputs there are now. May take seconds: call it on a worker."""
        return self._audio.input_names()

    def control_map(self) -> ControlMap | None:
        """Return the newest depth and motion; None before the first."""
        return self._depth.newest() if self._depth is not None else None

    def _start_session(self, first_epoch: int) -> None:
        if self._recorder is None or self._config.session is None:
            return
        header = open_header(
            self._config.session,
            self._entry.describe(),
            self.scenes,
            scene=self._first_scene,
            first_epoch=first_epoch,
            seed=self._config.seed,
            rate=self._config.output.fps,
            now_ns=self._clock.now_ns(),
            picture=self._config.format,
        )
        self._recorder.start(header)

    def _yield_priority(self, granted: Priority) -> None:
        if granted is Priority.NORMAL and step_back():
            text = f"The output runs at {granted.value}, so the engine steps back for it."
            self._listeners.emit(Notice(at_ns=self._clock.now_ns(), level=Level.INFO, text=text))
