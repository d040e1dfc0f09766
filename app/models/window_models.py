"""Everything the window shows, fed by the engine's events."""

from dataclasses import dataclass
from typing import Final

from app.control.intents import Intent, TurnPage
from app.control.reducer import Outcome
from app.control.state import ControlState
from app.control.store import ControlStore
from app.models.autopilot import AutoPilotModel
from app.models.chain import ChainModel, StageEvent
from app.models.controllers.api import MidiSnapshot
from app.models.health import Health
from app.models.knobs import KnobBank
from app.models.lists import ListsModel
from app.models.log import Entry, Log, Topic
from app.models.macros import MacroBank
from app.models.modulation import ModulationModel
from app.models.pads import PadBank
from app.models.recording import Recording
from app.models.signal import Signal
from app.models.sinks import SinksModel, sink_news
from app.models.slowness import Slowness
from app.models.stats import StatsModel
from app.models.tempo import TempoModel
from app.models.text import computed_otherwise, describe, describe_audio, waiting
from app.models.transport import Transport
from app.models.visit import SceneVisit
from engine.clock import NS_PER_MS
from engine.messages.audio_events import AudioChanged
from engine.messages.commands import (
    HardCut,
    Origin,
    RecallSnapshot,
    SetParameter,
    SoftCut,
)
from engine.messages.events import (
    ArmedChanged,
    AutoPilotChanged,
    CacheReset,
    CommandRefused,
    Committed,
    ComponentState,
    CutQueued,
    CutShown,
    DepthChanged,
    Event,
    GeneratorChanged,
    Level,
    MapChanged,
    ScenesChanged,
    SourceChanged,
    SourceState,
    TempoChanged,
)
from engine.messages.list_events import CueChanged, PlaylistChanged, TimecodeChanged
from engine.messages.modulation_events import ModulationChanged, ModulationMoved
from engine.messages.output_commands import SetBlackout, SetEmergency, SetFreeze, SetLogo
from engine.messages.output_events import OutputChanged
from engine.messages.parameters import ParameterTable
from engine.messages.quality import QualityChanged
from engine.messages.reference import ReferenceChanged
from engine.messages.scenes import SceneLibrary
from engine.messages.stats import GpuShared, Stats

CANCELLED_NS: Final = 400 * NS_PER_MS
"""A cut that comes is told right behind the end of its wait; after so long it was cancelled."""


@dataclass(frozen=True, slots=True)
class EndedWait:
    """A cut that no longer waits, since at_ns."""

    scene: str
    at_ns: int


