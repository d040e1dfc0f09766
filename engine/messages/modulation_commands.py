"""What can be asked of modulation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.messages.commands import Command
from engine.messages.modulation import Modulator, Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class SetModulator(Command):
    """Put a modulator on a parameter or a macro, in place of the one that is there.

    Attributes:
        target: as engine.messages.modulation says.
        place: 1 to 4; the first free one adds a modulator.
        modulator: None clears the place, and those behind it move up.
        everywhere: it stays whatever scene plays; else it is part of the scene that plays, until the next cut to it.
    """

    target: str
    place: int
    modulator: Modulator | None
    everywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetModulationDepth(Command):
    """Change how far a modulator goes, -1..1."""

    target: str
    place: int
    depth: float
    everywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchModulation(Command):
    """Let everything be modulated, or nothing."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FireTrigger(Command):
    """Start the envelopes that wait for this trigger."""

    trigger: Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPressure(Command):
    """How hard a controller is pressed, 0..1."""

    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteMacros(Command):
    """Say what the macros move: for each (macro.1 …) pairs of a parameter and a share -1..1 of its travel."""

    routes: Mapping[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)
