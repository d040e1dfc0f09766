"""Model cards and controller profiles of the user's own go before the program's; a faulty one hides nothing."""

import shutil
from importlib import resources
from pathlib import Path

import pytest

from app.commands.doctor.extensions import check_user_files
from app.midi.profiles.library import known_profiles, read_library
from app.midi.profiles.profile import factory_profiles, match_profile
from engine.errors import GeneratorError
from engine.folders import cards_folder, profiles_folder, user_folder
from engine.generators.registry import card_faults, find_generator, generator_names
from engine.generators.wan.card_library import load_card, load_cards
from tests.cli.program import hardcut

CARD = """
label = "{label}"
dims = "tiny"
recipe = "self-forcing"
steps = [1000, 500]
window = 6
random_weights = true
"""
PROFILE = """
name = "{name}"
confidence = "low"
evidence = "this test"
match = ["{match}"]

[[controls]]
slots = "pad.1-4"
note = "36-39"
"""


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_card_of_the_users_is_a_generator() -> None:
    path = write(cards_folder(), "wan-mine.toml", CARD.format(label="Mine"))
    library = load_cards()
    assert library.own == {"wan-mine": path}
    assert "wan-mine" in generator_names()
    entry = find_generator("wan-mine")
    assert (entry.label, entry.describe().name, entry.describe().scenes_folder) == ("Mine", "wan-mine", "wan")
    assert "wan-mine" in hardcut("--help").stdout


def test_a_card_of_the_users_goes_before_the_programs() -> None:
    names = generator_names()
    write(cards_folder(), "wan-tiny.toml", CARD.format(label="My tiny"))
    assert load_card("wan-tiny").label == "My tiny"
    assert generator_names() == names


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("wan-tiny.toml", "label = 3 [", "is not valid TOML"),
        ("wan-tiny.toml", CARD.format(label="x").replace("self-forcing", "no-such"), "recipe is 'no-such'"),
        ("wan-tiny.toml", "recipe = []", "does not say what it has to"),
        ("My Model.toml", CARD.format(label="x"), "This cannot be an id (My Model)"),
        ("field.toml", CARD.format(label="x"), "name of a built-in generator"),
    ],
)
def test_a_faulty_card_is_told_and_hides_nothing(name: str, text: str, said: str) -> None:
    before = {name: load_card(name) for name in load_cards().cards}
    generators = generator_names()
    write(cards_folder(), name, text)
    (fault,) = card_faults()
    assert said in str(fault)
    assert generator_names() == generators
    assert {name: load_card(name) for name in before} == before
    assert find_generator("field").label == "Field"
    with pytest.raises(GeneratorError):
        load_card("no-such")
    assert said in " ".join(finding.text for finding in check_user_files())


def test_a_profile_of_the_users_goes_before_the_factorys(tmp_path: Path) -> None:
    factory = factory_profiles()
    write(tmp_path, "mine.toml", PROFILE.format(name="Nobody Grid", match="nobody"))
    write(tmp_path, "apc.toml", PROFILE.format(name="Akai APC mini", match="apc mini"))
    library = read_library(tmp_path)
    assert library.faults == ()
    assert set(library.own) == {"Nobody Grid", "Akai APC mini"}
    assert len(library.profiles) == len(factory) + 1
    assert not library.profiles[-1].match  # whatever takes every port is asked last
    for port, name in (
        ("Nobody 1", "Nobody Grid"),
        ("APC MINI", "Akai APC mini"),
        ("nanoKONTROL2", "Korg nanoKONTROL2"),
    ):
        found = match_profile(port, library.profiles)
        assert found is not None and found.name == name
    apc = library.named("Akai APC mini")
    assert apc is not None and apc.evidence == "this test"
    assert library.named("Nobody") is None


def test_the_users_profile_for_every_port_takes_the_rest(tmp_path: Path) -> None:
    write(tmp_path, "a.toml", PROFILE.format(name="My own", match="x").replace('match = ["x"]', "match = []"))
    library = read_library(tmp_path)
    for port, name in (("Some Keyboard", "My own"), ("APC MINI", "Akai APC mini")):
        found = match_profile(port, library.profiles)
        assert found is not None and found.name == name


def test_faulty_profiles_are_told_and_hide_nothing(tmp_path: Path) -> None:
    write(tmp_path, "a.toml", "name = [")
    write(tmp_path, "b.toml", PROFILE.format(name="Akai APC mini", match="apc mini").replace("36-39", "36-999"))
    write(tmp_path, "c.toml", PROFILE.format(name="Twice", match="twice"))
    write(tmp_path, "d.toml", PROFILE.format(name="Twice", match="twice"))
    (tmp_path / "e.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "f.toml").mkdir()
    library = read_library(tmp_path)
    assert [Path(fault.where).name for fault in library.faults] == ["a.toml", "b.toml", "d.toml", "e.toml", "f.toml"]
    assert set(library.own) == {"Twice"}
    assert {one.name for one in factory_profiles()} < {one.name for one in library.profiles}


def test_every_factory_profile_can_be_copied_and_changed(tmp_path: Path) -> None:
    with resources.as_file(resources.files("app.midi") / "profiles") as folder:
        for path in folder.glob("*.toml"):
            shutil.copy(path, tmp_path)
    library = read_library(tmp_path)
    assert library.faults == ()
    assert {one.name for one in library.profiles} == set(library.own) == {one.name for one in factory_profiles()}


def test_the_program_knows_and_tells_them() -> None:
    assert profiles_folder().parent == cards_folder().parent == user_folder()
    write(profiles_folder(), "grid.toml", PROFILE.format(name="Nobody Grid", match="nobody"))
    write(profiles_folder(), "torn.toml", "name = [")
    assert "Nobody Grid" in known_profiles().own
    listed = hardcut("midi", "profiles")
    assert "(your own, grid.toml)" in listed.stdout
    assert "(torn.toml)" in listed.stderr and listed.returncode == 0
    assert hardcut("midi", "profiles", "nobody").stdout.startswith("Nobody Grid: confidence low.")
    doctor = " ".join(finding.text for finding in check_user_files())
    assert f"Your own controller profiles in {profiles_folder()}: Nobody Grid." in doctor
    assert "(torn.toml)" in doctor
