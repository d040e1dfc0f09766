"""The chain as it flows: source, depth, generator, output."""

from typing import Final

from app.models.signal import Signal
from engine.clock import NS_PER_SECOND
from engine.messages.audio_events import AudioChanged
from engine.messages.events import (
    ComponentState,
    DepthChanged,
    GeneratorChanged,
    MapChanged,
    SourceChanged,
    SourceState,
)
from engine.messages.output_events import OutputChanged
from engine.messages.quality import QualityChanged
from engine.messages.reference import ReferenceChanged
from engine.messages.stats import GpuShared, SharedGpu

StageEvent = (
    SourceChanged
    | DepthChanged
    | GeneratorChanged
    | GpuShared
    | QualityChanged
    | ReferenceChanged
    | OutputChanged
    | AudioChanged
)
"""What the engine tells of a stage."""

CALM_NS: Final = 15 * NS_PER_SECOND
"""Depth that was late and has been in time for so long is no longer called late."""


class ChainModel:
    """The last known state of each stage; None before the engine spoke of it.

    Attributes:
        source: the source in use, or the one that replaces it as soon as it is live.
        depth: called late until it has been in time for CALM_NS: on a slow machine it is both by turns.
        shared_gpus: those that other programs use beside the generator.
        quality: how simplified the picture is.
        map: what was set of the control map.
        reference: the picture that cuts begin with; None: the generator takes none.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self.quality_changed = Signal()
        self.source: SourceChanged | None = None
        self._playing: SourceChanged | None = None
        self.depth: DepthChanged | None = None
        self._in_time: DepthChanged | None = None
        self.generator: GeneratorChanged | None = None
        self.output: OutputChanged | None = None
        self.shared_gpus: tuple[SharedGpu, ...] = ()
        self.audio: AudioChanged | None = None
        self.quality: QualityChanged | None = None
        self.map: MapChanged | None = None
        self.reference: ReferenceChanged | None = None
        self.map_changed = Signal()

    def take(self, event: StageEvent) -> None:
        """Take what the engine tells of a stage."""
        match event:
            case SourceChanged():
                self._take_source(event)
            case DepthChanged():
                self._take_depth(event)
            case GeneratorChanged():
                self.generator = event
            case GpuShared():
                self.shared_gpus = event.gpus
            case QualityChanged():
                self.quality = event
                self.quality_changed.emit()
            case ReferenceChanged():
                self.reference = event
                self.quality_changed.emit()
            case OutputChanged():
                self.output = event
            case AudioChanged():
                self.audio = event
        self.changed.emit()

    def take_map(self, event: MapChanged) -> None:
        """Take what was set of the control map."""
        self.map = event
        self.map_changed.emit()

    def _take_source(self, event: SourceChanged) -> None:
        """Where what was to replace it failed, the source before plays on."""
        playing = self._playing
        if event.state is SourceState.LIVE or (playing is not None and event.spec == playing.spec):
            self._playing = event
        elif event.state is SourceState.FAILED and playing is not None:
            event = playing
        self.source = event

    def _take_depth(self, event: DepthChanged) -> None:
        before = self.depth
        late = before is not None and before.state is ComponentState.LATE and before.estimator == event.estimator
        if late and before is not None and event.state is ComponentState.READY:
            self._in_time = event
            return
        self._in_time = None
        self.depth = event

    def tick(self, now_ns: int) -> bool:
        """Call the depth ready again once it has been in time long enough; True where that is so now."""
        in_time = self._in_time
        if in_time is None or now_ns - in_time.at_ns < CALM_NS:
            return False
        self._in_time, self.depth = None, in_time
        self.changed.emit()
        return True

    @property
    def source_missing(self) -> bool:
        """The picture that goes in is old: the source is lost or failed."""
        return self.source is not None and self.source.state in (SourceState.LOST, SourceState.FAILED)

    @property
    def faulty(self) -> bool:
        """A stage behind the source has failed."""
        stages = (self.depth, self.generator, self.output)
        return any(stage is not None and stage.state is ComponentState.FAILED for stage in stages)

    @property
    def on_air(self) -> bool:
        """A receiver shows the output to people."""
        return self.output is not None and self.output.tally
