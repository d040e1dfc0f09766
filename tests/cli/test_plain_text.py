"""What came from outside, as a person is shown it: in a terminal, in the log, in the window."""

import io
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.log import Entry, Log
from app.streams import WIPE, CleanFormatter, ForgivingText, write_what_can_be_written
from engine.errors import EngineError
from engine.messages.events import Level
from engine.plain_text import cleaned, cleaned_lines

HOSTILE = "Cam\x1b]0;gone\x07\x9b2J\u202egnp.exe\r\n2026 ERROR app: all is lost"


@given(st.text())
def test_nothing_is_left_that_a_terminal_would_obey(text: str) -> None:
    for shown in (cleaned(text), cleaned_lines(text)):
        assert not any(ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0 for one in shown.replace("\n", "").replace("\t", ""))
        shown.encode()
    assert "\n" not in cleaned(text)
    assert cleaned(cleaned(text)) == cleaned(text)


def test_what_people_write_is_left_alone() -> None:
    for text in ("Straße 東京 🌊 é", "à la carte", "5 × 5 – “so”", "👩‍🎨"):
        assert cleaned(text) == text


def test_the_terminal_the_log_and_the_window_show_it_cleaned() -> None:
    terminal = io.StringIO()
    ForgivingText(terminal).say(f"{HOSTILE}\n", over=True)
    assert "\x1b" not in terminal.getvalue().removeprefix(WIPE)
    assert str(EngineError("A source is lost", where=HOSTILE)).isprintable()
    record = logging.LogRecord("app", logging.WARNING, "f", 1, "%s", (HOSTILE,), None)
    line = CleanFormatter("%(levelname)s %(message)s").format(record)
    assert "\n" not in line
    assert line.isprintable()
    log = Log()
    log.add(Entry(0, Level.INFO, HOSTILE))
    assert log.entries[0].text.isprintable()
    log.withdraw(HOSTILE)
    assert not log.entries


def test_what_a_code_page_lacks_is_spelled_out(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", stream)
    write_what_can_be_written()
    stream.write("東京 Knöpfe\n")
    stream.flush()
    assert written.getvalue() == b"\\u6771\\u4eac Kn\xf6pfe\n"
