"""Convert frozen dataclasses to plain JSON values and back, by their type hints.

Floats survive exactly: JSON carries the shortest text that reads back as the same double. Those that JSON
does not know (a refused command may carry NaN) are written as text.
"""

import math
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from numbers import Real
from typing import Any, Final, TypeVar

from engine.messages import (
    commands,
    input_commands,
    list_commands,
    modulation_commands,
    output_commands,
    quality,
    reference,
)
from engine.messages.commands import Command
from engine.messages.scenes import Scene, SceneLibrary

T = TypeVar("T")

COMMAND_MODULES: Final = (
    commands,
    input_commands,
    list_commands,
    modulation_commands,
    output_commands,
    quality,
    reference,
)
"""Where a recorded command's class is looked for: every module that defines some."""

COMMAND_KEY = "command"
"""Where a command's class is named; no command has a field of this name."""


def to_plain(value: object) -> Any:
    """Convert to JSON's own types: None, bool, a number, str, Enum, tuple, Mapping, SceneLibrary or dataclass."""
    match value:
        case None | bool() | int() | str():
            return value
        case Fraction():
            return str(value)
        case Real():
            number = float(value)
            return number if math.isfinite(number) else repr(number)
        case Enum():
            return value.value
        case SceneLibrary():
            return [to_plain(scene) for scene in value.values()]
        case Mapping():
            return {str(key): to_plain(item) for key, item in value.items()}
        case tuple() | list():
            return [to_plain(item) for item in value]
        case _ if is_dataclass(value):
            named: dict[str, Any] = {COMMAND_KEY: type(value).__name__} if isinstance(value, Command) else {}
            return named | {one.name: to_plain(getattr(value, one.name)) for one in fields(value)}
    raise TypeError(f"{type(value).__name__} has no plain form")


def from_plain(kind: type[T], data: Any) -> T:
    """Return the value of this kind that `to_plain` wrote.

    Raises:
        ValueError: the data does not fit the kind; the text says where.
    """
    found: T = _read(kind, data, getattr(kind, "__name__", str(kind)))
    return found


def _read(kind: Any, data: Any, where: str) -> Any:
    if isinstance(kind, typing.NewType):
        kind = kind.__supertype__
    origin = typing.get_origin(kind)
    if origin is types.UnionType or origin is typing.Union:
        return _read_union(kind, data, where)
    if origin is tuple:
        return _read_tuple(typing.get_args(kind), data, where)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        item = typing.get_args(kind)[1]
        return {key: _read(item, value, f"{where}.{key}") for key, value in _expect(dict, data, where).items()}
    if kind is Command:
        return _read_command(data, where)
    if kind is SceneLibrary:
        scenes = _read_tuple((Scene, ...), data, where)
        return SceneLibrary({scene.name: scene for scene in scenes})
    if is_dataclass(kind) and isinstance(kind, type):
        return _read_dataclass(kind, data, where)
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(data)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from None
    if kind is Fraction:
        return _read_fraction(data, where)
    if kind is float:
        return _read_float(data, where)
    if kind is int and isinstance(data, bool):
        raise ValueError(f"{where} should be a whole number")
    return _expect(kind, data, where)


def _read_union(kind: Any, data: Any, where: str) -> Any:
    """Return the value as the first of the kinds that fits."""
    faults = []
    for one in typing.get_args(kind):
        if one is type(None):
            if data is None:
                return None
            continue
        try:
            return _read(one, data, where)
        except ValueError as error:
            faults.append(str(error))
    raise ValueError("; ".join(faults))


def _read_tuple(items: tuple[Any, ...], data: Any, where: str) -> tuple[Any, ...]:
    rows = _expect(list, data, where)
    if len(items) == 2 and items[1] is Ellipsis:
        return tuple(_read(items[0], row, f"{where}[{index}]") for index, row in enumerate(rows))
    if len(rows) != len(items):
        raise ValueError(f"{where} should have {len(items)} entries, not {len(rows)}")
    return tuple(
        _read(item, row, f"{where}[{index}]") for index, (item, row) in enumerate(zip(items, rows, strict=True))
    )


def _read_float(data: Any, where: str) -> float:
    if isinstance(data, bool) or not isinstance(data, int | float | str):
        raise ValueError(f"{where} should be a number")
    try:
        return float(data)
    except ValueError:
        raise ValueError(f"{where} should be a number") from None


def _read_fraction(data: Any, where: str) -> Fraction:
    try:
        return Fraction(_expect(str, data, where))
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{where} should be a fraction") from None


def _read_command(data: Any, where: str) -> Any:
    table = dict(_expect(dict, data, where))
    name = table.pop(COMMAND_KEY, None)
    kind = _commands().get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"{where}: there is no command {name!r}")
    return _read_dataclass(kind, table, f"{where}.{name}")


def _read_dataclass(kind: Any, data: Any, where: str) -> Any:
    table = _expect(dict, data, where)
    hints = _hints(kind)
    unknown = sorted(set(table) - set(hints))
    if unknown:
        raise ValueError(f"{where} has no field {unknown[0]!r}")
    try:
        return kind(**{name: _read(hints[name], value, f"{where}.{name}") for name, value in table.items()})
    except TypeError as error:  # a field without a default is missing
        raise ValueError(f"{where}: {error}") from None


def _expect(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, kind):
        raise ValueError(f"{where} should be {kind.__name__}, not {type(data).__name__}")
    return data


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


@cache
def _commands() -> Mapping[str, type[Command]]:
    return {
        name: kind
        for module in COMMAND_MODULES
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, Command) and kind is not Command
    }
