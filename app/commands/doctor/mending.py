"""What the preflight's page can do by itself about a finding. Nothing is deleted, and nothing is done unasked."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final

from app.commands.doctor.finding import Mend
from app.errors import AppError
from engine.messages.commands import Command
from engine.messages.input_commands import SelectSource
from engine.messages.output_commands import SetOutputRate

MANY_FILES: Final = 4096
SLOWER: Final = (Fraction(30), Fraction(25))
"""Rates to fall back to, in frames a second: of screens, and of lights and cameras on 50 Hz mains."""

OPENING_S: Final = 3.0
STAND_IN: Final = "stage"
_OPENERS: Final = {"darwin": "open", "win32": "explorer"}


@dataclass(frozen=True, slots=True)
class ShowMends:
    """Changes to the show that is live.

    Attributes:
        post: the engine's; now_ns: tells the time to stamp with. Both may be called on any thread.
    """

    post: Callable[[Command], None]
    now_ns: Callable[[], int]

    def play_stage(self) -> Mend:
        """Offer to play the built-in source instead of one that does not come."""
        return Mend("Play the stage", self._play_stage)

    def slower(self, rate: Fraction) -> Mend | None:
        """Offer the next lower rate; None: there is no lower one that looks smooth."""
        lower = next((one for one in SLOWER if one < rate), None)
        return Mend(f"Send {lower} FPS", partial(self._send, lower)) if lower is not None else None

    def _play_stage(self) -> str:
        self.post(SelectSource(stamp_ns=self.now_ns(), spec=STAND_IN))
        return "The stage plays. The source's menu brings the other one back."

    def _send(self, rate: Fraction) -> str:
        self.post(SetOutputRate(stamp_ns=self.now_ns(), rate=rate))
        return f"The output sends {rate} FPS from now on. Measure again."


def more_files() -> Mend | None:
    """Offer to let this process open more files at once; None: the system allows no more."""
    if sys.platform == "win32":
        return None
    import resource

    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if most == resource.RLIM_INFINITY else min(most, MANY_FILES)
    if allowed == resource.RLIM_INFINITY or wanted <= allowed:
        return None

    def allow() -> str:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))
        except (OSError, ValueError) as error:
            raise AppError(f"The system refuses to let more files be open: {error}") from error
        return f"{wanted} files may be open at once until Hardcut ends."

    return Mend("Allow more", allow)


def show_folder(folder: Path) -> Mend | None:
    """Offer to open a folder in the system's file manager; None: there is no way to open one."""
    opener = shutil.which(_OPENERS.get(sys.platform, "xdg-open"))
    if opener is None:
        return None

    def show() -> str:
        try:
            process = subprocess.Popen(
                [opener, os.fspath(folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise AppError(f"{folder} could not be opened: {error.strerror}") from error
        with suppress(subprocess.TimeoutExpired):  # some stay as long as their window
            failed = process.wait(OPENING_S) != 0 and sys.platform != "win32"  # explorer always says 1
            if failed:
                raise AppError(f"{folder} could not be opened: {Path(opener).name} found no program for it")
        return f"{folder} is opened: what is deleted there is up to you."

    return Mend("Show the folder", show)