class WindowModels:
    """The models of one window. One thread, the window's, changes them.

    Args:
        store: the owner of what lies in front; the models show its state and send it what is asked.

    Attributes:
        front: what lies in front, as it is shown.
        stale: emitted when the generator was changed, so that its parameters and scenes must be read anew.
        cut_shown: emitted when a new scene is seen on the output.
    """

    def __init__(self, store: ControlStore, scenes: SceneLibrary, recording: Recording | None = None) -> None:
        self._store = store
        self.front = store.state
        self.recording = recording if recording is not None else Recording()
        self.chain = ChainModel()
        self.sinks = SinksModel()
        self.knobs = KnobBank(self.front.table)
        self.macros = MacroBank(self.knobs, self._ask, self.front)
        self.pads = PadBank(scenes, self._ask, self.front)
        self.visit = SceneVisit(self.pads)
        self.transport = Transport(self._ask, self.front)
        self.tempo = TempoModel()
        self.lists = ListsModel()
        self.modulation = ModulationModel(self.knobs, self.macros)
        self.autopilot = AutoPilotModel(self.front)
        self.stats = StatsModel()
        self.slowness = Slowness(self.stats, self.chain)
        self.health = Health(self.stats, self.slowness, self.chain, self.recording, self.sinks)
        self.log = Log()
        self._ended_wait: EndedWait | None = None
        self.midi = MidiSnapshot()
        self.midi_changed = Signal()
        self.clocks_changed = Signal()
        self.stale = Signal()
        self.cut_shown = Signal()

    def load(self, parameters: ParameterTable, scenes: SceneLibrary) -> None:
        """Take the parameters and scenes of another generator."""
        self.knobs.load(parameters)
        self.pads.load(scenes)
        self.follow_front(self._store.state)
        self._set_homes()

    def _set_homes(self) -> None:
        self.knobs.set_homes(self.pads.find(self.transport.scene))

    def follow(self, midi: MidiSnapshot) -> None:
        """Take the state of the controllers."""
        if midi != self.midi:
            clocks_before, self.midi = self.midi.clocks, midi
            self.knobs.follow(midi)
            self.macros.follow(midi)
            self.midi_changed.emit()
            if midi.clocks != clocks_before:
                self.clocks_changed.emit()

    def send(self, intent: Intent, stamp_ns: int | None = None) -> Outcome:
        """Ask something of what lies in front; the models show what came of it when this returns."""
        outcome = self._store.send(intent, Origin.WINDOW, stamp_ns)
        self.follow_front(outcome.state)
        return outcome

    def _ask(self, intent: Intent) -> None:
        self.send(intent)

    def refresh_front(self) -> None:
        """Show what controllers have changed of the front since the last time."""
        self.follow_front(self._store.state)

    def follow_front(self, front: ControlState) -> None:
        """Take in what lies in front."""
        if front is self.front and self.knobs.page == front.knob_page - 1:
            return
        self.front = front
        self.knobs.turn_page(front.knob_page - 1)
        self.macros.follow_front(front)
        self.pads.follow(front)
        self.transport.follow(front)
        self.autopilot.follow(front)

    @property
    def page(self) -> int:
        """The page of knobs in front, from 0; the one behind the last is that of the macros."""
        return self.front.page_shown - 1

    def turn_page(self, page: int) -> None:
        """Ask for a page of knobs in front, counted as in page."""
        self.send(TurnPage(page + 1))

    def take(self, event: Event) -> None:
        """Take one event of the engine."""
        entry = self._describe(event)
        self._apply(event)
        cured = _cured(event)
        if cured is not None:
            self.log.cure(cured)
        if entry is not None:
            self.log.add(entry)

    def tick(self, now_ns: int) -> None:
        """Let what needs time have it."""
        self.recording.tick(now_ns)
        self.health.tick(now_ns)
        self._tell_cancelled(now_ns)
        depth = self.chain.depth
        if self.chain.tick(now_ns) and depth is not None:
            self.log.cure(Topic.DEPTH)
            self.log.add(Entry(now_ns, Level.INFO, f"Depth ({depth.estimator}) is in time again", Topic.DEPTH))

    def _end_wait(self, event: CutQueued) -> None:
        """A cut that waited no longer does: it comes at this boundary, or it was cancelled."""
        scene = self.pads.queued
        if scene and scene != event.scene:
            self.log.withdraw(waiting(scene))
            self._ended_wait = EndedWait(scene, event.at_ns)

    def _tell_cancelled(self, now_ns: int) -> None:
        ended = self._ended_wait
        if ended is not None and now_ns - ended.at_ns > CANCELLED_NS:
            self._ended_wait = None
            self.log.add(Entry(now_ns, Level.INFO, f"The cut to {ended.scene} is cancelled"))

    def _describe(self, event: Event) -> Entry | None:
        """The event as a line of the log; None for what is known already.

        Of a generator that was ready already, what it computes otherwise now; of depth that is late by turns, one line.
        """
        if isinstance(event, GeneratorChanged) and (before := self._ready_already(event)) is not None:
            return computed_otherwise(before, event)
        if isinstance(event, DepthChanged) and self._late_already(event):
            return None
        if isinstance(event, AudioChanged):
            return describe_audio(event)
        if isinstance(event, QualityChanged):
            return None if self._as_simple_already(event) else Entry(event.at_ns, Level.INFO, event.sentence())
        return describe(event)

    def _as_simple_already(self, event: QualityChanged) -> bool:
        before = self.chain.quality.taken if self.chain.quality is not None else ()
        return {one.step.id for one in before} == {one.step.id for one in event.taken}

    def _late_already(self, event: DepthChanged) -> bool:
        depth = self.chain.depth
        late = depth is not None and depth.state is ComponentState.LATE and depth.estimator == event.estimator
        return late and event.state in (ComponentState.LATE, ComponentState.READY)

    def _ready_already(self, event: GeneratorChanged) -> GeneratorChanged | None:
        """What was told last of a generator that was ready and still is; None of one that has just become ready."""
        before = self.chain.generator
        again = before is not None and (before.state, before.name) == (ComponentState.READY, event.name)
        return before if again and event.state is ComponentState.READY else None

    def _apply(self, event: Event) -> None:
        match event:
            case SourceChanged() | DepthChanged() | GeneratorChanged() | GpuShared() | OutputChanged() | AudioChanged():
                self._apply_stage(event)
            case QualityChanged() | ReferenceChanged():
                self.chain.take(event)
            case Committed():
                self._commit(event)
            case ArmedChanged():
                self.pads.arm(event.scenes, event.bytes)
            case CutQueued():
                self._end_wait(event)
                self.pads.show_queued(event.scene, event.due_ns, event.at_ns)
            case CutShown():
                self.pads.show_playing(event.scene)
                self.cut_shown.emit()
            case CacheReset():
                self.stats.note_reset(event.reason)
            case PlaylistChanged() | CueChanged() | TimecodeChanged():
                self.lists.take(event)
            case ModulationChanged() | ModulationMoved() | AutoPilotChanged() | TempoChanged() | MapChanged():
                self._apply_motion(event)
            case ScenesChanged():
                self._refresh_scenes(event)
            case Stats():
                self.stats.take(event)
            case CommandRefused():
                self._refuse(event)

    def _commit(self, event: Committed) -> None:
        if self._ended_wait is not None and self._ended_wait.scene == event.scene:
            self._ended_wait = None  # it has come
        opened = self.visit.take(event)
        self.transport.commit(event)
        self._set_homes()
        self.knobs.commit(event, opened=opened)
        self.macros.refresh(event.at_ns)
        self.pads.show_playing(event.scene)

    def _refresh_scenes(self, event: ScenesChanged) -> None:
        self.pads.refresh(event.scenes, event.renamed)
        if event.renamed is not None:
            self.visit.rename(*event.renamed)
        self._set_homes()

    def _apply_motion(
        self, event: ModulationChanged | ModulationMoved | AutoPilotChanged | TempoChanged | MapChanged
    ) -> None:
        match event:
            case MapChanged():
                self.chain.take_map(event)
                for key, value in event.values.items():
                    if (knob := self.knobs.knobs.get(key)) is not None:
                        knob.commit(value, value, event.at_ns)
            case AutoPilotChanged():
                self.autopilot.take(event)
            case TempoChanged():
                self.tempo.take(event)
            case _:
                self.modulation.take(event)

    def _apply_stage(self, event: StageEvent) -> None:
        fresh = isinstance(event, GeneratorChanged) and self._ready_already(event) is None
        self.chain.take(event)
        match event:
            case GeneratorChanged(state=ComponentState.READY) if fresh:
                self.stale.emit()
            case OutputChanged():
                for level, text in sink_news(self.sinks.reports, event.sinks):
                    self.log.add(Entry(event.at_ns, level, text))
                self.sinks.take(event)
                self.transport.show_output(event)
                for key, value in event.controls.items():
                    if (knob := self.knobs.knobs.get(key)) is not None:
                        knob.commit(value, value, event.at_ns)
            case _:
                pass

    def _refuse(self, event: CommandRefused) -> None:
        match event.command:
            case SetParameter(parameter=parameter) if parameter in self.knobs.knobs:
                self.knobs.knobs[parameter].refuse()
            case HardCut() | SoftCut() | RecallSnapshot():
                self.pads.forget_asked()
            case SetFreeze():
                self.transport.freeze.settle()
                self.transport.changed.emit()
            case SetBlackout():
                self.transport.blackout.settle()
                self.transport.changed.emit()
            case SetLogo():
                self.transport.logo.settle()
                self.transport.changed.emit()
            case SetEmergency():
                self.transport.emergency.settle()
                self.transport.changed.emit()


def _cured(event: Event) -> Topic | None:
    """What is well again."""
    match event:
        case SourceChanged(state=SourceState.LIVE):
            return Topic.SOURCE
        case GeneratorChanged(state=ComponentState.READY):
            return Topic.GENERATOR
        case OutputChanged(state=ComponentState.READY):
            return Topic.OUTPUT
        case DepthChanged(state=ComponentState.READY | ComponentState.OFF):
            return Topic.DEPTH
        case _:
            return None
