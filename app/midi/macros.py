"""Macros: eight knobs that each move several parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.errors import MidiError
from app.midi.bindings import Shape, Span
from app.midi.sections import Section
from app.midi.slots import MACROS


@dataclass(frozen=True, slots=True)
class MacroPart:
    """One parameter under a macro, and which part of its travel the macro drives."""

    parameter: str
    span: Span = Span()  # noqa: RUF009 - frozen


Macros = Mapping[int, tuple[MacroPart, ...]]
"""Macro number 1..8 to its parts."""

NO_MACROS: Macros = MappingProxyType({})


def parse_macros(document: Mapping[str, object], where: str) -> Macros:
    """Macros from their TOML document: [[macro.1]] parameter = "field.hue", low, high, invert, curve.

    Raises:
        MidiError: with the file, the key and what is wrong there.
    """
    top = Section(document, where, "")
    top.only("macro")
    macros: dict[int, tuple[MacroPart, ...]] = {}
    for table in top.sections("macro"):
        for key in table.table:
            if not key.isdecimal() or not 1 <= int(key) <= MACROS:
                raise table.fault(key, f"is no macro; numbers run from 1 to {MACROS}")
            macros[int(key)] = tuple(_part(section) for section in table.sections(key))
    return MappingProxyType(macros)


def _part(section: Section) -> MacroPart:
    section.only("parameter", "low", "high", "invert", "curve")
    return MacroPart(section.text("parameter"), parse_span(section))


def parse_span(section: Section) -> Span:
    """low, high, invert and curve of a table."""
    shape = section.one_of("curve", Shape) or Shape.LINEAR
    try:
        return Span(section.number("low", 0.0), section.number("high", 1.0), section.truth("invert"), shape)
    except ValueError as error:
        raise section.fault("low", f"is wrong: {error}") from error


def span_table(span: Span) -> dict[str, object]:
    """A span as TOML; only what differs from the whole travel."""
    table: dict[str, object] = {}
    if span.low != 0.0:
        table["low"] = span.low
    if span.high != 1.0:
        table["high"] = span.high
    if span.invert:
        table["invert"] = True
    if span.shape is not Shape.LINEAR:
        table["curve"] = span.shape.value
    return table


def macros_document(macros: Macros) -> dict[str, object]:
    """Macros as TOML."""
    parts = {
        str(number): [{"parameter": part.parameter, **span_table(part.span)} for part in group]
        for number, group in sorted(macros.items())
        if group
    }
    return {"macro": parts} if parts else {}


def with_part(macros: Macros, number: int, parameter: str) -> Macros:
    """The macros with a parameter added to one of them, or taken from it if it was there already.

    Raises:
        MidiError: there is no such macro.
    """
    if not 1 <= number <= MACROS:
        raise MidiError(f"There is no macro {number}", remedy=f"Choose 1 to {MACROS}.")
    group = macros.get(number, ())
    left = tuple(part for part in group if part.parameter != parameter)
    changed = left if len(left) < len(group) else (*group, MacroPart(parameter))
    return MappingProxyType({**macros, number: changed})
