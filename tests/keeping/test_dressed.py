"""Fade, mix, alpha, logo and the shapes of displays: asked for, kept, written, opened again."""

from pathlib import Path

import pytest

from app.arguments import parse
from app.settings import AfterEnd
from app.show.beginning import begin
from app.show.document import Sent, Show
from app.show.file import parse_show, show_text
from app.show.given import without_given
from app.show.keeper import after
from app.show.opening import open_on, open_over
from engine.generators.registry import find_generator
from engine.messages.alpha import AlphaOut
from engine.messages.commands import Command, Origin, SetParameter
from engine.messages.output_commands import SetAlpha, SetLogo, ShapeDisplay
from engine.messages.output_events import OutputChanged
from engine.messages.scenes import SceneLibrary
from engine.messages.shape import DisplayShape
from tests.output_events import output_changed

TABLE = find_generator("field").describe().parameters
SHAPE = DisplayShape(((0.1, 0.0), (0.0, 0.0), (0.0, -0.05), (0.0, 0.0)), turn=90)


def told() -> OutputChanged:
    return output_changed(
        alpha=AlphaOut.UYVA,
        logo="/pictures/logo.png",
        logo_on=True,
        values={"output.fade": 1.5, "mix.person": 1.0, "logo.x": 0.25},
        shapes={"display:2": DisplayShape(SHAPE.corners, turn=90, pattern=True)},
    )


def asked(commands: tuple[Command, ...]) -> set[object]:
    wanted = (SetParameter, SetAlpha, SetLogo, ShapeDisplay)
    return {
        one for one in commands if isinstance(one, wanted) and getattr(one, "parameter", "").partition(".")[0] != "map"
    }


def test_it_is_kept_written_and_opened_again() -> None:
    show = after(Show(), told())
    assert show.sent.shapes == {"display:2": str(SHAPE)}  # a pattern is for aligning: it is not kept
    read, faults = parse_show(show_text(show), "a")
    assert (read, faults) == (show, ())
    at, library = {"stamp_ns": 5, "origin": Origin.CLI}, SceneLibrary({})
    dressed = {
        SetParameter(parameter="output.fade", value=1.5, **at),
        SetParameter(parameter="mix.person", value=1.0, **at),
        SetParameter(parameter="logo.x", value=0.25, **at),
        SetAlpha(mode=AlphaOut.UYVA, **at),
        SetLogo(on=True, file="/pictures/logo.png", **at),
        ShapeDisplay(sink="display:2", shape=SHAPE, **at),
    }
    assert asked(open_on(read, TABLE, library, 5).commands) == dressed
    assert asked(open_on(Show(), TABLE, library, 5).commands) == set()
    over = asked(open_over(read, TABLE, library, 5).commands)
    assert dressed < over
    assert SetParameter(parameter="mix.dry", value=0.0, **at) in over  # what played before may have had another


def test_a_damaged_shape_is_told_and_left_out() -> None:
    opening = open_on(Show(sent=Sent(shapes={"display:1": "turn 3"})), TABLE, SceneLibrary({}), 0)
    assert asked(opening.commands) == set()
    assert "display:1 is as usual" in opening.faults[0]


def test_the_command_line_says_it_for_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = parse(["--fade", "2", "--logo", "logo.png", "--alpha", "bgra"])
    show = begin(options, AfterEnd.RESUME, tmp_path, tmp_path).show
    assert (show.sent.values["output.fade"], show.sent.alpha) == (2.0, AlphaOut.BGRA)
    assert show.sent.logo == str(Path("logo.png").absolute())
    assert show.sent.logo_on
    later = without_given(show)
    assert (later.sent.alpha, later.sent.logo, later.sent.logo_on) == (AlphaOut.OFF, "", False)
    assert "output.fade" not in later.sent.values
    for wrong in ("11", "long", "nan"):
        with pytest.raises(SystemExit):
            parse(["--fade", wrong])
        assert "fade" in capsys.readouterr().err
