"""The chain as it flows: source, depth, generator, output."""

from app.models.signal import Signal
from engine.messages.events import (
    ComponentState,
    DepthChanged,
    GeneratorChanged,
    GpuShared,
    OutputChanged,
    SharedGpu,
    SourceChanged,
    SourceState,
)

StageEvent = SourceChanged | DepthChanged | GeneratorChanged | GpuShared | OutputChanged
"""What the engine tells of a stage."""


class ChainModel:
    """The last known state of each stage; None before the engine spoke of it.

    Attributes:
        source: the source in use, or the one that replaces it as soon as it is live.
        shared_gpus: those that other programs use beside the generator.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self.source: SourceChanged | None = None
        self.depth: DepthChanged | None = None
        self.generator: GeneratorChanged | None = None
        self.output: OutputChanged | None = None
        self.shared_gpus: tuple[SharedGpu, ...] = ()

    def take(self, event: StageEvent) -> None:
        """Take what the engine tells of a stage."""
        match event:
            case SourceChanged():
                self.source = event
            case DepthChanged():
                self.depth = event
            case GeneratorChanged():
                self.generator = event
            case GpuShared():
                self.shared_gpus = event.gpus
            case OutputChanged():
                self.output = event
        self.changed.emit()

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
