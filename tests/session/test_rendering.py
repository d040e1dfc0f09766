"""A session as a film: at a constant rate, going on where it was broken off."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.render import parse_render
from engine.clock import NS_PER_SECOND
from engine.messages.frame import FRAME_SIZE
from engine.messages.interpolation import Interpolation
from engine.output.settings import VideoFormat
from engine.session.errors import SessionError
from engine.session.film_plan import PlannedChunk, place_to_go_on, plan_film
from engine.session.reader import Session
from engine.session.records import Header
from engine.session.rendering import FilmSink, RenderOrder
from engine.session.replay import ShownChunk
from tests.cli.program import hardcut, told_off

RECORDED = Path(__file__).parent / "recorded" / "show-0.1.0.session"
PERIOD_NS = NS_PER_SECOND // 10


def chunk(number: int, fresh: bool = False) -> PlannedChunk:
    return PlannedChunk(number, number * 2 * PERIOD_NS, 2, PERIOD_NS, fresh)


PLAN = tuple(chunk(number, number in (0, 12)) for number in range(24))
"""4.8 seconds of a show of ten pictures a second, with a cut in the middle."""


def level(picture: int) -> int:
    return 40 + 4 * picture


def pictures(number: int) -> tuple[npt.NDArray[np.uint8], ...]:
    return tuple(np.full((FRAME_SIZE, FRAME_SIZE, 4), level(2 * number + place), np.uint8) for place in range(2))


def shown(plan: Iterable[PlannedChunk]) -> list[ShownChunk]:
    return [ShownChunk(int(one.number >= 12), one.number, one.period_ns, pictures(one.number)) for one in plan]


@pytest.fixture(scope="module")
def header() -> Header:
    return Session(RECORDED).header


def order(path: Path, fps: int = 30, interpolation: Interpolation = Interpolation.OFF) -> RenderOrder:
    video = VideoFormat(width=64, height=64, rate=Fraction(fps))
    return RenderOrder(path=path, video=video, generator="toy", interpolation=interpolation)


def film(path: Path) -> tuple[list[float], list[int]]:
    """Times, and the brightness in the middle of each picture."""
    with av.open(str(path)) as opened:
        found = [(frame.time, frame.to_ndarray(format="rgb24")[32, 32].mean()) for frame in opened.decode(video=0)]
    return [float(time or 0.0) for time, _ in found], [round(float(value)) for _, value in found]


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_film_has_the_outputs_rate_and_every_picture_its_time(header: Header, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    sink = FilmSink(order(path), header, PLAN)
    for one in shown(PLAN):
        sink.show(one)
    sink.finish()
    sink.close()
    times, levels = film(path)
    assert times == pytest.approx([number / 30 for number in range(144)], abs=1e-3)
    assert all(abs(value - level(number // 3)) <= 2 for number, value in enumerate(levels))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    with pytest.raises(SessionError, match="There is a film of that name already"):
        FilmSink(order(path), header, PLAN)


def test_a_film_that_was_broken_off_plays_and_goes_on(header: Header, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    broken = FilmSink(order(path), header, PLAN)
    for one in shown(PLAN[:21]):
        broken.show(one)
    # Nothing more is called: as after a kill, what the muxer has not written yet is missing.
    times, _ = film(path)
    assert 30 <= len(times) < 126
    with pytest.raises(SessionError, match="begun with another fps"):
        FilmSink(order(path, 25), header, PLAN)
    sink = FilmSink(order(path), header, PLAN)
    assert sink.done == len(times)
    begin = place_to_go_on(PLAN, sink.done_ns)
    assert begin == 12 * (sink.done_ns >= chunk(12).start_ns)
    for one in shown(PLAN[begin:]):
        sink.show(one)
    sink.finish()
    sink.close()
    times, levels = film(path)
    assert times == pytest.approx([number / 30 for number in range(144)], abs=1e-3)
    assert all(abs(value - level(number // 3)) <= 2 for number, value in enumerate(levels))
    broken.close()


def test_between_two_pictures_lies_their_blend_but_not_across_a_cut(header: Header, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    sink = FilmSink(order(path, interpolation=Interpolation.BLEND), header, PLAN)
    for one in shown(PLAN):
        sink.show(one)
    sink.finish()
    sink.close()
    _, levels = film(path)
    for number, value in enumerate(levels):
        picture, third = divmod(number, 3)
        still = picture in (23, 47)  # the last before the cut, and of all
        wanted = level(picture) + (0 if still else 4 * third / 3)
        assert abs(value - wanted) <= 3, number


def test_the_plan_of_a_recorded_show_has_no_gaps() -> None:
    plan = plan_film(Session(RECORDED).records())
    assert len(plan) > 3
    assert plan[0].fresh
    assert plan[0].start_ns == 0
    for one, following in pairwise(plan):
        assert following.start_ns == one.end_ns
        assert following.number > one.number


@given(st.integers(0, 60 * PERIOD_NS), st.sets(st.integers(0, 23)))
def test_a_film_goes_on_at_the_last_cut_before_its_end(done_ns: int, cuts: set[int]) -> None:
    plan = tuple(replace(one, fresh=one.number in cuts | {0}) for one in PLAN)
    begin = place_to_go_on(plan, done_ns)
    assert plan[begin].fresh
    assert plan[begin].start_ns <= done_ns
    assert not any(one.fresh and one.start_ns <= done_ns for one in plan[begin + 1 :])


def test_what_cannot_be_rendered_is_told() -> None:
    options = parse_render(
        ["a.session", "--to", "a.mp4", "--canvas", "1280x720", "--fps", "29.97", "--interpolate", "blend"]
    )
    assert (options.size, options.rate) == ((1280, 720), Fraction(30_000, 1001))
    assert options.interpolation is Interpolation.BLEND
    told_off(hardcut("render", "a.session"), ["required", "--to"])
    told_off(hardcut("render", str(RECORDED), "--to", "a.gif"), ["no name for a film", ".mp4 or .mkv"])
    told_off(hardcut("render", str(RECORDED), "--to", "a.mp4", "--canvas", "3x3"), ["canvas width cannot be 3"])
