"""The fuzz begins from honest files, and counts what it tried."""

from pathlib import Path

import pytest

from tests.soak.fuzz import HEAD, Counts, Outcome, row, try_kind
from tests.soak.readers import BINARY, CORPUS, KINDS, TEXT, Verdict, read_hostile
from tests.soak.results import read_rows, table, write_part


@pytest.mark.parametrize("kind", KINDS)
def test_the_file_that_hostile_ones_are_made_of_is_honest(tmp_path: Path, kind: str) -> None:
    content = BINARY[kind][1]() if kind in BINARY else TEXT[kind][1]().encode()
    assert read_hostile(kind, content, tmp_path) is Verdict.ACCEPTED


def test_what_was_once_read_wrongly_is_read_or_refused(tmp_path: Path) -> None:
    for kept in sorted(CORPUS.rglob("*.bin")):
        read_hostile(kept.parent.name, kept.read_bytes(), tmp_path)


@pytest.mark.parametrize(("kind", "tried"), [("choices", 20), ("midi", 3000), ("sound", 90), ("sound-pulled", 10)])
def test_it_tries_as_many_as_were_asked_for(kind: str, tried: int) -> None:
    counts = Counts(files=20, midi_bytes=3000, datagrams=0, blocks=100)
    outcome = try_kind(kind, counts, 1)
    assert (outcome.wrong, outcome.tried, outcome.raised) == ("", tried, 0)
    assert outcome.refused + outcome.accepted == tried


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
