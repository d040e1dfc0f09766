"""Reads small files that people write or that may be damaged: text, TOML and JSON, each within bounds.

Whatever is in a file, reading it ends soon, and ends in a document or in a sentence with file and place. Text that
people write is UTF-8 with or without a byte order mark, and is brought into Unicode's form NFC, so that a name typed on
one system is the same name on another. What the program wrote itself (JSON) is taken as it stands.
"""

import json
import re
import stat
import tomllib
import unicodedata
from collections.abc import Callable
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, cast

from engine.errors import EngineError
from engine.files import FileKind, reason

MOST_BYTES: Final = 4 * 2**20
"""A text that somebody wrote by hand is far smaller."""

DEEPEST: Final = 32
"""Tables and lists within each other, and parts of a dotted key."""

MOST_DIGITS: Final = 64
"""Of a number, its digits behind the point included; a double has 17 that matter."""

LARGEST: Final = 10**MOST_DIGITS

_QUOTED: Final = re.compile(
    r'"""(?:[^"\\]++|\\.|"(?!""))*+(?:"""|\Z)'
    r"|'''(?:[^']++|'(?!''))*+(?:'''|\Z)"
    r'|"(?:[^"\\\n]++|\\[^\n])*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)
"""Texts and remarks of TOML, closed or not: each character is looked at once, whatever the file holds."""

_QUOTED_JSON: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[\]{}]")
_LONG_NUMBER: Final = re.compile(rf"[0-9][0-9_.]{{{MOST_DIGITS},}}")
_LONG_KEY: Final = re.compile(rf"(?:\.[^.,=\n\[\]{{}}]*){{{DEEPEST},}}")

_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")


class _UnfitError(ValueError):
    """What is wrong with a document, a clause."""


def is_missing(path: Path) -> bool:
    """Whether there is nothing of this name. What cannot be looked at is there: reading it says why."""
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return False


def read_bytes(file: Traversable, kind: FileKind, most: int = MOST_BYTES) -> bytes:
    """What is in a file.

    Raises:
        EngineError: of the kind: it cannot be read, is no file, or is larger than so many bytes.
    """
    try:
        if isinstance(file, Path) and not stat.S_ISREG(file.stat().st_mode):
            raise _unread(f"The {kind.name} cannot be read: it is no file", str(file), kind)
        with file.open("rb") as opened:
            data: bytes = opened.read(most + 1)
    except (OSError, ValueError) as error:
        raise _unread(f"The {kind.name} cannot be read: {reason(error)}", str(file), kind) from error
    if len(data) > most:
        raise _unread(f"The {kind.name} is larger than {most / 2**20:g} MiB", str(file), kind)
    return data


def read_text(file: Traversable, kind: FileKind) -> str:
    """A file's text in NFC, without a byte order mark.

    Raises:
        EngineError: of the kind: it cannot be read, is larger than MOST_BYTES, is not UTF-8 or holds a NUL.
    """
    return unicodedata.normalize("NFC", _decoded(read_bytes(file, kind), file.name, kind))


def read_toml(file: Traversable, kind: FileKind) -> dict[str, Any]:
    """The document in a file; see parse_toml."""
    return parse_toml(_decoded(read_bytes(file, kind), file.name, kind), file.name, kind)


def parse_toml(text: str, where: str, kind: FileKind) -> dict[str, Any]:
    """A TOML document with every text in NFC.

    Raises:
        EngineError: of the kind: it is not valid, nested deeper than DEEPEST, or holds a number of more than
            MOST_DIGITS digits, or the same key in two spellings.
    """
    try:
        _check_outline(_QUOTED.sub(_blank, text))
        return cast("dict[str, Any]", _checked(tomllib.loads(text), _written))
    except (ValueError, RecursionError) as error:
        raise _unread(f"The {kind.name} is not valid TOML: {_clause(error)}", where, kind) from error


