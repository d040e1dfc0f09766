"""Who keeps a crew waiting is found by looks; where nobody does, the wait has an end all the same."""

import threading
from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest

from engine.clock import NS_PER_SECOND, SystemClock
from engine.generators.wan.parallel import orders
from engine.generators.wan.parallel.orders import Order
from engine.generators.wan.parallel.standstill import Place
from engine.generators.wan.parallel.watch import LOOK_NS, Watch

PATIENCE_NS = 4 * NS_PER_SECOND


class Follower(SimpleNamespace):
    """A process that answers every question with where it stands."""

    turns: int

    def ask(self, number: int) -> None:
        self.stands = orders.Stands(number, self.turns)


class Crew:
    """What is told of a watch, with a number of followers that have an order left undone."""

    def __init__(self, leading: int, *following: int) -> None:
        self.leading = leading
        self.told: list[str] = []
        self.failed = False
        self.hands: list[Any] = [
            Follower(
                rank=1 + number,
                turns=turns,
                pending=deque([orders.Commit(0)]),
                waited_ns=0,
                broken="",
                broken_ns=0,
                returning=False,
                stands=None,
            )
            for number, turns in enumerate(following)
        ]

    def present(self) -> tuple[Any, ...]:
        return tuple(self.hands)

    def patience_ns(self, order: Order) -> int:
        assert isinstance(order, orders.Commit)
        return PATIENCE_NS

    def place(self) -> Place:
        return Place(self.leading)

    def lose(self, hand: Any, what: str, *, kill: bool) -> None:
        self.told.append(f"{hand.rank} {what}{', killed' if kill else ''}")
        self.failed = True

    def despair(self, waited_ns: int) -> None:
        self.told.append(f"all for {waited_ns / NS_PER_SECOND:.0f} s")
        self.failed = True


def watched(crew: Crew, moves_at_s: float = 0.0) -> float:
    """Look until something is told or two minutes are over; how long it took, in seconds.

    Args:
        moves_at_s: when the leading process comes to one exchange more; 0: never.
    """
    watch, looks = Watch(crew, threading.Lock(), SystemClock()), 0
    while not crew.told and looks < 1200:
        watch.look(LOOK_NS)
        looks += 1
        if looks * LOOK_NS == moves_at_s * NS_PER_SECOND:
            crew.leading += 1
    return looks * LOOK_NS / NS_PER_SECOND


def test_who_is_behind_is_lost() -> None:
    crew = Crew(7, 7, 6)
    seconds = watched(crew)
    assert crew.told == ["2 has kept the others waiting for 4 s and is ended, killed"]
    assert seconds == pytest.approx(4.0, abs=0.5)


def test_where_only_the_leading_process_is_behind_nobody_is_lost_for_it() -> None:
    crew = Crew(6, 7, 7)
    seconds = watched(crew)
    assert crew.told == ["all for 41 s"] and seconds == pytest.approx(41.0, abs=1.5)


def test_who_comes_on_is_given_time_anew() -> None:
    crew = Crew(5, 7, 7)
    seconds = watched(crew, moves_at_s=30.0)
    assert crew.told == ["all for 41 s"] and seconds > 65.0


def test_one_that_broke_off_by_itself_is_taken_for_the_cause() -> None:
    crew = Crew(7, 7)
    crew.hands[0].broken = "it ran out of luck."
    watched(crew)
    assert crew.told == ["1 cannot go on: it ran out of luck"]
