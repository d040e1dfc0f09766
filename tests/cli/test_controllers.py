"""`hardcut midi` and `hardcut osc`: lists, explanations, checks, and where OSC listens."""

from pathlib import Path

import pytest

from app.arguments import OSC_DEFAULT, parse
from tests.cli.program import hardcut, told_off


def test_profiles_are_listed_and_explained() -> None:
    listed = hardcut("midi", "profiles").stdout
    assert "Akai APC mini mk2" in listed
    assert "medium  lights" in listed
    told = hardcut("midi", "profiles", "x-touch").stdout
    assert "Behringer X-Touch Mini: confidence medium." in told
    assert "knob.1       CC 1, channel 11, absolute" in told


def test_a_profile_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('port = "X"\n[[controls]]\nslots = "knob.1"\ncc = 5\n')
    assert hardcut("midi", "profiles", "--check", str(file)).stdout == "mine.toml is sound: 1 learnt controls of X.\n"
    file.write_text('confidence = "total"\n')
    told_off(hardcut("midi", "profiles", "--check", str(file)), ["mine.toml", "'confidence' must be one of"])


def test_addresses_are_listed() -> None:
    listed = hardcut("osc", "addresses").stdout
    assert "/hardcut/parameter/output/level" in listed
    assert "/hardcut/pad/1 … /64" in listed


@pytest.mark.parametrize(
    ("text", "place"),
    [("none", None), ("8000", ("127.0.0.1", 8000)), ("0.0.0.0:9001", ("0.0.0.0", 9001)), ("[::1]:1", ("::1", 1))],
)
def test_where_osc_listens(text: str, place: tuple[str, int] | None) -> None:
    assert parse(["--osc", text]).osc == place
    assert parse([]).osc == OSC_DEFAULT
