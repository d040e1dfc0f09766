"""What every controller has sent so far: which controls there are, where they stand, when they last moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.midi.control_ids import ControlId
from app.midi.messages.control_values import sent_by
from app.midi.messages.types import Message

MOST: Final = 256
"""Controls remembered of one controller: twice what the largest have, and a bound for a broken cable."""


@dataclass(frozen=True, slots=True)
class Touch:
    """The newest thing a control sent.

    Attributes:
        level: 0..1, of what it can send: a position, a force, 0 for a release.
        stamp_ns: when it arrived.
    """

    level: float
    stamp_ns: int


Touches = Mapping[ControlId, Touch]
"""By control, each on the channel it was heard on; in the order in which they were first heard."""


class Activity:
    """What was heard of each controller. The midi thread owns it; what it hands out is frozen."""

    def __init__(self) -> None:
        self._touches: dict[str, dict[ControlId, Touch]] = {}
        self._frozen: Mapping[str, Touches] = MappingProxyType({})
        self._stale = False

    def record(self, port: str, message: Message, stamp_ns: int) -> None:
        """Note a message; what no control sends is ignored."""
        sent = sent_by(message)
        if sent is None:
            return
        touches = self._touches.setdefault(port, {})
        if sent.source in touches or len(touches) < MOST:
            touches[sent.source] = Touch(sent.level, stamp_ns)
            self._stale = True

    def picture(self) -> Mapping[str, Touches]:
        """All of it; the same object as long as nothing was heard."""
        if self._stale:
            self._stale = False
            self._frozen = MappingProxyType(
                {port: MappingProxyType(dict(touches)) for port, touches in self._touches.items()}
            )
        return self._frozen
