"""The preflight's judgements: the lamps of its page, and the figures of a rehearsal."""

from dataclasses import fields, replace
from fractions import Fraction
from itertools import permutations

import pytest

from app.commands.doctor.finding import State
from app.commands.doctor.judgement import judge
from app.models.checkup import CheckLine, Checkup, Lamp
from engine.messages.stats import Stats
from tests.control.parts import stats

GOOD, WATCH, BAD = (CheckLine(lamp.value, lamp, "A line.") for lamp in (Lamp.GOOD, Lamp.WATCH, Lamp.BAD))


def test_what_is_worst_stands_first_however_it_is_found() -> None:
    for found in permutations((GOOD, WATCH, BAD)):
        checkup = Checkup()
        checkup.begin()
        for line in found:
            checkup.take(line)
        assert checkup.lines == (BAD, WATCH, GOOD)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ((), "Nothing has been looked at yet."),
        ((GOOD,), "Ready. All is well."),
        ((GOOD, WATCH), "Ready. 1 to be watched."),
        ((GOOD, WATCH, BAD, BAD), "2 to be put right, 1 to be watched."),
    ],
)
def test_the_verdict_counts_the_lamps(found: tuple[CheckLine, ...], verdict: str) -> None:
    checkup = Checkup()
    checkup.begin()
    for line in found:
        checkup.take(line)
    assert checkup.verdict == f"Looking: {len(found)} found so far."
    checkup.end()
    assert checkup.verdict == verdict


def test_another_look_forgets_unless_it_adds_to_the_first() -> None:
    checkup = Checkup()
    checkup.begin()
    checkup.take(BAD)
    checkup.begin(keep=True)
    assert checkup.lines == (BAD,)
    checkup.begin()
    assert checkup.lines == ()


def rehearsed(*, sent: float = 30.0, made: float = 30.0, lagged: int = 0) -> list[State]:
    """How ten seconds are judged that missed so many deadlines."""
    one = {known.name: getattr(stats(0, 0), known.name) for known in fields(Stats)}
    samples = [
        replace(
            Stats(**one),
            output_fps=sent,
            pipeline_fps=made,
            output_frames=30 * second,
            lagged=lagged if second == 13 else 0,
        )
        for second in range(4, 14)
    ]
    return [finding.state for finding in judge(samples, Fraction(30), "field")]


def test_a_rehearsal_has_a_lamp_for_the_output_and_one_for_the_pictures() -> None:
    ok, note, problem = State.OK, State.NOTE, State.PROBLEM
    assert rehearsed() == [ok, ok]
    assert rehearsed(lagged=1) == [note, ok]
    assert rehearsed(sent=28.0) == [note, ok]
    assert rehearsed(sent=26.9) == [problem, ok]
    assert rehearsed(made=26.9) == [ok, note]
