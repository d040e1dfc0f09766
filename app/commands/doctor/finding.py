"""What a check of `hardcut doctor` finds."""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; remedy is a sentence, or "" where nothing needs to be done."""

    state: State
    text: str
    remedy: str = ""
