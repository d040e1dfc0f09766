"""Quality: the steps by which a picture may be simplified, how a performer rules over them, and what is told of them.

A step makes chunks cheaper and the picture plainer. It is taken at a chunk boundary and never resets a cache.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, Final

from engine.messages.commands import Command
from engine.messages.events import Event

FULL: Final = 0
"""Steps held for full quality."""


class QualityRule(Enum):
    """What a performer says of a step."""

    AUTO = "auto"  # taken while the machine is too slow
    PINNED = "pinned"  # always taken
    FORBIDDEN = "forbidden"  # never taken


@dataclass(frozen=True, slots=True)
class QualityStep:
    """One way to make chunks cheaper.

    Attributes:
        id: its name in commits and sessions, which never changes.
        label: what it looks like, in a few plain words.
        saving: share of a chunk's time that it saves of what the chunk takes without it, 0..1, as measured.
        group: steps of one group are taken in the order in which they are declared; "" for a step of its own.
        worth_at: a chunk's time as a share of its playing time from which on the step is worth its looks; 1: as soon
            as chunks take longer than they play.
        indirect: the chunk itself stays as it is, others leave it more of the machine: given back where that
            makes no chunk shorter.
    """

    id: str
    label: str
    saving: float
    group: str = ""
    worth_at: float = 1.0
    indirect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetQuality(Command):
    """Pin a step, forbid it, or leave it to the governor again; step "": every step."""

    step: str = ""
    rule: QualityRule = QualityRule.AUTO


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldQuality(Command):
    """Hold the first so many of the steps on offer, and take no other (0: full quality); None: automatic again."""

    steps: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeSteps(Command):
    """Commit these steps, by id. The engine sends it to itself at a boundary, so that a session holds what was taken.

    What anybody else sends is taken back at the next boundary.
    """

    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepState:
    """A step on offer."""

    step: QualityStep
    rule: QualityRule
    taken: bool


@dataclass(frozen=True, slots=True)
class QualityState:
    """How quality stands after a boundary.

    Attributes:
        steps: those on offer, the least visible first.
        load: time of the newest chunks as a share of their playing time; 0 before the first.
    """

    steps: tuple[StepState, ...] = ()
    load: float = 0.0

    @property
    def taken(self) -> tuple[StepState, ...]:
        """Those that are taken."""
        return tuple(one for one in self.steps if one.taken)

    @property
    def by_hand(self) -> bool:
        """Whether all that is taken is pinned."""
        return all(one.rule is QualityRule.PINNED for one in self.taken)

    @property
    def ruled(self) -> bool:
        """Whether a performer has ruled over any step."""
        return any(one.rule is not QualityRule.AUTO for one in self.steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityChanged(Event):
    """Other steps are taken or on offer, another rule holds, or the reason is another.

    Attributes:
        steps: those on offer, the least visible first.
        reason: why steps are taken, in a few words; "" where none is.
    """

    standing: ClassVar[bool] = True

    steps: tuple[StepState, ...]
    reason: str = ""

    @property
    def taken(self) -> tuple[StepState, ...]:
        """Those that are taken."""
        return QualityState(self.steps).taken

    def sentence(self) -> str:
        """How simplified the picture is and why, in words."""
        taken = len(self.taken)
        if not taken:
            return "Picture at full quality"
        return f"Picture simplified {taken} of {len(self.steps)}" + (f": {self.reason}" if self.reason else "")


def in_order(steps: Sequence[QualityStep], taken: Sequence[str]) -> tuple[str, ...]:
    """The ids of these steps among those taken, in the order in which they are declared."""
    chosen = frozenset(taken)
    return tuple(step.id for step in steps if step.id in chosen)
