"""Setting a machine up: decisions tested as functions, the way through with real files and stand-in commands."""

import importlib.metadata
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.setup.scripts import ROOT, load

setup_machine = load("setup_machine")


def stand_in(folder: Path, name: str, script: str) -> None:
    """A command of that name in the folder."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all there is on PATH; what its commands were asked stands in its log."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("LOG", str(folder / "log"))
    return folder


def package(*names: str) -> object:
    return setup_machine.SystemPackage(names, "because")


# --- system packages ---


def test_every_system_package_has_a_reason_and_stands_once() -> None:
    packages = setup_machine.read_packages(ROOT / "packaging" / "system_packages.toml", ("run", "test", "package"))
    names = [name for one in packages for name in one.names]
    assert len(names) == len(set(names))
    assert all(one.reason for one in packages)


def test_any_alternative_counts_as_installed() -> None:
    wanted = (package("libglib2.0-0t64", "libglib2.0-0"), package("xvfb"), package("dbus"))
    assert setup_machine.missing_packages(wanted, frozenset({"libglib2.0-0", "dbus"})) == (wanted[1],)


def test_a_release_is_asked_for_the_name_it_knows() -> None:
    wanted = (package("libasound2t64", "libasound2"), package("xvfb"))
    assert setup_machine.pick_names(wanted, frozenset({"libasound2t64", "xvfb"})) == ("libasound2t64", "xvfb")
    assert setup_machine.pick_names(wanted, frozenset({"libasound2"})) == ("libasound2", "xvfb")


def test_only_fully_installed_packages_count(commands: Path) -> None:
    stand_in(commands, "dpkg-query", r"printf 'ii \txvfb\nrc \tdbus\nun \tjackd2\n'; exit 1")
    assert setup_machine.installed_packages(["xvfb", "dbus", "jackd2", "nonsense"]) == {"xvfb"}


@pytest.mark.parametrize(
    ("euid", "has_sudo", "interactive", "prefix"),
    [
        (0, False, False, ()),
        (1000, True, True, ("sudo",)),
        (1000, True, False, ("sudo", "--non-interactive")),
        (1000, False, True, None),
    ],
)
def test_who_may_install(euid: int, has_sudo: bool, interactive: bool, prefix: tuple[str, ...] | None) -> None:
    assert setup_machine.administrator_prefix(euid, has_sudo, interactive) == prefix


def test_missing_packages_are_told_and_installed(
    commands: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    stand_in(commands, "env", 'while [ "${1#*=}" != "$1" ]; do shift; done; exec "$@"')
    stand_in(commands, "apt-get", 'echo "$*" >>"$LOG"')
    stand_in(commands, "apt-cache", "echo 'Package: xvfb'")
    stand_in(commands, "dpkg-query", r'[ ! -e "$LOG" ] || printf "ii \txvfb\n"')
    setup_machine.ensure_system_packages((package("xvfb"),))
    asked = (commands / "log").read_text().splitlines()
    assert asked[0].endswith("update")
    assert asked[1].endswith("install --no-install-recommends xvfb")
    told = capfd.readouterr().out
    assert "installing system packages that are missing:\n    xvfb" in told and "because" in told
    assert "will not work" not in told


def test_without_root_and_sudo_the_packages_are_listed_and_it_goes_on(
    commands: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    stand_in(commands, "apt-get", 'echo "$*" >>"$LOG"')
    stand_in(commands, "apt-cache", "echo 'Package: xvfb'")
    stand_in(commands, "dpkg-query", "exit 1")
    setup_machine.ensure_system_packages((package("xvfb"), package("libasound2t64", "libasound2")))
    told = capfd.readouterr().out
    assert "this user is not root and there is no sudo" in told
    assert "apt-get install xvfb libasound2" in told
    assert not (commands / "log").exists()


def test_nothing_is_asked_of_apt_when_all_is_there(commands: Path, capfd: pytest.CaptureFixture[str]) -> None:
    stand_in(commands, "apt-get", 'echo "$*" >>"$LOG"')
    stand_in(commands, "dpkg-query", r'printf "ii \txvfb\n"')
    setup_machine.ensure_system_packages((package("xvfb"),))
    assert capfd.readouterr().out == ""
    assert not (commands / "log").exists()


def test_other_systems_are_left_alone(commands: Path, capfd: pytest.CaptureFixture[str]) -> None:
    setup_machine.ensure_system_packages((package("xvfb"),))
    assert "neither Debian nor Ubuntu" in capfd.readouterr().out


# --- the virtual environment and its packages ---


def test_without_ensurepip_the_debian_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(setup_machine.SetupError, match=rf"Install python{version}-venv and run the same again"):
        setup_machine.ensure_venv(tmp_path / "venv")


def test_a_broken_environment_is_made_anew(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(tmp_path / "python-that-was-removed")
    setup_machine.ensure_venv(venv)
    assert setup_machine.works(setup_machine.venv_python(venv))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A root with the two files that decide what is installed."""
    (tmp_path / "constraints.txt").write_text("numpy==2.4.6\n")
    (tmp_path / "pyproject.toml").write_text('[build-system]\nrequires = []\n[project]\nname = "x"\n[tool.ruff]\n')
    return tmp_path


