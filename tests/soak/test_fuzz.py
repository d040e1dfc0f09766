"""The fuzz begins from honest files, and counts what it tried."""

from pathlib import Path

import pytest

from tests.soak.controllers import DESKS, HEARERS, MIDI
from tests.soak.fuzz import HEAD, Counts, Outcome, row, try_kind
from tests.soak.readers import BINARY, CORPUS, KINDS, TEXT, Verdict, kept_of, read_hostile
from tests.soak.results import read_rows, table, write_part


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_that_hostile_ones_are_made_of_is_honest(tmp_path: Path, kind: str) -> None:
    content = BINARY[kind][1]() if kind in BINARY else TEXT[kind][1]().encode()
    assert read_hostile(kind, content, tmp_path) is Verdict.ACCEPTED


def test_every_kind_has_small_files_to_begin_from() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == {*KINDS, *HEARERS}
    for file in CORPUS.rglob("*"):
        assert file.is_dir() or (file.suffix == ".bin" and file.stat().st_size <= 4096)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_kept_is_read_or_refused(tmp_path: Path, kind: str) -> None:
    for content in kept_of(kind):
        read_hostile(kind, content, tmp_path)


@pytest.mark.parametrize(
    ("kind", "tried"),
    [("choices", 20), ("midi", 20_000), ("art-net", 1000), ("sacn", 1000), ("sound", 90), ("sound-pulled", 10)],
)
def test_it_tries_as_many_as_were_asked_for(kind: str, tried: int) -> None:
    counts = Counts(files=20, midi_bytes=20_000, datagrams=1000, blocks=100)
    outcome = try_kind(kind, counts, 1)
    tried += len(kept_of(kind)) if kind in KINDS else 0
    assert (outcome.wrong, outcome.tried, outcome.raised) == ("", tried, 0)
    assert outcome.refused + outcome.accepted == tried


@pytest.mark.parametrize("kind", HEARERS)
def test_much_of_what_is_hostile_still_plays(kind: str) -> None:
    """Else nothing behind the first check would be tried; and the same chance plays the same again."""
    count = 20_000 if kind == MIDI else 3000
    told = HEARERS[kind](count, 5)
    assert not told.wrong and told.commands > 50
    assert told == HEARERS[kind](count, 5)


@pytest.mark.parametrize("kind", DESKS)
def test_what_is_heard_wrongly_is_told_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str) -> None:
    def broken(datagram: bytes) -> None:
        raise IndexError(f"{len(datagram)} bytes\nand more")

    monkeypatch.setattr("app.dmx.core.decode", broken)
    monkeypatch.setattr("tests.soak.readers.CORPUS", tmp_path / "tests" / "soak" / "corpus")
    monkeypatch.setattr("tests.soak.fuzz.CORPUS", tmp_path / "tests" / "soak" / "corpus")
    outcome = try_kind(kind, Counts(datagrams=9), 1)
    (kept,) = tmp_path.rglob("*.bin")
    assert outcome.raised == 1 and kept.parent.name == kind
    assert outcome.wrong == f"IndexError: {kept.stat().st_size} bytes (kept as {kept.relative_to(tmp_path)})"


def test_a_row_tells_what_became_of_a_kind() -> None:
    told = row(Outcome(kind="clip", tried=1000, refused=600, accepted=399, raised=1, seconds=2.4, wrong="It broke"))
    assert told[:7] == ("clip", "1,000", "files", "600", "399", "1", "2 s") and told[-1] == "It broke"
    assert len(told) == len(HEAD)


def test_rows_that_are_not_measured_anew_stay(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    write_part("one", f"## One\n\n{table(('a', 'b'), [('x', '1'), ('y', '2')])}", page)
    write_part("two", table(("a", "b"), [("z", "3")]), page)
    assert read_rows("one", page) == {"x": ("x", "1"), "y": ("y", "2")}
    assert read_rows("two", page) == {"z": ("z", "3")}
    assert read_rows("three", page) == {}
