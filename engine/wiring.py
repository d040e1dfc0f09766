"""Rooms as the chunk loop sees them."""

from engine.clock import NS_PER_SECOND
from engine.messages.framing import Framing
from engine.output.client import OutputClient
from engine.scheduling.chunk_pacing import QueueState
from engine.sources.manager import SourceManager
from engine.sources.registry import parse_source


class OutputFeed:
    """Present the output process as the chunk loop's FrameSink."""

    def __init__(self, output: OutputClient) -> None:
        self._output = output
        self.slots = output.slots
        self.free_slots = output.free_slots
        self.publish_chunk = output.publish_chunk

    @property
    def period_ns(self) -> int:
        rate = self._output.steering.rate  # asked at every chunk, and fractions divide slowly
        return (NS_PER_SECOND * rate.denominator + rate.numerator // 2) // rate.numerator

    def queue_state(self) -> QueueState:
        status = self._output.status()
        return QueueState(self._output.queued(), status.next_deadline_ns, status.lead_ns)


class ManagedSource:
    """Present the source manager as the supervisor's SourceChooser."""

    def __init__(self, source: SourceManager) -> None:
        self._source = source

    def choose(self, spec: str) -> None:
        self._source.select(parse_source(spec))

    def seek(self, seconds: float) -> None:
        self._source.seek(seconds)

    def frame_by(self, framing: Framing) -> None:
        self._source.frame_by(framing)
