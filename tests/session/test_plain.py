"""Messages as JSON and back."""

import json
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import messages
from engine.messages.commands import (
    Command,
    HardCut,
    SetParameter,
    UseScenes,
)
from engine.messages.cue_lists import CueList
from engine.messages.framing import FrameWay, Framing
from engine.messages.list_commands import GoToPrompt
from engine.messages.playlists import Playlist
from engine.messages.scenes import SceneLibrary
from engine.messages.shape import TURNS, DisplayShape
from engine.session.plain import _commands, from_plain, to_plain
from tests.session.gestures import MORE_SCENES, gestures

st.register_type_strategy(SceneLibrary, st.just(MORE_SCENES))
places = st.floats(0.0, 1.0)
st.register_type_strategy(Framing, st.builds(Framing, st.sampled_from(FrameWay), places, places))
moves = st.floats(-0.2, 0.2)
cuts = st.floats(0.0, 0.4)
st.register_type_strategy(
    DisplayShape,
    st.builds(
        DisplayShape,
        st.tuples(*[st.tuples(moves, moves)] * 4),
        st.tuples(cuts, cuts, cuts, cuts),
        st.sampled_from(TURNS),
        st.booleans(),
        st.booleans(),
    ),
)
every_command = st.sampled_from(sorted(_commands().values(), key=lambda kind: kind.__name__)).flatmap(st.from_type)


def through_json(value: object) -> Any:
    return json.loads(json.dumps(to_plain(value), allow_nan=False))


@given(every_command)
def test_every_command_there_is_survives(command: Command) -> None:
    back = from_plain(Command, through_json(command))
    assert type(back) is type(command)
    assert to_plain(back) == to_plain(command)


def test_every_module_with_commands_is_known() -> None:
    defined = {
        name
        for module in map(import_module, (f"{messages.__name__}.{one.name}" for one in iter_modules(messages.__path__)))
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, Command) and kind is not Command
    }
    assert set(_commands()) == defined


@given(gestures)
def test_a_gesture_survives_as_itself(command: Command) -> None:
    back = from_plain(Command, through_json(command))
    if isinstance(command, UseScenes):
        assert isinstance(back, UseScenes) and dict(back.scenes) == dict(command.scenes)
    elif not (isinstance(command, SetParameter) and command.value != command.value):
        assert back == command


@given(st.floats())
def test_floats_survive_to_the_last_bit(value: float) -> None:
    back = from_plain(float, through_json(value))
    assert back.hex() == value.hex()


@given(st.builds(GoToPrompt, stamp_ns=st.just(0), place=st.integers() | st.text()))
def test_a_place_is_a_number_or_a_name(command: GoToPrompt) -> None:
    assert from_plain(Command, through_json(command)) == command


@given(st.from_type(CueList) | st.from_type(Playlist))
def test_lists_survive(value: CueList | Playlist) -> None:
    assert to_plain(from_plain(type(value), through_json(value))) == to_plain(value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"command": "Explode", "stamp_ns": 1}, "Command: there is no command 'Explode'"),
        ({"command": "HardCut", "stamp_ns": "x", "scene": "One"}, "Command.HardCut.stamp_ns should be int, not str"),
        ({"command": "HardCut", "stamp_ns": True, "scene": "One"}, "Command.HardCut.stamp_ns should be a whole number"),
        ({"command": "HardCut", "scene": "One", "loud": 1}, "Command.HardCut has no field 'loud'"),
        ({"command": "HardCut", "stamp_ns": 1}, "missing 1 required keyword-only argument: 'scene'"),
        (["HardCut"], "Command should be dict, not list"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(data: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(").replace("[", r"\[")):
        from_plain(Command, data)


def test_the_plain_form_names_the_class() -> None:
    assert to_plain(HardCut(stamp_ns=5, scene="One")) == {
        "command": "HardCut",
        "stamp_ns": 5,
        "origin": "window",
        "scene": "One",
        "launch": "now",
    }


def test_the_keys_that_sessions_hold_never_change() -> None:
    from engine.generators.field import painter
    from engine.generators.wan import components
    from engine.preprocess.base import DEPTH

    wan = {name: value for name, value in vars(components).items() if name.isupper()}
    assert (DEPTH, painter.TRUNK, painter.RASTER) == ("depth", "field trunk", "field raster")
    assert wan == {
        "PROCESSES": "wan processes",
        "MODEL": "wan model",
        "ATTENTION": "wan attention",
        "ROW_KERNELS": "wan row kernels",
        "FP8_PRODUCTS": "wan fp8 products",
        "LINEAR_LAYERS": "wan linear layers",
        "COMPILER": "wan compiler",
        "CODEC_COMPILER": "wan codec compiler",
        "GRAPHS": "wan graphs",
        "DECODE_PATH": "wan decode path",
        "LORA": "wan LoRA",
        "CODEC": "wan codec",
        "TEXT": "wan text",
    }
