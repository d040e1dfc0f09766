"""The format of a show: asked for on the command line, kept, opened again, and told."""

from fractions import Fraction
from pathlib import Path

import pytest

from app.arguments import parse
from app.settings import AfterEnd
from app.show.beginning import Beginning, begin, checked
from app.show.document import Playing, Sent, Show
from app.show.file import parse_show, show_text
from app.show.given import still_given
from app.show.keeper import after
from app.show.kept import ShowFolder
from app.show.opening import open_over
from engine.generators.registry import find_generator
from engine.messages.commands import SelectFormat
from engine.messages.events import ComponentState, GeneratorChanged
from engine.messages.output_commands import SetCanvas
from engine.messages.picture_format import PictureFormat
from engine.messages.scenes import SceneLibrary

SQUARE, WIDE, TALL = PictureFormat
EACH = pytest.mark.parametrize("picture_format", PictureFormat)


def started(tmp_path: Path, *arguments: str) -> Beginning:
    return begin(parse(arguments), AfterEnd.RESUME, tmp_path / "shows", tmp_path / "user")


def keep(tmp_path: Path, show: Show) -> None:
    ShowFolder("Hardcut", tmp_path / "shows").save(show)


@EACH
def test_the_canvas_is_the_formats_own_unless_one_is_named(picture_format: PictureFormat) -> None:
    options = parse(["--format", picture_format.value])
    assert options.format is picture_format
    assert (options.width, options.height) == picture_format.canvas
    named = parse(["--format", picture_format.value, "--canvas", "640x360"])
    assert (named.width, named.height) == (640, 360)
    assert parse([]).format is SQUARE


@EACH
def test_a_show_keeps_its_format(tmp_path: Path, picture_format: PictureFormat) -> None:
    width, height = picture_format.canvas
    show = Show(playing=Playing(format=picture_format), sent=Sent(width=width, height=height))
    assert parse_show(show_text(show), "a") == (show, ())
    keep(tmp_path, show)
    begun = started(tmp_path)
    assert (begun.options.format, begun.options.width, begun.options.height) == (picture_format, width, height)
    assert begun.show.playing.format is picture_format


def test_another_format_on_the_command_line_takes_its_canvas_along(tmp_path: Path) -> None:
    keep(tmp_path, Show())
    wide = started(tmp_path, "--format", "wide")
    assert (wide.options.format, wide.options.width, wide.options.height) == (WIDE, *WIDE.canvas)
    keep(tmp_path, Show(sent=Sent(width=1080, height=1080)))
    chosen = started(tmp_path, "--format", "wide")
    assert (chosen.options.width, chosen.options.height) == (1080, 1080)  # chosen by hand: it stays


def test_what_was_given_for_one_run_is_not_kept_for_the_next(tmp_path: Path) -> None:
    width, height = WIDE.canvas
    begun = Show(playing=Playing(format=WIDE), sent=Sent(width=width, height=height), given=("format",))
    assert still_given(begun, begun) == ("format",)
    keep(tmp_path, begun)
    later = started(tmp_path)
    assert (later.options.format, later.options.width, later.options.height) == (SQUARE, *SQUARE.canvas)


def test_the_show_follows_what_plays_and_a_stand_in_changes_the_format_alone() -> None:
    ready = GeneratorChanged(at_ns=0, name="wan-1.3b", state=ComponentState.READY, format=WIDE)
    assert after(Show(), ready).playing == Playing(generator="wan-1.3b", format=WIDE)
    stands_in = GeneratorChanged(at_ns=0, name="field", state=ComponentState.READY, detail="In place", format=TALL)
    assert after(Show(playing=Playing(generator="wan-1.3b")), stands_in).playing == Playing(
        generator="wan-1.3b", format=TALL
    )
    starting = GeneratorChanged(at_ns=0, name="field", state=ComponentState.STARTING, format=WIDE)
    assert after(Show(), starting) == Show()


def test_a_show_is_opened_in_its_format_before_its_canvas() -> None:
    show = Show(playing=Playing(format=TALL), sent=Sent(width=1080, height=1920, fps=Fraction(25)))
    table = find_generator("field").describe().parameters
    commands = open_over(show, table, SceneLibrary({}), 0).commands
    kinds = [type(one) for one in commands]
    assert kinds.index(SelectFormat) < kinds.index(SetCanvas)
    assert next(one.format for one in commands if isinstance(one, SelectFormat)) is TALL


def test_a_format_that_is_none_is_left_out() -> None:
    text = show_text(Show(playing=Playing(format=WIDE))).replace('"wide"', '"round"')
    show, faults = parse_show(text, "a")
    assert show.playing.format is SQUARE and len(faults) == 1 and "playing.format" in faults[0]
    assert checked(show, []) == show
