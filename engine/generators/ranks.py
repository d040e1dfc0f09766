"""Which processes may share the work of one generator: one a GPU, or without any GPU as many as were asked for.

A rank that has failed once is left out for as long as the program runs: the next generator is built on what is left.
"""

from typing import Final

ALL: Final = 0
"""As many as there are GPUs."""

MOST: Final = 64


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
