"""A mistake on the command line is one clear sentence on standard error and exit status 2."""

from pathlib import Path

import pytest

from tests.cli.program import hardcut, told_off

MISTAKES = [
    (["--source", "laserdisc:1"], ["laserdisc:1", "stage", "file:PATH"]),
    (["--source", "file:"], ["file", "needs an address"]),
    (["--source", "stage:left"], ["The stage has no such set (stage:left)", "stage:close"]),
    (["--canvas", "897x896"], ["897x896", "even"]),
    (["--canvas", "8x8"], ["8x8", "16 to 4096"]),
    (["--canvas", "large"], ["large", "WIDTHxHEIGHT"]),
    (["--fps", "fast"], ["fast", "30000/1001"]),
    (["--fps", "30/0"], ["30/0"]),
    (["--fps", "1000"], ["1000", "1 to 240"]),
    (["--duration", "-3"], ["duration", "more than 0"]),
    (["--duration", "nan"], ["duration"]),
    (["--seed", "-1"], ["seed"]),
    (["--quality", "best"], ["best", "auto, full"]),
    (["--quality", "-1"], ["--quality"]),
    (["--osc", "loud"], ["loud", "HOST:PORT"]),
    (["--midi", ""], ["empty name", "none"]),
    (["--streamdeck", "loud"], ["loud", "on nor off"]),
    (["--streamdeck-brightness", "0"], ["'0'", "1 to 100"]),
    (["--generator", "nonesuch"], ["nonesuch", "field"]),
    (["--log-level", "shout"], ["shout", "debug"]),
    (["--headles"], ["--headles"]),
    (["--scene"], ["--scene"]),
    (["dance"], ["dance", "sources", "doctor", "bench"]),
    (["doctor", "--quick"], ["--quick"]),
    (["midi", "dance"], ["dance", "profiles"]),
    (["osc"], ["addresses|bench"]),
    (["osc", "bench", "--datagrams", "some"], ["some", "number of datagrams"]),
    (["models", "list", "all"], ["all"]),
    (["bench", "--only", "nonesuch"], ["nonesuch", "headless", "latency"]),
    (["bench", "--seconds", "0"], ["0 seconds"]),
    (["bench", "--repeats", "none"], ["none", "repeats"]),
    (["bench", "--json", "/nonexistent/bench.json"], ["/nonexistent/bench.json"]),
]


@pytest.mark.parametrize(("arguments", "words"), MISTAKES, ids=lambda value: " ".join(value))
def test_is_told_in_one_sentence(arguments: list[str], words: list[str]) -> None:
    told_off(hardcut(*arguments), words)


def test_unknown_scene_names_those_there_are() -> None:
    told_off(hardcut("--headless", "--scene", "nonesuch"), ["nonesuch", "Known are"])


def test_name_that_receivers_could_not_carry() -> None:
    told_off(hardcut("--headless", "--output-name", "a/b"), ["a/b", "'/'"])


def test_report_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "report.json"
    told_off(hardcut("--headless", "--report", str(path)), [str(path), "report"])


def test_report_that_is_a_folder(tmp_path: Path) -> None:
    told_off(hardcut("--headless", "--report", str(tmp_path)), [str(tmp_path), "report"])
