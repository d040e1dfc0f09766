"""Modulation in scene files."""

from pathlib import Path
from typing import get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import SceneError
from engine.generators.field.parameters import PARAMETERS
from engine.messages.audio import FEATURE_IDS
from engine.messages.modulation import LIMITS, AudioFollower, LfoShape, Modulator, Polarity, check_modulator
from engine.messages.modulation_files import SOURCES, modulation_table, read_modulation
from engine.messages.scenes import load_library, load_scene, save_scene

BEGIN = 'name = "A"\ngenerator = "field"\nprompt = "sea"\n\n'


def within(name: str) -> st.SearchStrategy[float]:
    return st.floats(*LIMITS[name])


SPECIAL = {
    "levels": st.lists(within("levels"), min_size=16, max_size=16).map(tuple),
    "points": st.lists(within("points"), min_size=2, max_size=64).map(tuple),
    "feature": st.sampled_from(FEATURE_IDS),
    "hertz": st.none() | within("hertz"),
    "shape": st.sampled_from(LfoShape),
}


def field_of(key: str, hint: object) -> st.SearchStrategy[object]:
    if key in SPECIAL:
        return SPECIAL[key]
    return within(key) if key in LIMITS else st.from_type(hint)


modulators = st.builds(
    Modulator,
    source=st.one_of(
        *(
            st.builds(kind, **{key: field_of(key, hint) for key, hint in get_type_hints(kind).items()})
            for kind in SOURCES.values()
        )
    ),
    depth=within("depth"),
    polarity=st.sampled_from(Polarity),
)


@settings(max_examples=30)
@given(
    st.dictionaries(st.sampled_from([*PARAMETERS, "macro.3"]), st.lists(modulators, min_size=1, max_size=4).map(tuple))
)
def test_what_is_written_is_read_again(modulation: dict[str, tuple[Modulator, ...]]) -> None:
    assert read_modulation(modulation_table(modulation), PARAMETERS) == modulation


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ('[[modulation."field.energy"]]\nsource = "magic"', "no known source"),
        ('[[modulation."field.energy"]]\nsource = "lfo"\nspeed = 3', "'speed'"),
        ('[[modulation."field.energy"]]\nsource = "lfo"\nbeats = 1000', "beats cannot be 1000"),
        ('[[modulation."field.energy"]]\nsource = "lfo"\nshape = "egg"', "cannot be 'egg'"),
        ('[[modulation."field.energy"]]\nsource = "lfo"\ndepth = "deep"', "must be a number"),
        ('[[modulation."field.energy"]]\nsource = "audio"', "lacks 'feature'"),
        ('[[modulation."field.energy"]]\nsource = "audio"\nfeature = "cowbell"', "no such feature"),
        ('[[modulation."field.energi"]]\nsource = "lfo"', "field.energi"),
        ('[modulation]\n"field.energy" = 3', "[[modulation.TARGET]]"),
        ("modulation = 3", "must be a table"),
        ('[[modulation."field.energy"]]\nsource = "lfo"\n' * 5, "more than 4"),
    ],
)
def test_a_wrong_modulator_is_told_with_file_and_place(tmp_path: Path, rows: str, told: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(rows + "\n" + BEGIN if rows.startswith("modulation") else BEGIN + rows, encoding="utf-8")
    with pytest.raises(SceneError) as fault:
        load_scene(path, PARAMETERS)
    assert told in str(fault.value) and "a.toml" in str(fault.value)


def test_a_scene_keeps_its_modulation(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(BEGIN + '[[modulation."field.energy"]]\nsource = "audio"\nfeature = "kick"\nrelease = 0.1\n')
    scene = load_scene(path, PARAMETERS)
    save_scene(scene, path)
    assert load_scene(path, PARAMETERS) == scene and scene.modulation


def test_the_factorys_scenes_answer_to_sound_and_to_nothing_else() -> None:
    """So without sound they are what they would be without modulation."""
    scenes = load_library("field", PARAMETERS)
    assert not scenes.faults
    for scene in scenes.values():
        there = [one for modulators in scene.modulation.values() for one in modulators]
        assert there and all(check_modulator(one) is one for one in there), scene.name
        assert all(isinstance(one.source, AudioFollower) and one.polarity is Polarity.UP for one in there), scene.name
        assert all(abs(one.depth) <= 0.35 for one in there), scene.name
