"""`hardcut report`: everything that helps to find a fault, in one file, without anything private.

In it: the findings of `hardcut doctor`, the versions of everything, settings, the logs of the latest runs and of the
output processes, what crashes left, how the generator computed. Not in it: scenes, playlists, cue lists, prompts
(unless asked for), pictures. Paths under the user's home begin with ~; what else is private is replaced
(app.commands.redaction).
"""

import argparse
import importlib.metadata
import io
import json
import os
import platform
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from app import __version__
from app.commands.doctor.checks import CHECKS, examine
from app.commands.doctor.planned import spared
from app.commands.redaction import Redaction
from app.errors import AppError
from app.log_file import BACKENDS, newest_logs
from engine.command_line import SentenceParser
from engine.errors import OutputError
from engine.files import FileKind, save_file
from engine.folders import log_folder, user_folder
from engine.native_crash import crash_files
from engine.output.running import output_logs

LOGS: Final = 3
MOST_FILE_BYTES: Final = 2**20
_FILE: Final = FileKind("report", AppError)
_SETTINGS: Final = ("window.toml", "emergency.toml", "midi/*.toml", "profiles/*.toml", "cards/*.toml")
_WORDS: Final = ("scenes/**/*.toml", "**/*.txt")
"""Files that hold prompts."""


def run_report(arguments: Sequence[str], print_line: Callable[[str], None]) -> int:
    """Write the report; return the exit status."""
    options = _parser().parse_args(arguments)
    path = write_report(options.file or Path.cwd() / usual_name(), with_prompts=options.with_prompts)
    print_line(f"Wrote {path} ({path.stat().st_size / 1024:.0f} KiB). Look into it before you give it away.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = SentenceParser(
        prog="hardcut report",
        description="Packs what helps to find a fault into one file, without anything private.",
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE.zip", help="where (a file named after the time)")
    parser.add_argument("--with-prompts", action="store_true", help="with your scenes, playlists and cue lists")
    return parser


def usual_name() -> str:
    """Return the name of a report that is written now."""
    return f"hardcut-report-{time.strftime('%Y%m%d-%H%M%S')}.zip"


def write_report(path: Path, *, with_prompts: bool = False, redact: Redaction | None = None) -> Path:
    """Write the report and return its file. Takes some seconds: call it on a worker.

    Raises:
        AppError: it cannot be written.
    """
    redact = redact if redact is not None else Redaction.here()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        parts = tuple(_parts(with_prompts))
        for _, text in parts:
            redact.learn(text)
        for name, text in parts:
            file.writestr(name, redact(text))
    save_file(path, packed.getvalue(), _FILE)
    return path


def _parts(with_prompts: bool) -> Iterable[tuple[str, str]]:
    findings = io.StringIO()
    examine(findings, spared(CHECKS))
    yield "doctor.txt", findings.getvalue()
    yield "versions.json", json.dumps(_versions(), indent=1) + "\n"
    logs = log_folder()
    for log in newest_logs(logs, LOGS):
        yield f"logs/{log.name}", _text(log)
    for crash in crash_files(logs):
        yield f"logs/{crash.name}", _text(crash)
    with suppress(OutputError):
        for log in output_logs():
            yield f"logs/{log.name}", _text(log)
    yield from _files(logs, (BACKENDS,), "")
    yield from _files(user_folder(), _SETTINGS, "settings/")
    if with_prompts:
        yield from _files(user_folder(), _WORDS, "settings/")


def _files(folder: Path, patterns: Iterable[str], prefix: str) -> Iterable[tuple[str, str]]:
    for pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                yield f"{prefix}{path.relative_to(folder).as_posix()}", _text(path)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MOST_FILE_BYTES).decode("utf-8", "replace")
    except (OSError, ValueError) as error:
        return f"This could not be read: {error}\n"


def _versions() -> dict[str, object]:
    libraries = sorted({(one.name, one.version) for one in importlib.metadata.distributions() if one.name})
    return {
        "hardcut": __version__,
        "python": sys.version,
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "threads": os.cpu_count(),
        "libraries": dict(libraries),
    }
