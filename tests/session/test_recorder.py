"""The recorder: never in the way, never silent, and safe from a kill."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.clock import ManualClock
from engine.messages.events import Level, Notice
from engine.session.errors import SessionError
from engine.session.inputs import inputs_path
from engine.session.reader import Session
from engine.session.recorder import SessionConfig, SessionRecorder
from engine.session.records import BeganRecord, ChunkRecord, EndRecord, Outcome, RestartRecord
from tests.netns import ROOT
from tests.session.shows import Show, replay


def make(path: Path, **options: bool) -> SessionRecorder:
    return SessionRecorder(SessionConfig(path=path, **options), ManualClock(), lambda event: None)


def test_a_session_tells_how_it_began_and_ended(tmp_path: Path) -> None:
    show = Show(tmp_path / "a.session")
    show.chunk()
    show.crash()
    show.chunk(abandon=False)
    show.end()
    session = Session(show.path)
    header = session.header
    assert (header.version, header.generator, header.scene, header.seed, header.first_epoch) == (
        "1.2.3",
        "toy",
        "One",
        7,
        3,
    )
    assert (header.rate, [scene.name for scene in header.scenes]) == ("30", ["One", "Two"])
    records = list(session.records())
    assert [type(record) for record in records] == [
        BeganRecord,
        ChunkRecord,
        ChunkRecord,
        RestartRecord,
        ChunkRecord,
        EndRecord,
    ]
    outcomes = [record.outcome for record in records if isinstance(record, ChunkRecord)]
    assert outcomes == [Outcome.MADE, Outcome.FAILED, Outcome.MADE]
    assert session.ending == ""


def test_a_session_never_overwrites(tmp_path: Path) -> None:
    path, second, third = (tmp_path / name for name in ("a.session", "a 2.session", "a 3.session"))
    path.write_text("precious")
    inputs_path(second).write_text("precious")
    for keep_inputs in (True, False):  # without inputs of its own, those of another would be taken for its own
        recorder = make(path, keep_inputs=keep_inputs)
        assert recorder.path == third
        recorder.close()
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {
        "a.session": "precious",
        "a 2.session.inputs": "precious",
    }


def test_the_same_command_again_records_beside_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    path.write_text("precious")
    show = Show(path)
    show.chunk()
    show.end()
    assert [one.text for one in show.events if isinstance(one, Notice)] == [
        f"There is a session a.session already: this one is recorded to {tmp_path / 'a 2.session'}."
    ]
    assert Session(tmp_path / "a 2.session").ending == ""


def test_a_session_that_cannot_be_kept_says_why(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="No session can be kept: No such file or directory"):
        make(tmp_path / "nowhere" / "a.session")
    with pytest.raises(SessionError, match=r"No session can be kept: Is a directory \(.*\). Choose another place."):
        make(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_session_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    recorder = make(tmp_path / "a.session", keep_inputs=True)
    recorder.close()
    recorder.close()
    assert list(tmp_path.iterdir()) == []


def test_where_the_writer_cannot_follow_pictures_are_let_go_counted_and_told(tmp_path: Path) -> None:
    show = Show(tmp_path / "a.session", whole_steps=0)
    for _ in range(3):
        show.chunk(wait_ns=2_000_000_000)
    show.end()
    *records, end = Session(show.path).records()
    assert end == EndRecord(boundaries=3, unread=3)
    chunks = [record for record in records if isinstance(record, ChunkRecord)]
    assert [record.images for record in chunks] == [(None, None)] * 3
    assert [(note.crc, note.at) for record in chunks for note in record.frames] == [(None, None)] * 6
    result, ending = replay(show.path)
    assert (result.boundaries, result.identical, ending) == (3, 0, "")
    assert result.first is not None and "was not stored" in result.first.sentence
    told = [event for event in show.events if isinstance(event, Notice)]
    assert told and all(notice.level is Level.WARNING for notice in told)
    assert "recorded without their pictures" in told[-1].text


class FullDisk:
    """What a file does when the disk is full."""

    def __init__(self, real: object) -> None:
        self._real = real

    def write(self, _data: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


def test_a_full_disk_ends_the_recording_in_words_and_not_the_show(tmp_path: Path) -> None:
    show = Show(tmp_path / "a.session")
    show.chunk()
    show.recorder._file = FullDisk(show.recorder._file)  # type: ignore[assignment]
    for _ in range(5):
        show.chunk()
    show.end()
    assert len(show.output.published) == 12
    told = [event for event in show.events if isinstance(event, Notice)]
    assert [(notice.level, notice.text) for notice in told] == [
        (
            Level.ERROR,
            f"The session is no longer recorded: No space left on device ({show.path}). The show goes on.",
        )
    ]
    result, ending = replay(show.path)
    assert result.first is None and ending != ""


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A session whose program was killed in the middle, and how many chunks it had told of by then."""
    path = tmp_path / "a.session"
    command = [sys.executable, "-m", "tests.session.killed_show", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = 0
        for line in process.stdout:
            told = int(line)
            if told >= 40 and b'\n{"chunk"' in path.read_bytes():
                process.kill()
                break
    yield path, told


def test_a_killed_program_leaves_a_session_that_replays_up_to_its_last_record(killed: tuple[Path, int]) -> None:
    path, _ = killed
    lines = path.read_bytes().split(b"\n")
    whole = sum(line.startswith(b'{"chunk"') for line in lines[:-1])
    result, ending = replay(path)
    assert (result.first, result.identical, result.chunks) == (None, whole, whole)
    assert whole >= 1
    assert ending.startswith("The show was cut short")


def test_what_is_no_session_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.session"
    cases: list[tuple[bytes | None, str]] = [
        (None, "The session cannot be read: No such file or directory"),
        (b"", "This is not a session"),
        (b"\x00\xff\n", "This is not a session"),
        (b'{"kind":"hardcut session","form', "The session ends within its header"),
        (b'{"kind":"hardcut session","format":9,"version":"4.0"}\n', "format 9, recorded by Hardcut 4.0"),
        (b'{"kind":"hardcut session","format":1}\n', "The session's header is damaged"),
    ]
    for content, words in cases:
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(SessionError, match=words):
            Session(path)


def test_a_damaged_line_is_told_by_its_number(tmp_path: Path) -> None:
    show = Show(tmp_path / "a.session")
    show.chunk()
    show.chunk()
    show.end()
    lines = show.path.read_bytes().splitlines(keepends=True)
    lines[3] = b"\x00" * 20 + b"\n"
    show.path.write_bytes(b"".join(lines))
    with pytest.raises(SessionError, match="Line 4 of the session is damaged"):
        replay(show.path)
