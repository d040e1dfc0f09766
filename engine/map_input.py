"""A second source whose pictures are control maps: opened when it is chosen, held while it is silent."""

import threading
from collections.abc import Callable
from functools import partial

from engine.clock import Clock
from engine.errors import EngineError
from engine.messages.commands import Command, HardCut
from engine.messages.control_map import MapSettings, settings_of
from engine.messages.events import Committed, Event, Level, MapChanged, Notice, SourceChanged, SourceState
from engine.messages.frame import InputFrame
from engine.messages.picture_format import PictureFormat
from engine.preprocess.base import DepthEstimator
from engine.preprocess.maps.external import STALE_NS, SecondSourceEstimator
from engine.preprocess.maps.shaping import ShapedEstimator
from engine.preprocess.registry import SECOND_SOURCE, build_depth
from engine.sources.manager import SourceManager
from engine.sources.registry import parse_source
from engine.sources.spec import SourceSpec
from engine.sources.spoken import spoken_name


class MapInput:
    """Builds estimators, and owns the second source where one is the map. Any thread may call it.

    Args:
        emit: hears of a second source that cannot be had or has gone.
        post: takes the cut that follows its return, where that is set.
    """

    def __init__(self, clock: Clock, emit: Callable[[Event], None], post: Callable[[Command], None]) -> None:
        self._clock = clock
        self._emit = emit
        self._post = post
        self._lock = threading.Lock()
        self._manager: SourceManager | None = None
        self._spec: SourceSpec | None = None
        self._newest: InputFrame | None = None
        self._format = PictureFormat.SQUARE
        self._chosen = ""
        self._scene = ""
        self._cuts = False
        self._told: SourceState | None = None
        self._opened = 0
        self._ending: list[threading.Thread] = []

    @property
    def label(self) -> str:
        """See MapFeed."""
        spec = self._spec
        return "map from a second source" if spec is None else f"map from {spoken_name(spec)}"

    def newest(self) -> InputFrame | None:
        """See MapFeed."""
        return self._newest

    def build(self, name: str, settings: Callable[[], MapSettings]) -> DepthEstimator:
        """Build what makes maps of this name; see build_depth. `external:SOURCE` opens that source.

        Raises:
            EngineError: there is no such estimator or source, or it cannot be made here.
        """
        if not name.startswith(SECOND_SOURCE):
            return build_depth(name, settings)
        self._open(parse_source(name.removeprefix(SECOND_SOURCE)))
        return ShapedEstimator(SecondSourceEstimator(self), settings)

    def hear(self, event: Event) -> None:
        """Follow what is chosen and set, and which scene plays."""
        match event:
            case MapChanged(name=name, values=values):
                self._cuts = settings_of(values).return_cut
                # Only where another was chosen: a knob that is turned while a source opens still tells the name before.
                changed, self._chosen = name != self._chosen, name
                if changed and not name.startswith(SECOND_SOURCE):
                    self._leave()
            case Committed(scene=scene):
                self._scene = scene

    def frame_in(self, picture_format: PictureFormat) -> None:
        """Fit a second source's pictures to this format, as the source on air's are."""
        with self._lock:
            if picture_format is self._format:
                return
            self._format, self._newest = picture_format, None  # what there is has other proportions
            manager = self._manager
        if manager is not None:
            manager.frame_in(picture_format)  # without the lock: it holds its own while it tells of a picture

    def watch(self, now_ns: int) -> None:
        """Look whether the second source, if one is open, hangs; see SourceManager.watch."""
        manager = self._manager
        if manager is not None:
            manager.watch(now_ns)

    def close(self) -> None:
        """Close the second source, if one is open, and wait until it has let go."""
        self._leave()
        with self._lock:
            ending, self._ending = self._ending, []
        for thread in ending:
            thread.join()

    def _leave(self) -> None:
        """Close the second source without waiting for it: a driver may take seconds to let go."""
        with self._lock:
            manager, self._manager = self._manager, None
            self._spec = self._newest = self._told = None
            self._opened += 1
            self._ending = [thread for thread in self._ending if thread.is_alive()]
            if manager is not None:
                thread = threading.Thread(target=self._end, args=(manager,), name="hardcut-map-input", daemon=True)
                self._ending.append(thread)
                thread.start()

    def _end(self, manager: SourceManager) -> None:
        try:
            manager.close()
        except EngineError as error:
            self._emit(Notice(at_ns=self._clock.now_ns(), level=Level.WARNING, text=str(error)))

    def _open(self, spec: SourceSpec) -> None:
        with self._lock:
            if self._manager is None:
                self._manager = SourceManager(self._clock, self._changed, partial(self._captured, self._opened))
                self._manager.frame_in(self._format)
            if spec != self._spec:
                self._spec, self._newest, self._told = spec, None, None
            manager = self._manager
        manager.select(spec)

    def _captured(self, opened: int, frame: InputFrame) -> None:
        with self._lock:
            if opened != self._opened or frame.image.shape[:2] != self._format.shape:
                return  # of a source that has been left, or of a format that has
            before, self._newest = self._newest, frame
        returned = before is not None and frame.capture_ns - before.capture_ns > STALE_NS
        if returned and self._cuts and self._scene:
            self._post(HardCut(stamp_ns=self._clock.now_ns(), scene=self._scene))

    def _changed(self, event: SourceChanged) -> None:
        """Tell of a source that fails or is lost, and of its return, once each."""
        state, before = event.state, self._told
        if state in (before, SourceState.OPENING) or (before is None and state is SourceState.LIVE):
            return
        self._told = None if state is SourceState.LIVE else state
        name = spoken_name(parse_source(event.spec))
        if state is SourceState.LIVE:
            text, level = f"The map's source {name} is back.", Level.INFO
        else:
            text = f"The map's source {name} is {state.value}; its last map is held. {event.detail}".strip()
            level = Level.WARNING
        self._emit(Notice(at_ns=event.at_ns, level=level, text=text))
