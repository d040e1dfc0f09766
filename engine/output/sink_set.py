"""The sinks that are switched on: each with a thread of its own, all fed by the one pacer.

None can delay another: a thread that is busy loses pictures, which it counts, and one that never returns is left
behind. The first sink *leads*: its figures are the output's, and if it never returns, the process has to be replaced.
So it has for another that works in this process, as NDI does, but later and seldom: the others miss pictures by it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.clock import NS_PER_SECOND, Clock
from engine.errors import OutputError
from engine.messages.alpha import AlphaOut
from engine.messages.sinks import SinkPhase, SinkReport
from engine.output.sender import Job, SendReport, SendThread
from engine.output.settings import SinkSpec, VideoFormat, WireFormat, WireImage
from engine.output.sinks.base import Sink, SinkEndedError, SinkStatus
from engine.output.sinks.registry import find_sink, make_sink

PATIENCE_NS: Final = 2 * NS_PER_SECOND
"""A send call takes some milliseconds; a sink that has not returned after so long never will."""

FOLLOWER_PATIENCE_NS: Final = 10 * NS_PER_SECOND
"""How long a sink that does not lead may not return: a new process costs the others up to a second of pictures."""

SETTLED_NS: Final = 300 * NS_PER_SECOND
"""Age of this process from which it goes for such a sink: one that hangs each time costs a gap in five minutes."""

_LAYOUTS: Final = {
    AlphaOut.UYVA: WireFormat.UYVA,
    AlphaOut.UYVA_PREMULTIPLIED: WireFormat.UYVA,
    AlphaOut.BGRA: WireFormat.BGRA,
    AlphaOut.BGRA_PREMULTIPLIED: WireFormat.BGRA,
}


@dataclass(frozen=True, slots=True)
class _Feed:
    """One sink that is switched on, the layouts of pixels that it is given, and whether on the deadlines."""

    spec: SinkSpec
    wire: WireFormat
    with_alpha: tuple[WireFormat, ...]
    paced: bool
    thread: SendThread

    def wire_for(self, alpha: WireFormat | None) -> WireFormat:
        """Return the layout that it is given where this one is wished for."""
        return alpha if alpha is not None and alpha in self.with_alpha else self.wire


class SinkSet:
    """Start, feed and end sinks. A one-thread object: the pacer's.

    Args:
        name: of the output, as receivers are to see it.
        wait_until: returns at an instant of the clock (engine.output.pacer.wait_until).

    Attributes:
        sent, failed: pictures that the leading sinks took, and could not take.
        lost: pictures that a leading sink was too late for.
    """

    def __init__(self, name: str, clock: Clock, wait_until: Callable[[int], None]) -> None:
        self._name = name
        self._clock = clock
        self._wait_until = wait_until
        self._began_ns = clock.now_ns()
        self._feeds: tuple[_Feed, ...] = ()
        self._alpha: WireFormat | None = None
        self._ending: dict[SinkSpec, SendThread] = {}
        self._counted: tuple[SendThread | None, int, int] = (None, 0, 0)
        self.sent = self.failed = self.lost = 0

    def follow(self, wished: Iterable[SinkSpec], switched: str = "", shapes: Mapping[str, str] | None = None) -> None:
        """Start the sinks that are new and end those that are no longer wished for, without waiting for either.

        Args:
            switched: the sink that was switched on just now: it begins anew if it had ended.
            shapes: how the picture lies on displays, by their sinks; see engine.messages.shape.
        """
        before = {feed.spec: feed for feed in self._feeds}
        wanted = tuple(dict.fromkeys(wished))
        for spec, feed in tuple(before.items()):
            again = str(spec) == switched and feed.thread.report.sink.phase is SinkPhase.ENDED
            if again:
                del before[spec]
            if again or spec not in wanted:
                feed.thread.begin_close()
                self._ending[spec] = feed.thread
        self._feeds = tuple(before.get(spec) or self._start(spec) for spec in wanted)
        for feed in self._feeds:
            feed.thread.shape((shapes or {}).get(str(feed.spec), ""))
        self._ending = {spec: thread for spec, thread in self._ending.items() if not thread.ended}

    def carry(self, alpha: AlphaOut) -> None:
        """Give the matte to the sinks that can carry one, or to none."""
        self._alpha = _LAYOUTS.get(alpha)

    def wires(self) -> frozenset[WireFormat]:
        """Return the layouts in which a picture is worth drawing now."""
        return frozenset(feed.wire_for(self._alpha) for feed in self._feeds if feed.thread.wanted)

    def put(
        self, deadline_ns: int, images: Mapping[WireFormat, tuple[WireImage, VideoFormat]], video: VideoFormat
    ) -> None:
        """Hand this output frame to every sink without waiting; one that nobody watches is told only of the time."""
        for place, feed in enumerate(self._feeds):
            wire = feed.wire_for(self._alpha)
            image, form = images.get(wire, (None, video)) if feed.thread.wanted else (None, video)
            lost = feed.thread.put(Job(deadline_ns, image, form))
            if place == 0 and feed.paced:  # one that keeps its own time misses no deadline: it counts by itself
                self.lost += lost
        self._count()

    def in_use(self, image: WireImage) -> bool:
        """Return whether a buffer waits for a sink or is being sent, in one that is ending too."""
        threads = (*(feed.thread for feed in self._feeds), *self._ending.values())
        return any(thread.in_use(image) for thread in threads)

    def lead(self) -> SendReport:
        """Return the figures of the first sink; of none, where all are switched off."""
        return self._feeds[0].thread.report if self._feeds else SendReport(SinkReport(sink=""))

    def reports(self) -> tuple[SinkReport, ...]:
        """Return the newest report of every sink that is switched on, in their order."""
        now_ns = self._clock.now_ns()
        return tuple(
            replace(report, phase=SinkPhase.FAILED, detail="The sink does not return; it is left behind.")
            if feed.thread.stuck_ns(now_ns) > PATIENCE_NS
            else report
            for feed, report in ((feed, feed.thread.report.sink) for feed in self._feeds)
        )

    def stuck(self) -> str:
        """Return the sink for which this process has to be replaced, as it is written; "" while there is none."""
        now_ns = self._clock.now_ns()
        settled = now_ns - self._began_ns >= SETTLED_NS
        for place, feed in enumerate(self._feeds):
            stuck_ns = feed.thread.stuck_ns(now_ns)
            lost = settled and feed.paced and stuck_ns > FOLLOWER_PATIENCE_NS  # else it has a process of its own
            if lost or (place == 0 and stuck_ns > PATIENCE_NS):
                return str(feed.spec)
        return ""

    def close(self, timeout_s: float) -> bool:
        """End every thread and close its sink; False if one did not return in time."""
        threads = (*(feed.thread for feed in self._feeds), *self._ending.values())
        for thread in threads:
            thread.begin_close()
        deadline_ns = self._clock.now_ns() + round(timeout_s * NS_PER_SECOND)
        for thread in threads:
            thread.close(max(deadline_ns - self._clock.now_ns(), 0) / NS_PER_SECOND)
        return all(thread.ended for thread in threads)

    def _start(self, spec: SinkSpec) -> _Feed:
        paced, wire, with_alpha = True, WireFormat.UYVY, tuple[WireFormat, ...]()
        sink: Sink
        try:
            entry = find_sink(spec)
            paced, wire, with_alpha = not entry.isolated, entry.formats[0], entry.alpha_formats
            sink = make_sink(spec, self._name)
        except OutputError as error:
            sink = _ImpossibleSink(error)
        thread = SendThread(
            str(spec), sink, self._clock, self._wait_until if paced else None, after=self._ending.pop(spec, None)
        )
        thread.start()
        return _Feed(spec, wire, with_alpha, paced, thread)

    def _count(self) -> None:
        """Add what the leading sink has taken since the last frame."""
        if not self._feeds:
            return
        thread = self._feeds[0].thread
        sent, failed = thread.counts
        counted, sent_before, failed_before = self._counted
        if counted is not None and counted is not thread:  # another leads: it counts from here
            sent_before, failed_before = sent, failed
        self.sent += sent - sent_before
        self.failed += failed - failed_before
        self._counted = (thread, sent, failed)


class _ImpossibleSink:
    """A sink that cannot be built: it cannot be opened either, and says why."""

    def __init__(self, error: OutputError) -> None:
        self._error = error

    def open(self) -> None:
        raise SinkEndedError(self._error.what, where=self._error.where, remedy=self._error.remedy)

    def wanted(self) -> bool:
        return False

    def send(self, _image: WireImage, _video: VideoFormat) -> None:
        return

    def status(self) -> SinkStatus:
        return SinkStatus("", 0, False)

    def close(self) -> None:
        return
