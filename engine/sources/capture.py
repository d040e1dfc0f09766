"""The capture thread: opens one source, delivers what it reads, brings it back when it is lost."""

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from engine.errors import SourceError
from engine.messages.events import SourceState
from engine.messages.framing import CENTRE, Framing
from engine.messages.picture_format import PictureFormat
from engine.sources.base import Picture, Source, SourceFactory
from engine.sources.framing import frame_by
from engine.sources.hangs import CallWatch
from engine.sources.spec import SourceSpec

T = TypeVar("T")

LONGEST_RETRY_S = 16.0
"""Between two attempts with a source that raises what it should not."""

RETRY_S = 1.0
"""Between two attempts to open: soon enough for a stage, rare enough for a driver that dislikes it."""


class CaptureListener(Protocol):
    """Who hears a capture thread; both calls come on that thread."""

    def captured(self, capture: "Capture", picture: Picture) -> None:
        """A picture has come."""
        ...

    def changed(self, capture: "Capture", state: SourceState, detail: str) -> None:
        """The state, or what there is to say about it, has changed. May call capture.stop()."""
        ...


class Capture:
    """One source and the thread that reads it.

    A source that fails to open is FAILED, one that stops delivering LOST; both are opened again
    every RETRY_S until stop is called. So is one that raises what it should not, with growing pauses.

    Args:
        after: what it takes the place of, as that hangs: it begins in its state, and it is waited for longer.
    """

    def __init__(
        self, spec: SourceSpec, factory: SourceFactory, listener: CaptureListener, after: "Capture | None" = None
    ) -> None:
        self.spec = spec
        self.watch: CallWatch = CallWatch() if after is None else CallWatch(after.watch.tries + 1)
        """Of its calls; for whoever watches this thread."""
        self._listener = listener
        self._halt = threading.Event()
        self._source = factory(self._halt)
        self._state = SourceState.OPENING if after is None else after.state
        self._detail = ""
        self._delivered = after is not None and after.delivered
        self._broken = self._opening = False
        self._calls = 0
        self.framing: Framing = CENTRE
        """How the next pictures are framed, and"""
        self.format = PictureFormat.SQUARE
        """their format; anyone may set both."""
        # A daemon: a driver that never returns must not keep the program from ending.
        self._thread = threading.Thread(target=self._run, name=f"hardcut-capture {spec}", daemon=True)

    @property
    def source(self) -> Source:
        """The source; only what it declares thread-safe may be called from elsewhere."""
        return self._source

    @property
    def state(self) -> SourceState:
        """What the source is doing."""
        return self._state

    @property
    def detail(self) -> str:
        """The words that go with the state."""
        return self._detail

    @property
    def broken(self) -> bool:
        """It raised what it should not, and has delivered nothing since; choosing it again makes a new one."""
        return self._broken

    @property
    def delivered(self) -> bool:
        """A picture has come, be it of what it took the place of."""
        return self._delivered

    @property
    def call(self) -> int:
        """The number of the call into the source that the thread is in, 0 if it is in none."""
        calls = self._calls
        return calls if calls % 2 else 0

    @property
    def opening(self) -> bool:
        """The newest call is the one that opens the source."""
        return self._opening

    @property
    def alive(self) -> bool:
        """The thread is still running."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; from any thread, the capture thread included."""
        self._halt.set()

    def note(self, state: SourceState, detail: str) -> None:
        """Note the state of a thread that cannot tell it itself; what it tells later counts."""
        self._state, self._detail = state, detail

    def join(self, timeout_s: float) -> bool:
        """Wait for the thread; True once it has ended."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        pause_s = RETRY_S
        while not self._halt.is_set():
            try:
                self._serve()
            except SourceError as error:
                pause_s = RETRY_S
                self._report(SourceState.LOST if self._delivered else SourceState.FAILED, str(error))
            except BaseException as error:  # noqa: BLE001 - the top of the thread: told on screen, and tried again
                state = SourceState.LOST if self._delivered else SourceState.FAILED
                self._broken = True
                text = f"The source stopped working: {error!r} ({self.spec}). It is tried again."
                self._report(state, text)
                pause_s = min(2 * pause_s, LONGEST_RETRY_S)
            self._halt.wait(pause_s)
        self._source.close()

    def _serve(self) -> None:
        frame_by(self.framing, self.format)
        self._opening = True
        self._call(self._source.open)
        self._opening = False
        while not self._halt.is_set():
            frame_by(self.framing, self.format)
            picture = self._call(self._source.read)
            if picture is None:
                continue
            wanted = self.format
            if picture.image.shape[:2] != wanted.shape:
                frame_by(self.framing, wanted)  # it may have changed while the source was waited for
                from engine.sources.conform import conformed  # OpenCV comes with it

                picture = conformed(picture, wanted)
            self._delivered, self._broken = True, False
            self._listener.captured(self, picture)
            self._report(SourceState.LIVE, self._source.label)

    def _call(self, part: Callable[[], T]) -> T:
        """Call the source, which may hang: `call` tells that it does."""
        self._calls += 1
        try:
            return part()
        finally:
            self._calls += 1

    def _report(self, state: SourceState, detail: str) -> None:
        if self._halt.is_set() or (state, detail) == (self._state, self._detail):
            return
        self._state, self._detail = state, detail
        self._listener.changed(self, state, detail)
