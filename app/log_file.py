"""The log of a run, in a file: what was told, what failed, and the figures once a minute.

One file a run, in a folder that the system keeps for such things (engine.folders.log_folder): bounded, the oldest runs
are removed. Lines are queued and written on a thread of their own, so that a slow or full disk costs the show nothing.
"""

import json
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final

from app import __version__
from app.errors import AppError
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.files import FileKind, all_but_newest, save_file
from engine.messages.events import (
    CommandRefused,
    ComponentState,
    Event,
    GeneratorChanged,
    Level,
    Notice,
    SourceChanged,
)
from engine.messages.output_events import OutputChanged
from engine.messages.stats import GpuShared, Stats
from engine.plain_text import cleaned
from engine.session.plain import to_plain

MOST_BYTES: Final = 2**20
"""Of a file; when it is full it becomes the .1, and a new one begins."""

KEPT_RUNS: Final = 12
FIGURES_NS: Final = 60 * NS_PER_SECOND
LONGEST_LINE: Final = 2000
QUEUED: Final = 4096
"""Lines that wait for a slow disk; more are let go."""

BACKENDS: Final = "backends.json"
"""How the generator that was ready last computed, in the folder of the logs."""

_LEVELS: Final = {Level.INFO: logging.INFO, Level.WARNING: logging.WARNING, Level.ERROR: logging.ERROR}
_LOG: Final = logging.getLogger("hardcut.show")
_BACKENDS_KIND: Final = FileKind("file of backends", AppError)