def test_the_fingerprint_follows_what_pip_reads_and_nothing_else(project: Path) -> None:
    first = setup_machine.fingerprint(project, "/usr/bin/python3.11")
    description = project / "pyproject.toml"
    description.write_text(description.read_text() + "line-length = 120\n")
    assert setup_machine.fingerprint(project, "/usr/bin/python3.11") == first
    assert setup_machine.fingerprint(project, "/usr/bin/python3.12") != first
    (project / "presets").mkdir()
    (project / "presets" / "__init__.py").touch()
    second = setup_machine.fingerprint(project, "/usr/bin/python3.11")
    assert second != first
    (project / "constraints.txt").write_text("numpy==2.4.7\n")
    assert setup_machine.fingerprint(project, "/usr/bin/python3.11") != second


def test_a_stamp_vouches_for_its_extras_only(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    assert not setup_machine.stamped(stamp, "abc", ())
    stamp.write_text("abc test\n")
    assert setup_machine.stamped(stamp, "abc", ())
    assert setup_machine.stamped(stamp, "abc", ("test",))
    assert not setup_machine.stamped(stamp, "abc", ("link",))
    assert not setup_machine.stamped(stamp, "def", ())


def write_python(venv: Path, status: int) -> Path:
    """A stand-in for the environment's interpreter that notes what pip was asked."""
    log = venv / "log"
    (venv / "bin").mkdir(parents=True, exist_ok=True)
    stand_in(venv / "bin", "python", f'echo "$*" >>{log}; exit {status}')
    return log


def test_python_packages_are_installed_once(project: Path) -> None:
    venv = project / "venv"
    log = write_python(venv, status=0)
    setup_machine.ensure_python_packages(venv, project, ("test",))
    asked = log.read_text().splitlines()
    assert [line.split()[-1] for line in asked] == ["setuptools", f"{project}[test]"]
    assert all(f"--constraint {project / 'constraints.txt'}" in line for line in asked)
    setup_machine.ensure_python_packages(venv, project, ("test",))
    setup_machine.ensure_python_packages(venv, project, ())
    assert log.read_text().splitlines() == asked


def test_a_failed_installation_is_told_and_tried_again(project: Path) -> None:
    venv = project / "venv"
    log = write_python(venv, status=1)
    for _ in range(2):
        with pytest.raises(setup_machine.SetupError, match="pip could not install the packages"):
            setup_machine.ensure_python_packages(venv, project, ())
    assert len(log.read_text().splitlines()) == 2


def test_loops_that_cannot_be_compiled_stop_nobody(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    venv = project / "venv"
    log = write_python(venv, status=1)
    setup_machine.ensure_kernels(venv)
    assert log.read_text().splitlines() == ["-m app setup-kernels"]
    assert "the program runs all the same, with fewer frames" in capfd.readouterr().out
    write_python(venv, status=0)
    setup_machine.ensure_kernels(venv)
    assert "fewer frames" not in capfd.readouterr().out


def test_a_later_python_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup_machine, "SUPPORTED", ((3, 9), (3, 10)))
    assert setup_machine.main(["run", "--venv", str(tmp_path / "venv")]) == 1
    assert "Hardcut needs Python 3.11 or 3.12; this is 3." in capsys.readouterr().err


# --- finding the interpreter ---


def find_python(*arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    script = str(ROOT / "packaging" / "find_python.sh")
    return subprocess.run(
        ["/bin/sh", script, *arguments], env={"PATH": path}, capture_output=True, text=True, check=False
    )


def test_a_launcher_that_does_not_start_is_passed_over(commands: Path) -> None:
    stand_in(commands, "python3.11", "exit 127")
    stand_in(commands, "python3", f'exec {sys.executable} "$@"')
    assert find_python(path=str(commands)).stdout == f"{commands / 'python3'}\n"


def test_the_named_interpreter_comes_first(commands: Path) -> None:
    stand_in(commands, "python3.11", f'exec {sys.executable} "$@"')
    assert find_python(sys.executable, path=str(commands)).stdout == f"{sys.executable}\n"


def test_no_interpreter_is_a_sentence(commands: Path) -> None:
    done = find_python(path=str(commands))
    assert done.returncode == 1
    assert "needs Python 3.11 or 3.12, and none is on PATH" in done.stderr


# --- what is written down ---


def canonical(name: str) -> str:
    return name.lower().replace("_", "-")


def constraints() -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / "constraints.txt").read_text().splitlines())
    return [Requirement(line) for line in lines if line]


def asked_for(*extras: str) -> list[Requirement]:
    """What the distribution depends on, with these extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = (one for extra in extras for one in project["optional-dependencies"][extra])
    return [Requirement(one) for one in (*project["dependencies"], *optional)]


def test_every_constraint_is_an_exact_pin() -> None:
    for requirement in constraints():
        assert [part.operator for part in requirement.specifier] == ["=="], requirement
        assert requirement.url is None


def test_the_pins_satisfy_what_the_distribution_asks_for() -> None:
    pins = {canonical(pin.name): next(iter(pin.specifier)).version for pin in constraints()}
    for requirement in asked_for("test", "streamdeck", "link", "package", "cuda", "hopper"):
        assert requirement.specifier.contains(pins[canonical(requirement.name)]), requirement


def test_whatever_is_drawn_in_is_pinned() -> None:
    """The transitive closure, as this very environment sees it."""
    waiting = asked_for("test")
    seen: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        if canonical(requirement.name) in seen:
            continue
        seen.add(canonical(requirement.name))
        for needed in map(Requirement, importlib.metadata.requires(requirement.name) or ()):
            extras = (*requirement.extras, "")
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(needed)
    pinned = {canonical(pin.name) for pin in constraints()}
    assert seen <= pinned, sorted(seen - pinned)
