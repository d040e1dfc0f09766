"""Modulators in their places as arrays: their sources, and which parameters each of them moves."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.messages.modulation import MACROS, Modulation, Modulator, Polarity
from engine.messages.parameters import Curve, ParameterTable
from engine.scheduling.modulation.patch import Patch, Routes
from engine.scheduling.modulation.shapes import Floats
from engine.scheduling.modulation.sources import SourceBank, bank_order


@dataclass(frozen=True, slots=True)
class Entry:
    """A modulator in its place; leaving: it fades out and is forgotten then."""

    everywhere: bool
    target: str
    place: int
    modulator: Modulator
    leaving: bool = False

    @property
    def seat(self) -> tuple[bool, str, int]:
        """Where it lies."""
        return self.everywhere, self.target, self.place

    def goes_on_as(self, other: "Entry") -> bool:
        """It is the other one, perhaps at another depth."""
        mine, yours = self.modulator, other.modulator
        return (
            self.seat == other.seat
            and not self.leaving
            and (mine.source, mine.polarity) == (yours.source, yours.polarity)
        )


def entries_of(modulation: Modulation, *, everywhere: bool) -> list[Entry]:
    """The modulators of a scene, or those that stay."""
    return [
        Entry(everywhere, target, place, modulator)
        for target, modulators in modulation.items()
        for place, modulator in enumerate(modulators)
    ]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Entries as arrays, one row each.

    Attributes:
        bank: their sources.
        both: those that go to both sides; one_way: there are none of them.
        moves: the parameters that anything moves.
        matrix: [entries, moves], the share of a parameter's travel.
        low, high, width, square: of the parameters, [moves]; bent: any is square.
        macros: by macro the rows that lie on it.
    """

    bank: SourceBank
    both: npt.NDArray[np.bool_]
    one_way: bool
    moves: tuple[str, ...]
    matrix: Floats
    low: Floats
    high: Floats
    width: Floats
    bent: bool
    square: npt.NDArray[np.bool_]
    macros: dict[str, list[int]]

    def shaped(self, signals: Floats) -> npt.NDArray[np.float64]:
        """What their polarities make of signals 0..1, [frames, entries]: a new array."""
        return signals.copy() if self.one_way else np.where(self.both, 2.0 * signals - 1.0, signals)

    @staticmethod
    def of(entries: Sequence[Entry], routes: Routes, table: ParameterTable, seed: int) -> "Arrangement":
        """Arrange entries; seed: of what is random in them."""
        parts = [
            tuple((name, share) for name, share in routes.get(one.target, ()) if name in table)
            if one.target in MACROS
            else ((one.target, 1.0),)
            for one in entries
        ]
        moves = tuple(dict.fromkeys(name for row in parts for name, _ in row if name in table))
        matrix = np.zeros((len(entries), len(moves)))
        for place, row in enumerate(parts):
            for name, share in row:
                if name in table:
                    matrix[place, moves.index(name)] += share
        specs = [table[name] for name in moves]
        low = np.array([spec.minimum for spec in specs])
        high = np.array([max(spec.maximum, spec.minimum + 1e-12) for spec in specs])
        square = np.array([spec.curve is Curve.SQUARE for spec in specs], np.bool_)
        both = np.array([one.modulator.polarity is Polarity.BOTH for one in entries], np.bool_)
        return Arrangement(
            bank=SourceBank.of([one.modulator.source for one in entries], [_seed(seed, one) for one in entries]),
            both=both,
            one_way=not both.any(),
            moves=moves,
            matrix=matrix,
            low=low,
            high=high,
            width=high - low,
            bent=bool(square.any()),
            square=square,
            macros={
                name: [row for row, one in enumerate(entries) if one.target == name]
                for name in dict.fromkeys(one.target for one in entries if one.target in MACROS)
            },
        )


class Arranger:
    """Arranges, and remembers what it has arranged lately: scenes come again."""

    def __init__(self, table: ParameterTable, seed: int, most: int = 64) -> None:
        self._table = table
        self._seed = seed
        self._most = most
        self._known: dict[tuple[tuple[Entry, ...], int], tuple[Routes, Arrangement]] = {}
        self._entries: dict[tuple[int, int], tuple[Modulation, Modulation, tuple[Entry, ...]]] = {}

    def entries(self, patch: Patch) -> tuple[Entry, ...]:
        """The entries of a patch, kind by kind as bank_order has them."""
        key = id(patch.scene), id(patch.everywhere)
        known = self._entries.get(key)
        if known is not None:
            return known[2]
        found = [*entries_of(patch.scene, everywhere=False), *entries_of(patch.everywhere, everywhere=True)]
        found.sort(key=lambda entry: bank_order(entry.modulator.source))  # stable
        if len(self._entries) >= self._most:
            del self._entries[next(iter(self._entries))]
        made = tuple(found)
        self._entries[key] = patch.scene, patch.everywhere, made  # both are held, so that no others get their ids
        return made

    def arrange(self, entries: tuple[Entry, ...], routes: Routes) -> Arrangement:
        """The arrangement of these entries."""
        key = entries, id(routes)
        known = self._known.get(key)
        if known is not None:
            return known[1]
        made = Arrangement.of(entries, routes, self._table, self._seed)
        if len(self._known) >= self._most:
            del self._known[next(iter(self._known))]
        self._known[key] = routes, made  # the routes are held, so that no others get their id
        return made


def _seed(seed: int, entry: Entry) -> int:
    text = f"{seed}/{entry.everywhere}/{entry.target}/{entry.place}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
