"""The notices name what is installed, in the versions that are pinned, and know every library inside the wheels."""

import importlib.metadata
import sys
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from tests.setup.scripts import ROOT, load

notices = load("notices")
CUDA_BUILD = "+cpu" not in importlib.metadata.version("torch")


def made_wheel(folder: Path, name: str, metadata: str, *files: str) -> Distribution:
    """An installed distribution of that name, with these files in its RECORD."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{metadata}\n")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    return Distribution.at(info)


def test_the_page_is_not_stale() -> None:
    assert list(notices.stale()) == [], "run: make notices"


def test_the_page_tells_what_the_text_says() -> None:
    text = (ROOT / "packaging" / "notices.md").read_text(encoding="utf-8")
    page = notices.PAGE.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if "$" not in line and line not in page] == [], "run: make notices"


@pytest.mark.skipif(sys.platform != "linux" or CUDA_BUILD, reason="written on Linux, with torch's CPU build")
def test_the_page_is_what_the_command_writes() -> None:
    assert notices.page() == notices.PAGE.read_text(encoding="utf-8"), "run: make notices"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("av==18.1.0", "av==99.0", "av 18.1.0 is told, and constraints.txt has 99.0."),
        ("numpy==2.4.6", "", "numpy 2.4.6 is told, and constraints.txt has none."),
    ],
)
def test_other_pins_make_it_stale(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, old: str, new: str, told: str
) -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    for name in ("THIRD_PARTY_NOTICES.md", "pyproject.toml", "packaging"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "constraints.txt").write_text(pins.replace(old, new), encoding="utf-8")
    monkeypatch.setattr(notices, "ROOT", tmp_path)
    assert list(notices.stale()) == [told]


def test_what_is_installed_and_not_told_makes_it_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = notices.PAGE.read_text(encoding="utf-8")
    (tmp_path / "page.md").write_text("".join(line for line in page.splitlines(True) if "| psutil |" not in line))
    monkeypatch.setattr(notices, "PAGE", tmp_path / "page.md")
    assert list(notices.stale()) == ["psutil is installed and not told."]


def test_a_library_that_nobody_knows_is_an_error(tmp_path: Path) -> None:
    wheel = made_wheel(tmp_path, "toy", "License-Expression: MIT", "toy.libs/libmystery-1a2b3c.so.4", "toy/core.so")
    with pytest.raises(notices.NoticesError, match=r"libmystery-1a2b3c\.so\.4 of toy is in no pattern"):
        notices.libraries_in(wheel, notices.read_table())


@pytest.mark.parametrize(
    ("metadata", "licence"),
    [
        ("License-Expression: MIT", "MIT"),
        ("License: BSD", "BSD"),
        (
            "License: A long text\n        of many lines\nClassifier: License :: OSI Approved :: MIT License",
            "MIT License",
        ),
        ("Classifier: License :: OSI Approved :: MIT License\nClassifier: Topic :: Video", "MIT License"),
    ],
)
def test_licences_are_read_from_metadata(tmp_path: Path, metadata: str, licence: str) -> None:
    assert notices.licence_of(made_wheel(tmp_path, "toy", metadata), notices.read_table()) == licence


def test_no_licence_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(notices.NoticesError, match="toy tells no licence"):
        notices.licence_of(made_wheel(tmp_path, "toy", ""), notices.read_table())


@pytest.mark.skipif(sys.platform != "linux", reason="what the wheels for Linux hold")
def test_pyav_is_linked_against_the_gpl_and_opencv_is_not() -> None:
    table = notices.read_table()
    film = notices.ffmpeg_in(importlib.metadata.distribution("av"), table)
    cameras = notices.ffmpeg_in(importlib.metadata.distribution("opencv-python-headless"), table)
    assert film.needs == ("x264", "x265")
    assert "--enable-libx264" in film.options and "--enable-gpl" not in film.options
    assert (film.licence, cameras.licence) == ("LGPL version 3 or later", "LGPL version 2.1 or later")
    assert cameras.needs == ()


@pytest.mark.parametrize(
    ("licence", "copyleft"),
    [
        ("GPL-2.0-or-later", True),
        ("GPL-2.0-only OR GPL-3.0-only", True),
        ("LGPL-3.0-or-later OR GPL-2.0-or-later", False),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", False),
        ("MIT", False),
    ],
)
def test_what_asks_for_the_gpl(licence: str, copyleft: bool) -> None:
    assert notices.Library("x", licence, ()).copyleft is copyleft


def test_a_packed_folder_is_filled(tmp_path: Path) -> None:
    inside = tmp_path / "_internal"
    inside.mkdir()
    (inside / "libmystery.so.1").touch()
    (inside / "libx264-d6533a8d.so.165").touch()
    told = list(notices.fill(tmp_path))
    assert (tmp_path / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (tmp_path / notices.PAGE.name).exists()
    assert [sentence for sentence in told if "libmystery.so.1" in sentence]
    assert not [sentence for sentence in told if "libx264" in sentence]


def test_only_a_packed_folder_is_filled(tmp_path: Path) -> None:
    with pytest.raises(notices.NoticesError, match="is no packed program"):
        list(notices.fill(tmp_path))
