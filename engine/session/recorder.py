"""Record a show while it runs: the engine thread hands over references, a thread of its own writes them."""

import errno
import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Final

from engine.clock import NS_PER_SECOND, Clock
from engine.ending import joined
from engine.errors import EngineError
from engine.mailbox import Mailbox
from engine.messages.events import BackendChoice, Event, Level, Notice
from engine.messages.picture_format import PictureFormat
from engine.messages.prompt import PromptBlend
from engine.output.naming import numbered
from engine.scheduling.commit_scheduler import Cut
from engine.session.errors import SessionError
from engine.session.inputs import InputNotes, InputWriter, checksum, inputs_path
from engine.session.records import (
    BeganRecord,
    ChunkRecord,
    EndRecord,
    Header,
    Record,
    RestartRecord,
    write_header,
    write_record,
)
from engine.session.step import Step

SYNC_NS: Final = NS_PER_SECOND
"""How often the files are synced to the disk: a power cut costs a second, a killed program nothing."""

WHOLE_STEPS: Final = 64
"""Chunks that may wait for the writer with their pictures: two seconds of one-frame chunks, some 110 MB."""

END_S: Final = 30.0
"""How long the pictures that wait may take at the end."""

NICENESS: Final = 5
"""Unix niceness of the writer, so that it yields to the show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """What to record.

    Attributes:
        path: the file; one that is there is left alone, and this one's name numbered.
        keep_inputs: store frames and maps beside it, so that the pictures can be made again.
        version: of the program; settings: the command line's; machine: what it runs on. For people.
    """

    path: Path
    keep_inputs: bool = False
    version: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    machine: str = ""


class SessionRecorder:
    """Writes one session. The engine thread calls record, record_start and record_restart, none of which waits.

    Records are never lost while the disk takes them. Where it takes them too slowly, pictures are: the records
    then carry no checksum and no inputs, and a notice says so.

    Attributes:
        path: where it lies; start tells it where that is not the path that was asked for.

    Raises:
        SessionError: the file cannot be written.
    """

    def __init__(
        self, config: SessionConfig, clock: Clock, emit: Callable[[Event], None], *, whole_steps: int = WHOLE_STEPS
    ) -> None:
        self._config = config
        self._clock = clock
        self._emit = emit
        self._whole_steps = whole_steps
        self._mail: Mailbox[Step | Record | Header | None] = Mailbox()
        self._guard = threading.Lock()
        self._waiting = 0
        self._unread = 0
        self._reported_unread = 0
        self._failed = threading.Event()
        self._left = threading.Event()
        self._number = 0
        self._values: Mapping[str, float] = {}
        self._prompt: PromptBlend | None = None
        self._synced_ns = clock.now_ns()
        self.path, self._file, self._inputs = _open_files(config)
        self._notes = InputNotes(self._inputs)
        self._thread = threading.Thread(target=self._work, name="hardcut-session", daemon=True)

    @property
    def reads_inputs(self) -> bool:
        """True: each record has the checksums of its inputs."""
        return True

    def start(self, header: Header) -> None:
        """Write the header and start the thread."""
        if self.path != self._config.path:
            told = f"There is a session {self._config.path.name} already: this one is recorded to {self.path}."
            self._emit_notice(Level.WARNING, told)
        self._mail.put(header)
        self._thread.start()

    def record(self, step: Step) -> None:
        """Record a committed boundary, with its chunk if one was made."""
        if self._failed.is_set():
            return
        with self._guard:
            whole = self._waiting < self._whole_steps
            self._waiting += 1
            self._unread += not whole
        self._mail.put(step if whole else step.without_pixels())

    def record_start(self, backends: tuple[BackendChoice, ...], generator: str, picture_format: PictureFormat) -> None:
        """Record that a generator is ready, in a format: the header's, or one in its place."""
        if not self._failed.is_set():
            self._mail.put(BeganRecord(backends=backends, generator=generator, picture=picture_format))

    def record_restart(self, cut: Cut) -> None:
        """Record that the generator was built anew, and the scheduler's epoch for it."""
        if not self._failed.is_set():
            self._mail.put(RestartRecord(reason=cut.reason, now_ns=cut.stamp_ns, epoch=cut.epoch))

    def close(self) -> None:
        """Write what is pending, end the file and join the thread; remove the file if it was never started.

        A disk that hangs for END_S is left behind.
        """
        started = self._thread.ident is not None
        if started:
            self._mail.put(None)
            if not joined(self._thread, END_S):
                self._left.set()
                return
        self._close_files()
        if not started:
            self.path.unlink(missing_ok=True)
            inputs_path(self.path).unlink(missing_ok=True)

    def _close_files(self) -> None:
        self._file.close()
        if self._inputs is not None:
            self._inputs.close()

    def _work(self) -> None:
        self._write_all()
        if self._left.is_set():
            self._close_files()

    def _write_all(self) -> None:
        if sys.platform == "linux":
            os.nice(NICENESS)  # of this thread alone, there
        try:
            while self._write_pending():
                self._mail.wait(SYNC_NS)
        except BaseException as error:  # noqa: BLE001 - the top of the session thread, and it reports
            self._failed.set()
            reason = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
            sentence = f"The session is no longer recorded: {reason} ({self.path}). The show goes on."
            self._emit_notice(Level.ERROR, str(error) if isinstance(error, EngineError) else sentence)
            self._mail.drain()

    def _write_pending(self) -> bool:
        """Write everything that has arrived; False after the last."""
        for item in self._mail.drain():
            match item:
                case None:
                    self._write(write_record(EndRecord(boundaries=self._number, unread=self._unread)))
                    self._sync()
                    self._report_unread()
                    return False
                case Header():
                    self._write(write_header(item))
                case Step():
                    self._write(write_record(self._record(item)))
                    with self._guard:
                        self._waiting -= 1
                case _:
                    self._write(write_record(item))
        if self._clock.now_ns() - self._synced_ns >= SYNC_NS:
            self._sync()
            self._report_unread()
        return True

    def _record(self, step: Step) -> ChunkRecord:
        """Return the record of a step; store its inputs first, so that no record refers to a missing input."""
        boundary, commit, request = step.boundary, step.commit, step.request
        values = {key: value for key, value in commit.values.items() if self._values.get(key) != value}
        prompt = commit.prompt if commit.prompt != self._prompt else None
        self._values, self._prompt = commit.values, commit.prompt
        number, self._number = self._number, self._number + 1
        return ChunkRecord(
            number=number,
            commands=boundary.commands,
            now_ns=boundary.now_ns,
            content_ns=boundary.content_ns,
            chunk_ns=boundary.chunk_ns,
            version=commit.version,
            epoch=commit.epoch,
            scene=commit.scene,
            values=values,
            prompt=prompt,
            key=(request.key.seed, request.key.epoch, request.key.index),
            begun_ns=request.now_ns,
            period_ns=request.period_ns,
            frames=tuple(self._notes.frame(frame) for frame in request.frames),
            control=self._notes.control(request.control),
            outcome=step.outcome,
            images=tuple(checksum(image) if image.size else None for image in step.images),
            restored=step.restored,
            quality=step.request.quality,
            sound=boundary.sound,
            chunk_frames=boundary.chunk_frames,
            tracks=commit.moved.tracks,
            mix=None if step.mix.plain else step.mix,
        )

    def _write(self, line: bytes) -> None:
        """Write one line unbuffered, so that it outlives a killed program."""
        rest = memoryview(line)
        while rest:
            rest = rest[self._file.write(rest) or 0 :]

    def _sync(self) -> None:
        os.fsync(self._file.fileno())
        if self._inputs is not None:
            os.fsync(self._inputs.fileno())
        self._synced_ns = self._clock.now_ns()

    def _report_unread(self) -> None:
        with self._guard:
            unread = self._unread
        if unread > self._reported_unread:
            self._reported_unread = unread
            self._emit_notice(
                Level.WARNING,
                f"The disk or the processor is too slow to record every picture: {unread} chunks were recorded "
                "without their pictures, and from the first of them to the next cut it cannot be replayed.",
            )

    def _emit_notice(self, level: Level, text: str) -> None:
        self._emit(Notice(at_ns=self._clock.now_ns(), level=level, text=text))


def _open_files(config: SessionConfig) -> tuple[Path, FileIO, InputWriter | None]:
    """Open both files under the first name that neither has, or neither file."""
    try:
        if config.path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(config.path))
        for path in numbered(config.path):
            with suppress(FileExistsError):
                return path, *_open_pair(path, config.keep_inputs)
    except OSError as error:
        raise SessionError(
            f"No session can be kept: {error.strerror}",
            where=str(error.filename or config.path),
            remedy="Choose another place.",
        ) from error
    raise SessionError(
        "No session can be kept: too many have that name", where=str(config.path), remedy="Name a new file."
    )


def _open_pair(path: Path, keep_inputs: bool) -> tuple[FileIO, InputWriter | None]:
    opened = path.open("xb", buffering=0)
    try:
        if not keep_inputs and inputs_path(path).exists():
            raise FileExistsError  # inputs of another session would be taken for this one's
        return opened, InputWriter(inputs_path(path)) if keep_inputs else None
    except OSError:
        opened.close()
        path.unlink()
        raise
