"""Small files are read within bounds: a document comes of it, or a sentence."""

import json
import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from engine.documents import (
    DEEPEST,
    MOST_BYTES,
    is_missing,
    parse_json,
    parse_toml,
    plain_json,
    read_json,
    read_text,
    read_toml,
)
from engine.errors import CueError
from engine.files import FileKind

KIND = FileKind("cue list", CueError, unread="It is left out.")

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
values: st.SearchStrategy[Any] = st.recursive(
    texts | numbers | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def spelled(value: Any) -> Any:
    if isinstance(value, dict):
        return {spelled(key): spelled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [spelled(one) for one in value]
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def keys_of(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(keys_of(one) for one in value.values())
    return sum(keys_of(one) for one in value) if isinstance(value, list) else 0


@given(document=st.dictionaries(texts, values, max_size=5), mark=st.booleans())
def test_an_honest_document_is_read_as_it_was_written(document: dict[str, Any], mark: bool) -> None:
    wanted = spelled(document)
    text = tomli_w.dumps(document)
    if keys_of(wanted) == keys_of(document):
        assert parse_toml(text, "file", KIND) == wanted
    else:
        with pytest.raises(CueError, match="is there twice"):
            parse_toml(text, "file", KIND)
    written = ("\ufeff" * mark + json.dumps(document)).encode()
    assert parse_json(written, "file", KIND) == document


@given(data=st.binary(max_size=400) | st.text("ab\".=[]{}#\\\n'0x1,", max_size=80).map(str.encode))
def test_whatever_stands_in_a_file_only_our_error_comes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("documents") / "any"
    file.write_bytes(data)
    for read in (read_text, read_toml, read_json):
        try:
            read(file, KIND)
        except CueError as error:
            assert error.where and error.remedy.endswith("It is left out.")


HOSTILE = {
    "brackets": ("a=" + "[" * (MOST_BYTES - 2), r"nested more than 32 deep \(at line 1\)"),
    "tables": ("a=" + "{a=" * 40 + "1" + "}" * 40, "nested more than 32 deep"),
    "mixed": ("\n\na=[" + "{" + "a." * 30 + "a=[" * 20 + "]" * 20 + "}]", "not valid TOML|nested more"),
    "keys": ("a" + ".a" * 1_000_000 + "=1", "a key has more than 32 parts"),
    "header": ("[a" + ".a" * 1_000_000 + "]", "a key has more than 32 parts"),
    "spread keys": ("a={" + "a." * 25 + "b={" + "a." * 25 + "a=1}}", "nested more than 32 deep"),
    "digits": ("\na = " + "1" * 401, r"more than 64 digits \(at line 2\)"),
    "point": ("a = 1." + "1" * 5000, "more than 64 digits"),
    "hexadecimal": ("a = 0x" + "f" * 5000, "more than 64 digits"),
    "quotes": ('\\"""\n' * (MOST_BYTES // 5), "not valid TOML"),
    "escapes": ('a = "' + '\\"' * (MOST_BYTES // 2 - 4), "not valid TOML"),
    "NUL": ('a = "\\u0000"', "holds a NUL"),
    "surrogate": ('a = "\\ud800"', "not valid TOML"),
    "twice": ('"\u00e9" = 1\n"e\u0301" = 2', "is there twice"),
    "date": ("a = 0000-00-00", "not valid TOML"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_toml_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    text, said = HOSTILE[name]
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CueError, match=said) as caught:
        read_toml(tmp_path / "bad.toml", KIND)
    assert caught.value.where == "bad.toml"
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 100_000, "9" * 401, '"\\ud800"', '"\\u0000"', '{"a": "\\udc00"}', '{"\\u0000": 1}', ""],
)
def test_hostile_json_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(CueError, match=r"The cue list is not valid JSON: .* \(file\). It is left out."):
        parse_json(text.encode(), "file", KIND)


def test_what_was_recorded_is_taken_as_it_stands() -> None:
    for text in ("half \ud800", "end \0", "cafe\u0301"):
        assert plain_json(json.dumps(text).encode()) == text
    for text in ("[" * 100_000, "9" * 401, "{"):
        with pytest.raises(ValueError):
            plain_json(text.encode())


def test_the_bounds_leave_room(tmp_path: Path) -> None:
    deep = "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1)
    assert parse_toml(f"a = {deep}", "file", KIND)
    prompt = "wait... " + "." * 200 + " a.b.c" * 60 + " 1" + "0" * 99 + " [" * 99
    for quoted in (json.dumps(prompt), f"'{prompt}'", f'"""{prompt}"""', f"'''{prompt}'''"):
        assert parse_toml(f"a = {quoted} # [[[ {prompt}", "file", KIND) == {"a": prompt}
    assert parse_json(json.dumps(prompt).encode(), "file", KIND) == prompt
    row = ",".join(["0.25"] * 5000)
    assert parse_toml(f"a = [{row}]", "file", KIND)["a"] == [0.25] * 5000
    (tmp_path / "full").write_bytes(b"x" * MOST_BYTES)
    assert len(read_text(tmp_path / "full", KIND)) == MOST_BYTES


def test_text_of_other_systems_is_read(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text("\ufeffCafe\u0301\r\n", encoding="utf-8", newline="")
    assert read_text(file, KIND) == "Caf\u00e9\r\n"
    file.write_text('\ufeffname = "Cafe\u0301"\r\n', encoding="utf-8", newline="")
    assert read_toml(file, KIND) == {"name": "Caf\u00e9"}


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    file = tmp_path / "text"
    for data, said in (
        ("a = 1".encode("utf-16"), r"is not UTF-8 text: it is UTF-16 \(text\). Save it as UTF-8. It is left out."),
        (b"one\ntwo\ncaf\xe9", r"is not UTF-8 text: line 3 holds other bytes \(text\). Save it as UTF-8."),
        (b"one\n\0", r"is not text: line 2 holds a NUL \(text\)."),
        (b"x" * (MOST_BYTES + 1), "is larger than 4 MiB"),
    ):
        file.write_bytes(data)
        with pytest.raises(CueError, match=said):
            read_text(file, KIND)
    file.write_bytes(b"[" + b" " * MOST_BYTES + b"]")
    assert read_json(file, KIND, MOST_BYTES + 2) == []
    with pytest.raises(CueError, match="is larger than 4 MiB"):
        read_json(file, KIND)
    os.mkfifo(tmp_path / "fifo")
    for path, said in (
        (tmp_path / "none", "cannot be read: No such file or directory"),
        (tmp_path, "cannot be read: it is no file"),
        (tmp_path / "fifo", "cannot be read: it is no file"),
        (tmp_path / "a\0b", "cannot be read: there can be no file of this name"),
        (Path("/dev/zero"), "cannot be read: it is no file"),
    ):
        with pytest.raises(CueError, match=said):
            read_toml(path, KIND)


def test_only_what_is_not_there_is_missing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert is_missing(tmp_path / "none") and is_missing(tmp_path / "none" / "below")
    assert not is_missing(tmp_path / "file") and not is_missing(tmp_path / "file" / "below")
    assert not is_missing(tmp_path / "a\0b")
