"""Telling our own values, coming back committed, from someone else's."""

from collections import deque
from typing import Final

from engine.messages.commands import Origin

IN_FLIGHT: Final = 1024
"""Values remembered between being sent and being committed: two seconds of a knob at 500 messages a second."""


class ParameterEcho:
    """What the controller's side knows of one parameter: where it is headed, and what of ours is on its way.

    The engine coalesces, so of many values sent only some come back, in the order they were sent. A scene called
    from a pad also comes back with the controller as its origin: the value itself decides, not the origin alone.
    """

    def __init__(self, value: float) -> None:
        self.value = value
        """Where the parameter is headed as far as is known here."""
        self._committed = value
        self._in_flight: deque[float] = deque(maxlen=IN_FLIGHT)

    def sent(self, value: float) -> None:
        """We asked for this value."""
        self.value = value
        self._in_flight.append(value)

    def committed(self, target: float, origin: Origin | None) -> bool:
        """Take in what a boundary committed; True if something other than our own value moved the parameter.

        Args:
            target: where the parameter is headed.
            origin: who set it at this boundary; None: nobody, or nobody knows.
        """
        perhaps_ours = origin in (Origin.MIDI, None)
        if perhaps_ours and target == self._committed:
            return False
        self._committed = target
        if perhaps_ours and target in self._in_flight:
            while self._in_flight.popleft() != target:
                pass
            if not self._in_flight:
                self.value = target
            return False
        self.value = target
        return True
