"""Which generator plays after a fault: decided without a thread."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_SECOND
from engine.loop.plan import (
    FAULT_MEMORY_NS,
    FAULTS_FORGIVEN,
    LONGEST_REST_NS,
    SHORTEST_REST_NS,
    Fault,
    Plan,
    Reaction,
    keep,
    mark_started,
    next_plan,
    resume,
    retry,
    select,
)
from engine.output.emergency import AFTER_NS

NAMES = ("large", "middle", "small", "field")
BUILT_IN = "field"

happenings = st.lists(
    st.one_of(
        st.tuples(st.just("fault"), st.just(())),
        st.tuples(st.just("no room"), st.lists(st.sampled_from(NAMES), max_size=3).map(tuple)),
        st.tuples(st.just("unready"), st.just(())),
        st.tuples(st.just("started"), st.just(())),
        st.tuples(st.just("chosen"), st.sampled_from(NAMES)),
        st.tuples(st.just("kept"), st.just(())),
        st.tuples(st.just("pad"), st.just(())),
        st.tuples(st.just("panic"), st.just(())),
    ),
    max_size=40,
)


def fault(at_ns: int = 0, *, no_room: bool = False, unready: bool = False, smaller: tuple[str, ...] = ()) -> Fault:
    return Fault(at_ns=at_ns, sentence="It broke.", no_room=no_room, unready=unready, smaller=smaller)


@given(shown=st.sampled_from(NAMES), events=happenings, gaps=st.lists(st.integers(0, 30), min_size=40, max_size=40))
def test_whatever_happens_something_plays_or_can_be_asked_for(
    shown: str, events: list[tuple[str, Any]], gaps: list[int]
) -> None:
    plan, now_ns = Plan(shown=shown, playing=shown), 0
    for (kind, value), gap in zip(events, gaps, strict=False):
        now_ns += gap * NS_PER_SECOND
        before = plan
        match kind:
            case "fault" | "no room" | "unready" if not plan.idle:
                what = fault(now_ns, no_room=kind == "no room", unready=kind == "unready", smaller=value)
                plan, reaction = next_plan(plan, what, BUILT_IN)
                check_move(before, plan, reaction)
            case "started" if not plan.idle:
                plan = mark_started(plan)
                assert (plan.playing, plan.former) == (before.playing, None)
            case "chosen" if plan.former is None:
                plan = select(plan, value)
                assert (plan.playing, plan.why, plan.waits, plan.idle) == (value, "", "", False)
            case "kept" if not plan.idle:
                plan = keep(plan)
                assert (plan.playing, plan.former, plan.why, plan.waits) == (before.playing, before.former, "", "")
                assert retry(plan, now_ns, urgent=True) is plan
            case "pad" | "panic" if plan.former is None:
                plan = retry(plan, now_ns, urgent=kind == "panic")
                check_try(before, plan, kind == "panic", now_ns)
        assert plan.shown == shown
        assert plan.playing in NAMES
        assert plan.idle or plan.former is not None or plan.playing not in plan.unfit
        assert plan.waits != plan.playing or plan.idle
        assert plan.rest_ns in (0, *(SHORTEST_REST_NS * 2**n for n in range(5)))
        assert plan.rest_ns <= LONGEST_REST_NS


def check_move(before: Plan, after: Plan, reaction: Reaction) -> None:
    match reaction:
        case Reaction.BACK:
            assert before.former is not None
            assert (after.playing, after.former) == (before.former.playing, before.former.former)
        case Reaction.AGAIN:
            assert after.playing == before.playing
            assert len(after.faults) <= FAULTS_FORGIVEN
        case Reaction.INSTEAD:
            assert after.playing != before.playing and after.why
            assert before.playing in after.unfit
        case Reaction.IDLE:
            assert after.idle and BUILT_IN in after.unfit


def check_try(before: Plan, after: Plan, urgent: bool, now_ns: int) -> None:
    if before.idle:
        assert not after.idle and after.former is None
    elif not before.waits or (not urgent and now_ns < before.rest_until_ns):
        assert after is before
    else:
        assert (after.playing, after.former) == (before.waits, before)


@given(shown=st.sampled_from(NAMES), no_room=st.booleans())
def test_faults_alone_come_to_an_end(shown: str, no_room: bool) -> None:
    plan = Plan(shown=shown, playing=shown)
    for _ in range(len(NAMES) * (FAULTS_FORGIVEN + 1)):
        if plan.idle:
            break
        plan, _ = next_plan(plan, fault(no_room=no_room, smaller=("middle", "small")), BUILT_IN)
    assert plan.idle
    assert retry(plan, 0, urgent=False).playing == (plan.playing if no_room else shown)


def test_the_fourth_fault_in_a_row_is_one_too_many_and_faults_far_apart_are_forgiven() -> None:
    plan = Plan(shown="large", playing="large")
    for number in range(10):
        plan, reaction = next_plan(mark_started(plan), fault(number * FAULT_MEMORY_NS), BUILT_IN)
        assert reaction is Reaction.AGAIN
    plan = Plan(shown="large", playing="large")
    moves = []
    for _ in range(4):
        plan, reaction = next_plan(mark_started(plan), fault(5), BUILT_IN)
        moves.append(reaction)
    assert moves == [Reaction.AGAIN] * 3 + [Reaction.INSTEAD]
    assert (plan.playing, plan.waits, plan.rest_until_ns) == (BUILT_IN, "large", 5 + SHORTEST_REST_NS)


@given(apart_s=st.integers(0, 300))
def test_what_never_gets_ready_is_given_up_however_long_it_takes(apart_s: int) -> None:
    plan, moves = Plan(shown="large", playing="large"), []
    for number in range(2):
        plan, reaction = next_plan(plan, fault(number * apart_s * NS_PER_SECOND), BUILT_IN)
        moves.append(reaction)
    assert moves == [Reaction.AGAIN, Reaction.INSTEAD] and (plan.playing, plan.waits) == (BUILT_IN, "large")
    plan = mark_started(plan)
    assert next_plan(plan, fault(600 * NS_PER_SECOND), BUILT_IN)[1] is Reaction.AGAIN  # it has nothing to answer for


def stands_ns(shown: str, faults: int, build_ns: int) -> int:
    """How long the picture stands while a generator fails in each build's first chunk."""
    return fail(Plan(shown=shown, playing=shown), 0, [True] * faults, build_ns)[1]


