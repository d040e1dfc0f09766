"""The governor on made-up machines: it takes what will do, gives back what it can, and never flaps."""

import itertools
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.errors import EngineError
from engine.messages.quality import QualityRule, QualityStep
from engine.scheduling.governor import SETTLING_CHUNKS, Governor
from engine.scheduling.quality_rules import QualityRules

CHUNK_NS = 2 * NS_PER_SECOND // 30
SECOND = NS_PER_SECOND // CHUNK_NS
STEPS = (
    QualityStep("rate", "half rate", 0.06, indirect=True),
    QualityStep("coarse", "coarser", 0.15),
    QualityStep("soft", "softer", 0.30, group="size"),
    QualityStep("softer", "softer still", 0.30, group="size"),
)
RULES = st.dictionaries(st.sampled_from([step.id for step in STEPS]), st.sampled_from(QualityRule))


class Machine:
    """Chunks that take a share of their playing time, less what the taken steps truly save."""

    def __init__(
        self, steps: Sequence[QualityStep] = STEPS, rules: QualityRules | None = None, chunk_ns: int = CHUNK_NS
    ) -> None:
        self.governor = Governor(steps, rules)
        self.chunk_ns = chunk_ns
        self.truth = {step.id: step.saving for step in steps}
        self.changes: list[tuple[int, tuple[str, ...]]] = []
        self.chunks = 0

    def play(self, seconds: float, load: float | Callable[[int], float]) -> tuple[str, ...]:
        """Play on at this load without any step; return what is taken at the end."""
        for _ in range(round(seconds * NS_PER_SECOND / self.chunk_ns)):
            before = self.governor.taken
            share = load if isinstance(load, float) else load(self.chunks)
            for step in before:
                share *= 1.0 - self.truth[step]
            self.governor.finished(round(share * self.chunk_ns), self.chunk_ns, late=False)
            self.chunks += 1
            if self.governor.taken != before:
                self.changes.append((self.chunks, self.governor.taken))
        return self.governor.taken


def test_a_machine_that_keeps_up_plays_at_full_quality() -> None:
    machine = Machine()
    assert machine.play(60, 0.9) == ()
    assert machine.changes == []


def test_the_cheapest_step_that_will_do_is_taken_within_two_seconds() -> None:
    machine = Machine()
    assert machine.play(2, 1.02) == ("coarse",)  # the rate alone would not bring it down far enough
    assert Machine().play(2, 0.99) == ("coarse",)
    light = Machine((QualityStep("a", "", 0.12), *STEPS))
    assert light.play(2, 0.99) == ("a",)


def test_several_are_taken_one_after_another_where_none_does_alone() -> None:
    machine = Machine()
    machine.play(10, 1.7)
    assert [taken for _, taken in machine.changes] == [("soft",), ("soft", "softer")]
    first, second = (at for at, _ in machine.changes)
    assert SECOND / 1.7 <= first <= SECOND and SECOND / 1.7 <= second - first <= SECOND + SETTLING_CHUNKS


def test_a_single_stall_takes_nothing() -> None:
    machine = Machine()
    assert machine.play(20, lambda chunk: 8.0 if chunk % 40 == 39 else 0.7) == ()


def test_repeated_frames_count_before_the_mean_does() -> None:
    governor = Governor(STEPS)
    for chunk in range(2 * SECOND):
        governor.finished(round(0.9 * CHUNK_NS), CHUNK_NS, late=chunk % 5 == 0)
    assert governor.taken


def test_quality_comes_back_once_there_is_room_for_seconds() -> None:
    machine = Machine()
    machine.play(5, 1.6)
    taken_at = machine.chunks
    assert machine.governor.taken == ("soft", "softer")
    assert machine.play(40, 0.5) == ()
    ups = [at for at, _ in machine.changes if at > taken_at]
    assert ups[0] - taken_at >= 5 * SECOND
    assert all(later - sooner >= 5 * SECOND for sooner, later in itertools.pairwise(ups))


def test_a_return_that_failed_is_tried_less_and_less() -> None:
    """The step saves far more here than it declares: each return looks possible and is not."""
    machine = Machine((QualityStep("one", "", 0.15),))
    machine.truth["one"] = 0.45
    machine.play(900, 1.1)
    ups = [at for at, taken in machine.changes if not taken]
    waits = [later - sooner for sooner, later in itertools.pairwise(ups)]
    assert len(ups) <= 8
    assert all(later > 1.7 * sooner for sooner, later in itertools.pairwise(waits))


def test_a_machine_with_less_to_do_is_not_held_to_old_failures() -> None:
    machine = Machine((QualityStep("one", "", 0.15),))
    machine.truth["one"] = 0.45
    machine.play(400, 1.1)
    before = machine.chunks
    assert machine.play(12, 0.6) == ()
    assert machine.changes[-1][0] - before <= 9 * SECOND


