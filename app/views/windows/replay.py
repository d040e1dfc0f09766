"""A replay in a window: it is made on a thread of its own and shown at the pace of the show."""

import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.widgets.pictures import rgbx_image, within
from engine.messages.frame import FRAME_SIZE, RgbxImage
from engine.session.replay import ShownChunk

T = TypeVar("T")

AHEAD: Final = 4
"""Chunks made ahead at most: a slow one is not seen, and closing waits for few."""

TICK_MS: Final = 4
"""Frames are shown to the nearest quarter of a 60 Hz screen's frame."""


class ReplayClosedError(Exception):
    """The window was closed before the show was over."""


class Reel:
    """Pictures on their way from the thread that makes them to the window."""

    def __init__(self) -> None:
        self._chunks: queue.Queue[ShownChunk] = queue.Queue(AHEAD)
        self.closed = threading.Event()

    def show(self, chunk: ShownChunk) -> None:
        """Hand a chunk over; waits while enough are waiting."""
        while not self.closed.is_set():
            try:
                return self._chunks.put(chunk, timeout=0.1)
            except queue.Full:
                continue
        raise ReplayClosedError

    def finish(self) -> None:
        """Nothing to do: the window shows what is left."""

    def close(self) -> None:
        """Nothing to close."""

    def take(self) -> ShownChunk | None:
        """The next chunk, if it is there."""
        try:
            return self._chunks.get_nowait()
        except queue.Empty:
            return None


class ReplayWindow(QWidget):
    """Shows pictures one after the other, each as long as it was meant to be seen; closes itself at the end."""

    def __init__(self, reel: Reel, made: threading.Event) -> None:
        super().__init__()
        self.setWindowTitle("Hardcut replay")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.resize(FRAME_SIZE * 3 // 2, FRAME_SIZE * 3 // 2)
        self._reel = reel
        self._made = made
        self._waiting: list[tuple[RgbxImage, int]] = []
        self._pixels: RgbxImage | None = None
        self._image = QImage()
        self._due_ns = 0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._advance)
        self._timer.start(TICK_MS)

    def _advance(self) -> None:
        now_ns = time.monotonic_ns()
        if now_ns < self._due_ns:
            return
        over = self._made.is_set()  # before looking: what is made after it is not missed
        if not self._waiting and (chunk := self._reel.take()) is not None:
            self._waiting = [(image, chunk.period_ns) for image in chunk.images]
        if not self._waiting:
            if over:
                self.close()
            return
        self._pixels, period_ns = self._waiting.pop(0)
        first, self._image = self._image.isNull(), rgbx_image(self._pixels)
        if first:
            self.resize(self._image.width() * 3 // 2, self._image.height() * 3 // 2)
        late = now_ns - self._due_ns > period_ns
        self._due_ns = (now_ns if late else self._due_ns) + period_ns
        self.update()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._reel.closed.set()
        self._timer.stop()
        super().closeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), Qt.GlobalColor.black)
        edge = min(self.width(), self.height())
        if not self._image.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            width, height = within(edge, edge, self._image)
            painter.drawImage(
                QRect((self.width() - width) // 2, (self.height() - height) // 2, width, height), self._image
            )
        painter.end()


def replay_in_window(perform: Callable[[Reel], T]) -> T:
    """Perform on a thread of its own, show what it makes, and return what it returns.

    Raises:
        ReplayClosedError: the window was closed first; and whatever perform raises.
    """
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    reel, made = Reel(), threading.Event()
    results: list[T] = []
    faults: list[Exception] = []

    def work() -> None:
        try:
            results.append(perform(reel))
        except Exception as fault:  # noqa: BLE001 - the top of the replay's thread; raised again on the main one
            faults.append(fault)
        finally:
            made.set()

    window = ReplayWindow(reel, made)
    thread = threading.Thread(target=work, name="hardcut-replay")
    thread.start()
    # Python handles a signal between two of its own calls; the window's tick makes some 250 a second.
    before = {number: signal.signal(number, lambda *_: window.close()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        window.show()
        application.exec()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        reel.closed.set()
        thread.join()
        window.close()
        window.deleteLater()
    if faults:
        raise faults[0]
    return results[0]
