"""A camera on the loopback: a live MJPEG stream over HTTP whose pictures carry their number."""

import socket
import threading
import time
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from engine.messages.frame import RgbImage

BITS = 12


def picture_of(number: int, width: int, height: int) -> RgbImage:
    """A picture whose middle square holds the number as 12 black or white columns."""
    image = np.full((height, width, 3), 128, np.uint8)
    side = min(height, width)
    left, cell = (width - side) // 2, side // BITS
    for bit in range(BITS):
        image[:, left + bit * cell : left + (bit + 1) * cell] = 255 if number >> bit & 1 else 0
    return image


def number_in(image: RgbImage) -> int:
    """The number in a fitted picture."""
    cell = image.shape[1] / BITS
    row = image[image.shape[0] // 2, :, 1]
    return sum(int(row[int((bit + 0.5) * cell)] > 127) << bit for bit in range(BITS))


class MjpegCamera:
    """Serves one viewer at a time until stopped; a context manager.

    Attributes:
        number: the picture being sent, counted from 0 and never reset.
        sent_ns: when each picture was sent, by number.
    """

    def __init__(self, width: int = 640, height: int = 360, fps: float = 30.0, port: int = 0) -> None:
        self.size = (width, height)
        self.fps = fps
        self.number = 0
        self.sent_ns: dict[int, int] = {}
        self._halt = threading.Event()
        self.silent = threading.Event()
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen()
        self._socket.settimeout(0.1)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/cam.mjpg"
        self._thread = threading.Thread(target=self._serve, name="mjpeg camera")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._halt.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._halt.is_set():
            try:
                viewer, _ = self._socket.accept()
            except TimeoutError:
                continue
            with viewer:
                viewer.settimeout(1.0)
                try:
                    viewer.recv(4096)
                    head = "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=frame\r\n\r\n"
                    viewer.sendall(head.encode())
                    self._show(viewer)
                except OSError:
                    continue

    def _show(self, viewer: socket.socket) -> None:
        start, shown = time.monotonic(), 0
        while not self._halt.wait(max(start + shown / self.fps - time.monotonic(), 0.0)):
            shown += 1
            if self.silent.is_set():
                continue
            ok, jpeg = cv2.imencode(".jpg", picture_of(self.number, *self.size))
            assert ok
            body = jpeg.tobytes()
            self.sent_ns[self.number] = time.monotonic_ns()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(body)}\r\n\r\n"
            viewer.sendall(head.encode() + body + b"\r\n")
            self.number = (self.number + 1) % (1 << BITS)
