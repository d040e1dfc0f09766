"""Users have files in these folders: they stay where they are."""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from engine.errors import OutputError
from engine.folders import cache_folder, models_folder, runtime_folder, user_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the paths of Linux")


def test_they_follow_the_variables_of_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable, find, below in (
        ("XDG_CONFIG_HOME", user_folder, "hardcut"),
        ("XDG_DATA_HOME", models_folder, "hardcut/models"),
        ("XDG_CACHE_HOME", cache_folder, "hardcut"),
    ):
        monkeypatch.setenv(variable, str(tmp_path / variable))
        assert find() == tmp_path / variable / below
        assert not (tmp_path / variable).exists()
    monkeypatch.delenv("HARDCUT_RUNTIME_DIR")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_folder() == tmp_path / "hardcut"
    assert (tmp_path / "hardcut").stat().st_mode & 0o777 == 0o700


def test_without_them_they_lie_below_the_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "HARDCUT_RUNTIME_DIR"):
        monkeypatch.delenv(variable)
    assert user_folder() == tmp_path / ".config" / "hardcut"
    assert models_folder() == tmp_path / ".local" / "share" / "hardcut" / "models"
    assert cache_folder() == tmp_path / ".cache" / "hardcut"
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert runtime_folder() == tmp_path / f"hardcut-{os.getuid()}"


def test_two_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HARDCUT_MODELS", str(tmp_path / "weights"))
    monkeypatch.setenv("HARDCUT_RUNTIME_DIR", str(tmp_path / "run" / "deep"))
    assert models_folder() == tmp_path / "weights"
    assert runtime_folder() == tmp_path / "run" / "deep"
    assert runtime_folder().is_dir()
    (tmp_path / "file").touch()
    monkeypatch.setenv("HARDCUT_RUNTIME_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(OutputError, match=r"The runtime folder cannot be made: .* Set HARDCUT_RUNTIME_DIR."):
        runtime_folder()
