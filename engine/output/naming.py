"""Names of the files that an output writes: by the date, in a folder that is made, never over another file."""

import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from engine.errors import OutputError

FILM_FORMATS: Final = {".mp4": "mp4", ".mkv": "matroska"}
"""FFmpeg's name of each container, by its ending."""

_MOST_OF_ONE_NAME: Final = 1000


def dated_name(stem: str, suffix: str, now: datetime) -> str:
    """Return a name such as "Hardcut 2031-05-04 23-10-02.png": it sorts by time, and every system takes it."""
    return f"{stem} {now:%Y-%m-%d %H-%M-%S}{suffix}"


def numbered(wished: Path) -> Iterator[Path]:
    """Yield the wished path, then "NAME 2", "NAME 3" … beside it, for as long as anybody would go on."""
    yield wished
    for number in range(2, _MOST_OF_ONE_NAME + 1):
        yield wished.with_stem(f"{wished.stem} {number}")


def open_new(wished: Path, noun: str) -> tuple[Path, io.BufferedWriter]:
    """Open a file for writing that was not there: the wished one, or "NAME 2", "NAME 3" … where it was.

    Args:
        noun: what is written, as in "The NOUN cannot be written".

    Raises:
        OutputError: the folder cannot be made, or the file not be written.
    """
    try:
        wished.parent.mkdir(parents=True, exist_ok=True)
        for path in numbered(wished):
            try:
                return path, path.open("xb")
            except FileExistsError:
                continue
    except OSError as error:
        raise OutputError(f"The {noun} cannot be written: {error.strerror}", where=str(wished)) from error
    raise OutputError(f"There are {_MOST_OF_ONE_NAME} files of that name already", where=str(wished))


def film_format(path: Path) -> str:
    """Return FFmpeg's name of the container that a path's ending asks for.

    Raises:
        OutputError: there is none of that ending.
    """
    found = FILM_FORMATS.get(path.suffix.lower())
    if found is None:
        endings = " or ".join(FILM_FORMATS)
        raise OutputError("This is no name for a film", where=str(path), remedy=f"Name a file that ends in {endings}.")
    return found
