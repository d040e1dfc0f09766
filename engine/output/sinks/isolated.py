"""A sink in a process of its own, as the output process sees it.

A graphics driver that crashes, an encoder that hangs or a screen that goes ends that process and nothing else; it is
started anew like any sink that has failed. Its work takes neither the interpreter of the pacer nor its priority.
"""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.errors import OutputError
from engine.mailbox import Mailbox
from engine.memory_left import Headroom, read_headroom
from engine.output.realtime import start_ordinary
from engine.output.settings import SinkSpec, VideoFormat, WireImage
from engine.output.shared_images import HERE, SharedImage
from engine.output.sinks.base import SinkEndedError, SinkLostError, SinkStatus
from engine.output.sinks.exchange import Answer, Known, Order, PictureFile, Verb

OPEN_PATIENCE_NS: Final = 15 * NS_PER_SECOND
"""It imports its library, and a recorder tries every encoder."""

SEND_PATIENCE_NS: Final = 1_500 * NS_PER_MS
PROCESS_BYTES: Final = 96 * 2**20
"""A recorder's process takes 62 to 71 MiB at 896×896 (measured), a display's less. Where less is left, the kernel would
end a process, and not always this one."""

COPIED: Final = "its pictures are copied for it, for their memory cannot be shared"
"""Told in its state, where pictures are usually shared."""

CLOSE_PATIENCE_NS: Final = 5 * NS_PER_SECOND
"""A recorder writes what waits."""


class _Process:
    """A sink's process and the thread that reads its answers."""

    def __init__(self, spec: SinkSpec, name: str) -> None:
        self._answers: Mailbox[Answer | None] = Mailbox()
        root = str(Path(__file__).resolve().parents[3])
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))}
        command = [sys.executable, "-m", "engine.output.sinks.worker", "--sink", str(spec), "--name", name]
        try:
            self._child = start_ordinary(
                lambda: subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=environment,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            )
        except OSError as error:
            raise OutputError(f"The sink's process cannot be started: {error.strerror}", where=str(spec)) from error
        self._reader = threading.Thread(target=self._read, name=f"hardcut-sink {spec}", daemon=True)
        self._reader.start()

    def ask(self, order: Order, patience_ns: int) -> Answer | None:
        """Send an order and wait for its answer; None if the process has ended or does not answer in time."""
        stdin = self._child.stdin
        assert stdin is not None
        try:
            stdin.write(order.line())
            stdin.flush()
        except OSError:
            return None
        answers = self._answers.drain() if self._answers.wait(patience_ns) else ()
        return answers[-1] if answers else None

    def end(self, patience_ns: int = 0) -> None:
        """Wait so long for the process to end by itself, then kill it."""
        assert self._child.stdin is not None
        with contextlib.suppress(OSError):
            self._child.stdin.close()
        try:
            self._child.wait(patience_ns / NS_PER_SECOND)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._reader.join()

    def _read(self) -> None:
        stdout = self._child.stdout
        assert stdout is not None
        with stdout:
            while line := stdout.readline():
                try:
                    self._answers.put(Answer.parse(line))
                except (ValueError, KeyError, TypeError):
                    break
        self._answers.put(None)


class IsolatedSink:
    """Start the process when opened, pass pictures, and say what it says.

    Args:
        spec: the sink; name: of the output, as receivers are to see it; room: tells what memory is left.
    """

    def __init__(self, spec: SinkSpec, name: str, room: Callable[[], Headroom] = read_headroom) -> None:
        self._spec = spec
        self._name = name
        self._room = room
        self._process: _Process | None = None
        self._pictures: PictureFile | None = None
        self._known = Known[bool]()
        self._unmapped = False
        self._copies = False
        self._status = SinkStatus("", 0, False)
        self._wanted = False

    def open(self) -> None:
        if self._room().left < PROCESS_BYTES:
            raise OutputError(
                f"Memory is short: its process takes some {PROCESS_BYTES // 2**20} MiB, and less is left",
                where=str(self._spec),
                remedy="Close other programs, or raise the limit of the control group.",
            )
        self._process = _Process(self._spec, self._name)
        self._known = Known()
        self._ask(Order(Verb.OPEN), OPEN_PATIENCE_NS)

    def wanted(self) -> bool:
        return self._wanted

    def send(self, image: WireImage, video: VideoFormat) -> None:
        if not self._unmapped and isinstance(image, SharedImage) and image.name:
            if not self._send(video, image.name, image.path).unmapped:
                self._copies = False
                return
            self._unmapped = True
        self._copies = HERE
        pictures = self._pictures
        if pictures is None or not self._known.find(video, str(pictures.path)):
            self._drop_pictures()
            pictures = self._pictures = PictureFile.create(image.nbytes)
        np.copyto(pictures.image(video), image)
        self._send(video, str(pictures.path), str(pictures.path))

    def _send(self, video: VideoFormat, name: str, path: str) -> Answer:
        new = not self._known.find(video, name)
        if new:
            self._known.add(name, True)
        return self._ask(Order(Verb.SEND, video, name, path if new else ""), SEND_PATIENCE_NS)

    def shape(self, text: str) -> None:
        self._ask(Order(Verb.SHAPE, shape=text), SEND_PATIENCE_NS)

    def status(self) -> SinkStatus:
        if self._process is not None:
            self._ask(Order(Verb.STATUS), SEND_PATIENCE_NS)
        if not self._copies:
            return self._status
        remark = ", ".join(filter(None, (self._status.remark, COPIED)))
        return replace(self._status, remark=remark)

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            answer = process.ask(Order(Verb.CLOSE), CLOSE_PATIENCE_NS)
            if answer is not None:
                self._status = answer.status
            process.end(SEND_PATIENCE_NS if answer is not None else 0)
        self._wanted = False
        self._drop_pictures()

    def _ask(self, order: Order, patience_ns: int) -> Answer:
        """Pass an order, take in its answer and return it.

        Raises:
            SinkLostError: the process has ended or does not answer; it is gone.
            SinkEndedError, OutputError: as the sink raised it.
        """
        process = self._process
        if process is None:
            raise SinkLostError("The sink's process is gone", where=str(self._spec))
        answer = process.ask(order, patience_ns)
        if answer is None:
            self._process, self._wanted = None, False
            process.end()
            self._drop_pictures()
            raise SinkLostError("The sink's process has ended or hangs", where=str(self._spec))
        self._status, self._wanted = answer.status, answer.wanted
        if answer.error and not answer.unmapped:
            raise (SinkEndedError if answer.ended else OutputError)(answer.error.removesuffix("."))
        return answer

    def _drop_pictures(self) -> None:
        pictures, self._pictures = self._pictures, None
        if pictures is not None:
            pictures.close()