class _OneLine(logging.Formatter):
    """Each record on lines of its own, nothing in them that a terminal would obey."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(threadName)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802, ARG002 - logging's
        at = time.localtime(record.created)
        return f"{time.strftime('%Y-%m-%dT%H:%M:%S', at)}.{record.msecs:03.0f}{time.strftime('%z', at)}"

    def format(self, record: logging.LogRecord) -> str:
        lines = super().format(record).split("\n")
        return "\n    ".join(cleaned(line)[:LONGEST_LINE] for line in lines)


class _Queue(QueueHandler):
    """Takes a record at once; where too many wait it lets go, and counts."""

    let_go = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            self.let_go += 1


class _File(RotatingFileHandler):
    """Writes, or lets go: a full disk is no reason to say anything on every line."""

    trouble = ""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002 - logging's
        self.trouble = f"{sys.exc_info()[1]}"
        stream, self.stream = self.stream, None  # it is opened again for the next line
        with suppress(OSError):
            if stream is not None:
                stream.close()


class LogFile:
    """The log of this run. Before `open` nothing is kept.

    Attributes:
        path: the file; None where there is none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path: Path | None = None
        self._waiting: queue.Queue[logging.LogRecord] = queue.Queue(QUEUED)
        self._handler: _Queue | None = None
        self._listener: QueueListener | None = None
        self._hooks: tuple[Callable[..., object], Callable[..., object]] | None = None
        self._output: tuple[str, ComponentState, str] | None = None
        self._figures_ns = 0

    def open(self) -> str:
        """Begin the file; return why there can be none, a sentence, or ""."""
        name = f"hardcut-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = _File(self._folder / name, maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8", errors="replace")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return f"There is no log of this run: {reason} ({self._folder})."
        file.setFormatter(_OneLine())
        self.path = self._folder / name
        self._prune(name)
        self._handler = _Queue(self._waiting)
        self._handler.setLevel(logging.INFO)
        self._listener = QueueListener(self._waiting, file)
        self._listener.start()
        root = logging.getLogger()
        root.addHandler(self._handler)
        _LOG.setLevel(logging.INFO)
        _LOG.propagate = True
        for console in root.handlers:
            if console is not self._handler:
                console.addFilter(_not_the_show)
        self._hooks = sys.excepthook, threading.excepthook
        sys.excepthook = self._crashed
        threading.excepthook = self._thread_crashed
        _LOG.info("Hardcut %s, Python %s on %s", __version__, sys.version.split()[0], sys.platform)
        return ""

    def close(self) -> None:
        """Write what waits, and end the thread. Harmless before `open`."""
        if self._listener is None or self._handler is None:
            return
        if self._handler.let_go:
            _LOG.warning("%d lines were let go: the disk was too slow", self._handler.let_go)
        _LOG.info("The run has ended in order.")
        root = logging.getLogger()
        root.removeHandler(self._handler)
        for console in root.handlers:
            console.removeFilter(_not_the_show)
        self._listener.stop()
        for handler in self._listener.handlers:
            handler.close()
        self._listener = self._handler = None
        if self._hooks is not None:
            sys.excepthook, threading.excepthook = self._hooks

    def hear(self, event: Event) -> None:
        """Keep an event of the engine, if it is worth it; from any thread, returns at once."""
        level, text = self._sentence(event)
        if text:
            _LOG.log(level, "%s", text)
        if isinstance(event, GeneratorChanged) and event.backends:
            self._keep_backends(event)

    def _sentence(self, event: Event) -> tuple[int, str]:
        match event:
            case Notice():
                return _LEVELS[event.level], event.text
            case CommandRefused():
                return logging.WARNING, f"refused to {event.command.origin.value}: {event.text}"
            case GpuShared():
                return logging.WARNING, event.sentence()
            case SourceChanged():
                return logging.INFO, f"source {event.spec}: {event.state.value}. {event.detail}".strip()
            case GeneratorChanged() if event.state is not ComponentState.STARTING:
                return logging.INFO, f"generator {event.name}: {event.state.value}. {event.detail}".strip()
            case OutputChanged():
                standing = event.name, event.state, event.detail
                before, self._output = self._output, standing
                if standing == before:
                    return logging.INFO, ""
                text = f"output {event.name}: {event.state.value}, {event.width}×{event.height}. {event.detail}".strip()
                return logging.INFO if event.state is ComponentState.READY else logging.ERROR, text
            case Stats() if event.at_ns - self._figures_ns >= FIGURES_NS:
                self._figures_ns = event.at_ns
                return logging.INFO, (
                    f"figures: in {event.input_fps:.1f}, pipeline {event.pipeline_fps:.1f}, out {event.output_fps:.1f}"
                    f" FPS; lagged {event.lagged}, repeated {event.repeated}, dropped {event.dropped}; chunk"
                    f" {event.chunk_ns / NS_PER_MS:.0f} ms; {event.memory_bytes / 2**20:.0f} MiB"
                )
        return logging.INFO, ""

    def _keep_backends(self, event: GeneratorChanged) -> None:
        """Log how it computes; the file of it is written by `close` on no hot path."""
        for one in event.backends:
            _LOG.info("%s %s: %s (%s)", event.name, one.component, one.chosen, one.reason)
        self._backends = event

    _backends: GeneratorChanged | None = None

    def save_backends(self) -> None:
        """Write how the generator computed that was ready last; what goes wrong is logged."""
        event = self._backends
        if event is None or self.path is None:
            return
        content = json.dumps({"generator": event.name, "backends": to_plain(event.backends)}, indent=1) + "\n"
        try:
            save_file(self._folder / BACKENDS, content, _BACKENDS_KIND)
        except AppError as error:
            _LOG.warning("%s", error)

    def _crashed(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _LOG.critical("the program has failed", exc_info=(kind, error, trace))
        if self._hooks is not None:
            self._hooks[0](kind, error, trace)

    def _thread_crashed(self, happened: threading.ExceptHookArgs) -> None:
        name = happened.thread.name if happened.thread is not None else "a thread"
        if happened.exc_value is not None:
            _LOG.critical(
                "%s has failed", name, exc_info=(happened.exc_type, happened.exc_value, happened.exc_traceback)
            )
        if self._hooks is not None:
            self._hooks[1](happened)

    def _prune(self, name: str) -> None:
        """Remove the logs of the oldest runs."""
        with suppress(OSError):
            for path in all_but_newest(self._folder.glob("hardcut-*.log"), KEPT_RUNS, self._folder / name):
                for old in (path, path.with_name(f"{path.name}.1")):
                    old.unlink(missing_ok=True)


def _not_the_show(record: logging.LogRecord) -> bool:
    """What the show tells is on the terminal already."""
    return record.name != _LOG.name


def newest_logs(folder: Path, count: int) -> tuple[Path, ...]:
    """Return the logs of the latest runs, the newest first, each with its older half."""
    runs = sorted(folder.glob("hardcut-*.log"), key=lambda path: path.name, reverse=True)[:count]
    halves = (half for path in runs for half in (path, path.with_name(f"{path.name}.1")))
    return tuple(half for half in halves if half.is_file())
