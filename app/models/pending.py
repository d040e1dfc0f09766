"""A value that was asked for and is not confirmed yet."""

from typing import Final, Generic, TypeVar

from engine.clock import NS_PER_MS

T = TypeVar("T")

PATIENCE_NS: Final = 800 * NS_PER_MS
"""How long a gesture outranks what the engine reports: two chunks of 12 frames at 30 per second.

Events that left the engine before it heard the gesture still carry the old value; without this a
control would jump back under the hand.
"""


class Pending(Generic[T]):
    """What the engine confirmed, and what the performer asked for since.

    Attributes:
        confirmed: the engine's word.
    """

    def __init__(self, value: T) -> None:
        self.confirmed = value
        self._wanted: tuple[T, int] | None = None

    def want(self, value: T, now_ns: int) -> None:
        """The performer asks for a value; what the engine has said already needs no confirmation."""
        self._wanted = (value, now_ns) if self._wanted is not None or value != self.confirmed else None

    def confirm(self, value: T, now_ns: int) -> None:
        """The engine reports a value."""
        self.confirmed = value
        if self._wanted is not None and (self._wanted[0] == value or now_ns - self._wanted[1] > PATIENCE_NS):
            self._wanted = None

    def settle(self) -> None:
        """Forget what was asked for: it was refused."""
        self._wanted = None

    @property
    def waiting(self) -> bool:
        """Something else than the engine's last word was asked for: a confirmation will come.

        What was taken back before the engine told of it is not waited for: it tells of changes only.
        """
        return self._wanted is not None and self._wanted[0] != self.confirmed

    @property
    def shown(self) -> T:
        """What a control should show."""
        return self.confirmed if self._wanted is None else self._wanted[0]
