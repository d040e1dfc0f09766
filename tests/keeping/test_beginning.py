"""A performance begins with the command line, then with the show that is kept, then with the usual."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.arguments import Options, parse
from app.control.settings_folder import SettingsFolder
from app.settings import AfterEnd
from app.show.beginning import Beginning, begin, output_name
from app.show.carried import with_carried
from app.show.document import Carried, Front, ListPlace, Playing, Sent, Show
from app.show.file import ShowError, save_show
from app.show.kept import OLDER, ShowFolder
from app.show.references import located, refers
from engine.folders import models_folder
from engine.generators.registry import find_generator
from engine.generators.scenes import load_scenes
from engine.messages.interpolation import Interpolation
from engine.preprocess.learned.cards import depth_cards

LAST = Show(
    playing=Playing(source="file:/clip.mp4", scene="Deep Reef", prompt="a sea", values={"field.hue": 0.3}),
    playlist=ListPlace(path="/list.txt", number=2),
    sent=Sent(width=1280, height=720),
)


def started(tmp_path: Path, *arguments: str, after: AfterEnd = AfterEnd.RESUME) -> Beginning:
    return begin(parse(arguments), after, tmp_path / "shows", tmp_path / "user")


def kept(tmp_path: Path, show: Show, *, crashed: bool, times: int = 0) -> ShowFolder:
    folder = ShowFolder("Hardcut", tmp_path / "shows")
    folder.save(show)
    folder.begin(times)
    if not crashed:
        folder.end()
    return folder


@pytest.mark.parametrize("after", AfterEnd)
def test_after_an_unclean_end_it_goes_on_and_says_so(tmp_path: Path, after: AfterEnd) -> None:
    kept(tmp_path, LAST, crashed=True)
    begun = started(tmp_path, after=after)
    assert begun.resumed
    assert begun.show == LAST
    assert (begun.options.source, begun.options.width) == ("file:/clip.mp4", 1280)
    assert any("Deep Reef" in text for text in begun.told)


def test_after_a_clean_end_it_begins_as_chosen(tmp_path: Path) -> None:
    kept(tmp_path, LAST, crashed=False)
    assert started(tmp_path, after=AfterEnd.RESUME).show == LAST
    home = started(tmp_path, after=AfterEnd.HOME)
    assert home.show == Show()
    assert home.options.source == "stage"


def test_the_command_line_comes_first(tmp_path: Path) -> None:
    kept(tmp_path, LAST, crashed=True)
    begun = started(tmp_path, "--source", "stage", "--canvas", "640x360", "--playlist", "mine.txt")
    assert (begun.options.source, begun.options.width, begun.options.height) == ("stage", 640, 360)
    assert begun.show.playing.scene == "Deep Reef"
    assert begun.show.playlist == ListPlace()
    other = started(tmp_path, "--scene", "Noir")
    assert (other.show.playing.scene, other.show.playing.prompt, other.show.playing.values) == ("Noir", "", {})


def test_what_stood_on_the_command_line_holds_for_that_run_only(tmp_path: Path) -> None:
    begun = started(tmp_path, "--canvas", "640x360", "--scene", "Noir", "--interpolate", "motion")
    kept(tmp_path, begun.show, crashed=False)
    again = started(tmp_path)
    assert (again.options.width, again.show.playing.scene) == (896, "")
    assert again.options.interpolate is Interpolation.OFF
    kept(tmp_path, begun.show, crashed=True)
    on = started(tmp_path)
    assert (on.options.width, on.show.playing.scene) == (640, "Noir")
    assert on.options.interpolate is Interpolation.MOTION


def test_a_show_that_ends_the_program_again_and_again_is_put_aside(tmp_path: Path) -> None:
    folder = kept(tmp_path, LAST, crashed=True, times=3)
    begun = started(tmp_path)
    assert begun.show == Show()
    assert any("4 times in a row" in text for text in begun.told)
    folder.settle()  # once it has played for a while
    assert started(tmp_path).resumed


def test_a_damaged_show_gives_way_to_the_one_before(tmp_path: Path) -> None:
    folder = kept(tmp_path, LAST, crashed=False)
    for _ in range(OLDER + 2):
        folder.put_aside()
        folder.save(LAST)
    folder.file.write_bytes(b"\xff\xfe\x00")
    begun = started(tmp_path)
    assert begun.show == LAST
    assert any("show.toml" in text for text in begun.told)


def test_what_is_not_here_is_named_and_the_rest_plays(tmp_path: Path) -> None:
    show = Show(
        playing=Playing(source="nonsense:1", generator="wan-99b", depth="guess", scene="Gold"),
        sent=Sent(sinks=("hologram",), width=3, fps=LAST.sent.fps * 1000),
    )
    kept(tmp_path, show, crashed=True)
    begun = started(tmp_path)
    usual = Options()
    for key in ("source", "generator", "depth", "sink", "width", "fps"):
        assert getattr(begun.options, key) == getattr(usual, key), key
    told = " ".join(begun.told)
    for word in ("nonsense", "wan-99b", "guess", "hologram", "canvas", "rate"):
        assert word in told


def test_a_saved_show_brings_its_scenes_and_finds_its_clip_beside_it(tmp_path: Path) -> None:
    there, here = tmp_path / "there", tmp_path / "user"
    for user, name in ((there, "Mine"), (there, "Both"), (here, "Both")):
        text = f'name = "{name}"\ngenerator = "field"\nprompt = "{user.name}"\n[parameters]\n'
        (user / "scenes/field").mkdir(parents=True, exist_ok=True)
        (user / f"scenes/field/{name.lower()}.toml").write_text(text)
    cues = '[[cue]]\nscene = "both"\n[[cue]]\nscene = "Mine"\n'
    playing = replace(LAST.playing, scene="Both")
    front = Front(pads=("Mine", "Both", ""), scenes=("Both", "Mine"))
    last = replace(LAST, playing=playing, front=front, cues=ListPlace(path="/cues.toml", text=cues))
    show = with_carried(last, there, "field")
    assert show.carried.refers == ("clip: /clip.mp4", "playlist: /list.txt", "cue list: /cues.toml")
    file = tmp_path / "night.hardcut"
    save_show(show, file)
    assert any("clip.mp4" in text for text in started(tmp_path, "--show", str(file)).told)
    (tmp_path / "clip.mp4").write_bytes(b"")
    (here / "scenes/field/mine.toml").unlink()
    begun = started(tmp_path, "--show", str(file))
    assert begun.options.source == f"file:{tmp_path / 'clip.mp4'}"
    spec = find_generator("field").describe()
    library = load_scenes(spec, here / "scenes")
    assert (library["Mine"].prompt, library["Both"].prompt, library["Both (night)"].prompt) == (
        "there",
        "user",
        "there",
    )
    assert len(list((here / "scenes/field").glob("*.toml"))) == 3  # the second opening saved nothing twice
    assert (begun.show.playing.scene, begun.show.front.pads) == ("Both (night)", ("Mine", "Both (night)", ""))
    assert "Both (night)" in begun.show.cues.text
    assert "Mine" in begun.show.cues.text
    told = " ".join(begun.told)
    assert "came Mine" in told
    assert "Both (night) for Both" in told


def test_macros_and_learnt_controls_that_are_here_stay_beside_the_shows(tmp_path: Path) -> None:
    here, file = tmp_path / "user/midi", tmp_path / "night.hardcut"
    here.mkdir(parents=True)
    part = '[[macro.{}]]\nparameter = "field.{}"\n'
    learnt = 'port = "Desk"\n[[controls]]\nslots = "{}"\ncc = 7\n'
    (here / "macros.toml").write_text(part.format(1, "hue"))
    (here / "desk.toml").write_text(learnt.format("level"))
    files = {
        "midi/macros.toml": part.format(1, "energy") + part.format(2, "warp") + '[name]\n1 = "Storm"\n',
        "midi/desk.toml": learnt.format("knob.1"),
        "midi/new.toml": learnt.format("knob.2"),
        "midi/evil.toml": learnt.format("sink:record:/any/x.mp4").replace("cc", "note"),
        "midi/broken.toml": "port = 7",
        "midi/audio.toml": 'input = "theirs"',
    }
    save_show(Show(carried=Carried(files=files)), file)
    for _ in range(2):
        told = " ".join(started(tmp_path, "--show", str(file)).told)
        macros = SettingsFolder(here).load_macros()
        assert [(one, macros[one].name, macros[one].parts[0].parameter) for one in sorted(macros)] == [
            (1, "", "field.hue"),
            (2, "", "field.warp"),
            (3, "Storm (night)", "field.energy"),
        ]
        assert "1 is 3 here" in told
        assert "the show's lies in midi/night" in told
    assert (here / "desk.toml").read_text() == learnt.format("level")
    assert (here / "night/desk.toml").read_text() == learnt.format("knob.1")
    assert sorted(one.name for one in here.rglob("*.toml")) == ["desk.toml", "desk.toml", "macros.toml", "new.toml"]
    for word in ("evil.toml", "broken.toml"):
        assert word in told


@pytest.mark.parametrize(
    "place",
    ["../evil.toml", "/etc/evil.toml", "scenes/field/../../evil.toml", "midi/a.py", "cards/a.toml", "C:/a.toml"],
)
def test_nothing_is_unpacked_outside_its_place(tmp_path: Path, place: str) -> None:
    file = tmp_path / "night.hardcut"
    save_show(Show(carried=Carried(files={place: "a = 1"})), file)
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    begun = started(tmp_path, "--show", str(file))
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before
    assert any("left out" in text for text in begun.told)


def test_show_none_keeps_nothing_and_uses_nothing(tmp_path: Path) -> None:
    kept(tmp_path, LAST, crashed=True)
    begun = started(tmp_path, "--show", "none")
    assert (begun.folder, begun.show) == (None, Show())


def test_a_show_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ShowError, match="nowhere"):
        output_name(parse(["--show", str(tmp_path / "nowhere.hardcut")]))


@pytest.mark.parametrize("crashes", [0, 1, 2])
def test_an_attempt_that_does_not_start_is_no_crash(tmp_path: Path, crashes: int) -> None:
    folder = kept(tmp_path, LAST, crashed=crashes > 0, times=max(crashes - 1, 0))
    begun = started(tmp_path)
    assert begun.crashes == crashes
    folder.begin(begun.crashes)
    folder.withdraw(begun.crashes)
    assert started(tmp_path).crashes == crashes


def test_a_show_that_came_as_a_file_has_nothing_written_or_told(tmp_path: Path) -> None:
    evil = f"record:{tmp_path / 'deep' / 'x.mp4'}"
    file, secret = tmp_path / "night.hardcut", tmp_path / "id_rsa"
    secret.write_text("a key")
    save_show(Show(sent=Sent(sinks=("ndi", evil, "display:1")), playlist=ListPlace(path=str(secret))), file)
    begun = started(tmp_path, "--show", str(file))
    assert begun.options.sink == ("ndi", "display:1")
    assert begun.show.playlist == ListPlace()
    told = " ".join(begun.told)
    assert "no other place" in told
    assert "id_rsa" in told
    save_show(Show(sent=Sent(sinks=(evil,))), file)
    assert started(tmp_path, "--show", str(file)).options.sink == ("ndi",)
    assert started(tmp_path, "--show", str(file), "--sink", evil).options.sink == (evil,)  # a hand names any place


def test_all_that_a_show_needs_is_listed_and_all_that_is_missing_named_once(tmp_path: Path) -> None:
    away = tmp_path / "away"
    card = next(name for name, one in depth_cards()[0].items() if one.missing(models_folder()))
    show = Show(
        playing=Playing(
            source=f"file:{away}/clip.mp4", depth=f"external:file:{away}/second.mov", reference=f"{away}/a.png"
        ),
        sent=Sent(
            sinks=("ndi", "display:2", "camera"),
            logo=f"{away}/logo.png",
            logo_on=True,
            emergency=f"loop:{away}/calm.mp4",
        ),
        playlist=ListPlace(path=f"{away}/list.txt", text="a sea"),
        cues=ListPlace(path=f"{away}/cues.toml"),
    )
    listed = tuple(refers(show))
    assert listed == (
        f"clip: {away}/clip.mp4",
        f"second source: {away}/second.mov",
        f"picture to begin with: {away}/a.png",
        f"logo: {away}/logo.png",
        f"emergency clip: {away}/calm.mp4",
        f"playlist: {away}/list.txt",
        f"cue list: {away}/cues.toml",
        "display: 2",
        "output: camera",
    )
    assert "second source: ndi:DESK (Cam)" in refers(Show(playing=Playing(depth="external:ndi:DESK (Cam)")))
    learned = Show(playing=Playing(depth=card))
    assert f"depth model: {card}" in refers(learned)
    assert located(learned, tmp_path)[0].playing.depth == Playing().depth
    assert [card in one for one in located(learned, tmp_path)[1]] == [True]

    bare, told = located(show, tmp_path)
    names = ("clip.mp4", "second.mov", "a.png", "logo.png", "calm.mp4")
    assert [[name in one for one in told].count(True) for name in names] == [1] * len(told)
    assert (bare.sent.logo, bare.sent.logo_on, bare.sent.emergency, bare.playing.reference) == ("", False, "", "")
    for name in (*names, "list.txt", "cues.toml"):
        (tmp_path / name).write_bytes(b"")
    found, told = located(show, tmp_path)
    assert told == ()
    assert tuple(refers(found)) == tuple(one.replace(str(away), str(tmp_path)) for one in listed)
