"""Finds what a test leaves running: threads, children, and processes that were detached on purpose."""

import threading
import time
import traceback
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

GRACE_S = 2.0
"""What has been told to end may take this long to do so; only tests that leak wait for it."""

_starts: weakref.WeakKeyDictionary[threading.Thread, str] = weakref.WeakKeyDictionary()


def recorded_starts(start: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    """Thread.start, noting the line of ours that called it."""

    def recording_start(thread: threading.Thread) -> None:
        callers = [
            frame
            for frame in traceback.extract_stack()[:-1]
            if "site-packages" not in frame.filename and frame.filename != threading.__file__
        ]
        if callers:
            _starts[thread] = f"{callers[-1].filename}:{callers[-1].lineno} in {callers[-1].name}"
        start(thread)

    return recording_start


@dataclass(frozen=True)
class Running:
    """What runs at one moment on behalf of the tests."""

    threads: frozenset[threading.Thread]
    processes: frozenset[psutil.Process]

    @classmethod
    def now(cls, runtime_dir: Path) -> Self:
        """Look around: this process's threads, its children, and whoever was given the runtime directory."""
        # A native thread that calls into Python leaves a dummy object behind for good (bpo-37788): no thread.
        threads = (thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread))
        children = psutil.Process().children(recursive=True)
        return cls(
            threads=frozenset(threads),
            processes=frozenset(
                process for process in {*children, *_given(runtime_dir)} if _alive(process) and not _helper(process)
            ),
        )

    @classmethod
    def left_since(cls, before: Self, runtime_dir: Path) -> list[str]:
        """Sentences on what runs now and did not before. Left processes are ended, so that they disturb no one."""
        deadline = time.monotonic() + GRACE_S
        while True:
            left = cls.now(runtime_dir)
            threads, processes = left.threads - before.threads, left.processes - before.processes
            if not (threads or processes) or time.monotonic() > deadline:
                break
            time.sleep(0.02)
        told = [f"thread {thread.name!r}, started at {_starts.get(thread, 'an unknown place')}" for thread in threads]
        for process in processes:
            told.append(f"process {process.pid}: {_command(process)}")
            process.kill()
        return sorted(told)


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()) or process.name()
    except psutil.Error:
        return "(already gone)"


def _helper(process: psutil.Process) -> bool:
    """Python's own helper processes, which live as long as the test run."""
    command = _command(process)
    return "multiprocessing.resource_tracker" in command or "multiprocessing.forkserver" in command


def _given(runtime_dir: Path) -> set[psutil.Process]:
    """Processes whose environment names the runtime directory: detached ones are no longer our children."""
    wanted = f"HARDCUT_RUNTIME_DIR={runtime_dir}\0".encode()
    found = set()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in environment.read_bytes() + b"\0":
                found.add(psutil.Process(int(environment.parent.name)))
        except (OSError, psutil.NoSuchProcess):
            continue  # it has ended, or belongs to someone else
    return found - {psutil.Process()}
