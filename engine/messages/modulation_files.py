"""Modulation as it stands in a scene's TOML, and as a table to write.

[[modulation."field.energy"]]
source = "audio"        # lfo, audio, steps, envelope or pressure
feature = "kick"
depth = 0.3             # the rest has defaults, which are left out when it is written
release = 0.2
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from engine.errors import ModulationError
from engine.messages.modulation import (
    AudioFollower,
    Envelope,
    Lfo,
    LfoShape,
    Modulation,
    Modulator,
    Polarity,
    Pressure,
    Source,
    StepSequence,
    Trigger,
    check_count,
    check_modulator,
    check_target,
)
from engine.messages.parameters import ParameterTable

SOURCES: Final[Mapping[str, type[Source]]] = {
    "lfo": Lfo,
    "audio": AudioFollower,
    "steps": StepSequence,
    "envelope": Envelope,
    "pressure": Pressure,
}
_NAMES: Final[Mapping[type, str]] = {kind: name for name, kind in SOURCES.items()}
_ENUMS: Final[Mapping[str, type[Enum]]] = {"shape": LfoShape, "polarity": Polarity, "trigger": Trigger}
_LISTS: Final = frozenset({"levels", "points"})
_TEXTS: Final = frozenset({"feature"})


def read_modulation(raw: object, table: ParameterTable) -> Modulation:
    """Modulation from a TOML document's table.

    Raises:
        ModulationError: with the target and what is wrong there.
    """
    if not isinstance(raw, dict):
        raise ModulationError("The modulation must be a table of targets")
    found: dict[str, tuple[Modulator, ...]] = {}
    for name, rows in raw.items():
        target = check_target(name, table)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ModulationError("Modulators are written as [[modulation.TARGET]]", where=name)
        found[target] = (*found.get(target, ()), *(_read(row, name) for row in rows))
        check_count(target, len(found[target]))
    return MappingProxyType({target: modulators for target, modulators in found.items() if modulators})


def modulation_table(modulation: Modulation) -> dict[str, list[dict[str, Any]]]:
    """Modulation as TOML."""
    return {target: [_written(one) for one in modulators] for target, modulators in modulation.items() if modulators}


def _read(row: Mapping[str, object], where: str) -> Modulator:
    kind = SOURCES.get(str(row.get("source")))
    if kind is None:
        raise ModulationError("A modulator has no known source", where=where, remedy=f"Known are {', '.join(SOURCES)}.")
    keys = {_key(one.name): one.name for part in (Modulator, kind) for one in fields(part)}
    unknown = sorted(set(row) - set(keys))
    if unknown:
        known = ", ".join(sorted(keys))
        raise ModulationError(f"A modulator has an unknown key {unknown[0]!r}", where=where, remedy=f"Known: {known}.")
    given = {keys[key]: _value(keys[key], value, where) for key, value in row.items() if key != "source"}
    own = {one.name for one in fields(kind)}
    missing = [one.name for one in fields(kind) if one.default is MISSING and one.name not in given]
    if missing:
        raise ModulationError(f"A modulator lacks {_key(missing[0])!r}", where=where)
    try:
        source = kind(**{name: value for name, value in given.items() if name in own})
        rest = {name: value for name, value in given.items() if name not in own}
        return check_modulator(Modulator(source=source, **rest))
    except ModulationError as error:
        raise ModulationError(error.what, where=where, remedy=error.remedy) from error


def _value(name: str, value: object, where: str) -> Any:
    if name in _ENUMS:
        choices = {one.value: one for one in _ENUMS[name]}
        if not isinstance(value, str) or value not in choices:
            raise ModulationError(
                f"A modulator's {name} cannot be {value!r}", where=where, remedy=f"Choose {', '.join(choices)}."
            )
        return choices[value]
    if name in _TEXTS:
        return str(value)
    if name in _LISTS and isinstance(value, list):
        return tuple(_number(name, one, where) for one in value)
    return _number(name, value, where)


def _number(name: str, value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ModulationError(f"A modulator's {_key(name)} must be a number", where=where)
    return float(value)


def _written(modulator: Modulator) -> dict[str, Any]:
    row: dict[str, Any] = {"source": _NAMES[type(modulator.source)]}
    for part in (modulator.source, modulator):
        for one in fields(part):
            value = getattr(part, one.name)
            if one.name == "source" or (value == one.default and one.name != "depth"):
                continue
            plain = value.value if isinstance(value, Enum) else value
            row[_key(one.name)] = list(plain) if isinstance(plain, tuple) else plain
    return row


def _key(field: str) -> str:
    return field.removesuffix("_s")
