"""Compiled modules are kept where Python would keep none, and nowhere else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_START = """
import sys
from pathlib import Path
from engine.module_cache import keep_modules
kept = keep_modules(Path(sys.argv[1]), "heavy")
import heavy
print(kept, sys.pycache_prefix, Path(heavy.__cached__).exists(), heavy.answer)
"""


def _start(tmp_path: Path, *, kept: Path, **environment: str) -> list[str]:
    package = tmp_path / "site"
    package.mkdir(exist_ok=True)
    module = package / "heavy.py"
    if not module.exists():
        module.write_text("answer = 42\n")
    paths = os.pathsep.join((str(package), str(Path(__file__).parents[2])))
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    done = subprocess.run(
        (sys.executable, "-c", _START, str(kept)),
        env={**inherited, "PYTHONPATH": paths, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_a_python_that_keeps_nothing_keeps_modules_in_the_folder(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for _ in range(2):
        assert _start(tmp_path, kept=kept, PYTHONDONTWRITEBYTECODE="1") == ["True", str(kept), "True", "42"]
    assert list(kept.rglob("heavy.*.pyc"))
    assert not (tmp_path / "site" / "__pycache__").exists()


def test_a_changed_source_is_compiled_again(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    _start(tmp_path, kept=kept, PYTHONDONTWRITEBYTECODE="1")
    (tmp_path / "site" / "heavy.py").write_text("answer = 4200\n")
    assert _start(tmp_path, kept=kept, PYTHONDONTWRITEBYTECODE="1")[-1] == "4200"


@pytest.mark.parametrize("environment", [{}, {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "named"}])
def test_a_python_that_keeps_modules_or_was_told_where_is_left_alone(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    assert _start(tmp_path, kept=tmp_path / "kept", **environment)[0] == "False"
    assert not (tmp_path / "kept").exists()
