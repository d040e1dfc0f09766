"""Another commit of the program, checked out in a folder of its own, with a Python that has what it was pinned to."""

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.document import ROOT, program_revision
from bench.reading import BenchError

CLONES: Final = ROOT / "artefacts" / "revisions"
"""Where clones stay for the next time; `make clean` removes them."""

_PIN: Final = re.compile(r"^\s*([A-Za-z0-9._-]+)\s*==\s*([^\s;#]+)")


@dataclass(frozen=True, slots=True)
class Tree:
    """A source tree of the program.

    Attributes:
        name: for tables; commit: abbreviated, with "+" if files were changed since.
        python: the interpreter that runs it.
    """

    name: str
    commit: str
    path: Path
    python: Path


def this_tree() -> Tree:
    """Return the tree that this module is part of, as it is, with the running interpreter."""
    return Tree("here", program_revision() or "unknown", ROOT, Path(sys.executable))


def check_out(revision: str, report: Callable[[str], None], root: Path = ROOT, clones: Path = CLONES) -> Tree:
    """Clone a commit of this repository, once, and set it up if its pins are not ours.

    Args:
        revision: anything that git takes for one.
        root: the clone that knows it; clones: where the new one goes.

    Raises:
        BenchError: there is no git, no repository, no such commit, or it could not be set up.
    """
    if not (root / ".git").exists():
        raise BenchError("Another revision can only be measured from a git clone", where=str(root))
    commit = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").strip()
    if not commit:
        raise BenchError("There is no such revision", where=revision, remedy="Name a commit, a branch or a tag.")
    path = clones / commit[:12]
    if not _is_checked_out(path, commit):
        report(f"cloning {commit[:12]} into {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _must(root, "clone", "--quiet", "--no-checkout", "--shared", ".", str(path))
        _must(path, "checkout", "--quiet", "--force", "--detach", commit)
    return Tree(revision, commit[:12], path, _python(path, root, report))


def pins(constraints: str) -> dict[str, str]:
    """Return versions by normalised name, from the text of a constraints file."""
    found = (_PIN.match(line) for line in constraints.splitlines())
    return {re.sub(r"[-_.]+", "-", one[1]).lower(): one[2] for one in found if one}


def _python(tree: Path, root: Path, report: Callable[[str], None]) -> Path:
    """Return our interpreter where it has every version that the tree pins; else one in the tree's own environment."""
    ours, theirs = (pins((one / "constraints.txt").read_text(encoding="utf-8")) for one in (root, tree))
    differing = sorted(name for name, version in theirs.items() if ours.get(name) != version)
    if not differing:
        return Path(sys.executable)
    report(f"its pins differ ({', '.join(differing)}): setting it up in {tree / '.venv'}, which takes minutes once")
    command = [sys.executable, "packaging/setup_machine.py", "run"]
    done = subprocess.run(command, cwd=tree, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise BenchError(f"It could not be set up (status {done.returncode})", where=str(tree))
    return tree / ".venv" / "bin" / "python"


def _is_checked_out(path: Path, commit: str) -> bool:
    """Return whether a clone exists, at this commit and unchanged."""
    if not (path / ".git").exists() or _git(path, "rev-parse", "HEAD").strip() != commit:
        return False
    return not _git(path, "status", "--porcelain").strip()


def _must(folder: Path, *arguments: str) -> None:
    done = _run(folder, arguments)
    if done.returncode != 0:
        raise BenchError(f"git {arguments[0]} failed: {done.stderr.strip()}", where=str(folder))


def _git(folder: Path, *arguments: str) -> str:
    done = _run(folder, arguments)
    return done.stdout if done.returncode == 0 else ""


def _run(folder: Path, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BenchError("git was not found", remedy="Install git.") from error