def test_an_indirect_step_that_helps_nothing_is_given_back() -> None:
    steps = (QualityStep("rate", "", 0.12, indirect=True), QualityStep("soft", "", 0.3))
    machine = Machine(steps)
    machine.truth["rate"] = 0.0
    assert machine.play(8, 1.0) == ("soft",)
    assert [taken for _, taken in machine.changes] == [("rate",), (), ("soft",)]


def test_a_step_is_worth_it_only_from_its_own_load_on() -> None:
    steps = (QualityStep("fewer", "", 0.2, worth_at=1.25),)
    assert Machine(steps).play(30, 1.15) == ()
    assert Machine(steps).play(30, 1.4) == ("fewer",)


def test_holding_pins_the_first_steps_and_forbids_the_rest() -> None:
    machine = Machine(rules=QualityRules(2))
    assert machine.governor.taken == ("rate", "coarse")
    assert machine.play(20, 3.0) == ("rate", "coarse")
    assert machine.play(60, 0.1) == ("rate", "coarse")
    machine.governor.rule(QualityRules().hold(0))
    assert machine.play(20, 3.0) == ()
    machine.governor.rule(machine.governor.rules.hold(None))
    assert machine.play(20, 3.0) != ()
    with pytest.raises(EngineError, match="-1 steps"):
        QualityRules().hold(-1)


def test_rules_of_a_group_do_not_contradict_each_other() -> None:
    rules = QualityRules().with_rule(STEPS, "soft", QualityRule.FORBIDDEN)
    assert rules.resolve(STEPS)["softer"] is QualityRule.FORBIDDEN
    pinned = rules.with_rule(STEPS, "softer", QualityRule.PINNED)
    assert Governor(STEPS, pinned).taken == ("soft", "softer")
    again = pinned.with_rule(STEPS, "soft", QualityRule.FORBIDDEN)
    assert Governor(STEPS, again).taken == ()
    with pytest.raises(EngineError, match="no step of quality 'blur'"):
        rules.with_rule(STEPS, "blur", QualityRule.PINNED)


def test_what_is_taken_stays_when_other_steps_are_offered() -> None:
    machine = Machine()
    machine.play(3, 1.2)
    assert machine.governor.taken == ("soft",)
    machine.governor.offer(STEPS[1:])
    assert machine.governor.taken == ("soft",)
    machine.governor.offer(STEPS[:2])
    assert machine.governor.taken == ()


@settings(max_examples=20, deadline=None)
@given(
    load=st.floats(0.05, 4.0),
    truths=st.lists(st.floats(0.0, 0.6), min_size=4, max_size=4),
    start=st.floats(0.05, 4.0),
)
def test_constant_load_never_flaps(load: float, truths: list[float], start: float) -> None:
    """Whatever steps truly save: ten minutes of one load see a few dozen changes, and ever fewer."""
    machine = Machine(chunk_ns=NS_PER_SECOND // 5)
    machine.truth = dict(zip(machine.truth, truths, strict=True))
    machine.play(20, start)
    machine.changes.clear()
    machine.play(300, load)
    early = len(machine.changes)
    machine.changes.clear()
    machine.play(300, load)
    assert early <= 56
    assert len(machine.changes) <= 20


@settings(max_examples=40, deadline=None)
@given(
    rules=st.lists(st.tuples(st.sampled_from([step.id for step in STEPS]), st.sampled_from(QualityRule)), max_size=6),
    loads=st.lists(st.floats(0.05, 4.0), min_size=1, max_size=12),
    held=st.none() | st.integers(0, 5),
)
def test_rules_always_hold(rules: list[tuple[str, QualityRule]], loads: list[float], held: int | None) -> None:
    """A pinned step is never left, a forbidden one never taken, and a group is taken in its order."""
    given_rules = QualityRules(held)
    for step, rule in rules:
        given_rules = given_rules.with_rule(STEPS, step, rule)
    machine = Machine(rules=given_rules)
    resolved = given_rules.resolve(STEPS)
    if rules and rules[-1][1] is not QualityRule.AUTO:
        assert resolved[rules[-1][0]] is rules[-1][1]
    for load in loads:
        for _ in range(4 * SECOND):
            taken = machine.play(CHUNK_NS / NS_PER_SECOND, load)
            assert all(step in taken for step, rule in resolved.items() if rule is QualityRule.PINNED)
            assert not any(step in taken for step, rule in resolved.items() if rule is QualityRule.FORBIDDEN)
            assert "softer" not in taken or "soft" in taken


@settings(max_examples=40, deadline=None)
@given(chunk_ms=st.integers(20, 800), load=st.floats(1.1, 3.0))
def test_any_length_of_chunk_is_governed_within_some_seconds(chunk_ms: int, load: float) -> None:
    governor = Governor(STEPS[2:])
    plays_ns = chunk_ms * NS_PER_MS
    played_ns = 0
    while not governor.taken and played_ns < 10 * NS_PER_SECOND:
        governor.finished(round(load * plays_ns), plays_ns, late=False)
        played_ns += plays_ns
    assert governor.taken == ("soft",)
    assert played_ns <= 2 * NS_PER_SECOND + 4 * plays_ns
