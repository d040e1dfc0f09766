"""Read a session file up to its last complete record."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from engine.files import reason
from engine.session.errors import SessionError
from engine.session.records import EndRecord, Header, Record, read_header, read_record

LONGEST_LINE: Final = 64 * 2**20
"""A record holds no picture: the largest is one of many commands with every scene in it."""


class Session:
    """A session file: its header at once, its records one by one, however long the show was.

    Raises:
        SessionError: it cannot be read, is no session, or has another format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                line = file.readline(LONGEST_LINE)
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error
        if line and not line.endswith(b"\n"):
            raise SessionError(
                "The session ends within its header", where=str(path), remedy="It was cut short before its first chunk."
            )
        self.header: Header = read_header(line, str(path))
        self.ending = ""
        """How the file ends, once its records were read: "" as it should, else a sentence."""

    def records(self) -> Iterator[Record]:
        """Yield every complete record in order; `ending` describes a last line that was cut short.

        Raises:
            SessionError: a record in the middle is damaged.
        """
        self.ending = "The show was cut short; it is complete up to its last record."
        with self._opened() as file:
            for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
                if number == 1:
                    continue  # the header
                if len(line) == LONGEST_LINE:
                    raise SessionError(f"Line {number} of the session is damaged: it has no end", where=str(self.path))
                if not line.endswith(b"\n"):
                    self.ending = "The show was cut short in the middle of a record; it is complete up to that one."
                    return
                try:
                    record = read_record(line)
                except ValueError as error:
                    raise SessionError(
                        f"Line {number} of the session is damaged: {error}", where=str(self.path)
                    ) from error
                if isinstance(record, EndRecord):
                    self.ending = ""
                yield record

    def _opened(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except OSError as error:
            raise _unreadable(self.path, error) from error


def _unreadable(path: Path, error: OSError | ValueError) -> SessionError:
    return SessionError(f"The session cannot be read: {reason(error)}", where=str(path))