def read_json(file: Traversable, kind: FileKind, most: int = MOST_BYTES) -> Any:
    """The value in a file of at most so many bytes; see parse_json."""
    return parse_json(read_bytes(file, kind, most), file.name, kind)


def parse_json(data: bytes, where: str, kind: FileKind) -> Any:
    """A JSON value; its texts can be written and be paths.

    Raises:
        EngineError: of the kind: it is not valid, or beyond the bounds of parse_toml.
    """
    try:
        return plain_json(data, _whole)
    except ValueError as error:
        raise _unread(f"The {kind.name} is not valid JSON: {_clause(error)}", where, kind) from error


def plain_json(data: bytes, spell: Callable[[str], str] = str) -> Any:
    """A JSON value within the bounds of a document but for its size; texts as they stand, or as spelled anew.

    Raises:
        ValueError: it is none; the text is a clause.
    """
    try:
        text = data.decode("utf-8-sig")
        _check_outline(_QUOTED_JSON.sub(_blank, text))
        return _checked(json.loads(text), spell)
    except RecursionError as error:
        raise _UnfitError(_clause(error)) from error


def _decoded(data: bytes, where: str, kind: FileKind) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place = "it is UTF-16" if data.startswith(_UTF_16) else f"line {line} holds other bytes"
        raise _unread(f"The {kind.name} is not UTF-8 text: {place}", where, kind, "Save it as UTF-8.") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise _unread(f"The {kind.name} is not text: line {line} holds a NUL", where, kind)
    return text


def _unread(what: str, where: str, kind: FileKind, remedy: str = "") -> EngineError:
    return kind.error(what, where=where, remedy=" ".join(text for text in (remedy, kind.unread) if text))


def _clause(error: Exception) -> str:
    return f"it is nested more than {DEEPEST} deep" if isinstance(error, RecursionError) else str(error)


def _blank(quoted: re.Match[str]) -> str:
    """What stands for a quoted text or a remark while brackets and digits are counted."""
    return '""' + "\n" * quoted[0].count("\n")


def _check_outline(text: str) -> None:
    """Bounds that must hold before a parser sees the text: its time or its stack grows with them."""
    depth = 0
    for bracket in _BRACKET.finditer(text):
        depth = depth + 1 if bracket[0] in "[{" else max(depth - 1, 0)
        if depth > DEEPEST:
            raise _UnfitError(f"it is nested more than {DEEPEST} deep{_at(text, bracket)}")
    if number := _LONG_NUMBER.search(text):
        raise _UnfitError(f"a number has more than {MOST_DIGITS} digits{_at(text, number)}")
    if key := _LONG_KEY.search(text):
        raise _UnfitError(f"a key has more than {DEEPEST} parts{_at(text, key)}")


def _at(text: str, found: re.Match[str]) -> str:
    return f" (at line {text.count(chr(10), 0, found.start()) + 1})"


def _checked(document: Any, spell: Callable[[str], str], depth: int = 0) -> Any:
    """The document with its texts spelled anew."""
    if depth > DEEPEST:
        raise _UnfitError(f"it is nested more than {DEEPEST} deep")
    match document:
        case dict():
            found: dict[str, Any] = {}
            for key, value in document.items():
                name = spell(key)
                if name in found:
                    raise _UnfitError(f"the key {name!r} is there twice")
                found[name] = _checked(value, spell, depth + 1)
            return found
        case list():
            return [_checked(value, spell, depth + 1) for value in document]
        case str():
            return spell(document)
        case int() if abs(document) >= LARGEST:
            raise _UnfitError(f"a number has more than {MOST_DIGITS} digits")
    return document


def _whole(text: str) -> str:
    """A text as it stands, of whole characters, and none of them the one that ends texts elsewhere."""
    if "\0" in text:
        raise _UnfitError("a text holds a NUL")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _UnfitError(f"the text {text[:40]!r} holds half a character") from None
    return text


def _written(text: str) -> str:
    """A text as people mean it."""
    return unicodedata.normalize("NFC", _whole(text))
