"""Telling our own values, coming back from the engine, from someone else's."""

from collections import deque
from collections.abc import Mapping
from typing import Final, Generic, TypeVar

from engine.messages.commands import Origin
from engine.messages.parameters import ParameterTable

T = TypeVar("T")

IN_FLIGHT: Final = 1024
"""Values remembered between being sent and coming back: two seconds of a knob at 500 messages a second."""


class InFlight(Generic[T]):
    """Values of ours on their way through the engine.

    The engine coalesces, so of many values sent only some come back, in the order in which they were sent.
    """

    def __init__(self) -> None:
        self._values: deque[T] = deque(maxlen=IN_FLIGHT)

    def sent(self, value: T) -> None:
        """This one has left."""
        self._values.append(value)

    def returned(self, value: T) -> bool:
        """Whether a value that came is one of ours; it and those before it are on their way no longer."""
        if value not in self._values:
            return False
        while self._values.popleft() != value:
            pass
        return True

    def __len__(self) -> int:
        return len(self._values)


class ParameterEcho:
    """What a controller knows of one parameter: where it is headed, and what of its own is on the way.

    A scene called from a pad also comes back with the controller as its origin: the value itself decides, not the
    origin alone.

    Args:
        origin: the controller's own.
    """

    def __init__(self, value: float, origin: Origin) -> None:
        self.value = value
        """Where the parameter is headed as far as is known here."""
        self._origin = origin
        self._committed = value
        self._in_flight: InFlight[float] = InFlight()

    def sent(self, value: float) -> None:
        """We asked for this value."""
        self.value = value
        self._in_flight.sent(value)

    def committed(self, target: float, origin: Origin | None) -> bool:
        """Take in what a boundary committed; True if something other than our own value moved the parameter.

        Args:
            target: where the parameter is headed.
            origin: who set it at this boundary; None: nobody, or nobody knows.
        """
        perhaps_ours = origin in (self._origin, None)
        if perhaps_ours and target == self._committed:
            return False
        self._committed = target
        if perhaps_ours and self._in_flight.returned(target):
            if not self._in_flight:
                self.value = target
            return False
        self.value = target
        return True


class Echoes:
    """Where every parameter is headed, as one controller knows it.

    Args:
        origin: the controller's own.
    """

    def __init__(self, table: ParameterTable, origin: Origin) -> None:
        self._origin = origin
        self._echoes: dict[str, ParameterEcho] = {}
        self.follow(table)

    def follow(self, table: ParameterTable) -> None:
        """Take in another table; what is known of parameters that stay holds."""
        known = self._echoes
        self._echoes = {
            spec.id: known.get(spec.id) or ParameterEcho(spec.default, self._origin) for spec in table.values()
        }

    def __contains__(self, parameter: str) -> bool:
        return parameter in self._echoes

    def value(self, parameter: str) -> float:
        """Where a parameter is headed, in its unit."""
        return self._echoes[parameter].value

    def sent(self, parameter: str, value: float) -> None:
        """The controller asked for this value."""
        self._echoes[parameter].sent(value)

    def committed(self, targets: Mapping[str, float], origins: Mapping[str, Origin]) -> set[str]:
        """Take in where parameters are headed after a boundary; those that something else than the controller moved."""
        return {
            parameter
            for parameter, target in targets.items()
            if (echo := self._echoes.get(parameter)) is not None and echo.committed(target, origins.get(parameter))
        }
