"""The weights of a model as the window fetches them: what would come, how far it is, how it ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from app.amounts import size, span
from app.models.signal import Signal


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file, or folder, that would come.

    Attributes:
        file: inside its repository; repository: OWNER/NAME; licence: as card and page say; size: in bytes.
        fault: why what is there now is to be replaced, the end of a sentence; "": nothing is there.
    """

    file: str
    repository: str
    licence: str
    size: int
    fault: str = ""


@dataclass(frozen=True, slots=True)
class WeightsPlan:
    """What a fetch would bring; nothing has come.

    Attributes:
        name: of the model; label: for people; folder: where it would lie.
        size: bytes of all files; left: of those, still to come; free: bytes on the folder's disk.
    """

    name: str
    label: str
    folder: str
    files: tuple[WantedFile, ...]
    size: int
    left: int
    free: int


@dataclass(frozen=True, slots=True)
class WeightsProgress:
    """Bytes of the plan that are on disk now.

    Attributes:
        rate: bytes a second, 0 where it is not known; proving: all of the file are there and its checksum is taken.
    """

    done: int
    total: int
    file: str
    rate: float = 0.0
    proving: bool = False


@dataclass(frozen=True, slots=True)
class WeightsEnded:
    """The fetch has ended; text: how, a sentence."""

    whole: bool
    text: str


class WeightsFetcher(Protocol):
    """What asks the hub and fetches. Calls take seconds to hours: on a worker. AppError, EngineError: it failed."""

    def plan(self, name: str) -> WeightsPlan | None:
        """Ask what is missing of a model; None: nothing."""
        ...

    def fetch(self, name: str) -> Iterator[WeightsProgress | WeightsEnded]:
        """Fetch what was planned last for this model; the last that is yielded says how it ended."""
        ...

    def stop(self) -> None:
        """End a fetch at its next piece, from any thread; what has come stays, and a later fetch goes on from it."""
        ...


class Stage(Enum):
    """Where a fetch stands."""

    IDLE = "idle"
    ASKING = "asking"
    OFFERED = "offered"
    FETCHING = "fetching"
    STOPPING = "stopping"


class WeightsModel:
    """One fetch at a time; its owner calls it from one thread.

    Attributes:
        changed: emitted when the stage is another; moved: when only the progress is.
        name: of the model in question, "" before the first.
        plan: what was offered; progress: how far it is; trouble: why the last one failed, "" if it did not.
    """

    def __init__(self) -> None:
        self.changed = Signal()
        self.moved = Signal()
        self.stage = Stage.IDLE
        self.name = ""
        self.plan: WeightsPlan | None = None
        self.progress: WeightsProgress | None = None
        self.trouble = ""

    @property
    def busy(self) -> bool:
        """Something is asked or fetched, and another fetch has to wait."""
        return self.stage in (Stage.ASKING, Stage.FETCHING, Stage.STOPPING)

    def ask(self, name: str) -> None:
        """The hub is asked what a model is made of."""
        self.name, self.plan, self.progress, self.trouble = name, None, None, ""
        self._go(Stage.ASKING)

    def take(self, found: object) -> None:
        """A plan or progress has come."""
        if isinstance(found, WeightsPlan):
            self.plan = found
        elif isinstance(found, WeightsProgress):
            self.progress = found
            self.moved.emit()

    def begin(self) -> None:
        """What was offered is fetched."""
        self._go(Stage.FETCHING)

    def stop(self) -> None:
        """It was told to stop."""
        self._go(Stage.STOPPING)

    def end(self, trouble: str = "") -> None:
        """The question or the fetch has ended; trouble: why it failed."""
        offered = self.stage is Stage.ASKING and self.plan is not None and not trouble
        self.trouble = trouble
        self._go(Stage.OFFERED if offered else Stage.IDLE)

    def put_away(self) -> None:
        """The offer is not wanted now."""
        if not self.busy:
            self._go(Stage.IDLE)

    def _go(self, stage: Stage) -> None:
        self.stage = stage
        self.changed.emit()


def progress_words(progress: WeightsProgress, *, stopping: bool = False) -> str:
    """How far a fetch is, on one line."""
    share = f"{100 * progress.done // max(progress.total, 1)} %"
    amount = f"{share}, {size(progress.done)} of {size(progress.total)}"
    if stopping:
        return f"{amount}. Stopping …"
    if progress.proving:
        return f"{amount}. Checking {progress.file}"
    if progress.rate <= 0:
        return amount
    return f"{amount}, {size(progress.rate)}/s, {span((progress.total - progress.done) / progress.rate)} left"
