"""What stands on the command line comes before the show that is kept, for one run, and never ends up in it."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from app.arguments import KEPT, parse
from app.settings import AfterEnd
from app.show.beginning import Beginning, begin
from app.show.document import Beat, Beneath, Front, ListPlace, Playing, Sent, Show
from app.show.file import parse_show, show_text
from app.show.given import still_given, without_given
from app.show.kept import ShowFolder
from engine.messages.alpha import AlphaOut
from engine.messages.framing import FrameWay, Framing
from engine.messages.interpolation import Interpolation
from engine.messages.picture_format import PictureFormat
from engine.messages.placement import Fit, Upscale
from engine.messages.quality import QualityRule

KEPT_SHOW = Show(
    playing=Playing(
        source="file:/clip.mp4",
        framing=Framing(FrameWay.CROP, 0.0, 1.0),
        format=PictureFormat.TALL,
        depth="edges",
        seed=9,
        scene="Deep Reef",
        prompt="a sea",
        values={"field.hue": 0.3},
        quality={"steps": QualityRule.FORBIDDEN},
        reference="/mask.png",
    ),
    front=Front(pads=("Deep Reef", "Noir"), scenes=("Deep Reef", "Noir")),
    playlist=ListPlace(path="/list.txt", number=2),
    cues=ListPlace(path="/cues.txt", number=3),
    sent=Sent(
        sinks=("ndi", "display:2"),
        width=1280,
        height=720,
        fps=Fraction(50),
        fit=Fit.FILL,
        upscale=Upscale.EDGES,
        interpolation=Interpolation.BLEND,
        alpha=AlphaOut.UYVA,
        logo="/logo.png",
        logo_on=True,
        values={"output.fade": 2.0},
        shapes={"display:2": "turn 90", "display:1": "flip"},
        emergency="loop:/calm.mp4",
    ),
    beat=Beat(bpm=120.0, source="Ableton Link (join)"),
)
ASKED = {
    "source": ["--source", "stage"],
    "scene": ["--scene", "Noir"],
    "generator": ["--generator", "wan-1.3b"],
    "format": ["--format", "wide"],
    "depth": ["--depth", "matte"],
    "seed": ["--seed", "4"],
    "quality": ["--quality", "full"],
    "reference": ["--reference", "mine.png"],
    "playlist": ["--playlist", "mine.txt"],
    "cues": ["--cues", "mine.toml"],
    "sink": ["--sink", "null"],
    "canvas": ["--canvas", "640x360"],
    "fps": ["--fps", "25"],
    "fit": ["--fit", "mirror"],
    "upscale": ["--upscale", "smooth"],
    "interpolate": ["--interpolate", "motion"],
    "fade": ["--fade", "0"],
    "logo": ["--logo", "mine.png"],
    "alpha": ["--alpha", "bgra"],
    "shape": ["--shape", "display:2=flip"],
    "emergency": ["--emergency", "breathe"],
    "link": ["--link", "off"],
}


def started(tmp_path: Path, *arguments: str) -> Beginning:
    return begin(parse(arguments), AfterEnd.RESUME, tmp_path / "shows", tmp_path / "user")


def kept(tmp_path: Path, show: Show, *, crashed: bool = False) -> None:
    folder = ShowFolder("Hardcut", tmp_path / "shows")
    folder.save(show)
    folder.begin(0)
    if not crashed:
        folder.end()


def test_every_option_that_a_show_has_a_word_on_is_tried_here() -> None:
    assert set(ASKED) == KEPT - {"output_name"}  # every name has a show of its own


@pytest.mark.parametrize("keys", [*({key} for key in sorted(ASKED)), {"format", "canvas", "generator"}, set(ASKED)])
def test_a_run_with_a_command_line_leaves_the_show_as_it_was(tmp_path: Path, keys: set[str]) -> None:
    kept(tmp_path, KEPT_SHOW)
    run = started(tmp_path, *(word for key in sorted(keys) for word in ASKED[key])).show
    assert set(run.given) == keys
    kept(tmp_path, run, crashed=True)  # and so does one that goes on after a crash
    on = started(tmp_path).show
    assert set(on.given) == keys
    kept(tmp_path, on)
    assert started(tmp_path).show == KEPT_SHOW


def test_a_run_obeys_its_command_line(tmp_path: Path) -> None:
    kept(tmp_path, KEPT_SHOW)
    run = started(tmp_path, *ASKED["sink"], *ASKED["shape"], *ASKED["fps"]).show.sent
    assert (run.sinks, run.fps) == (("null",), 25)
    assert run.shapes == {"display:2": "flip", "display:1": "flip"}


def test_the_sinks_of_a_command_line_go_and_those_of_a_hand_stay(tmp_path: Path) -> None:
    kept(tmp_path, Show())
    run = started(tmp_path, "--sink", "null").show
    covered = replace(run, sent=replace(run.sent, sinks=("null", "display:1")))  # F11 in between
    covered = replace(covered, given=still_given(covered, run))
    kept(tmp_path, covered)
    assert started(tmp_path).options.sink == ("ndi", "display:1")
    both = started(tmp_path, "--sink", "ndi", "--sink", "spout").show
    gone = replace(both, sent=replace(both.sent, sinks=("spout",)))  # and NDI switched off
    assert without_given(gone).sent.sinks == ("display:1",)


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("depth", lambda show: replace(show, playing=replace(show.playing, depth="lines"))),
        ("fps", lambda show: replace(show, sent=replace(show.sent, fps=Fraction(60)))),
        ("canvas", lambda show: replace(show, sent=replace(show.sent, width=1920, height=1080))),
        ("shape", lambda show: replace(show, sent=replace(show.sent, shapes={"display:2": "turn 180"}))),
    ],
)
def test_what_a_hand_changes_is_kept(tmp_path: Path, key: str, changed: object) -> None:
    assert callable(changed)
    kept(tmp_path, KEPT_SHOW)
    run = started(tmp_path, *ASKED[key]).show
    after = changed(run)
    after = replace(after, given=still_given(after, run))
    assert without_given(after) == replace(after, given=(), beneath=Beneath())


def test_a_film_that_is_asked_for_is_made_whatever_is_kept_and_ends_with_its_run(tmp_path: Path) -> None:
    kept(tmp_path, KEPT_SHOW)
    run = started(tmp_path, "--record-video", "/a.mp4")
    assert run.options.sink == ("ndi", "display:2", "record:/a.mp4")
    assert run.show == KEPT_SHOW


def test_what_lies_beneath_is_written_and_read() -> None:
    show = replace(Show(), given=("sink",), beneath=Beneath(sent=KEPT_SHOW.sent, asked_sinks=("null",)))
    assert parse_show(show_text(show), "a") == (show, ())
    assert "beneath" not in show_text(Show())


def test_a_shape_that_is_none_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["--shape", "display:1= turn 90 , flip"]).shape == {"display:1": "turn 90, flip"}
    assert parse(["--shape", "display:1="]).shape == {"display:1": ""}
    for wrong, words in (
        ("ndi=flip", "no display"),
        ("display:1=turn 45", "45"),
        ("display:1=corners 0 0", "no shape"),
        ("flip", "flip"),
        ("display:1=crop 0.6 0 0 0", "cut off"),
    ):
        with pytest.raises(SystemExit):
            parse(["--shape", wrong])
        assert words in capsys.readouterr().err