def fail(plan: Plan, now_ns: int, readies: list[bool], build_ns: int) -> tuple[Plan, int]:
    """The plan and the time after faults in a row, each in the warm-up or (ready) the first chunk of a build."""
    for ready in readies:
        plan, reaction = next_plan(mark_started(plan) if ready else plan, fault(now_ns), BUILT_IN)
        if reaction is not Reaction.INSTEAD:
            now_ns = plan.pause_until_ns
        plan = resume(plan, now_ns)
        now_ns += build_ns
    return mark_started(plan), now_ns


def test_four_faults_in_a_row_are_over_before_a_still_picture_is_an_emergency() -> None:
    build_ns = NS_PER_SECOND // 4  # twice what the built-in one takes
    for shown in ("large", BUILT_IN):
        assert stands_ns(shown, 4, build_ns) <= AFTER_NS * 3 // 5
    assert stands_ns("large", 4, 0) == stands_ns("large", 3, 0)  # the fourth waits for nothing


rows = st.lists(st.booleans(), min_size=1, max_size=4)


@given(
    shown=st.sampled_from(("large", BUILT_IN)),
    before=st.lists(st.tuples(rows, st.floats(2.5, 30.0)), max_size=6),
    last=st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_four_faults_in_a_row_are_over_soon_whatever_failed_before(
    shown: str, before: list[tuple[list[bool], float]], last: list[bool]
) -> None:
    build_ns = NS_PER_SECOND // 4
    plan, now_ns = Plan(shown=shown, playing=shown), 0
    for row, played_s in before:
        plan, now_ns = fail(plan, now_ns, row, build_ns)
        now_ns += int(played_s * NS_PER_SECOND)
    _, until_ns = fail(plan, now_ns, last, build_ns)
    assert until_ns - now_ns <= AFTER_NS * 3 // 5


def test_what_goes_on_failing_is_built_ever_more_seldom() -> None:
    for seconds, most in ((10, 10), (60, 13)):
        faults = 1
        while stands_ns(BUILT_IN, faults + 1, 0) < seconds * NS_PER_SECOND:
            faults += 1
        assert faults <= most


def test_each_vain_try_doubles_the_rest() -> None:
    plan = Plan(shown="large", playing="large")
    for _ in range(4):
        plan, _ = next_plan(mark_started(plan), fault(), BUILT_IN)
    rests = []
    for _ in range(7):
        rests.append(plan.rest_ns // NS_PER_SECOND)
        assert retry(plan, plan.rest_until_ns - 1, urgent=False) is plan
        plan, reaction = next_plan(retry(plan, plan.rest_until_ns, urgent=False), fault(plan.rest_until_ns), BUILT_IN)
        assert (reaction, plan.playing, plan.waits) == (Reaction.BACK, BUILT_IN, "large")
    assert rests == [20, 40, 80, 160, 320, 320, 320]
    assert select(plan, "large").rest_ns == 0


def test_what_lacks_its_weights_is_not_tried_in_vain() -> None:
    plan, reaction = next_plan(Plan(shown="large", playing="large"), fault(unready=True), BUILT_IN)
    assert (reaction, plan.playing, plan.waits) == (Reaction.INSTEAD, BUILT_IN, "large")
