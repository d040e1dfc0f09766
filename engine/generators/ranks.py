"""Which processes may share the work of one generator: one a GPU, or without any GPU as many as were asked for.

A rank that has failed once is left out for as long as the program runs: the next generator is built on what is left.
"""

from collections.abc import Hashable
from typing import Final, Protocol

from engine.errors import GeneratorError

ALL: Final = 0
"""As many as there are GPUs."""

MOST: Final = 64


def asked_ranks(text: str) -> int:
    """How many are asked for: a number, or "all".

    Raises:
        GeneratorError: it is neither.
    """
    if text == "all":
        return ALL
    if not text.isdecimal() or not 0 < int(text) <= MOST:
        raise GeneratorError(f"{text!r} is no number of GPUs", remedy=f"Write 1, 2, 4, 8 … up to {MOST}, or all.")
    return int(text)


class Estate(Protocol):
    """What a generator leaves to the one that is built after it, such as weights that took long to read."""

    def close(self) -> None:
        """Nobody takes it over."""
        ...


class Ranks:
    """The processes of one engine. Read and changed on its thread alone.

    Args:
        asked: how many; ALL: one for each GPU.
    """

    def __init__(self, asked: int = 1) -> None:
        self.asked: Final = asked
        self.plain = ""
        """Why passes are launched kernel by kernel, a clause; "": they may be replayed from graphs."""
        self._lost: dict[int, str] = {}
        self._left: tuple[Hashable, Estate] | None = None

    def left(self, gpus: int) -> tuple[int, ...]:
        """The numbers of those that may work, the leading one, 0, first: each is the number of a GPU.

        Args:
            gpus: how many there are; 0: none, and all work on the processor.
        """
        count = self.asked or max(gpus, 1)
        if gpus:
            count = min(count, gpus)
        return tuple(number for number in range(count) if number not in self._lost)

    def lose(self, number: int, why: str) -> None:
        """Leave one out from now on; why: a clause. The leading one cannot be left out."""
        if number:
            self._lost[number] = why

    @property
    def lost(self) -> tuple[tuple[int, str], ...]:
        """Those that are left out, and why."""
        return tuple(self._lost.items())

    def leave(self, key: Hashable, estate: Estate) -> None:
        """Leave something to the next generator with this key: one ends because a rank was lost."""
        self.close()
        self._left = key, estate

    def take(self, key: Hashable) -> Estate | None:
        """What was left to this one; None: nothing. What was left to another is closed."""
        left, self._left = self._left, None
        if left is None:
            return None
        if left[0] == key:
            return left[1]
        left[1].close()
        return None

    def close(self) -> None:
        """Close what nobody has taken."""
        left, self._left = self._left, None
        if left is not None:
            left[1].close()
