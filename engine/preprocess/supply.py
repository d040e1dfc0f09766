"""The control maps of a performance: who makes them, what is set of them, and what steps in when one fails."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from engine.clock import NS_PER_SECOND, Clock
from engine.messages.commands import Command, SetParameter
from engine.messages.control_map import MapSettings, settings_of
from engine.messages.events import BackendChoice, ComponentState, DepthChanged, Event, MapChanged
from engine.messages.frame import ControlMap, InputFrame
from engine.messages.input_commands import SelectMap
from engine.messages.parameters import MAP_PARAMETERS
from engine.preprocess.base import DepthEstimator
from engine.preprocess.lateness import StateFilter
from engine.preprocess.registry import STAND_IN_DEPTH, build_depth, find_depth
from engine.preprocess.worker import DepthStats, DepthWorker

STUCK_NS: Final = 3 * NS_PER_SECOND
"""An estimator that has not come back from a frame for so long is stood in for,"""
GIVEN_UP_NS: Final = 10 * NS_PER_SECOND
"""and after so long, doubled each time, another is made in its place,"""
FIRST_MAP_NS: Final = 60 * NS_PER_SECOND
"""Before its first map a model is read, which a slow disk makes long;"""
MOST_GIVEN_UP: Final = 3
"""but not more often than this: each keeps a thread until it comes back."""

Build = Callable[[str, Callable[[], MapSettings]], DepthEstimator]
"""Makes an estimator of a name; the settings that hold are asked for with each frame."""


class ControlMaps:
    """Runs the chosen estimator beside the show, and the built-in one in its place while it fails or is stuck.

    Any thread may call it. The owner calls start and close, once each.

    Args:
        name: what makes the maps at first.
        emit: hears DepthChanged and MapChanged; must return soon and not call close.
        build: makes estimators.
        on_map: hears each map that is newer than those before, on the thread that made it; must return at once.

    Raises:
        EngineError: the estimator is not known or cannot be made.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        emit: Callable[[Event], None],
        build: Build = build_depth,
        on_map: Callable[[ControlMap], None] = lambda _found: None,
    ) -> None:
        self._clock = clock
        self._emit = emit
        self._build = build
        self._on_map = on_map
        self._name = name
        self._values = MAP_PARAMETERS.defaults()
        self._settings = settings_of(self._values)
        self._every = 1
        self._lock = threading.RLock()  # states are told with it held, and may be found out while it is
        self._filter = StateFilter()
        self._primary = self._worker(name)
        self._stand_in: DepthWorker | None = None
        self._standing_in = False
        self._state = ComponentState.OFF
        self._retired: list[DepthWorker] = []
        self._given_up = 0
        self._first = 0
        self._arrived = threading.Condition()

    def start(self) -> None:
        """Begin to take frames."""
        self._primary.start()
        self._announce()

    def close(self) -> None:
        """End every thread; see DepthWorker.close."""
        with self._lock:
            others = [*self._retired, *([self._stand_in] if self._stand_in is not None else [])]
        for worker in others:
            worker.close()
        self._primary.close()

    def offer(self, frame: InputFrame) -> None:
        """Give the newest frame."""
        now_ns = self._clock.now_ns()
        with self._lock:
            stuck_ns = self._primary.busy_ns(now_ns)
            patience_ns = GIVEN_UP_NS if self._primary.newest() is not None else FIRST_MAP_NS
            if stuck_ns > patience_ns << self._given_up and self._given_up < MOST_GIVEN_UP:
                self._given_up += 1
                self._replace(self._name)
            self._standing_in = self._state is ComponentState.FAILED or stuck_ns > STUCK_NS
            if self._standing_in and self._stand_in is None and self._name != STAND_IN_DEPTH:
                self._stand_in = self._worker(STAND_IN_DEPTH)
                self._stand_in.start()
            primary, stand_in = self._primary, self._stand_in if self._standing_in else None
            if (event := self._filter.tick(now_ns)) is not None:
                self._emit(event)
        primary.offer(frame)
        if stand_in is not None:
            stand_in.offer(frame)

    def newest(self) -> ControlMap | None:
        """Return the newest map; None before the first."""
        own = self._primary.newest()
        other = self._stand_in.newest() if self._stand_in is not None and self._standing_in else None
        known = [one for one in (own, other) if one is not None and one.frame_id >= self._first]
        return max(known, key=lambda one: one.frame_id, default=None)

    def begin_at(self, frame_id: int) -> None:
        """Know no map of a frame before this one: their pictures had another format."""
        self._first = frame_id

    def awaited(self, frame_id: int) -> ControlMap | None:
        """Return the map of a frame, or of a later one, where it comes within the wait that is set; else the newest."""
        found = self.newest()
        wait_ns = self._settings.wait_ns
        if wait_ns <= 0 or self._standing_in or (found is not None and found.frame_id >= frame_id):
            return found
        with self._arrived:
            self._arrived.wait_for(lambda: self._reached(frame_id), wait_ns / NS_PER_SECOND)
        return self.newest()

    def take_every(self, count: int) -> None:
        """See DepthWorker."""
        self._primary.take_every(count)
        self._every = count

    def stats(self) -> DepthStats:
        """Return the figures of the chosen estimator."""
        return self._primary.stats()

    def backends(self) -> tuple[BackendChoice, ...]:
        """See DepthWorker."""
        return self._primary.backends()

    def apply(self, command: Command) -> bool:
        """Carry out a command for the control map; False if this is another kind of command.

        Raises:
            EngineError: there is no such estimator, it cannot be made, or a value lies outside its range.
        """
        match command:
            case SelectMap(name=name):
                find_depth(name)
                with self._lock:
                    if name != self._name or self._state is ComponentState.FAILED:
                        self._given_up = 0
                        self._replace(name)
                        self._name = name
            case SetParameter(parameter=key, value=value) if key in MAP_PARAMETERS:
                spec = MAP_PARAMETERS[key]
                with self._lock:
                    self._values = {**self._values, spec.id: spec.check(value)}
                    self._settings = settings_of(self._values)
            case _:
                return False
        self._announce()
        return True

    def _reached(self, frame_id: int) -> bool:
        found = self.newest()
        return found is not None and found.frame_id >= frame_id

    def _announce(self) -> None:
        self._emit(MapChanged(at_ns=self._clock.now_ns(), name=self._name, values=self._values))

    def _worker(self, name: str) -> DepthWorker:
        estimator = self._build(name, lambda: self._settings)
        made: list[DepthWorker] = []

        def told(event: DepthChanged) -> None:
            self._hear(made[0], event)

        made.append(DepthWorker(estimator, self._clock, told, on_map=self._wake))
        made[0].take_every(self._every)
        return made[0]

    def _replace(self, name: str) -> None:
        """Put another worker in the place of the chosen one, which ends when it comes back."""
        fresh = self._worker(name)
        self._primary.retire()
        self._retired.append(self._primary)
        self._primary = fresh
        fresh.start()

    def _wake(self) -> None:
        if (found := self.newest()) is not None:
            self._on_map(found)
        with self._arrived:
            self._arrived.notify_all()

    def _hear(self, worker: DepthWorker, event: DepthChanged) -> None:
        with self._lock:
            if worker is not self._primary:
                return
            self._state = event.state
            if event.state is ComponentState.FAILED and self._name != STAND_IN_DEPTH:
                event = replace(event, detail=f"{event.detail} The built-in estimator stands in.")
            told = event if event.state is ComponentState.OFF else self._filter.hear(event)
            if told is not None:
                self._emit(told)
