"""Stills: what viewers see at one output frame, as PNG files, written beside the show."""

import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Final

import cv2

from engine.errors import OutputError
from engine.folders import pictures_folder
from engine.mailbox import Mailbox
from engine.messages.sinks import STILL, SinkPhase, SinkReport
from engine.output.naming import dated_name, open_new
from engine.output.realtime import step_behind
from engine.output.settings import WireImage

_COMPRESSION: Final = 3
"""Of 0 to 9: 60 ms at 1080p; 9 takes ten times as long for a tenth less."""


class StillWriter:
    """Write stills on a thread of its own, which starts with the first.

    One that cannot be written is told in the report; the show goes on.
    """

    def __init__(self) -> None:
        self._waiting: Mailbox[tuple[WireImage, str] | None] = Mailbox()
        self._thread: threading.Thread | None = None
        self._report: SinkReport | None = None
        self._written = self._failed = 0

    @property
    def report(self) -> SinkReport | None:
        """Return the state of stills: the path of the newest, how many were written; None before the first."""
        return self._report

    def take(self, image: WireImage, path: str) -> None:
        """Write a picture, uint8 [height, width, 4], B G R X, which is copied.

        Args:
            path: of the file, or of a folder; "": a name by the date in the user's folder of pictures. A file that is
                there already is left alone, and the new one's name is numbered.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="hardcut-stills", daemon=True)
            self._thread.start()
        self._waiting.put((image.copy(), path))

    def close(self, timeout_s: float) -> bool:
        """Write what waits, and end; False if that took too long."""
        if self._thread is None:
            return True
        self._waiting.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        step_behind()
        while True:
            self._waiting.wait(10**12)
            for job in self._waiting.drain():
                if job is None:
                    return
                self._write(*job)

    def _write(self, image: WireImage, wished: str) -> None:
        name, detail = "", ""
        try:
            name = str(write_still(image, wished))
            self._written += 1
        except OutputError as error:
            self._failed, detail = self._failed + 1, str(error)
        except BaseException as error:  # noqa: BLE001 - the top of a thread, and it reports
            self._failed, detail = self._failed + 1, f"The still has failed: {type(error).__name__}: {error}."
        self._report = SinkReport(
            sink=STILL,
            phase=SinkPhase.FAILED if detail else SinkPhase.ON,
            name=name,
            detail=detail,
            sent=self._written,
            failed=self._failed,
        )


def write_still(image: WireImage, wished: str) -> Path:
    """Write B G R X as a PNG, whole or not at all; return where it lies.

    Raises:
        OutputError: it cannot be written there.
    """
    named = Path(wished).expanduser() if wished else pictures_folder()
    if named.suffix.lower() not in ("", ".png"):
        raise OutputError("A still is a PNG", where=str(named), remedy="Name a file that ends in .png, or a folder.")
    if not named.suffix:
        named = named / dated_name("Hardcut", ".png", datetime.now().astimezone())
    path, file = open_new(named, "still")
    try:
        with file:
            _, encoded = cv2.imencode(".png", image[..., :3], [cv2.IMWRITE_PNG_COMPRESSION, _COMPRESSION])
            file.write(encoded.tobytes())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OutputError(f"The still cannot be written: {os.strerror(error.errno or 0)}", where=str(path)) from error
    return path
