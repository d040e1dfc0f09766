"""The file of a show: TOML, a table for each section. What cannot be read of it is told, and the rest is used."""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, get_type_hints

import tomli_w

from app.errors import AppError
from app.show.document import Show
from engine.documents import parse_toml, read_toml
from engine.files import FileKind, save_file
from engine.session.plain import from_plain, to_plain

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

VERSION: Final = 1
_VERSION_KEY: Final = "hardcut_show"
SUFFIX: Final = ".hardcut"


class ShowError(AppError):
    """A show that cannot be read or saved."""


SHOW_FILE: Final = FileKind("show", ShowError)


def show_text(show: Show) -> str:
    """A show as the text of its file."""
    plain = _present(to_plain(show))
    if not show.given:
        del plain["beneath"]
    return tomli_w.dumps({_VERSION_KEY: VERSION, **plain})


def save_show(show: Show, path: Path) -> None:
    """Write a show so that the file is either the old one or the whole new one.

    Raises:
        ShowError: it cannot be written.
    """
    save_file(path, show_text(show), SHOW_FILE)


def read_show(path: Path) -> tuple[Show, tuple[str, ...]]:
    """A show from its file, and a sentence for each part that was left out.

    Raises:
        ShowError: the file cannot be read, or is no show.
    """
    return _show(read_toml(path, SHOW_FILE), path.name)


def parse_show(text: str, where: str) -> tuple[Show, tuple[str, ...]]:
    """A show from a text; see read_show."""
    return _show(parse_toml(text, where, SHOW_FILE), where)


def _show(data: dict[str, Any], where: str) -> tuple[Show, tuple[str, ...]]:
    version = data.pop(_VERSION_KEY, None)
    if not isinstance(version, int) or isinstance(version, bool):
        raise ShowError("This file is no show", where=where, remedy="Choose one that Save show as… has written.")
    faults: list[str] = []
    if version > VERSION:
        faults.append(f"{where} was saved by a newer Hardcut: what this one does not know is left out.")
    return _filled(Show(), data, "", where, faults), tuple(faults)


def _filled(usual: T, data: Mapping[str, Any], path: str, where: str, faults: list[str]) -> T:
    """A section with what the file holds of it; a fault leaves the usual value."""
    hints = get_type_hints(type(usual))
    known = {one.name for one in fields(usual)}
    faults += [f"{where} holds {path}{key}, which is not known here." for key in data if key not in known]
    found: dict[str, Any] = {}
    for key in known & set(data):
        value, before = data[key], getattr(usual, key)
        if is_dataclass(before) and not isinstance(before, type):
            if isinstance(value, dict):
                try:
                    found[key] = _filled(before, value, f"{path}{key}.", where, faults)
                except ValueError as error:  # the parts do not go together
                    faults.append(f"{path}{key} in {where} is left out: {error}.")
            else:
                faults.append(f"{path}{key} in {where} is no table: it is left out.")
            continue
        try:
            found[key] = _finite(from_plain(hints[key], value))
        except ValueError as error:
            faults.append(f"{path}{key} in {where} is left out: {error}.")
    return replace(usual, **found)


def _present(value: Any) -> Any:
    """The value without what is None, for which TOML has no word: reading it gives the usual again."""
    match value:
        case dict():
            return {key: _present(one) for key, one in value.items() if one is not None}
        case list():
            return [_present(one) for one in value]
        case _:
            return value


def _finite(value: Any) -> Any:
    """The value, if it holds no number that is none.

    Raises:
        ValueError: it does.
    """
    parts = value.values() if isinstance(value, Mapping) else (value,)
    if any(isinstance(one, float) and not math.isfinite(one) for one in parts):
        raise ValueError("it holds a number that is none")
    return value
