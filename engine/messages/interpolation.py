"""What the output shows between two generated pictures. Pure data."""

from enum import Enum


class Interpolation(Enum):
    """How output frames between two generated pictures are made.

    OFF: the earlier one is shown again. BLEND: the two are mixed. MOTION: both are moved along the motion
    between them, then mixed.
    """

    OFF = "off"
    BLEND = "blend"
    MOTION = "motion"
