"""What modulates what, and where it has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from engine.messages.events import Event
from engine.messages.modulation import Modulation


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulationChanged(Event):
    """What modulates what now.

    Attributes:
        scene: the modulators of the scene that plays, as they are now; everywhere: those that stay.
    """

    standing: ClassVar[bool] = True

    on: bool
    scene: Modulation
    everywhere: Modulation


@dataclass(frozen=True, slots=True, kw_only=True)
class ModulationMoved(Event):
    """Where modulation has parameters at the end of a chunk; those that it does not move are left out.

    Attributes:
        values: by parameter, in its unit; shifts: by macro, in its travel.
    """

    standing: ClassVar[bool] = True

    values: Mapping[str, float]
    shifts: Mapping[str, float] = field(default_factory=dict)
