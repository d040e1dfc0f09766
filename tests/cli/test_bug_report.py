"""The log of a run and the file for a bug report: bounded, on one line each, without anything private."""

import logging
import os
import zipfile
from pathlib import Path

import pytest

from app.commands import report
from app.commands.redaction import Redaction
from app.commands.report import write_report
from app.log_file import KEPT_RUNS, LogFile, newest_logs
from engine.folders import log_folder, runtime_folder, user_folder
from engine.messages.commands import Origin
from engine.messages.events import BackendChoice, CommandRefused, ComponentState, GeneratorChanged, Level, Notice
from engine.messages.input_commands import SelectSource

HOSTILE = "\x1b]0;owned\x07 \u202egpj.exe\r\n\x9b2J"


def test_a_log_keeps_what_is_told_and_nothing_raw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = LogFile(tmp_path)
    assert log.open() == ""
    log.hear(Notice(at_ns=0, level=Level.ERROR, text=f"The source is {HOSTILE}"))
    command = SelectSource(stamp_ns=0, origin=Origin.OSC, spec="x")
    log.hear(CommandRefused(at_ns=0, command=command, text="There is no such source."))
    choice = BackendChoice(component="painter", chosen="compiled loops", reason="no GPU")
    log.hear(GeneratorChanged(at_ns=0, name="field", state=ComponentState.READY, progress=1.0, backends=(choice,)))
    logging.getLogger("elsewhere").warning("of another part")
    log.save_backends()
    log.close()
    assert log.path is not None
    text = log.path.read_text(encoding="utf-8")
    assert not set(text) & set("\x1b\x07\r\x9b\u202e")
    for words in ("refused to osc: There is no such source.", "of another part", "compiled loops", "ended in order"):
        assert words in text
    assert "compiled loops" in (tmp_path / "backends.json").read_text(encoding="utf-8")
    assert capsys.readouterr().err == ""  # the show is on the terminal already


def test_only_the_latest_runs_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT_RUNS + 8):
        (tmp_path / f"hardcut-20200101-{number:06}-1.log").write_text("old", encoding="utf-8")
    log = LogFile(tmp_path)
    log.open()
    log.close()
    assert len(list(tmp_path.glob("*.log"))) == KEPT_RUNS
    assert newest_logs(tmp_path, 1) == (log.path,)


def test_the_log_of_this_run_is_kept_though_the_clock_was_set_back(tmp_path: Path) -> None:
    for number in range(KEPT_RUNS + 8):
        later = tmp_path / f"hardcut-29990101-{number:06}-1.log"
        later.write_text("of a time to come", encoding="utf-8")
        os.utime(later, (32_000_000_000, 32_000_000_000))
    log = LogFile(tmp_path)
    log.open()
    log.close()
    assert log.path is not None and log.path.exists()
    assert len(list(tmp_path.glob("*.log"))) == KEPT_RUNS


def test_without_a_place_for_it_the_show_has_no_log_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    log = LogFile(tmp_path / "file")
    assert "There is no log of this run" in log.open()
    log.hear(Notice(at_ns=0, level=Level.ERROR, text="lost"))
    log.save_backends()
    log.close()


REDACT = Redaction("/home/anna", "anna", "anna-laptop.lan")


def test_a_report_holds_what_helps_and_no_prompt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "examine", lambda stream, _checks: stream.write("ok  all is well in /home/anna\n"))
    scenes = user_folder() / "scenes" / "field"
    scenes.mkdir(parents=True)
    (scenes / "mine.toml").write_text('prompt = "a secret dream"\n', encoding="utf-8")
    (user_folder() / "window.toml").write_text('screen = "anna"\n', encoding="utf-8")
    log = LogFile(log_folder())
    log.open()
    log.hear(Notice(at_ns=0, level=Level.ERROR, text="There is no such file (/home/anna/x.mp4)."))
    log.close()
    output_log = runtime_folder() / "output-Hardcut.log"
    output_log.write_text("It broke in /home/anna/sink.py\n", encoding="utf-8")
    (log_folder() / "crash-program.txt").write_text("Fatal Python error: Segmentation fault\n", encoding="utf-8")
    packed = zipfile.ZipFile(write_report(tmp_path / "r.zip", redact=REDACT))
    output_log.unlink()
    texts = {name: packed.read(name).decode() for name in packed.namelist()}
    assert {"doctor.txt", "versions.json", "settings/window.toml"} <= texts.keys()
    assert "~/sink.py" in texts["logs/output-Hardcut.log"]
    assert "Segmentation fault" in texts["logs/crash-program.txt"]
    assert any(name.startswith("logs/") and "(~/x.mp4)" in text for name, text in texts.items())
    assert not any("anna" in text or "secret" in text for text in texts.values())
    asked = zipfile.ZipFile(write_report(tmp_path / "s.zip", with_prompts=True, redact=REDACT))
    assert "a secret dream" in asked.read("settings/scenes/field/mine.toml").decode()
