"""The process's own streams as something that may go at any time, and never ends a show.

A terminal is closed, a pipe's reader ends, a disk is full: what was to be printed is let go, the show goes on. What a
terminal would obey, or cannot write, is taken out of what is printed.
"""

import contextlib
import io
import logging
import os
import sys
from typing import TextIO

from engine.plain_text import cleaned, cleaned_lines

WIPE = "\r\x1b[2K"
"""Back to the beginning of the line, and the line emptied (ECMA-48, EL)."""


class ForgivingText:
    """A text stream that may vanish: what cannot be written is let go, and the next line is tried again.

    Args:
        stream: None where the program was started without one.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def isatty(self) -> bool:
        """Whether somebody looks at it in a terminal."""
        with contextlib.suppress(OSError, ValueError):
            return self._stream is not None and self._stream.isatty()
        return False

    def say(self, text: str, *, over: bool = False) -> None:
        """Write and flush it, cleaned, or let it go; over: in place of the line that the cursor is on."""
        if self._stream is None:
            return
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(f"{WIPE if over else ''}{cleaned_lines(text)}")
            self._stream.flush()


class CleanFormatter(logging.Formatter):
    """Lines of the log of which each is one: no message begins another, or turns the terminal."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = cleaned(record.message)
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        return cleaned_lines(super().format(record))


def write_what_can_be_written() -> None:
    """Let the standard streams spell out what their code page lacks, instead of failing of it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def fill_missing_streams() -> None:
    """Give the three standard streams a place, where the program was started without.

    Otherwise the next file that is opened takes the number of the missing one, and whatever a library prints there
    lands in that file.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
        if getattr(sys, name) is None and number > 0 and os.name == "posix":
            setattr(sys, name, open(number, "w", encoding="utf-8", errors="replace", closefd=False))  # noqa: SIM115


def drop_what_is_unsaid() -> None:
    """Let go of what could not be flushed: the interpreter, at its end, would fail of it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
