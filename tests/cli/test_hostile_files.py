"""Whatever lies in the user's folders, the program starts, says what is wrong in a sentence, and leaves the file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.control.macros import NO_MACROS
from app.control.settings_folder import SettingsFolder
from app.midi.learning.user_bindings import UserBindingsFolder
from app.midi.profiles.profile import load_profile
from app.settings import load_place
from engine.errors import EngineError
from engine.generators.field.parameters import PARAMETERS
from engine.generators.wan.cards import read_card
from engine.messages.cue_lists import load_cues
from engine.messages.parameters import OUTPUT_PARAMETERS
from engine.messages.playlists import load_playlist
from engine.messages.scenes import load_library, load_scene
from engine.output.rendezvous import Note, Rendezvous
from engine.session.reader import Session
from tests.session.shows import Show

TABLE = PARAMETERS.joined(OUTPUT_PARAMETERS)
LIBRARY = load_library("field", TABLE)
ROOT = Path(__file__).resolve().parents[2]

SCENE = """name = "Mine"
generator = "field"
prompt = "gold"
[prompts]
"gold" = 0.5
"silver" = 1
[parameters]
"field.scale" = 0.6
"""
CUES = """[[cue]]
scene = "Molten Gold"
transition = "soft"
duration = "4 s"
follow = "16 beats"
launch = "bar"
note = "x"
"""
MACROS = """[[macro.1]]
parameter = "field.hue"
low = 0.1
high = 0.9
invert = true
curve = "slow"
[name]
1 = "Storm"
"""
CLOCK = """send_to = ["Drums", "Lights"]
link = "join"
"""
CONTROLS = """port = "Desk One"
[[controls]]
slots = "knob.1-8"
cc = "48-55"
channel = 1
mode = "relative"
encoding = "signed_bit"
bank = 2
"""
PLACE = """screen = "HDMI-1"
x = 1
y = 2
width = 1100
height = 700
maximised = false
"""
PLAYLIST = """# a remark
@start
gold
silver rain
"""
NOTE = Note(name="Stage", pid=4, started_ns=5, ring="/x").written()


def _note(file: Path) -> object:
    meeting = Rendezvous(file.parent, "Stage")
    meeting.note_path.write_bytes(file.read_bytes())
    found = meeting.read()
    assert found is None or found.pid > 0
    meeting.sweep_leftovers()
    return found


def _session(file: Path) -> object:
    return list(Session(file).records())


def _macros(file: Path) -> object:
    (file.parent / "macros.toml").write_bytes(file.read_bytes())
    return SettingsFolder(file.parent).load_macros()


def _clock(file: Path) -> object:
    (file.parent / "clock.toml").write_bytes(file.read_bytes())
    return SettingsFolder(file.parent).load_clock()


@pytest.fixture(scope="module")
def session_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    show = Show(tmp_path_factory.mktemp("session") / "a.session")
    show.chunk()
    show.end()
    return show.path.read_text()


READERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "scene": (lambda file: load_scene(file, TABLE).blend(), SCENE),
    "cues": (lambda file: load_cues(file, LIBRARY), CUES),
    "playlist": (load_playlist, PLAYLIST),
    "macros": (_macros, MACROS),
    "clock": (_clock, CLOCK),
    "controls": (UserBindingsFolder.read, CONTROLS),
    "place": (load_place, PLACE),
    "profile": (load_profile, (ROOT / "app/midi/profiles/akai_apc_mini_mk2.toml").read_text()),
    "card": (read_card, (ROOT / "presets/models/wan-1.3b.toml").read_text()),
    "note": (_note, NOTE),
    "session": (_session, ""),
}

VALUES = [
    "1" * 401, "1" * 5000, "-" + "9" * 70, "1e999", "-1e999", "nan", "inf", "0x" + "f" * 600, "NaN", "1979-13-45",
    "[" * 3000, "[" * 20 + "]" * 20, "{a=" * 500, "[{}]", "[[]]", "{}", "[]", '""', '" "', '"\\u0000"', '"\\ud800"',
    '"' + "1" * 5000 + '"', '"pad.' + "1" * 5000 + '"', '"-"', '"1-"', '"-9999"', "true", "0", "-1", "1.5", "null",
    "a" + ".a" * 4000, "\0", "\ud800", '"e\u0301"', '"\u00b2"', '"\u0663"', "2000-01-01", '"' + "x" * 100_000 + '"',
]  # fmt: skip
TOKENS = st.sampled_from(VALUES) | st.text(max_size=12) | st.floats().map(repr) | st.integers().map(str)


@st.composite
def mutations(draw: st.DrawFn, text: str) -> bytes:
    """The text with some values, keys or stretches in it replaced by what nobody meant."""
    for _ in range(draw(st.integers(1, 3))):
        token = draw(TOKENS)
        lines = text.split("\n")
        at = draw(st.integers(0, len(lines) - 1))
        key, mark, _value = lines[at].partition("=")
        match draw(st.sampled_from(("value", "key", "stretch", "line"))):
            case "value" if mark:
                lines[at] = f"{key}= {token}"
            case "key" if mark:
                lines[at] = f"{token} ={_value}"
            case "line":
                lines.insert(at, token)
            case _:
                start = draw(st.integers(0, len(text)))
                end = min(len(text), start + draw(st.integers(0, 12)))
                lines = (text[:start] + token + text[end:]).split("\n")
        text = "\n".join(lines)
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
@settings(max_examples=150)
def test_a_reader_raises_its_own_error_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, session_text: str, name: str, data: st.DataObject
) -> None:
    read, text = READERS[name]
    folder = tmp_path_factory.mktemp("hostile")
    file = folder / "any.toml"
    content = data.draw(mutations(text or session_text))
    file.write_bytes(content)
    try:
        read(file)
    except EngineError as error:
        assert str(error).encode("utf-8", "backslashreplace")
    assert file.read_bytes() == content
    for one in folder.iterdir():
        one.unlink()


@pytest.mark.parametrize("name", READERS)
def test_an_honest_file_is_read(tmp_path: Path, session_text: str, name: str) -> None:
    read, text = READERS[name]
    plain, marked = tmp_path / "plain.toml", tmp_path / "marked.toml"
    plain.write_text(text or session_text)
    marked.write_text("\ufeff" + (text or session_text))
    assert read(plain) is not None
    assert repr(read(marked)).replace("marked", "plain") == repr(read(plain))


JSON_VALUES = [
    "[" * 5000, '{"a":' * 5000, "1" * 401, "-" + "1" * 5000, "NaN", "1e999", '"\\u0000"', '"\\ud800"', "null", "[]",
    "{}", "true", "-1", "1.5", '"x"', "[[]]", '{"command":[]}', '{"command":"Command"}', '[{"command":"SetTempo"}]',
]  # fmt: skip


@given(data=st.data())
@settings(max_examples=300)
def test_a_session_with_any_value_in_any_place(
    tmp_path_factory: pytest.TempPathFactory, session_text: str, data: st.DataObject
) -> None:
    lines = session_text.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    document = json.loads(lines[at])
    holder: Any = document
    for _ in range(data.draw(st.integers(0, 5))):
        inner = [value for value in (holder.values() if isinstance(holder, dict) else holder) if value]
        inner = [value for value in inner if isinstance(value, dict | list)]
        if not inner:
            break
        holder = data.draw(st.sampled_from(inner))
    mark = "HOSTILE"
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    holder[data.draw(st.sampled_from(keys))] = mark
    lines[at] = json.dumps(document).replace(f'"{mark}"', data.draw(st.sampled_from(JSON_VALUES)))
    file = tmp_path_factory.mktemp("session") / "any.session"
    file.write_text("\n".join(lines) + "\n")
    try:
        _session(file)
    except EngineError as error:
        assert str(error)
    file.unlink()


def test_every_start_succeeds_with_a_folder_of_hostile_scenes(tmp_path: Path) -> None:
    (tmp_path / "field").mkdir()
    for number, value in enumerate(VALUES):
        text = SCENE.replace("0.6", value).encode("utf-8", "surrogatepass")
        (tmp_path / "field" / f"{number:02}.toml").write_bytes(text)
    (tmp_path / "field" / "folder.toml").mkdir()
    (tmp_path / "field" / "mine.toml").write_text(SCENE)
    library = load_library("field", TABLE, tmp_path)
    assert "Mine" in library and "Molten Gold" in library
    assert len(library.faults) > len(VALUES) // 2
    assert SettingsFolder(tmp_path / "nowhere").load_macros() is NO_MACROS


def test_a_name_is_the_same_however_its_accents_are_encoded(tmp_path: Path) -> None:
    (tmp_path / "field").mkdir()
    (tmp_path / "field" / "cafe.toml").write_text("\ufeff" + SCENE.replace("Mine", "Caf\u00e9 \u00d6l"))
    library = load_library("field", TABLE, tmp_path)
    assert library["Cafe\u0301 O\u0308l"].name == library["CAF\u00c9 \u00d6L"].name == "Caf\u00e9 \u00d6l"
    assert "Cafe\u0301 O\u0308l" in library
    (tmp_path / "cues.toml").write_text('\ufeff[[cue]]\nscene = "Cafe\u0301 O\u0308l"\n')
    assert load_cues(tmp_path / "cues.toml", library).cues[0].scene == "Caf\u00e9 \u00d6l"
