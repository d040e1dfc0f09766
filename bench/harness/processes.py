"""Programs that a benchmark starts: marked, kept away from the user's files, and always ended again."""

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil

from engine.jit.library import cache_folder

MARK: Final = "HARDCUT_BENCH"
"""Environment variable that every process of a benchmark carries, whoever started it."""

END_S: Final = 10.0
"""What has been told to end may take this long; then it is killed."""

_ROOT: Final = Path(__file__).resolve().parents[2]


class Workplace:
    """A folder for everything the programs write, and the environment that points them there.

    Settings, scenes, runtime files and the NDI configuration of the user are neither read nor touched.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="hc-", ignore_cleanup_errors=True)  # short, for sockets
        self.path = Path(self._folder.name)
        self.mark = f"{os.getpid()}.{time.monotonic_ns()}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end_strays()
        self._folder.cleanup()

    def folder(self, name: str) -> Path:
        """Return a folder in the workplace, made if missing."""
        path = self.path / name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return this process's environment, with its folders inside the workplace."""
        folders = {
            "APPDATA": "config",
            "HARDCUT_RUNTIME_DIR": "run",
            "HOME": "home",
            "NDI_CONFIG_DIR": "ndi",
            "XDG_CACHE_HOME": "cache",
            "XDG_CONFIG_HOME": "config",
            "XDG_DATA_HOME": "data",
            "XDG_RUNTIME_DIR": "xdg",
            "XDG_STATE_HOME": "state",
        }
        return {
            **os.environ,
            # Whoever enters a namespace loses the working directory.
            "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")])),
            **{name: str(self.folder(folder)) for name, folder in folders.items()},
            "HARDCUT_COMPILED": str(cache_folder()),  # what set-up has compiled, as a show finds it
            MARK: self.mark,
            **(extra or {}),
        }

    def owns(self, process: psutil.Process) -> bool:
        """Return whether this benchmark started a process, directly or not."""
        try:
            return process.environ().get(MARK) == self.mark
        except (psutil.Error, OSError):
            return False  # it has ended, or is not ours to look into

    def processes(self) -> list[psutil.Process]:
        """Return every running process of this benchmark."""
        return [process for process in psutil.process_iter() if self.owns(process)]

    def end_strays(self) -> None:
        """End by its id whatever of this benchmark still runs."""
        end_processes([process for process in self.processes() if process.pid != os.getpid()])


class Child:
    """A process that lives as long as a with-block, in a session of its own so that Ctrl-C reaches only us.

    Its standard input is a pipe that closes when this process goes, however it goes; helpers of the
    benchmark end when that happens. Its standard output can be read line by line.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        pass_fds: Sequence[int] = (),
        folder: Path | None = None,
    ) -> None:
        self._log = log
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
                pass_fds=tuple(pass_fds),
            )
        self.started_ns = time.monotonic_ns()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def line(self) -> str:
        """Wait for the next line of its output; "" if it has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def write(self, line: str) -> None:
        """Write a line to its input; lost if it has ended."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()

    def errors(self) -> str:
        """Return what it has written to its standard error so far."""
        try:
            return self._log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def last_error_line(self) -> str:
        """Return the last line of its standard error, for a sentence on what went wrong."""
        lines = self.errors().strip().splitlines()
        return lines[-1].strip() if lines else ""

    def end(self) -> str:
        """Close its input, wait, then kill it; return the rest of its output."""
        process = self.process
        for insist in (process.terminate, process.kill):
            try:
                return process.communicate(timeout=END_S)[0] or ""
            except subprocess.TimeoutExpired:
                insist()
            except ValueError:  # ended before: its pipes are closed
                break
        process.wait(timeout=END_S)
        return ""

    def stop(self) -> str:
        """Terminate a program that does not read its input, and wait."""
        self.process.terminate()
        return self.end()


def helper(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of the benchmarks in its own process."""
    return [sys.executable, "-m", f"bench.{module}", *arguments]


def input_closed() -> threading.Event:
    """Return an event that is set once standard input is closed: the benchmark no longer needs this helper."""
    closed = threading.Event()

    def wait() -> None:
        while sys.stdin.buffer.read(1 << 10):
            pass
        closed.set()

    threading.Thread(target=wait, name="bench-input", daemon=True).start()
    return closed


def end_processes(processes: Sequence[psutil.Process]) -> None:
    """End those that still run: politely, then for good. psutil knows a reused id from the process it had met."""
    for process in processes:
        with contextlib.suppress(psutil.Error):  # it ended by itself meanwhile
            process.terminate()
    _, stubborn = psutil.wait_procs(processes, timeout=END_S / 2)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=END_S / 2)
