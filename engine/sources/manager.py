"""The input of the program: one source on air, another one opening to replace it."""

import math
import threading
from collections.abc import Callable, Sequence

from engine.clock import NS_PER_SECOND, Clock
from engine.errors import SourceError
from engine.messages.events import BackendChoice, SourceChanged, SourceState
from engine.messages.frame import InputFrame
from engine.messages.framing import CENTRE, Framing
from engine.messages.picture_format import PictureFormat
from engine.sources.arrivals import ArrivalRate
from engine.sources.base import Computing, Picture, Seekable, Source, Thinnable
from engine.sources.capture import Capture
from engine.sources.hangs import MOST_CHOSEN, Step, too_often
from engine.sources.registry import build_source
from engine.sources.silence import SILENT_NS, SilenceWatch
from engine.sources.spec import SourceSpec
from engine.sources.window import FrameWindow

CLOSE_TIMEOUT_S = 15.0
"""Longer than the slowest driver call made here (a V4L2 read gives up after 10 s)."""

OPENING_TIMEOUT_S = 2.0
HANGING_TIMEOUT_S = 0.1
"""The same for a source that has not opened yet, of which nobody has seen a picture, and for one that hangs."""

SILENT_TEXT = f"No picture for {SILENT_NS // NS_PER_SECOND} s. It goes on by itself when one comes."


