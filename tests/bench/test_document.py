"""The bench's JSON line: the same types write and read it, and older lines are read as far as they go."""

import json

import pytest

from bench.document import BENCH_VERSION, BenchDocument, BenchOutcome, as_line, program_revision, read_outcome
from bench.figures import at_least
from bench.reading import BenchError
from engine.session.plain import from_plain
from tests.bench.documents import document, rate, wait


def test_the_line_is_read_by_the_types_that_wrote_it() -> None:
    written = document(rate(1.23456, 2.0, goal=at_least(1)), wait())
    line = as_line(written)
    assert "\n" not in line
    assert from_plain(BenchDocument, json.loads(line)) == written
    row = json.loads(line)["figures"][0]
    assert row == {
        "id": "headless.fps",
        "label": "rate",
        "unit": "FPS",
        "wanted": "≥ 1",
        "median": 1.6,
        "values": [1.235, 2.0],
        "reached": True,
        "command": "hardcut bench",
        "note": "",
        "better": "higher",
        "digits": 1,
    }
    assert json.loads(line)["version"] == BENCH_VERSION
    assert json.loads(line)["revision"] == program_revision()


OLD = {
    "hardcut": "0.1.0",
    "seconds": 3.0,
    "repeats": 1,
    "machine": {"cpu": "any"},
    "network": "a private network with mDNS",
    "load": {"before": {"others": 99.0}, "headless": {"others": 2.5}},
    "figures": [
        {
            "id": "headless.pipeline_fps",
            "label": "headless pipeline",
            "unit": "FPS",
            "wanted": "≥ 30",
            "median": 29.9,
            "values": [29.941],
            "reached": False,
            "command": "hardcut bench --only headless",
            "note": "",
            "of_some_other_time": 1,
        }
    ],
    "failures": {"cut": "no jackd"},
}


def test_a_line_of_an_older_bench_is_read() -> None:
    outcome = read_outcome(json.dumps(OLD), "old.json")
    (figure,) = outcome.figures
    assert (figure.id, figure.values, figure.better, figure.digits) == ("headless.pipeline_fps", (29.941,), None, None)
    assert (outcome.failures, outcome.others) == ({"cut": "no jackd"}, 2.5)


def test_our_own_line_is_read_as_an_outcome() -> None:
    written = document(rate(3.0))
    assert read_outcome(as_line(written), "new.json") == BenchOutcome(written.figures, {"x": "why"}, 0.0)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "", "[]", "{}", '{"figures": [1], "failures": {}}', '{"figures": [{}], "failures": {}}']
)
def test_what_is_no_line_is_told(text: str) -> None:
    with pytest.raises(BenchError, match=r"no result of the bench.*x\.json"):
        read_outcome(text, "x.json")
