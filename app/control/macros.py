"""Macros: eight knobs that each move several parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from app.control.limits import MACROS
from app.control.spans import Shape, Span
from app.control.toml_sections import Section
from app.errors import ControlError


@dataclass(frozen=True, slots=True)
class MacroPart:
    """One parameter under a macro, and which part of its travel the macro drives."""

    parameter: str
    span: Span = Span()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class Macro:
    """What a macro moves, and what the performer calls it ("": by its number)."""

    parts: tuple[MacroPart, ...] = ()
    name: str = ""


Macros = Mapping[int, Macro]
"""Macro number 1..8 to the macro; one that is not there moves nothing."""

_NUMBERS: Final = frozenset(str(number) for number in range(1, MACROS + 1))

NO_MACROS: Macros = MappingProxyType({})
NO_MACRO: Final = Macro()


def parse_macros(document: Mapping[str, object], where: str) -> Macros:
    """Macros from their TOML document.

    [[macro.1]] holds parameter = "field.hue", low, high, invert, curve; [name] holds 1 = "Storm".

    Raises:
        ControlError: with the file, the key and what is wrong there.
    """
    top = Section(document, where, "")
    top.only("macro", "name")
    macros: dict[int, Macro] = {}
    for table in top.sections("macro"):
        for key in table.table:
            macros[_number(table, key)] = Macro(tuple(_part(section) for section in table.sections(key)))
    for table in top.sections("name"):
        for key in table.table:
            number = _number(table, key)
            macros[number] = replace(macros.get(number, NO_MACRO), name=table.text(key))
    return MappingProxyType(macros)


def _number(table: Section, key: str) -> int:
    if key not in _NUMBERS:
        raise table.fault(key, f"is no macro; numbers run from 1 to {MACROS}")
    return int(key)


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
        str(number): [{"parameter": part.parameter, **span_table(part.span)} for part in macro.parts]
        for number, macro in sorted(macros.items())
        if macro.parts
    }
    names = {str(number): macro.name for number, macro in sorted(macros.items()) if macro.name}
    return {**({"macro": parts} if parts else {}), **({"name": names} if names else {})}


def with_part(macros: Macros, number: int, parameter: str) -> Macros:
    """The macros with a parameter added to one of them, or taken from it if it was there already.

    Raises:
        ControlError: there is no such macro.
    """
    macro = _macro(macros, number)
    left = tuple(part for part in macro.parts if part.parameter != parameter)
    parts = left if len(left) < len(macro.parts) else (*macro.parts, MacroPart(parameter))
    return MappingProxyType({**macros, number: replace(macro, parts=parts)})


def with_span(macros: Macros, number: int, parameter: str, span: Span) -> Macros:
    """The macros in which one of them drives another part of a parameter's travel, if it drives it at all.

    Raises:
        ControlError: there is no such macro.
    """
    macro = _macro(macros, number)
    parts = tuple(MacroPart(parameter, span) if part.parameter == parameter else part for part in macro.parts)
    return MappingProxyType({**macros, number: replace(macro, parts=parts)})


def named(macros: Macros, number: int, name: str) -> Macros:
    """The macros, one of them under another name; "" takes it back to its number.

    Raises:
        ControlError: there is no such macro.
    """
    return MappingProxyType({**macros, number: replace(_macro(macros, number), name=" ".join(name.split()))})


def _macro(macros: Macros, number: int) -> Macro:
    if not 1 <= number <= MACROS:
        raise ControlError(f"There is no macro {number}", remedy=f"Choose 1 to {MACROS}.")
    return macros.get(number, NO_MACRO)
