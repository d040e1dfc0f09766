"""How sure the numbers of a profile, or the shapes of a picture, are."""

from enum import Enum


class Confidence(Enum):
    """How sure somebody can be who has not had the device at hand."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
