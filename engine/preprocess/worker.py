"""The depth thread: takes the newest frame, leaves the newest map, and never makes anyone wait."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.clock import NS_PER_MS, NS_PER_SECOND, Clock
from engine.errors import EngineError
from engine.mailbox import Latest
from engine.messages.events import BackendChoice, ComponentState, DepthChanged
from engine.messages.frame import ControlMap, InputFrame
from engine.preprocess.base import DepthEstimator, close_estimator

LATE_NS = 300 * NS_PER_MS
"""Age from which a map is told as late: about a third of a chunk of 12 at 15 FPS behind the dancer, and visible."""

BACKOFF_NS = tuple(seconds * NS_PER_SECOND // 2 for seconds in (1, 2, 4, 8, 16, 32, 64))
"""Pauses before an estimator that failed is tried again; the last repeats. Half a second rides out a
passing shortage of memory, half a minute spares the show from a broken model."""

SOUND_AFTER = 60
"""Maps in a row after which earlier failures are forgiven."""

IDLE_NS = 200 * NS_PER_MS
"""Without a new frame for this long, what a model with lookahead still holds is asked for."""

CLOSE_NS = 2 * NS_PER_SECOND
"""How long close waits for an estimator to come back from a frame."""

RATE_WINDOW_NS = 1 * NS_PER_SECOND


@dataclass(frozen=True, slots=True)
class DepthStats:
    """Figures of the depth worker.

    Attributes:
        computed: maps made since the start.
        replaced: frames that a newer one replaced before the worker took them.
        failures: how often the estimator failed.
        last_ns: how long the newest map took to make.
        rate: maps in the last second.
    """

    computed: int
    replaced: int
    failures: int
    last_ns: int
    rate: float


def _nobody_waits() -> None:
    """Do nothing: nobody waits for maps."""


class DepthWorker:
    """Runs one estimator on a thread of its own.

    Any thread may call offer, newest, stats and backends; none of them waits for the estimator. The
    owner calls start and close, once each. States are told through on_state, on whichever thread found out:

    - STARTING until the first map, READY after it and whenever another estimator took over (AutoEstimator);
    - LATE while the estimator is stuck with a frame, or its maps are older than late_ns;
    - FAILED when it raised: it is reset and tried again, with growing pauses;
    - OFF once closed.

    Args:
        estimator: belongs to the worker from now on.
        clock: stamps maps and measures ages and pauses.
        on_state: hears every change of state; must return soon and not call close.
        on_map: called on the depth thread after each map; must return soon.
        late_ns, backoff_ns, idle_ns, close_ns: see the constants of this module.
        name: of the thread.
    """

    def __init__(
        self,
        estimator: DepthEstimator,
        clock: Clock,
        on_state: Callable[[DepthChanged], None],
        *,
        late_ns: int = LATE_NS,
        backoff_ns: tuple[int, ...] = BACKOFF_NS,
        idle_ns: int = IDLE_NS,
        close_ns: int = CLOSE_NS,
        on_map: Callable[[], None] = _nobody_waits,
        name: str = "hardcut-depth",
    ) -> None:
        self._estimator = estimator
        self._clock = clock
        self._on_state = on_state
        self._late_ns = late_ns
        self._backoff_ns = backoff_ns
        self._idle_ns = idle_ns
        self._close_ns = close_ns
        self._on_map = on_map
        # Daemon: an estimator that never comes back must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._stopping = threading.Event()
        self._inbox: Latest[InputFrame | None] = Latest()  # None only wakes the thread
        self._every = 1
        self._offered_serial: int | None = None
        self._outbox: Latest[ControlMap] = Latest()
        self._report_lock = threading.Lock()
        self._reported = DepthChanged(at_ns=0, estimator=estimator.name, state=ComponentState.OFF)
        # Written by the depth thread alone, read by all: each is one reference, swapped whole.
        self._busy_since_ns: int | None = None
        self._backends: tuple[BackendChoice, ...] = ()
        self._computed = 0
        self._last_ns = 0
        self._ready_times: tuple[int, ...] = ()
        self._failures = 0
        # The depth thread's own.
        self._recent: deque[int] = deque()
        self._source_serial: int | None = None
        self._retry_at_ns: int | None = None
        self._failures_in_row = 0
        self._sound_maps = 0
        self._unflushed = False

    def start(self) -> None:
        """Begin to take frames."""
        self._report(ComponentState.STARTING, "The depth estimator waits for the first frame.")
        self._thread.start()

    def offer(self, frame: InputFrame) -> None:
        """Give the newest frame; one that was not yet taken is replaced."""
        fresh, self._offered_serial = frame.source_serial != self._offered_serial, frame.source_serial
        if fresh or frame.frame_id % self._every == 0:
            self._inbox.put(frame)
        self._watch()

    def take_every(self, count: int) -> None:
        """Estimate only frames whose number is a multiple of count (>= 1), and the first of each source.

        Raises:
            ValueError: count is below 1.
        """
        if count < 1:
            raise ValueError(f"every {count}th frame makes no sense")
        self._every = count

    def newest(self) -> ControlMap | None:
        """The newest map; None before the first."""
        return self._outbox.peek()

    def stats(self) -> DepthStats:
        """The figures now."""
        self._watch()
        begin = self._clock.now_ns() - RATE_WINDOW_NS
        ready = sum(1 for moment in self._ready_times if moment > begin)
        rate = ready * NS_PER_SECOND / RATE_WINDOW_NS
        return DepthStats(self._computed, self._inbox.replaced, self._failures, self._last_ns, rate)

    def backends(self) -> tuple[BackendChoice, ...]:
        """How the estimator computes; empty before its first map."""
        return self._backends

    def busy_ns(self, now_ns: int) -> int:
        """Return for how long the estimator has been at the frame it has; 0 while it has none."""
        since_ns = self._busy_since_ns
        return max(now_ns - since_ns, 0) if since_ns is not None else 0

    def retire(self) -> None:
        """Let the thread end by itself, as soon as the estimator comes back; close it all the same."""
        self._stopping.set()
        self._inbox.put(None)

    def close(self) -> None:
        """End the thread. Returns within close_ns even if the estimator is stuck, and says so then."""
        self._stopping.set()
        self._inbox.put(None)
        stuck = False
        if self._thread.ident is not None:
            self._thread.join(self._close_ns / NS_PER_SECOND)
            stuck = self._thread.is_alive()
        if stuck:
            self._emit(ComponentState.FAILED, "The depth estimator did not stop; it was left behind.")
        else:
            self._emit(ComponentState.OFF, "")

    def _run(self) -> None:
        while not self._stopping.is_set():
            frame = self._inbox.take(self._idle_ns)
            if self._stopping.is_set() or not self._may_try():
                continue
            try:
                if frame is not None:
                    self._push(frame)
                elif self._unflushed:
                    self._flush()
            except BaseException as error:  # noqa: BLE001 - the top of this thread: whatever a model raises is told
                self._fail(error)
            finally:
                self._busy_since_ns = None
        close_estimator(self._estimator)

    def _may_try(self) -> bool:
        return self._retry_at_ns is None or self._clock.now_ns() >= self._retry_at_ns

    def _push(self, frame: InputFrame) -> None:
        began_ns = self._clock.now_ns()
        self._busy_since_ns = began_ns
        if self._retry_at_ns is not None:
            self._report(ComponentState.STARTING, "The depth estimator is started again.")
            self._estimator.reset()
            self._retry_at_ns = None
        elif self._source_serial not in (None, frame.source_serial):
            self._estimator.reset()
        self._source_serial = frame.source_serial
        self._unflushed = True
        result = self._estimator.push(frame, began_ns)
        self._publish(result, began_ns)

    def _flush(self) -> None:
        began_ns = self._clock.now_ns()
        self._busy_since_ns = began_ns
        self._unflushed = False
        self._publish(self._estimator.flush(), began_ns)

    def _publish(self, result: ControlMap | None, began_ns: int) -> None:
        if result is None or self._stopping.is_set():
            return
        now_ns = self._clock.now_ns()
        self._busy_since_ns = None
        self._recent.append(now_ns)
        while self._recent[0] <= now_ns - RATE_WINDOW_NS:
            self._recent.popleft()
        self._ready_times = tuple(self._recent)
        self._computed += 1
        self._last_ns = now_ns - began_ns
        self._sound_maps += 1
        if self._sound_maps >= SOUND_AFTER:
            self._failures_in_row = 0
        self._judge(now_ns - result.capture_ns)
        # Last, so that who sees the map sees figures and a state that count it.
        self._outbox.put(replace(result, ready_ns=now_ns))
        self._on_map()

    def _judge(self, age_ns: int) -> None:
        """Tell whether maps come in time. Once late, they must be a quarter younger to count as ready again."""
        was_late = self._reported.state is ComponentState.LATE
        if age_ns > (self._late_ns * 3 // 4 if was_late else self._late_ns):
            self._report(
                ComponentState.LATE, f"Depth maps are {age_ns // NS_PER_MS} ms old; the show goes on with them."
            )
            return
        if self._reported.state is not ComponentState.READY or self._reported.estimator != self._estimator.name:
            self._backends = self._estimator.backends()
            reason = next((f"{choice.chosen}: {choice.reason}" for choice in self._backends), "")
            self._report(ComponentState.READY, reason)

    def _fail(self, error: BaseException) -> None:
        self._failures += 1
        pause_ns = self._backoff_ns[min(self._failures_in_row, len(self._backoff_ns) - 1)]
        self._failures_in_row += 1
        self._sound_maps = 0
        self._unflushed = False
        self._retry_at_ns = self._clock.now_ns() + pause_ns
        what = str(error) if isinstance(error, EngineError) else f"The depth estimator failed: {error!r}."
        self._report(ComponentState.FAILED, f"{what} It is tried again in {pause_ns / NS_PER_SECOND:g} s.")

    def _watch(self) -> None:
        """Notice from outside that the estimator is stuck; it cannot say so itself."""
        busy_since_ns = self._busy_since_ns
        if busy_since_ns is None or self._reported.state is ComponentState.LATE:
            return
        waited_ns = self._clock.now_ns() - busy_since_ns
        # Without waiting: who holds the lock is reporting a newer state.
        if waited_ns > self._late_ns and self._report_lock.acquire(blocking=False):
            try:
                if self._busy_since_ns == busy_since_ns and not self._stopping.is_set():
                    detail = f"A depth map takes over {waited_ns // NS_PER_MS} ms; the show goes on with the last."
                    self._announce(ComponentState.LATE, detail)
            finally:
                self._report_lock.release()

    def _report(self, state: ComponentState, detail: str) -> None:
        """Tell a state, unless the worker is closing: then only close has the word."""
        if not self._stopping.is_set():
            self._emit(state, detail)

    def _emit(self, state: ComponentState, detail: str) -> None:
        # The lock is held while telling, so that states are heard in the order in which they came true.
        with self._report_lock:
            self._announce(state, detail)

    def _announce(self, state: ComponentState, detail: str) -> None:
        same = self._reported.state is state and self._reported.estimator == self._estimator.name
        if same and state is not ComponentState.FAILED:
            return
        self._reported = DepthChanged(
            at_ns=self._clock.now_ns(), estimator=self._estimator.name, state=state, detail=detail
        )
        self._on_state(self._reported)
