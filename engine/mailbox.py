"""The two ways threads meet: a mailbox that loses nothing, and a slot where the newest wins."""

import threading
from collections import deque
from collections.abc import Sequence
from typing import Generic, TypeVar

from engine.clock import NS_PER_SECOND

T = TypeVar("T")


class Mailbox(Generic[T]):
    """An unbounded first-in first-out queue: many threads put, one thread drains."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._arrived = threading.Condition()

    def put(self, item: T) -> None:
        """Add an item and wake the owner. Never blocks on the owner's work."""
        with self._arrived:
            self._items.append(item)
            self._arrived.notify()

    def drain(self) -> tuple[T, ...]:
        """Take everything that has arrived, in order of arrival."""
        with self._arrived:
            items = tuple(self._items)
            self._items.clear()
        return items

    def put_back(self, items: Sequence[T]) -> None:
        """Put what was drained in front of what has arrived since, in its order. For the owner alone."""
        with self._arrived:
            self._items.extendleft(reversed(items))

    def wait(self, timeout_ns: int) -> bool:
        """Return True as soon as something is there, False after timeout_ns."""
        with self._arrived:
            if not self._items and timeout_ns > 0:
                self._arrived.wait(timeout_ns / NS_PER_SECOND)
            return bool(self._items)


class Latest(Generic[T]):
    """A slot for one item: a put replaces what was not yet taken, and the replaced are counted."""

    def __init__(self) -> None:
        self._item: T | None = None
        self._fresh = False
        self._replaced = 0
        self._arrived = threading.Condition()

    def put(self, item: T) -> None:
        """Put the newest item."""
        with self._arrived:
            if self._fresh:
                self._replaced += 1
            self._item, self._fresh = item, True
            self._arrived.notify()

    def take(self, timeout_ns: int = 0) -> T | None:
        """The item if it is new since the last take (waiting up to timeout_ns for one), else None."""
        with self._arrived:
            if not self._fresh and timeout_ns > 0:
                self._arrived.wait(timeout_ns / NS_PER_SECOND)
            if not self._fresh:
                return None
            self._fresh = False
            return self._item

    def peek(self) -> T | None:
        """The newest item ever put, taken or not; None before the first."""
        with self._arrived:
            return self._item

    @property
    def replaced(self) -> int:
        """How many items were replaced before anyone took them."""
        with self._arrived:
            return self._replaced
