"""Which process keeps the others waiting: all are asked where they stand.

Who waits for another in an exchange leaves its orders as undone as the one that never comes to it. But it can say how
far it has come, from a thread of its own; a process that was stopped cannot, and one that hangs is an exchange behind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.generators.wan.parallel.hand import Hand

LEADING: Final = 0
"""The rank of the process that asks."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process stands.

    Attributes:
        turns: exchanges that it has come to; None: it does not say.
        pending: orders that it has not done.
    """

    turns: int | None
    pending: int = 0


def last_of(places: Mapping[int, Place]) -> int:
    """The rank that the others wait for: one that does not say where it stands, else the one that is furthest behind.

    Where nothing tells them apart, one that has been told most and done least, and the leading one last of all.
    """

    def order(rank: int) -> tuple[int, int, bool, int]:
        place = places[rank]
        return -1 if place.turns is None else place.turns, -place.pending, rank == LEADING, rank

    return min(places, key=order)


class Inquiry:
    """One question, put to all that follow. Owned by the thread that watches.

    Args:
        number: of the question.
        hands: those that can answer.

    Attributes:
        open_ns: for how long it has been asked, by looks.
    """

    def __init__(self, number: int, hands: Sequence[Hand]) -> None:
        self._number = number
        self._hands = tuple(hands)
        self.open_ns = 0
        for hand in self._hands:
            hand.ask(number)

    @property
    def answered(self) -> bool:
        """Whether all have."""
        return all(self._turns(hand) is not None for hand in self._hands)

    def last(self, leading: Place) -> tuple[Hand | None, bool]:
        """Who keeps the others waiting, None: the leading process; and whether it has said where it stands.

        Args:
            leading: where the process that asks stands.
        """
        places = {hand.rank: Place(self._turns(hand), len(hand.pending)) for hand in self._hands}
        rank = last_of({**places, LEADING: leading})
        found = next((hand for hand in self._hands if hand.rank == rank), None)
        return found, found is None or places[rank].turns is not None

    def _turns(self, hand: Hand) -> int | None:
        stands = hand.stands
        return stands.turns if stands is not None and stands.number == self._number else None
