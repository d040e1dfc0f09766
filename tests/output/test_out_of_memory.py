"""Who is ended first where memory runs out."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine.output.out_of_memory import FIRST, SCORE, go_first, outlive_others

CODE = """
from engine.output.out_of_memory import SCORE, go_first, outlive_others
outlive_others(); last = int(SCORE.read_text())
go_first(2**40); print(last, int(SCORE.read_text()))
"""


@pytest.mark.skipif(not SCORE.exists(), reason="Linux alone has such scores")
def test_the_kernel_takes_it() -> None:
    usual = int(SCORE.read_text())
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    last, first = map(int, done.stdout.split())
    assert last <= usual and first == max(FIRST, last)


@pytest.mark.parametrize("text", ["", "x", "-1000", "-600"])
def test_what_cannot_be_read_or_is_lower_already_stays(text: str, tmp_path: Path) -> None:
    file = tmp_path / "score"
    file.write_text(text)
    outlive_others(file)
    assert file.read_text() == text
    outlive_others(tmp_path / "none")
    go_first(2**40, tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(("memory", "score"), [(2**40, FIRST), (2 * 2**30, 500), (2**29, 1000), (1, 1000)])
def test_a_film_goes_before_the_show_in_a_small_group_too(memory: int, score: int, tmp_path: Path) -> None:
    file = tmp_path / "score"
    file.write_text("0")
    go_first(memory, file)
    assert int(file.read_text()) == score
