"""Decide when to start the next chunk, and for how long its frames are shown. Pure decisions."""

from collections import deque
from dataclasses import dataclass

from engine.clock import NS_PER_MS
from engine.scheduling.steady_mean import SteadyMean

DURATIONS_KEPT = 120
"""Chunk durations remembered: some four seconds of one-frame chunks."""

LEAST_MARGIN_NS = 5 * NS_PER_MS
MOST_MARGIN_NS = 60 * NS_PER_MS
MARGIN_STEP_NS = 16 * NS_PER_MS
MARGIN_DECAY_SHARE = 1024
"""The jitter buffer: time to spare beyond the longest chunk remembered. It grows by a step whenever a
chunk came too late for the output, and forgets a 1024th of its surplus with each that did not (half
of it in some 24 seconds of one-frame chunks). Its bounds keep input-to-output latency under a fifth of
a second with one-frame chunks at 30 frames a second."""

SLOWER_AT = 1.02
FASTER_AT = 0.94
"""The content rate drops below the output's once chunks take 2 % longer than they play, and returns
when they take 6 % less: the gap keeps the rate from flapping."""

SLOTS_SPARED = 2
"""Of the slots to the output, those that are never waited for: one is being shown, one is being let go."""

PERIOD_GRAIN_NS = NS_PER_MS // 2
"""Content periods are rounded up to half a millisecond, so that they change seldom."""


@dataclass(frozen=True, slots=True)
class QueueState:
    """State of the output's queue.

    Attributes:
        queued: frames not yet shown.
        next_deadline_ns: when the output shows its next frame.
        lead_ns: how much earlier than it is shown the output takes a frame.
    """

    queued: int
    next_deadline_ns: int
    lead_ns: int = 0

    def dry_ns(self, period_ns: int) -> int:
        """Return when the output will look for a frame and find none, if each is shown for a period."""
        return self.next_deadline_ns + self.queued * period_ns - self.lead_ns


class ChunkPacing:
    """Start chunks just in time: late enough for fresh input, early enough that the output never runs dry.

    Args:
        output_period_ns: distance of two output frames.
        slots: capacity of the output's queue, in frames.
    """

    def __init__(self, chunk_frames: int, output_period_ns: int, slots: int) -> None:
        self._chunk_frames = chunk_frames
        self._most_queued = slots - SLOTS_SPARED
        self._output_period_ns = output_period_ns
        self._period_ns = output_period_ns
        self._durations: deque[int] = deque(maxlen=DURATIONS_KEPT)
        self._steady = SteadyMean(DURATIONS_KEPT)
        self._margin_ns = LEAST_MARGIN_NS

    @property
    def output_period_ns(self) -> int:
        """Return the distance of two output frames."""
        return self._output_period_ns

    @property
    def period_ns(self) -> int:
        """Return the content time of a frame: the output's period, or longer where chunks are slower than that."""
        return self._period_ns

    def follow(self, output_period_ns: int) -> None:
        """Set the distance of two output frames."""
        if output_period_ns != self._output_period_ns:
            self._output_period_ns = self._period_ns = output_period_ns
            self._settle()

    def finished(self, duration_ns: int, *, late: bool) -> None:
        """Record a finished chunk.

        Args:
            duration_ns: from its start until it was published.
            late: the output had looked for its first frame by then.
        """
        self._durations.append(duration_ns)
        self._steady.add(duration_ns)
        surplus_ns = self._margin_ns - LEAST_MARGIN_NS
        grown_ns = self._margin_ns + MARGIN_STEP_NS if late else self._margin_ns - surplus_ns // MARGIN_DECAY_SHARE
        self._margin_ns = min(grown_ns, MOST_MARGIN_NS)
        self._settle()

    def rescale(self, share: float) -> None:
        """Chunks will take this share (> 0) of what they took: what is remembered of them is brought in line."""
        self._durations = deque((round(one * share) for one in self._durations), maxlen=DURATIONS_KEPT)

    def _settle(self) -> None:
        """Choose the content time of a frame by how long chunks take."""
        if not self._durations:
            return
        mean_ns = self._steady.mean_ns
        load = mean_ns / (self._chunk_frames * self._output_period_ns)
        slowed = self._period_ns > self._output_period_ns
        if load > SLOWER_AT or (slowed and load > FASTER_AT):
            wanted_ns = max(mean_ns / self._chunk_frames, self._output_period_ns)
            grains = -(-int(wanted_ns) // PERIOD_GRAIN_NS)
            if abs(grains * PERIOD_GRAIN_NS - self._period_ns) > PERIOD_GRAIN_NS:
                self._period_ns = max(grains * PERIOD_GRAIN_NS, self._output_period_ns)
        else:
            self._period_ns = self._output_period_ns

    def expected_ns(self) -> int:
        """Return the expected duration of the next chunk: the second longest of those remembered."""
        if not self._durations:
            return 0
        longest = sorted(self._durations)[-2:]
        return longest[0]

    def wait_ns(self, now_ns: int, queue: QueueState) -> int:
        """Return how long to wait before starting the next chunk; 0: start now."""
        if queue.queued == 0:
            return 0
        expected_ns = self.expected_ns() + self._margin_ns
        dry_at_ns = queue.dry_ns(self._period_ns)
        cover = -(-expected_ns // self._period_ns)
        allowed = min(max(self._chunk_frames, cover), self._most_queued - self._chunk_frames)
        surplus = max(queue.queued - allowed, 0)
        room_at_ns = queue.next_deadline_ns + (surplus - 1) * self._period_ns if surplus else now_ns
        return max(dry_at_ns - expected_ns, room_at_ns, now_ns) - now_ns
