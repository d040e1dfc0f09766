"""Another revision: cloned from a repository made for the purpose, driven by turns, told side by side."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.against.revision import Tree, check_out, pins
from bench.against.turns import Compared, Race, by_turns
from bench.harness.processes import Workplace
from bench.reading import BenchError

APP = """
import json, os, sys
from pathlib import Path

SPEED = {speed}
FAILURES = {failures}
HERE = Path(__file__).resolve().parents[1]

def main(arguments):
    with open(HERE.parent / "turns.log", "a") as log:
        log.write(" ".join([str(SPEED), *arguments[:7], str(Path.cwd() == HERE)]) + os.linesep)
    if SPEED < 0:
        sys.exit("It broke.")
    row = {{"id": "headless.fps", "label": "rate", "unit": "FPS", "median": SPEED, "values": [SPEED], "old": True}}
    lag = {{"id": "headless.lag", "label": "lag", "unit": "", "median": 0.0, "values": [0.0]}}
    answer = Path(arguments[arguments.index("--json") + 1])
    load = {{"headless": {{"others": SPEED}}}}
    answer.write_text(json.dumps({{"figures": [row, lag], "failures": FAILURES, "load": load}}))

main(sys.argv[1:])
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(root: Path, speed: float, constraints: str = "numpy==2.0\n", failures: str = "{}") -> str:
    """A program whose bench measures at once what it is told to."""
    (root / "app").mkdir(exist_ok=True)
    (root / "app" / "__main__.py").write_text(APP.format(speed=speed, failures=failures))
    (root / "constraints.txt").write_text(constraints)
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", str(speed))
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "repository"
    path.mkdir()
    git(path, "init", "--quiet")
    return path


@pytest.fixture
def workplace() -> Iterator[Workplace]:
    with Workplace() as place:
        yield place


def silent(_sentence: str) -> None:
    return


def tree(root: Path, revision: str) -> Tree:
    return check_out(revision, silent, root, root.parent)


def test_a_revision_is_cloned_once_and_mended_if_it_was_touched(root: Path) -> None:
    old = commit(root, 20.0)
    commit(root, 30.0)
    said: list[str] = []
    found = check_out("HEAD~1", said.append, root, root.parent / "clones")
    assert found == Tree("HEAD~1", old[:12], root.parent / "clones" / old[:12], Path(sys.executable))
    assert "SPEED = 20.0" in (found.path / "app" / "__main__.py").read_text()
    assert len(said) == 1
    check_out("HEAD~1", said.append, root, root.parent / "clones")
    assert len(said) == 1  # it stands
    (found.path / "app" / "__main__.py").write_text("broken")
    check_out(old, said.append, root, root.parent / "clones")
    assert len(said) == 2 and "SPEED = 20.0" in (found.path / "app" / "__main__.py").read_text()


def test_what_cannot_be_checked_out_is_a_sentence(root: Path, tmp_path: Path) -> None:
    commit(root, 20.0)
    with pytest.raises(BenchError, match=r"There is no such revision \(nonesuch\)"):
        check_out("nonesuch", silent, root, tmp_path / "clones")
    with pytest.raises(BenchError, match="only be measured from a git clone"):
        check_out("HEAD", silent, tmp_path / "elsewhere", tmp_path / "clones")


def test_other_pins_get_a_python_of_their_own(root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (root / "packaging").mkdir()
    (root / "packaging" / "setup_machine.py").write_text("import sys; sys.exit(sys.argv[1:] != ['run'])")
    commit(root, 20.0, "numpy==1.0\nsame==1\n")
    commit(root, 30.0, "numpy==2.0\nsame==1\nnew==3\n")
    said: list[str] = []
    old = check_out("HEAD~1", said.append, root, root.parent)
    assert old.python == old.path / ".venv" / "bin" / "python"
    assert "its pins differ (numpy)" in said[-1]
    (root / "packaging" / "setup_machine.py").write_text("raise SystemExit(3)")
    commit(root, 40.0, "numpy==1.5\n")
    (root / "constraints.txt").write_text("numpy==2.0\n")
    with pytest.raises(BenchError, match=r"could not be set up \(status 3\)"):
        check_out("HEAD", silent, root, root.parent)


def test_pins_are_read_from_constraints() -> None:
    text = '# why\n\nPySide6_Essentials==6.11.3\ncffi==2.1.1 ; sys_platform == "linux"\nloose>=1\ntorch==2.13.0 # CPU\n'
    assert pins(text) == {"pyside6-essentials": "6.11.3", "cffi": "2.1.1", "torch": "2.13.0"}


def test_two_trees_take_turns_and_stand_side_by_side(root: Path, workplace: Workplace) -> None:
    commit(root, 20.0)
    commit(root, 30.0, failures="{'cut': 'no jackd.'}")
    race = by_turns((tree(root, "HEAD~1"), tree(root, "HEAD")), ("headless", "cut"), 2.0, 2, workplace, silent)
    log = (root.parent / "turns.log").read_text()
    asked = "bench --only headless,cut --seconds 2 --repeats 1 True"
    assert log.splitlines() == [f"{speed} {asked}" for speed in (20.0, 30.0, 20.0, 30.0)]
    rate, lag, spent = race.figures
    assert (rate.pairs, rate.ratios, rate.values(0)) == (((20.0, 30.0),) * 2, (1.5, 1.5), (20.0, 20.0))
    assert lag.ratios == ()  # nothing goes through zero
    assert spent.id == "turn.cpu" and all(value >= 0.0 for pair in spent.pairs for value in pair if value is not None)
    assert race.failures == tuple(f"cut could not be measured of HEAD in turn {turn}: no jackd." for turn in (1, 2))
    told = race.table().splitlines()
    assert " ".join(told[2].split()) == "rate 20.0 FPS 20.0 … 20.0 30.0 FPS 30.0 … 30.0 1.50 1.50 1.50"
    assert list(race.disturbed())[1] == "In the turns of HEAD other programs took up to 30, 30 % of the CPU."
    document = race.document()
    assert document.turns == 2 and document.trees[0].startswith("HEAD~1 (")


def test_a_bench_that_breaks_is_told(root: Path, workplace: Workplace) -> None:
    commit(root, -1.0)
    broken = tree(root, "HEAD")
    with pytest.raises(BenchError, match="ended with status 1: It broke"):
        by_turns((broken, broken), ("headless",), 2.0, 1, workplace, silent)


def test_what_one_tree_alone_measures_is_shown_too() -> None:
    one = Compared(id="x", label="new", unit="ms", digits=1, pairs=((None, 2.0), (None, 4.0)))
    tree = Tree("a", "a", Path(), Path())
    told = Race((tree, tree), 2.0, (one,), (), ((0.0, 0.0),) * 2).table().splitlines()
    assert told[2].split() == ["new", "–", "3.0", "ms", "2.0", "…", "4.0", "–"]
    assert json.loads(json.dumps(one.pairs)) == [[None, 2.0], [None, 4.0]]
