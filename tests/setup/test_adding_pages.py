"""The pages on adding things stay true: what they quote stands in the files, what they show is sound."""

import re
import tomllib
from pathlib import Path

import pytest

from app.midi.profiles.profile import load_profile
from engine.generators.wan.cards import read_card
from engine.generators.wan.families import ModelFamily
from tests.netns import ROOT

PAGES = sorted((ROOT / "docs").glob("adding-*.md"))
BLOCK = re.compile(r"(?:<!-- (?P<mark>[^>]+) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)```\n", re.DOTALL)


def blocks(page: Path, mark: str) -> list[tuple[str, str]]:
    """The blocks of a page whose mark begins so, as (rest of the mark, text)."""
    found = [(match["mark"] or "", match["text"]) for match in BLOCK.finditer(page.read_text(encoding="utf-8"))]
    return [(one.removeprefix(mark), text) for one, text in found if one.startswith(mark)]


def only_block(name: str, mark: str) -> str:
    ((_, text),) = blocks(ROOT / "docs" / name, mark)
    return text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_quotes_stands_there(page: Path) -> None:
    for path, text in blocks(page, "quoted from "):
        assert f"\n{text}" in f"\n{(ROOT / path).read_text(encoding='utf-8')}", f"{page.name}: {path}\n{text}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_python_on_a_page_is_quoted_or_tried(page: Path) -> None:
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        if match["language"] == "python":
            assert (match["mark"] or "").startswith(("quoted from ", "a model family")), match["text"]
        if match["language"] == "toml":
            tomllib.loads(match["text"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`((?:app|engine|examples|presets)/[\w./-]+)`", page.read_text(encoding="utf-8"))
    assert named
    for path in named:
        assert (ROOT / path).exists(), f"{page.name}: {path}"


def test_the_controller_profile_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    path.write_text(only_block("adding-a-controller-profile.md", "a controller profile"))
    profile = load_profile(path)
    assert (profile.name, len(profile.controls)) == ("Maker Grid 16", 28)


def test_the_model_card_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "wan-mine.toml"
    path.write_text(only_block("adding-a-model-family.md", "a model card"))
    assert len(read_card(path).files) == 4


def test_the_model_family_is_sound(tmp_path: Path) -> None:
    page = only_block("adding-a-model-family.md", "a model family")
    names: dict[str, object] = {"__file__": str(tmp_path / "family.py")}
    exec(compile(page, "family.py", "exec"), names)
    family = names["ROLLING"]
    assert isinstance(family, ModelFamily)
    assert family.id == family.recipe.name
