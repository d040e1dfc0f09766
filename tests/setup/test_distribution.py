"""What is installed elsewhere is whole: the data files travel with the packages."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The names of the files inside a wheel built from a copy of this checkout."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    for package in ("app", "engine", "presets"):
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("LICENSE", "README.md", "THIRD_PARTY_NOTICES.md", "pyproject.toml"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", built, source], check=True
    )
    (wheel,) = built.glob("hardcut-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


@pytest.mark.parametrize("package", ["app", "engine", "presets"])
def test_every_file_of_the_packages_is_in_the_wheel(wheel_names: frozenset[str], package: str) -> None:
    wanted = {
        str(path.relative_to(ROOT))
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert wanted <= wheel_names, sorted(wanted - wheel_names)


def test_nothing_else_is_in_the_wheel(wheel_names: frozenset[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in wheel_names} <= {"app", "engine", "presets", "hardcut"}


def test_the_licences_are_in_the_wheel(wheel_names: frozenset[str]) -> None:
    licences = {name.split("/licenses/")[1] for name in wheel_names if "/licenses/" in name}
    assert licences == {"LICENSE", "THIRD_PARTY_NOTICES.md", "app/widgets/fonts/OFL.txt"}