class SourceManager:
    """Owns the capture threads and the window of newest frames.

    The source on air delivers until the first frame of its successor, so a change leaves no gap.
    A successor that fails is given up and the old source stays; with nothing on air, it is tried
    again until it comes, and another source stands in for it meanwhile. A lost source keeps its last frame and comes
    back by itself. One that hangs in a call is told, left behind on its thread, and opened anew on another (`hangs`).

    The hooks are called on capture threads with the manager locked, so they hear everything in
    order. They must return at once, may call back into the manager, and must not wait for a thread
    that does.

    Args:
        on_state: hears each change of the source on air and of the one that is opening.
        on_frame: hears every frame on air.
        build: makes a source; replaced in tests.
        stand_in: plays while the first source fails, None: nothing does.
    """

    def __init__(
        self,
        clock: Clock,
        on_state: Callable[[SourceChanged], None],
        on_frame: Callable[[InputFrame], None] | None = None,
        *,
        build: Callable[[SourceSpec, Clock, threading.Event], Source] = build_source,
        stand_in: SourceSpec | None = None,
    ) -> None:
        import cv2  # here: the window is seen before it is loaded

        # OpenCV's pool would take every core from the generator for pictures this small.
        cv2.setNumThreads(1)
        self._clock = clock
        self._on_state = on_state
        self._on_frame = on_frame
        self._build = build
        self._stand_in = stand_in
        self._standing_in: Capture | None = None
        self._lock = threading.RLock()
        self._on_air: Capture | None = None
        self._candidate: Capture | None = None
        self._retired: list[Capture] = []
        self._window = FrameWindow()
        self._arrivals = ArrivalRate()
        self._silence = SilenceWatch()
        self._frame_id = 0
        self._first_of_format = 1
        self._serial = 0
        self._every = 1
        self._framing = CENTRE
        self._format = PictureFormat.SQUARE
        self._closed = False

    def select(self, spec: SourceSpec) -> None:
        """Open a source and put it on air at its first frame. Returns at once.

        Selecting the source on air gives up a candidate, and changes nothing else, unless it delivers nothing.

        Raises:
            SourceError: the manager is closed, the address makes no sense, or too many tries with it hang.
        """
        with self._lock:
            if self._closed:
                raise SourceError("The input is closed", where=str(spec))
            self._reap()
            on_air = self._on_air
            if on_air is not None and on_air.spec == spec and on_air.alive and not self._dumb(on_air):
                self._retire(self._candidate)
                self._candidate = self._standing_in = None
                self._emit(on_air, on_air.state, on_air.detail)
                return
            if sum(one.spec == spec for one in self._retired) >= MOST_CHOSEN:
                raise too_often(spec)
            capture = self._make(spec)
            self._retire(self._candidate)
            self._candidate = capture
            self._emit(capture, SourceState.OPENING, "")
            capture.start()

    def seek(self, seconds: float) -> None:
        """Move the source on air to a position.

        Raises:
            SourceError: nothing is on air, it has no position, or this is none.
        """
        if not math.isfinite(seconds):
            raise SourceError("This is no position to go to", where=f"{seconds}", remedy="Give it in seconds.")
        with self._lock:
            source: object = self._on_air.source if self._on_air else None
        if not isinstance(source, Seekable):
            raise SourceError("This source has no position to go to", where=str(self.current or "no source"))
        source.seek(seconds)

    def deliver_every(self, count: int) -> None:
        """Have this source and later ones make only every count-th frame (>= 1), where a source makes its own."""
        with self._lock:
            self._every = count
            for capture in (self._on_air, self._candidate):
                if capture is not None:
                    self._thin(capture)

    def frame_by(self, framing: Framing) -> None:
        """Frame pictures of this source and later ones so, from the next on."""
        with self._lock:
            self._framing = framing
            for capture in (self._on_air, self._candidate, self._standing_in):
                if capture is not None:
                    capture.framing = framing
            on_air = self._on_air
            if on_air is not None and not self._silent(on_air):
                self._emit(on_air, on_air.state, on_air.detail)
            elif on_air is not None:
                self._emit(on_air, SourceState.LOST, SILENT_TEXT)

    def frame_in(self, picture_format: PictureFormat) -> int:
        """Deliver pictures of this format alone from now on; those of another that nobody has taken yet are let go.

        Returns:
            The number of the first frame of this format, be it the next.
        """
        with self._lock:
            if picture_format is not self._format:
                self._format = picture_format
                self._serial += 1
                self._window.clear()
                for capture in (self._on_air, self._candidate, self._standing_in):
                    if capture is not None:
                        capture.format = picture_format
                self._first_of_format = self._frame_id + 1
            return self._first_of_format

    @property
    def thinnable(self) -> bool:
        """Whether the source on air makes its own pictures and can make fewer."""
        with self._lock:
            source: object = self._on_air.source if self._on_air else None
        return isinstance(source, Thinnable)

    def backends(self) -> tuple[BackendChoice, ...]:
        """How the source on air computes its pictures; empty if it does not."""
        with self._lock:
            source: object = self._on_air.source if self._on_air else None
        return source.backends() if isinstance(source, Computing) else ()

    def frames(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        """For each instant the frame nearest to it, never stepping back; empty before the first frame."""
        with self._lock:
            return self._window.select(targets_ns)

    def glance(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]:
        """What frames() would give, without counting it as used: for openings that may never be shown."""
        with self._lock:
            return self._window.glance(targets_ns)

    def latest(self) -> InputFrame | None:
        """The newest frame, also of a source that is lost; None before the first."""
        with self._lock:
            return self._window.newest

    def input_fps(self, now_ns: int) -> float:
        """Frames that arrived per second, over the last second."""
        with self._lock:
            return self._arrivals.per_second(now_ns)

    def watch(self, now_ns: int) -> None:
        """Tell of a source on air that has not delivered for long, as LOST; its next picture makes it LIVE again.

        Called some times a second, by one thread: a source that never returns from a call cannot tell it itself. What
        hangs in one is left behind, and opened anew.
        """
        with self._lock:
            self._reap()
            for capture in (self._candidate, self._on_air):
                if capture is not None:
                    self._attend(capture, now_ns)
            capture = self._on_air
            if capture is None or capture.state is not SourceState.LIVE:
                return
            if self._silence.look(now_ns):
                self._emit(capture, SourceState.LOST, SILENT_TEXT)

    @property
    def dropped(self) -> int:
        """Frames that no chunk has used."""
        with self._lock:
            return self._window.dropped

    @property
    def current(self) -> SourceSpec | None:
        """The source on air; before the first frame of the first, the one that is opening."""
        with self._lock:
            capture = self._on_air or self._candidate
            return capture.spec if capture else None

    @property
    def state(self) -> SourceState:
        """The state of the current source; OPENING before any was selected."""
        with self._lock:
            capture = self._on_air or self._candidate
            if capture is None:
                return SourceState.OPENING
            return SourceState.LOST if self._silent(capture) else capture.state

    def close(self) -> None:
        """End every capture thread. No hook is called any more.

        Raises:
            SourceError: a driver did not return; its thread dies with the program.
        """
        with self._lock:
            self._closed = True
            self._retire(self._candidate)
            self._retire(self._on_air)
            if self._standing_in is not self._on_air:
                self._drop_stand_in()
            self._candidate = self._on_air = None
            waiting, self._retired = self._retired, []
        began_ns = self._clock.now_ns()

        def ends(capture: Capture) -> bool:
            patience_s = CLOSE_TIMEOUT_S if capture.delivered else OPENING_TIMEOUT_S
            patience_s = HANGING_TIMEOUT_S if capture.watch.hangs else patience_s
            return capture.join(max(patience_s - (self._clock.now_ns() - began_ns) / NS_PER_SECOND, 0.0))

        stuck = [capture for capture in waiting if not ends(capture)]
        if stuck:
            raise SourceError("A source does not let go", where=str(stuck[0].spec), remedy="Unplug or restart it.")

    def captured(self, capture: Capture, picture: Picture) -> None:
        """A capture thread has a picture (CaptureListener)."""
        with self._lock:
            if capture is self._candidate or (capture is self._standing_in and self._on_air is None):
                self._retire(self._on_air)
                self._on_air = capture
                if capture is self._candidate:
                    self._candidate = None
                    self._drop_stand_in()
            elif capture is not self._on_air:
                return
            if picture.image.shape[:2] != self._format.shape:
                return  # it was read just before the format changed: the next is right
            if capture.state is not SourceState.LIVE or self._silence.told:
                self._serial += 1
            returned = self._silent(capture)
            self._silence.begin(self._clock.now_ns())
            if returned:
                self._emit(capture, capture.state, capture.detail)
            newest = self._window.newest
            self._frame_id += 1
            frame = InputFrame(
                frame_id=self._frame_id,
                # A new source may have captured its first picture just before the old one's last.
                capture_ns=max(picture.capture_ns, newest.capture_ns if newest else 0),
                source_serial=self._serial,
                image=picture.image,
                true_depth=picture.true_depth,
                alpha=picture.alpha,
                true_pose=picture.true_pose,
            )
            self._window.add(frame)
            self._arrivals.note(self._clock.now_ns())
            if self._on_frame is not None:
                self._on_frame(frame)

    def changed(self, capture: Capture, state: SourceState, detail: str) -> None:
        """A capture's state has changed (CaptureListener)."""
        with self._lock:
            if capture not in (self._candidate, self._on_air, self._standing_in):
                return
            if capture is self._candidate and state is SourceState.FAILED:
                if self._on_air is None or self._on_air is self._standing_in:
                    detail = self._fill_in(capture, detail)
                else:
                    self._retire(capture)
                    self._candidate = None
            self._emit(capture, state, detail)

    def _dumb(self, capture: Capture) -> bool:
        """Whether it delivers nothing, by a fault of its own: chosen again, it is made anew."""
        return capture.broken or capture.watch.hangs or self._silent(capture)

    def _make(self, spec: SourceSpec, after: Capture | None = None) -> Capture:
        """Make a capture of this source, which is not started."""
        capture = Capture(spec, lambda halt: self._build(spec, self._clock, halt), self, after)
        self._thin(capture)
        return capture

    def _attend(self, capture: Capture, now_ns: int) -> None:
        """Tell of a source that hangs in a call, and open it anew or give it up after a while."""
        left = sum(one.watch.hangs for one in self._retired)
        step = capture.watch.look(capture.call, now_ns, left)
        on_air, opening = capture is self._on_air, capture.opening
        if step is Step.WAIT or (step is Step.TELL and not opening):
            return  # of one that is read, its silence has been told
        beside = not on_air and self._on_air is not None and self._on_air is not self._standing_in
        text = capture.watch.describe(step, capture.spec, opening=opening, given_up=beside)
        state = SourceState.LOST if on_air else SourceState.FAILED
        if beside and step is Step.TELL:
            state = SourceState.OPENING
        elif beside:
            self._retire(capture)
            self._candidate = None
        elif step is Step.LEAVE:
            capture = self._replace(capture)
        if not on_air and not beside:
            text = self._fill_in(capture, text)
        capture.note(state, text)
        self._emit(capture, state, text)
        if step is Step.LEAVE and not beside:
            capture.start()

    def _replace(self, hanging: Capture) -> Capture:
        """Put another capture in the place of one that hangs; it is not started."""
        capture = self._make(hanging.spec, hanging)
        self._retire(hanging)
        if hanging is self._standing_in:
            self._standing_in = capture
        if hanging is self._on_air:
            self._on_air = capture
        else:
            self._candidate = capture
        return capture

    def _silent(self, capture: Capture) -> bool:
        return capture is self._on_air and capture.state is SourceState.LIVE and self._silence.told

    def _drop_stand_in(self) -> None:
        self._retire(self._standing_in)
        self._standing_in = None

    def _fill_in(self, failed: Capture, detail: str) -> str:
        """Open the source that stands in for one that fails with nothing on air; return the detail with that told."""
        spec = self._stand_in
        if spec is None or spec == failed.spec:
            return detail
        if self._standing_in is None:
            self._standing_in = self._make(spec)
            self._standing_in.start()
        return f"{detail} The {spec} plays until it comes.".strip()

    def _emit(self, capture: Capture, state: SourceState, detail: str) -> None:
        self._on_state(
            SourceChanged(
                at_ns=self._clock.now_ns(),
                spec=str(capture.spec),
                state=state,
                detail=detail,
                framing=self._framing,
            )
        )

    def _thin(self, capture: Capture) -> None:
        capture.framing, capture.format = self._framing, self._format
        source: object = capture.source
        if isinstance(source, Thinnable):
            source.deliver_every(self._every)

    def _retire(self, capture: Capture | None) -> None:
        if capture is not None:
            capture.stop()
            self._retired.append(capture)

    def _reap(self) -> None:
        self._retired = [capture for capture in self._retired if capture.alive]
