"""A file is replaced whole or not at all."""

import errno
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SceneError
from engine.files import FileKind, all_but_newest, replacing, save_file

KIND = FileKind("scene", SceneError, unsaved="It plays on.")


@given(contents=st.lists(st.one_of(st.text(st.characters(codec="utf-8")), st.binary(max_size=9000)), min_size=1))
def test_the_last_contents_stand_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, contents: list[str | bytes]
) -> None:
    file = tmp_path_factory.mktemp("files") / "deep" / "folder" / ("n" * 250 + ".toml")
    for content in contents:
        save_file(file, content, KIND)
        assert file.read_bytes() == (content.encode() if isinstance(content, str) else content)
        assert [one.name for one in file.parent.iterdir()] == [file.name]


@pytest.mark.skipif(os.name != "posix", reason="Windows removes them by other means")
def test_the_draft_of_a_process_that_was_killed_is_removed_by_the_next(tmp_path: Path) -> None:
    killed = subprocess.Popen([sys.executable, "-c", "pass"])
    killed.wait()
    names = [f".hardcut-{number}-{'0' * 16}.draft" for number in (killed.pid, os.getppid(), 10**30)]
    for name in (*names, ".hardcut-mine-0.draft"):
        (tmp_path / name).touch()
    save_file(tmp_path / "scene.toml", "x", KIND)
    assert {one.name for one in tmp_path.iterdir()} == {names[1], ".hardcut-mine-0.draft", "scene.toml"}


def test_permissions_are_the_usual_ones(tmp_path: Path) -> None:
    save_file(tmp_path / "kept", "x", KIND)
    (tmp_path / "plain").touch()
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_whoever_breaks_off_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "kept"
    save_file(file, "old", KIND)

    def writing() -> Iterator[int]:
        with replacing(file) as draft:
            draft.write(b"half of it")
            yield 1
            draft.write(b"never")

    running = writing()
    next(running)
    assert file.read_text() == "old"
    running.close()  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt), replacing(file) as draft:
        draft.write(b"half of it")
        raise KeyboardInterrupt
    assert file.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]


def test_a_disk_that_takes_no_more_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "kept"
    save_file(file, "old", KIND)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(SceneError, match=r"The scene cannot be saved: File too large \(.*kept\). It plays on."):
            save_file(file, b"x" * 100_000, KIND)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SceneError, match=r"No space left on device .* Free some space on its disk. It plays on."):
        save_file(file, "new", KIND)
    assert file.read_text() == "old"
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a\0b", "", "there can be no file of this name"),
        ("folder", "", "Is a directory"),
        ("file/below", "", "File exists|Not a directory"),
        ("n" * 300, "", "File name too long .* Choose a shorter name."),
        ("plain", "half \ud800", "it holds half a character"),
    ],
)
def test_what_cannot_be_saved_is_said(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(SceneError, match=f"The scene cannot be saved: {said}"):
        save_file(tmp_path / name, content, KIND)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "folder"]


@given(dates=st.lists(st.integers(0, 2**32), min_size=1, max_size=9), keep=st.integers(1, 9), data=st.data())
def test_what_was_just_written_is_the_newest_whatever_the_clock_says(
    tmp_path_factory: pytest.TempPathFactory, dates: list[int], keep: int, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("dated")
    for number, date in enumerate(dates):
        (folder / f"{number}").write_bytes(b"")
        os.utime(folder / f"{number}", (date, date))
    paths = sorted(folder.iterdir())
    written = data.draw(st.sampled_from(paths))
    gone = all_but_newest(paths, keep, written)
    left = set(paths) - set(gone)
    assert written in left and len(left) == min(keep, len(paths))
    oldest_left = min((one.stat().st_mtime for one in left - {written}), default=2**33)
    assert all(one.stat().st_mtime <= oldest_left for one in gone)
