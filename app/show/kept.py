"""The folder where the show of one output is kept, older ones beside it, and the mark of a show that goes on."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Final

import psutil
import tomli_w

from app.show.document import Show
from app.show.file import SHOW_FILE, ShowError, read_show, save_show
from engine.documents import is_missing, read_toml
from engine.files import save_file
from engine.folders import state_folder

OLDER: Final = 5
ROTATE_S: Final = 300.0
"""Between two older shows lie at least so many seconds: minutes of a night can be gone back."""

SHOW: Final = "show.toml"
MARK: Final = "on-air.toml"


@dataclass(frozen=True, slots=True)
class Found:
    """What was kept.

    Attributes:
        show: None the first time, or where nothing can be read.
        crashes: how often in a row the last shows ended without a clean end; 0 after a clean one.
        faults: what could not be read, in sentences.
    """

    show: Show | None = None
    crashes: int = 0
    faults: tuple[str, ...] = ()


class ShowFolder:
    """The show of one output.

    Args:
        name: the output's; folder: holds a folder for each, None: the user's.
    """

    def __init__(self, name: str, folder: Path | None = None) -> None:
        plain = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower() or "output"
        apart = blake2b(name.encode(), digest_size=3).hexdigest()  # names that differ in a dot or a letter's case
        self._folder = (folder or state_folder() / "shows") / f"{plain}-{apart}"
        self._rotated_s: float | None = None

    @property
    def file(self) -> Path:
        """The show's file."""
        return self._folder / SHOW

    @property
    def older(self) -> Path:
        """The file of the show before it."""
        return next(self._older())

    def put_aside(self) -> None:
        """Another show takes its place: keep this one as an older one, whenever that was done last."""
        self._rotated_s = None

    @property
    def _mark(self) -> Path:
        return self._folder / MARK

    def find(self) -> Found:
        """The newest show that can be read, and how the last one ended."""
        faults: list[str] = []
        for path in (self.file, *self._older()):
            if is_missing(path):
                continue
            try:
                show, left_out = read_show(path)
            except ShowError as error:
                faults.append(str(error))
                continue
            return Found(show, self._crashes(), (*faults, *left_out))
        return Found(None, self._crashes(), tuple(faults))

    def save(self, show: Show) -> None:
        """Keep a show; the one before it becomes an older one, now and then.

        Raises:
            ShowError: it cannot be kept.
        """
        now_s = time.monotonic()
        if self._rotated_s is None or now_s - self._rotated_s >= ROTATE_S:
            self._rotated_s = now_s
            self._rotate()
        save_show(show, self.file)

    def begin(self, crashes: int) -> None:
        """Mark that a show goes on, after so many that ended without a clean end.

        Raises:
            ShowError: the mark cannot be written: an unclean end would not be noticed.
        """
        process = psutil.Process()
        mark = {"pid": process.pid, "since": round(process.create_time()), "crashes": crashes}
        save_file(self._mark, tomli_w.dumps(mark), replace(SHOW_FILE, name="mark of the show"))

    def withdraw(self, crashes: int) -> None:
        """Note that the show could not be started: what was so before the attempt is so again."""
        if crashes:
            with suppress(ShowError):
                self.begin(crashes - 1)
        else:
            self.end()

    def settle(self) -> None:
        """Note that it has played well for a while: an end from here on is the first of its kind."""
        with suppress(ShowError):
            self.begin(0)

    def end(self) -> None:
        """Note a clean end."""
        with suppress(OSError):
            self._mark.unlink(missing_ok=True)

    def _crashes(self) -> int:
        if is_missing(self._mark):
            return 0
        try:
            mark = read_toml(self._mark, SHOW_FILE)
        except ShowError:
            return 1  # it was there, and whoever wrote it has gone
        count = mark.get("crashes", 0)
        return (count if isinstance(count, int) and 0 <= count < 100 else 0) + 1

    def _older(self) -> Iterator[Path]:
        return (self._folder / f"show-{number}.toml" for number in range(1, OLDER + 1))

    def _rotate(self) -> None:
        paths = [self.file, *self._older()]
        for newer, older in reversed(list(pairwise(paths))):
            with suppress(OSError):  # what hinders this hinders the writing that follows, which tells of it
                newer.replace(older)
