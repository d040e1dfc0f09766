"""Address patterns: which addresses of a tree a pattern means.

`?` is any character, `*` any characters, `[a-f]` and `[!a-f]` one of some, `{left,right}` one of these words, all
within one part of an address; `//` crosses any number of parts. Patterns come from outside, so no expression that
backtracks is made of them: the places where a name may have been read to are carried along, and the work is bounded by
the lengths.

Source: Open Sound Control 1.0, "OSC Message Dispatching and Pattern Matching"; `//` from OSC 1.1 (Freed and Schmeder,
NIME 2009).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from app.osc.packets import OscError

MAX_PATTERN: Final = 256
"""Characters; the longest address here has some fifty."""

WILD: Final = frozenset("?*[]{}")

_Piece: TypeAlias = str | frozenset[str] | tuple[str, ...] | None
"""A character of its own (a text), one of some, one of these words, or any characters (None)."""

_ANY: Final = frozenset[str]()
"""Stands for any one character: no class is empty otherwise."""


def is_pattern(address: str) -> bool:
    """Whether it means more than the one address that it spells."""
    return "//" in address or not WILD.isdisjoint(address)


@dataclass(slots=True)
class _Node:
    address: str | None = None
    parts: dict[str, "_Node"] = field(default_factory=dict)


class AddressTree:
    """Addresses by their parts; made once, then only read."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._root = _Node()
        for address in addresses:
            node = self._root
            for part in address[1:].split("/"):
                node = node.parts.setdefault(part, _Node())
            node.address = address

    def matches(self, pattern: str) -> tuple[str, ...]:
        """Return every address that a pattern means, in the tree's order.

        Raises:
            OscError: it is too long, or a bracket of it is not closed.
        """
        if len(pattern) > MAX_PATTERN:
            raise OscError(f"An address pattern has more than {MAX_PATTERN} characters")
        nodes = {id(self._root): self._root}
        for part in pattern[1:].split("/"):
            nodes = _below(nodes) if not part else _children(nodes, _pieces(part))
        found = {node.address for node in nodes.values() if node.address is not None}
        return tuple(address for address in self._in_order(self._root) if address in found)

    def _in_order(self, node: _Node) -> Iterable[str]:
        if node.address is not None:
            yield node.address
        for child in node.parts.values():
            yield from self._in_order(child)


def _below(nodes: dict[int, _Node]) -> dict[int, _Node]:
    """The nodes and all that lies under them: what an empty part, `//`, reaches."""
    reached: dict[int, _Node] = {}
    waiting = list(nodes.values())
    while waiting:
        node = waiting.pop()
        if id(node) not in reached:
            reached[id(node)] = node
            waiting.extend(node.parts.values())
    return reached


def _children(nodes: dict[int, _Node], pieces: tuple[_Piece, ...]) -> dict[int, _Node]:
    known: dict[str, bool] = {}
    reached: dict[int, _Node] = {}
    for node in nodes.values():
        for name, child in node.parts.items():
            if name not in known:
                known[name] = _is_meant(name, pieces)
            if known[name]:
                reached[id(child)] = child
    return reached


def _is_meant(name: str, pieces: tuple[_Piece, ...]) -> bool:
    length = len(name)
    places = {0}
    for piece in pieces:
        match piece:
            case None:
                places = set(range(min(places), length + 1))
            case str():
                places = {place + 1 for place in places if place < length and name[place] == piece}
            case frozenset():
                places = {place + 1 for place in places if place < length and (piece is _ANY or name[place] in piece)}
            case tuple():
                places = {place + len(word) for place in places for word in piece if name.startswith(word, place)}
        if not places:
            return False
    return length in places


def _pieces(part: str) -> tuple[_Piece, ...]:
    pieces: list[_Piece] = []
    at = 0
    while at < len(part):
        character = part[at]
        match character:
            case "*":
                if not pieces or pieces[-1] is not None:
                    pieces.append(None)
            case "?":
                pieces.append(_ANY)
            case "[":
                end = _end(part, at, "]")
                pieces.append(_class(part[at + 1 : end]))
                at = end
            case "{":
                end = _end(part, at, "}")
                pieces.append(tuple(part[at + 1 : end].split(",")))
                at = end
            case "]" | "}":
                raise OscError(f"The address pattern closes a {character} that it did not open")
            case _:
                pieces.append(character)
        at += 1
    return tuple(pieces)


def _end(part: str, at: int, closing: str) -> int:
    end = part.find(closing, at + 1)
    if end < 0:
        raise OscError(f"The address pattern does not close its {part[at]}")
    return end


def _class(inside: str) -> frozenset[str]:
    """The characters of a class among those that an address may have; `-` at an end is itself."""
    negative = inside.startswith("!")
    inside = inside[negative:]
    meant: set[str] = set()
    at = 0
    while at < len(inside):
        if inside[at + 1 : at + 2] == "-" and at + 2 < len(inside):
            low, high = sorted((inside[at], inside[at + 2]))
            meant.update(one for one in _PRINTED if low <= one <= high)
            at += 3
        else:
            meant.add(inside[at])
            at += 1
    chosen = _PRINTED - meant if negative else meant
    return frozenset(chosen) or frozenset("\0")  # nothing: a character that no address has


_PRINTED: Final = frozenset(map(chr, range(0x20, 0x7F)))
"""What an address consists of (OSC 1.0)."""
