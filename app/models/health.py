"""How the show fares, in a performer's words: is it smooth, what is missing or recorded, has the disk room for that."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from app.models import quality
from app.models import text as words
from app.models.chain import ChainModel
from app.models.recording import Recording
from app.models.signal import Signal
from app.models.sinks import SinksModel
from app.models.slowness import SLOW_SHARE, Slowness
from app.models.stats import StatsModel
from engine.clock import NS_PER_SECOND
from engine.folders import videos_folder
from engine.messages.events import ComponentState

LOOK_NS: Final = 5 * NS_PER_SECOND
LITTLE_ROOM: Final = 4 << 30
"""Bytes: some minutes of a show with its inputs, an hour of a film."""


class Mood(Enum):
    """How good what a cell says is."""

    QUIET = "quiet"
    GOOD = "good"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing that a performer wants to know."""

    caption: str
    text: str
    mood: Mood = Mood.QUIET


def _free(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def films_folder() -> Path:
    """Where films go if no other place is named, or the folder in which that will be made."""
    folder = videos_folder()
    return next(one for one in (folder, *folder.parents) if one.exists())


class Health:
    """Observes the figures, why they are low, the chain, the session's recording and that of what goes out.

    Args:
        films: the folder that films go to if no other is named; free: bytes free on a folder's disk.

    Attributes:
        cells: the picture, what is missing, the recording, the disk that is recorded to.
    """

    def __init__(
        self,
        stats: StatsModel,
        slowness: Slowness,
        chain: ChainModel,
        recording: Recording,
        sinks: SinksModel,
        films: Callable[[], Path] = films_folder,
        free: Callable[[Path], int] = _free,
    ) -> None:
        self.changed = Signal()
        self._stats = stats
        self._slowness = slowness
        self._chain = chain
        self._recording = recording
        self._sinks = sinks
        self._films = films
        self._free = free
        self._room: int | None = None
        self._looked_ns: int | None = None
        self.cells: tuple[Cell, ...] = self._cells()
        for observed in (stats, slowness, chain, recording, sinks):
            observed.changed.connect(self._tell)

    def tick(self, now_ns: int) -> None:
        """Look at the disk, now and then."""
        if self._looked_ns is not None and now_ns - self._looked_ns < LOOK_NS:
            return
        self._looked_ns = now_ns
        try:
            self._room = min(map(self._free, self._folders()))
        except OSError:  # a disk has gone
            self._room = None
        self._tell()

    def _folders(self) -> list[Path]:
        """Where is recorded to, or would be."""
        folders = [] if self._recording.folder is None else [self._recording.folder]
        if self._sinks.film_folder is not None:
            folders.append(self._sinks.film_folder)
        return folders or [self._films()]

    def _tell(self) -> None:
        cells = self._cells()
        if cells != self.cells:
            self.cells = cells
            self.changed.emit()

    def _cells(self) -> tuple[Cell, ...]:
        return (self._picture(), self._missing(), self._recorded(), self._disk())

    def _picture(self) -> Cell:
        generator, stats = self._chain.generator, self._stats.last
        if self._slowness.text:
            return Cell("Picture", self._slowness.text, Mood.WARNING)
        if simpler := quality.why(self._chain.quality):
            return Cell("Picture", simpler, Mood.WARNING)
        if generator is None:
            return Cell("Picture", "Starting")
        name = generator.name.capitalize()
        if generator.state is ComponentState.STARTING:
            return Cell("Picture", f"{name} warms up, {generator.progress * 100:.0f} %", Mood.WARNING)
        if generator.state is ComponentState.FAILED:
            return Cell("Picture", f"{name} has failed. A pad, Panic or the generator menu tries again.", Mood.FAULT)
        output = self._chain.output
        if stats is None or output is None or not output.fps_denominator:
            return Cell("Picture", f"{name} is ready")
        wanted = output.fps_numerator / output.fps_denominator
        if stats.pipeline_fps < SLOW_SHARE * wanted:
            return Cell("Picture", f"{stats.pipeline_fps:.0f} of {wanted:.0f} new pictures a second")
        return Cell("Picture", f"Smooth, {wanted:g} FPS", Mood.GOOD)

    def _missing(self) -> Cell:
        source, generator, output = self._chain.source, self._chain.generator, self._chain.output
        missing = []
        if self._chain.source_missing and source is not None:
            missing.append(words.source_label(source.spec))
        if generator is not None and generator.state is ComponentState.READY and generator.detail:
            missing.append(generator.detail.partition(":")[0].removeprefix("In place of ").strip())
        if output is not None and output.state is ComponentState.FAILED:
            missing.append("The output")
        return Cell("Missing", ", ".join(missing), Mood.FAULT) if missing else Cell("Missing", "Nothing")

    def _recorded(self) -> Cell:
        told = [one for one in (self._sinks, self._recording) if one.text]
        if not told:
            return Cell("Recording", "Off")
        mood = Mood.WARNING if any(one.troubled for one in told) else Mood.GOOD
        return Cell("Recording", "; ".join(one.text for one in told), mood)

    def _disk(self) -> Cell:
        if self._room is None:
            return Cell("Disk", "–")
        gibibytes = self._room / 2**30
        text = f"{gibibytes:.0f} GiB free" if gibibytes >= 10.0 else f"{gibibytes:.1f} GiB free"
        return Cell("Disk", text, Mood.WARNING if self._room < LITTLE_ROOM else Mood.QUIET)
