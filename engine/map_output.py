"""Control maps as an NDI source of their own, beside the programme: "NAME Depth"."""

import threading
from fractions import Fraction
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.clock import NS_PER_SECOND, Clock
from engine.colour import NEUTRAL_CHROMA
from engine.ending import joined
from engine.errors import EngineError
from engine.listeners import Listeners
from engine.mailbox import Latest
from engine.messages.control_map import settings_of
from engine.messages.events import Event, Level, MapChanged, Notice
from engine.messages.frame import ControlMap, DepthImage
from engine.output.settings import NDI_SINK, VideoFormat, WireFormat
from engine.output.sinks.isolated import IsolatedSink

RATE: Final = Fraction(30)
"""What receivers are told; maps come as they are made."""

END_S: Final = 10.0
"""How long the sender may take to end."""

IDLE_NS: Final = NS_PER_SECOND
ASK_NS: Final = NS_PER_SECOND // 2
"""How often a sender that nobody watches is asked whether somebody does."""

BACKOFF_NS: Final = tuple(seconds * NS_PER_SECOND for seconds in (1, 2, 4, 8, 16, 32))

_BLACK: Final = 16.0
_SPAN: Final = 219.0
"""Limited range of luma (BT.601, BT.709)."""


def wire_image(depth: DepthImage) -> npt.NDArray[np.uint8]:
    """Return a map [h, w] as grey UYVY, uint8 [h, w, 2]; odd sizes lose their last row or column."""
    height, width = (length // 2 * 2 for length in depth.shape)
    image = np.empty((height, width, 2), np.uint8)
    image[..., 0] = NEUTRAL_CHROMA
    image[..., 1] = np.rint(np.clip(depth[:height, :width], 0.0, 1.0) * np.float32(_SPAN) + np.float32(_BLACK))
    return image


class MapOutput:
    """Sends the newest map from a thread of its own, through a process of its own, while that is wanted.

    Any thread may call it. The owner calls start and close, once each.

    Args:
        name: of the source, as receivers see it.
    """

    def __init__(self, name: str, clock: Clock, listeners: Listeners) -> None:
        self._name = name
        self._clock = clock
        self._listeners = listeners
        self._maps: Latest[ControlMap | None] = Latest()  # None only wakes the thread
        self._on = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def hear(self, event: Event) -> None:
        """Follow whether maps are sent."""
        if isinstance(event, MapChanged):
            on = settings_of(event.values).send
            with self._lock:
                if on and self._thread is None and not self._stopping.is_set():
                    self._thread = threading.Thread(target=self._run, name="hardcut-map-out", daemon=True)
                    self._thread.start()
            if on != self._on:
                self._on = on
                self._maps.put(None)

    def offer(self, found: ControlMap) -> None:
        """Give the newest map; returns at once."""
        if self._on:
            self._maps.put(found)

    def close(self) -> None:
        """End the thread and the sender."""
        self._stopping.set()
        self._maps.put(None)
        with self._lock:
            thread = self._thread
        if thread is not None:
            joined(thread, END_S)

    def _run(self) -> None:
        sender = _Sender(self._name, self._clock)
        failures, retry_at_ns = 0, 0
        while not self._stopping.is_set():
            found = self._maps.take(IDLE_NS)
            if not self._on or self._stopping.is_set():
                sender.close()
                continue
            if self._clock.now_ns() < retry_at_ns:
                continue
            try:
                if sender.send(found):
                    failures = 0
            except BaseException as error:  # noqa: BLE001 - the top of a thread, which reports and goes on
                sender.close()
                if not failures:
                    said = str(error) if isinstance(error, EngineError) else f"{error!r}."
                    self._tell(f"The control map cannot be sent: {said} It is tried again.")
                retry_at_ns = self._clock.now_ns() + BACKOFF_NS[min(failures, len(BACKOFF_NS) - 1)]
                failures += 1
        sender.close()

    def _tell(self, text: str) -> None:
        self._listeners.emit(Notice(at_ns=self._clock.now_ns(), level=Level.WARNING, text=text))


class _Sender:
    """The NDI sender in its process, opened with the first map."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name = name
        self._clock = clock
        self._sink: IsolatedSink | None = None
        self._asked_ns = 0

    def send(self, found: ControlMap | None) -> bool:
        """Send a map if somebody watches; True if that was done.

        Raises:
            EngineError: the sender cannot be opened, or its process has ended.
        """
        sink = self._sink
        if sink is None:
            sink = self._sink = IsolatedSink(NDI_SINK, self._name)
            sink.open()
        now_ns = self._clock.now_ns()
        if not sink.wanted() and now_ns - self._asked_ns >= ASK_NS:
            self._asked_ns = now_ns
            sink.status()
        if found is None or not sink.wanted():
            return False
        image = wire_image(found.depth)
        height, width, _ = image.shape
        sink.send(image, VideoFormat(width=width, height=height, rate=RATE, wire=WireFormat.UYVY))
        return True

    def close(self) -> None:
        sink, self._sink = self._sink, None
        if sink is not None:
            sink.close()
