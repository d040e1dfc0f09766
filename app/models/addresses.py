"""The OSC addresses as a page: one line each, to be searched."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.osc.addresses import ROOT, AddressBook
from engine.messages.parameters import ParameterTable


@dataclass(frozen=True, slots=True)
class AddressLine:
    """One address: what it takes (type and range), and what it does."""

    path: str
    takes: str
    help: str


def address_lines(table: ParameterTable) -> tuple[AddressLine, ...]:
    """Every address in the order of the documentation, the many pads last."""
    lines = [AddressLine(one.path, one.takes, one.help) for one in AddressBook(table).values()]
    pads = [line for line in lines if line.path.startswith(f"{ROOT}/pad/")]
    return (*(line for line in lines if line not in pads), *pads)


def matching(lines: Iterable[AddressLine], text: str) -> tuple[AddressLine, ...]:
    """The lines in which every word of the text occurs; letters' case does not matter."""
    words = text.casefold().split()
    return tuple(
        line for line in lines if all(word in f"{line.path} {line.takes} {line.help}".casefold() for word in words)
    )
