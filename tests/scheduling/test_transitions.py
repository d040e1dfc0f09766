"""Glides, morphs and dips: no jump, no detour, and exactly there at the end."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND
from engine.errors import ParameterError
from engine.messages.commands import SetPrompt, SetPromptBlend, SetTempo, SoftCut
from engine.messages.events import CommandRefused
from engine.messages.prompt import MorphStyle, PromptBlend
from engine.messages.transitions import AT_ONCE, Ease, Span, SpanUnit, Transition
from engine.scheduling.glides import DIP_FLOOR, NO_DIP
from tests.scheduling.show import CHUNK_NS, Show, cut, move

eases = st.sampled_from(Ease)
spans = st.builds(Span, st.floats(0.0, 20.0), st.sampled_from(SpanUnit))


@given(eases, st.lists(st.floats(0.0, 1.0), min_size=2, max_size=20))
def test_a_curve_goes_from_nothing_to_all_and_never_back(ease: Ease, instants: list[float]) -> None:
    assert (ease(0.0), ease(1.0)) == (0.0, 1.0)
    for before, after in itertools.pairwise(sorted(instants)):
        assert -1e-12 <= ease(after) - ease(before) <= ease.steepest * (after - before) + 1e-9


@pytest.mark.parametrize("ease", Ease)
def test_a_curves_slope_is_reached_somewhere(ease: Ease) -> None:
    steps = [ease((n + 1) / 1000) - ease(n / 1000) for n in range(1000)]
    assert max(steps) * 1000 == pytest.approx(ease.steepest, rel=0.01)


@given(st.lists(st.tuples(st.floats(0.0, 1.0), spans, eases, st.integers(0, 5)), min_size=1, max_size=8))
def test_however_it_is_turned_no_step_is_larger_than_its_curve_allows(
    turns: list[tuple[float, Span, Ease, int]],
) -> None:
    show = Show()
    value = show.boundary().values["g.a"]
    for target, span, ease, quiet in turns:
        length_ns = span.length_ns(CHUNK_NS, NS_PER_SECOND // 2)
        way = abs(target - value)
        allowed = way * ease.steepest * CHUNK_NS / length_ns + 1e-9 if length_ns > CHUNK_NS else way + 1e-9
        commands = [[move("g.a", target, Transition(span, ease))], *[[]] * quiet]
        for arrived in commands:
            after = show.boundary(*arrived).values["g.a"]
            assert abs(after - value) <= allowed
            value = after
    ends = {commit.values["g.a"] for commit in show.until(show.now_ns + 25 * NS_PER_SECOND)[-1:]}
    assert ends == {turns[-1][0]}


def test_a_span_in_beats_is_as_long_as_the_beat() -> None:
    show = Show()
    show.boundary(SetTempo(stamp_ns=0, bpm=60.0))
    glide = Transition(Span(2, SpanUnit.BEATS), Ease.LINEAR)
    first = show.boundary(move("g.a", 1.0, glide)).values["g.a"]
    assert first == pytest.approx(0.2 + 0.8 * CHUNK_NS / (2 * NS_PER_SECOND))


def test_a_span_in_chunks_takes_so_many_boundaries() -> None:
    show = Show()
    show.boundary()
    glide = Transition(Span(4, SpanUnit.CHUNKS), Ease.LINEAR)
    values = [show.boundary(move("g.a", 1.0, glide)).values["g.a"]]
    values += [show.boundary().values["g.a"] for _ in range(4)]
    assert values == pytest.approx([0.4, 0.6, 0.8, 1.0, 1.0])


def test_without_a_word_a_parameter_travels_as_its_spec_says() -> None:
    show = Show()
    show.boundary()
    commit = show.boundary(move("g.a", 1.0), move("g.b", 1.0))
    assert commit.values["g.b"] == 1.0
    assert 0.2 < commit.values["g.a"] < 1.0


def test_an_earlier_name_of_a_parameter_is_understood_everywhere() -> None:
    show = Show()
    commit = show.boundary(move("g.old", 0.9, AT_ONCE))
    assert commit.values["g.a"] == 0.9
    assert show.boundary(cut("Two")).values == {"g.a": 0.8, "g.b": -0.5}


@pytest.mark.parametrize("amount", [-1.0, float("nan"), float("inf"), 4000.0])
def test_an_impossible_span_is_refused(amount: float) -> None:
    with pytest.raises(ParameterError, match="A transition cannot take"):
        Span(amount).length_ns(CHUNK_NS, NS_PER_SECOND)
    show = Show()
    wrong = move("g.a", 1.0, Transition(Span(amount)))
    [refused] = show.told(wrong, move("g.a", 0.4, AT_ONCE))
    assert isinstance(refused, CommandRefused)
    assert refused.command is wrong
    assert show.boundary().values["g.a"] == 0.4


def test_a_blend_is_brought_to_one_and_arrives_exactly() -> None:
    show = Show()
    show.boundary()
    blend = SetPromptBlend(
        stamp_ns=0, parts=((" sea ", 3.0), ("sky", 2.0), ("sea", 3.0)), chunks=4, style=MorphStyle.SLERP
    )
    seen = [show.boundary(blend), *(show.boundary() for _ in range(3))]
    assert [dict(commit.prompt.parts).get("red", 0.0) for commit in seen] == pytest.approx([0.75, 0.5, 0.25, 0.0])
    assert seen[-1].prompt == PromptBlend((("sea", 0.75), ("sky", 0.25)), MorphStyle.SLERP)
    assert (seen[0].prompt_target, seen[0].prompt_progress) == ("sea + sky", 0.25)
    assert {commit.prompt.style for commit in seen} == {MorphStyle.SLERP}


def test_over_one_boundary_a_blend_is_there_at_once() -> None:
    blend = SetPromptBlend(stamp_ns=0, parts=(("sea", 1.0), ("sky", 1.0)))
    assert Show().boundary(blend).prompt == PromptBlend((("sea", 0.5), ("sky", 0.5)))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((), "The blend holds no prompt. Give at least one."),
        ((("sea", 0.0),), "The weight of a prompt cannot be 0 (sea). Choose a number above 0."),
        ((("sea", float("nan")),), "The weight of a prompt cannot be nan (sea). Choose a number above 0."),
        ((("sea", 1.0), (" ", 1.0)), "The prompt is empty. Write at least one word."),
    ],
)
def test_an_impossible_blend_is_refused(parts: tuple[tuple[str, float], ...], words: str) -> None:
    [refused] = Show().told(SetPromptBlend(stamp_ns=0, parts=parts))
    assert isinstance(refused, CommandRefused)
    assert refused.text == words


def test_a_soft_cut_dips_the_past_and_restores_it() -> None:
    show = Show()
    assert show.boundary().past_bias == 1.0
    dip = [show.boundary(SoftCut(stamp_ns=0, scene="Two", chunks=8)).past_bias]
    dip += [show.boundary().past_bias for _ in range(8)]
    assert dip[3] == pytest.approx(DIP_FLOOR)
    assert dip[:4] == sorted(dip[:4], reverse=True)
    assert dip[3:] == sorted(dip[3:])
    assert dip[-2:] == [1.0, 1.0]


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 14)), min_size=1, max_size=8))
def test_the_dip_stays_in_range_and_ends(cuts: list[tuple[int, int]]) -> None:
    dip = NO_DIP
    for steps, played in cuts:
        before = dip.bias
        dip = dip.restarted(steps)
        assert dip.bias == pytest.approx(before)
        for _ in range(played):
            dip = dip.stepped()
            assert DIP_FLOOR <= dip.bias <= 1.0
    for _ in range(12):
        dip = dip.stepped()
    assert dip.bias == 1.0


def test_a_hard_cut_ends_a_dip() -> None:
    show = Show()
    show.boundary(SoftCut(stamp_ns=0, scene="Two", chunks=8))
    show.boundary()
    assert show.boundary(cut("One")).past_bias == 1.0


def test_of_many_prompts_the_last_one_is_morphed_to_from_what_is_seen() -> None:
    show = Show()
    show.boundary()
    commit = show.boundary(*(SetPrompt(stamp_ns=0, text=text, chunks=2) for text in ("sea", "sky", "sun")))
    assert commit.prompt == PromptBlend((("red", 0.5), ("sun", 0.5)))
