"""Makes a fresh machine ready: system libraries of Debian and Ubuntu, .venv, pinned Python packages, compiled loops.

    python3 packaging/setup_machine.py run         what the program needs
    python3 packaging/setup_machine.py test        and what its tests need
    python3 packaging/setup_machine.py test-fast   the same without the system packages of the real-part tests
    python3 packaging/setup_machine.py lint        the Python packages alone
    python3 packaging/setup_machine.py package     what the program and its packing into a folder need

Only the standard library, on the Python that the machine has. What stands is found out in a blink and left alone.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SUPPORTED: Final = ((3, 11), (3, 13))
"""From the first version that runs Hardcut to the first that no longer does."""


class SetupError(Exception):
    """Something that has to be put right by hand first; the message says what and how."""


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """One system package; names are alternatives among releases, newest first."""

    names: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What one make target stands on: groups of system packages, extras of the distribution, and compiled loops."""

    groups: tuple[str, ...]
    extras: tuple[str, ...]
    kernels: bool = True


PROFILES: Final[Mapping[str, Profile]] = {
    "run": Profile(groups=("run",), extras=()),
    "test": Profile(groups=("run", "test"), extras=("test",)),
    "test-fast": Profile(groups=("run",), extras=("test",)),
    "lint": Profile(groups=(), extras=("test",), kernels=False),
    "package": Profile(groups=("run", "package"), extras=("package", "streamdeck"), kernels=False),
}


def say(text: str) -> None:
    """One line for the person who waits."""
    print(f"hardcut: {text}", flush=True)


def read_packages(path: Path, groups: Sequence[str]) -> tuple[SystemPackage, ...]:
    """The packages of the groups, in the file's order."""
    with path.open("rb") as file:
        table = tomllib.load(file)
    return tuple(
        SystemPackage(tuple(names.split("|")), reason) for group in groups for names, reason in table[group].items()
    )


def installed_packages(names: Sequence[str]) -> frozenset[str]:
    """Those of the names that dpkg holds as installed, without their architecture."""
    listing = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev}\t${Package}\n", *names],
        capture_output=True,
        text=True,
        check=False,  # it fails where one name is unknown and still lists the others
    ).stdout
    rows = (line.split("\t") for line in listing.splitlines())
    return frozenset(row[1] for row in rows if row[0].strip() == "ii")


def missing_packages(wanted: Sequence[SystemPackage], installed: frozenset[str]) -> tuple[SystemPackage, ...]:
    """The wanted packages of which no alternative is installed."""
    return tuple(package for package in wanted if installed.isdisjoint(package.names))


def pick_names(packages: Sequence[SystemPackage], known: frozenset[str]) -> tuple[str, ...]:
    """For each package the first name that this release knows; the last name where it knows none."""
    return tuple(next((name for name in package.names if name in known), package.names[-1]) for package in packages)


def known_to_apt(packages: Sequence[SystemPackage]) -> frozenset[str]:
    """Those names that this release can install (a name that others merely provide does not count)."""
    names = [name for package in packages for name in package.names]
    listing = subprocess.run(
        ["apt-cache", "show", "--no-all-versions", *names], capture_output=True, text=True, check=False
    ).stdout
    return frozenset(line.removeprefix("Package: ") for line in listing.splitlines() if line.startswith("Package: "))


def administrator_prefix(euid: int, has_sudo: bool, interactive: bool) -> tuple[str, ...] | None:
    """What to write before a command that changes the system; None: it cannot be changed from here."""
    if euid == 0:
        return ()
    if not has_sudo:
        return None
    return ("sudo",) if interactive else ("sudo", "--non-interactive")


def describe(packages: Sequence[SystemPackage]) -> str:
    """One indented line for each package: its name and why it is needed."""
    return "\n".join(f"    {package.names[-1]:<22} {package.reason}" for package in packages)


def install_system_packages(missing: Sequence[SystemPackage]) -> str | None:
    """Install the packages; None, or the reason why that did not work."""
    prefix = administrator_prefix(os.geteuid(), shutil.which("sudo") is not None, sys.stdin.isatty())
    if prefix is None:
        return "this user is not root and there is no sudo"
    say(f"installing system packages that are missing{', with sudo' if prefix else ''}:\n{describe(missing)}")
    # jackd2 and others would stop to ask; sudo drops the environment, so it is set behind it.
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--yes", "-o", "DPkg::Lock::Timeout=120"]
    # A fresh machine has no package lists. If they cannot be renewed, the old ones may still do.
    subprocess.run([*apt, "--quiet", "update"], check=False)
    command = [*apt, "--quiet", "install", "--no-install-recommends", *pick_names(missing, known_to_apt(missing))]
    say(shlex.join(command))
    status = subprocess.run(command, check=False).returncode
    return f"apt-get ended with status {status}" if status else None


def ensure_system_packages(wanted: Sequence[SystemPackage]) -> None:
    """Install what is missing and say why; where that cannot be done, say what to install and go on."""
    if not wanted:
        return
    if shutil.which("dpkg-query") is None or shutil.which("apt-get") is None:
        say("this is neither Debian nor Ubuntu: the system libraries are left to you (README, Begin).")
        return
    names = [name for package in wanted for name in package.names]
    missing = missing_packages(wanted, installed_packages(names))
    if not missing:
        return
    problem = install_system_packages(missing)
    missing = missing_packages(missing, installed_packages(names))
    if missing:
        listed = " ".join(pick_names(missing, known_to_apt(missing)))
        say(
            f"system packages are missing ({problem or 'apt-get did not install them'}):\n{describe(missing)}\n"
            f"What needs them will not work until someone installs them:\n    apt-get install {listed}"
        )


