"""What a check of `hardcut doctor` finds."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Mend:
    """What the program itself can do about a finding.

    Attributes:
        label: for a button; act: does it and returns what was done, a sentence; EngineError if it cannot.
    """

    label: str
    act: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; remedy is a sentence, or "" where nothing needs to be done."""

    state: State
    text: str
    remedy: str = ""
    mend: Mend | None = None
