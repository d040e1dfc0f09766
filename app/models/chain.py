"""The chain as it flows: source, depth, generator, output."""

from app.models.signal import Signal
from engine.events import DepthChanged, GeneratorChanged, OutputChanged, SourceChanged, SourceState, StageState


class ChainModel:
    """The last known state of each stage; None before the engine spoke of it.

    Attributes:
        source: the source in use, or the one that replaces it as soon as it is live.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self.source: SourceChanged | None = None
        self.depth: DepthChanged | None = None
        self.generator: GeneratorChanged | None = None
        self.output: OutputChanged | None = None

    def take(self, event: SourceChanged | DepthChanged | GeneratorChanged | OutputChanged) -> None:
        """Take what the engine tells of a stage."""
        match event:
            case SourceChanged():
                self.source = event
            case DepthChanged():
                self.depth = event
            case GeneratorChanged():
                self.generator = event
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
        return any(stage is not None and stage.state is StageState.FAILED for stage in stages)

    @property
    def on_air(self) -> bool:
        """A receiver shows the output to people."""
        return self.output is not None and self.output.tally
