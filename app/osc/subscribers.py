"""Those who are told what changes, and what each of them knows."""

import math
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from app.osc.packets import Argument, OscError
from app.osc.sockets import Place
from engine.clock import NS_PER_SECOND

LEASE_NS: Final = 300 * NS_PER_SECOND
"""A subscriber that says nothing for five minutes is forgotten; any message from its machine renews it."""

MAX_SUBSCRIBERS: Final = 16

CLOSE: Final = 1e-6
"""Positions nearer than this are the same: they went through 32-bit floats and a curve and back."""


@dataclass(slots=True)
class Subscriber:
    """One who is told.

    Attributes:
        place: host and port that are told; by: those that asked for it.
        socket: what tells it; to: its address for that socket.
        until_ns: when it is forgotten.
        known: by address, what it was told last, or said itself.
    """

    place: Place
    by: Place
    socket: socket.socket
    to: tuple[str | int, ...]
    until_ns: int = 0
    known: dict[str, tuple[Argument, ...]] = field(default_factory=dict)


class Subscribers:
    """All of them, by place. The osc thread owns it."""

    def __init__(self) -> None:
        self._by_place: dict[Place, Subscriber] = {}

    def __bool__(self) -> bool:
        return bool(self._by_place)

    @property
    def places(self) -> tuple[Place, ...]:
        """Host and port of each."""
        return tuple(self._by_place)

    def add(self, one: Subscriber, now_ns: int) -> None:
        """Tell another one from now on, or everything anew to one that is told already.

        Raises:
            OscError: there are too many.
        """
        if one.place not in self._by_place and len(self._by_place) >= MAX_SUBSCRIBERS:
            raise OscError(f"There are {MAX_SUBSCRIBERS} subscribers already")
        one.until_ns = now_ns + LEASE_NS
        self._by_place[one.place] = one

    def remove(self, place: Place) -> None:
        """Tell it no longer; harmless if it is not told."""
        self._by_place.pop(place, None)

    def remove_all_of(self, place: Place) -> None:
        """Remove the one at a place, and those that were subscribed from there."""
        for one in [one for one in self._by_place.values() if place in (one.place, one.by)]:
            del self._by_place[one.place]

    def renew(self, host: str, now_ns: int) -> None:
        """Keep those of a host for another LEASE_NS."""
        for one in self._by_place.values():
            if one.place[0] == host:
                one.until_ns = now_ns + LEASE_NS

    def tell_by(self, sockets: Iterable[socket.socket]) -> None:
        """Tell all of them by these sockets from now on, each by one of its kind of address."""
        by_family = {own.family: own for own in sockets}
        for one in self._by_place.values():
            one.socket = by_family.get(one.socket.family, one.socket)

    def know(self, host: str, path: str, value: tuple[Argument, ...]) -> None:
        """Note that those of a host know this value."""
        for one in self._by_place.values():
            if one.place[0] == host:
                one.known[path] = value

    def news(
        self, values: Mapping[str, tuple[Argument, ...]], now_ns: int
    ) -> Iterator[tuple[Subscriber, str, tuple[Argument, ...]]]:
        """Yield what each does not know yet, by address; it knows it then. Those whose time is over are removed."""
        for one in tuple(self._by_place.values()):
            if now_ns > one.until_ns:
                del self._by_place[one.place]
                continue
            for path, value in values.items():
                if not _same(one.known.get(path), value):
                    one.known[path] = value
                    yield one, path, value


def _same(known: tuple[Argument, ...] | None, value: tuple[Argument, ...]) -> bool:
    """What a subscriber knows is what there is to tell, but for the rounding of a position."""
    if known == value or known is None:
        return known == value
    return len(known) == len(value) and all(map(_close, known, value))


def _close(known: Argument, value: Argument) -> bool:
    match known, value:
        case float(one), float(other):
            return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)
        case _:
            return known == value