def venv_package(version: tuple[int, int]) -> SystemPackage:
    """Debian ships ensurepip, without which no virtual environment gets its pip, in a package of its own."""
    return SystemPackage((f"python{version[0]}.{version[1]}-venv",), "Python: makes virtual environments")


def venv_python(venv: Path) -> Path:
    """The interpreter inside a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def works(python: Path) -> bool:
    """The environment starts, has pip, and runs a supported Python."""
    low, high = SUPPORTED
    probe = f"import pip, sys; raise SystemExit(not {low} <= sys.version_info < {high})"
    return python.exists() and subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode == 0


def ensure_venv(venv: Path) -> None:
    """Create the virtual environment, or a new one over one that is broken.

    Raises:
        SetupError: if this Python cannot make one.
    """
    if works(venv_python(venv)):
        return
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            "this Python has no ensurepip, so it cannot make a virtual environment."
            f" Install {venv_package(sys.version_info[:2]).names[0]} and run the same again."
        )
    say(f"making {venv} with Python {sys.version_info.major}.{sys.version_info.minor}")
    status = subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=False).returncode
    if status:
        raise SetupError(f"no virtual environment could be made in {venv} (status {status}, see above).")


def fingerprint(root: Path, interpreter: str) -> str:
    """Changes whenever what pip would install here changes."""
    with (root / "pyproject.toml").open("rb") as file:
        described = tomllib.load(file)
    parts = {
        "build-system": described["build-system"],
        "project": described["project"],
        "setuptools": described.get("tool", {}).get("setuptools", {}),
        # An editable installation knows for ever which of these were packages when it was made.
        "packages": sorted(path.parent.name for path in root.glob("*/__init__.py")),
        "constraints": (root / "constraints.txt").read_text(encoding="utf-8"),
        "root": str(root),  # an editable installation points here
        "interpreter": interpreter,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def stamped(stamp: Path, digest: str, extras: Sequence[str]) -> bool:
    """The stamp says that this very set is installed, with at least these extras."""
    try:
        words = stamp.read_text(encoding="utf-8").split()
    except OSError:
        return False
    return words[:1] == [digest] and set(extras) <= set(words[1:])


def pip_commands(python: Path, root: Path, extras: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """What installs the distribution from its pins: first its build tool, so that this is pinned too."""
    target = f"{root}[{','.join(extras)}]" if extras else str(root)
    loud = () if sys.stdout.isatty() else ("--quiet",)  # a person sees pip's own progress, a log does not
    pip = (str(python), "-m", "pip", "--disable-pip-version-check", "install", *loud, "--no-input")
    pinned = (*pip, "--constraint", str(root / "constraints.txt"))
    return (*pinned, "setuptools"), (*pinned, "--no-build-isolation", "--editable", target)


def ensure_python_packages(venv: Path, root: Path, extras: Sequence[str]) -> None:
    """Install the distribution, editable and exactly as pinned, unless that has been done.

    Raises:
        SetupError: if pip fails.
    """
    python = venv_python(venv)
    stamp = venv / ".hardcut-stamp"
    digest = fingerprint(root, os.path.realpath(python))
    if stamped(stamp, digest, extras):
        return
    stamp.unlink(missing_ok=True)
    say("installing the Python packages pinned in constraints.txt (the first time this takes minutes)")
    for command in pip_commands(python, root, extras):
        status = subprocess.run(command, check=False).returncode
        if status:
            raise SetupError(
                f"pip could not install the packages (status {status}, see above)."
                " If the network was down, run the same again once it is back."
            )
    stamp.write_text(" ".join([digest, *extras]) + "\n", encoding="utf-8")


def ensure_kernels(venv: Path) -> None:
    """Compile the built-in loops for this processor, unless that has been done; without them the program is slower."""
    status = subprocess.run([str(venv_python(venv)), "-m", "app", "setup-kernels"], cwd=ROOT, check=False).returncode
    if status:
        say("the built-in loops could not be compiled (see above): the program runs all the same, with fewer frames.")


def set_up(profile: Profile, root: Path, venv: Path) -> None:
    """Everything that the profile stands on; what is there already is left alone."""
    low, high = SUPPORTED
    if not low <= sys.version_info[:2] < high:
        raise SetupError(f"Hardcut needs Python 3.11 or 3.12; this is {sys.version.split()[0]} ({sys.executable}).")
    wanted = read_packages(root / "packaging" / "system_packages.toml", profile.groups)
    if not works(venv_python(venv)) and importlib.util.find_spec("ensurepip") is None:
        wanted = (venv_package(sys.version_info[:2]), *wanted)
    ensure_system_packages(wanted)
    importlib.invalidate_caches()
    ensure_venv(venv)
    ensure_python_packages(venv, root, profile.extras)
    if profile.kernels:
        ensure_kernels(venv)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit status."""
    parser = argparse.ArgumentParser(description="Make this machine ready for Hardcut.")
    parser.add_argument("profile", choices=sorted(PROFILES), help="what is to work afterwards")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="the virtual environment (default: .venv)")
    chosen = parser.parse_args(arguments)
    try:
        set_up(PROFILES[chosen.profile], ROOT, chosen.venv.resolve())
    except SetupError as error:
        print(f"hardcut: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("hardcut: interrupted; run the same again to go on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
