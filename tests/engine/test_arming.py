"""Which scenes are kept ready: ranks, budget, age, edits; and when there is time. Exact, and under hypothesis."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.generators.base import Chunk, ChunkRequest, GeneratorSnapshot, Opening
from engine.loop.armed_scenes import (
    FIRST_REST_NS,
    GUARD_NS,
    LONGEST_REST_NS,
    PIECES_REMEMBERED,
    REFRESH_AFTER_NS,
    STALE_AFTER_NS,
    STARVED_AFTER_NS,
    ArmedScenes,
    OpeningRecipe,
    SlackPolicy,
)
from engine.loop.ports import RunnerProgress
from engine.loop.runner import Runner
from engine.messages.events import ArmState, SceneArming
from engine.messages.prompt import PromptBlend
from engine.scheduling.chunk_pacing import ChunkPacing
from engine.scheduling.commit_scheduler import CommitScheduler, SceneStart
from tests.engine.fakes import SCENES, TABLE, Bench, PreparingToy

PIXELS = np.zeros((4, 4, 4), np.uint8)
SIZE = 100


def recipe(scene: str, value: float = 0.5, visit: int = 0) -> OpeningRecipe:
    return OpeningRecipe.of(7, SceneStart(scene, {"g.a": value}, PromptBlend((("red", 1.0),)), visit))


def opening(made_of: OpeningRecipe, size: int = SIZE) -> Opening:
    """One that holds so many bytes."""
    request = ChunkRequest(
        key=made_of.key,
        frames=(),
        control=None,
        now_ns=0,
        period_ns=1,
        values=dict(made_of.values),
        prompt=made_of.prompt,
    )
    return Opening(request, Chunk(made_of.key, (PIXELS,)), GeneratorSnapshot("toy", size - PIXELS.nbytes, None))


def kept(armed: ArmedScenes, scene: str, now_ns: int = 0, size: int = SIZE) -> Opening:
    made = opening(recipe(scene), size)
    armed.store(scene, recipe(scene), made, now_ns)
    return made


def test_an_opening_is_used_up_by_its_cut() -> None:
    armed = ArmedScenes()
    armed.request(["A", "B"])
    assert armed.next(0) == "A"
    made = kept(armed, "A")
    assert (armed.ready("A", 1), armed.ready("B", 1), armed.next(1)) == (True, False, "B")
    assert armed.claim("A", recipe("A"), 1) is made
    assert armed.claim("A", recipe("A"), 1) is None
    assert armed.next(1) == "A"


def test_a_cut_that_commits_anything_else_does_not_get_it() -> None:
    for other in (recipe("A", value=0.6), recipe("A", visit=1)):
        armed = ArmedScenes()
        armed.request(["A"])
        kept(armed, "A")
        assert armed.claim("A", other, 1) is None
        assert armed.bytes == 0


def test_an_edit_drops_what_was_made_before_it() -> None:
    armed = ArmedScenes()
    armed.request(["A", "B"])
    kept(armed, "A")
    kept(armed, "B")
    armed.review(recipe("A", value=0.6), "A")
    armed.review(recipe("B"), "B")
    assert [armed.ready(scene, 1) for scene in "AB"] == [False, True]


def test_age_first_asks_for_another_and_then_forbids_it() -> None:
    armed = ArmedScenes()
    armed.request(["A"])
    kept(armed, "A")
    assert armed.next(REFRESH_AFTER_NS - 1) is None
    assert armed.next(REFRESH_AFTER_NS) == "A"
    assert armed.ready("A", STALE_AFTER_NS - 1)
    assert not armed.ready("A", STALE_AFTER_NS)
    assert armed.claim("A", recipe("A"), STALE_AFTER_NS) is None


def test_the_lately_used_come_first_and_the_one_that_waits_for_its_beat_before_all() -> None:
    armed = ArmedScenes()
    armed.request(["A", "B", "C", "D"])
    armed.record_cut("C")
    armed.record_cut("B")
    assert armed.ranked == ("B", "C", "A", "D")
    armed.set_waiting("D")
    assert armed.ranked == ("D", "B", "C", "A")
    armed.set_waiting("Z")  # on no pad in front
    assert armed.ranked == ("Z", "B", "C", "A", "D")
    kept(armed, "Z")
    armed.set_waiting("")
    assert not armed.ready("Z", 1)


def test_where_memory_is_short_the_last_in_rank_give_way() -> None:
    armed = ArmedScenes(budget_bytes=2 * SIZE)
    armed.request(["A", "B", "C"])
    kept(armed, "A")
    kept(armed, "B")
    assert armed.next(0) is None
    armed.record_cut("C")
    assert armed.next(0) == "C"
    kept(armed, "C")
    assert [armed.ready(scene, 1) for scene in "ABC"] == [True, False, True]
    assert armed.states(1, "", "") == (
        SceneArming("A", ArmState.ARMED),
        SceneArming("B", ArmState.LOADED, "the memory for armed pads is full"),
        SceneArming("C", ArmState.ARMED),
    )


class RoomyToy(PreparingToy):
    """Says how much of it may be kept: one opening."""

    room_bytes = 3 * SIZE


def test_a_generator_says_how_much_of_it_may_be_kept() -> None:
    bench = Bench(NS_PER_MS)
    armed = ArmedScenes()
    for generator, ready in ((RoomyToy(bench.clock), [True, False]), (PreparingToy(bench.clock), [True, True])):
        scheduler = CommitScheduler(TABLE, SCENES, "One", first_epoch=1)
        Runner(bench.rooms, generator, scheduler, ChunkPacing(2, NS_PER_MS, 32), 7, RunnerProgress(), armed)
        armed.request(["A", "B"])
        for scene in "AB":
            kept(armed, scene)
        assert [armed.ready(scene, 1) for scene in "AB"] == ready


def test_what_fits_nowhere_is_not_kept() -> None:
    armed = ArmedScenes(budget_bytes=SIZE)
    armed.request(["A"])
    kept(armed, "A", size=SIZE + 1)
    assert (armed.bytes, armed.next(0)) == (0, None)


def test_another_bank_lets_go_of_the_last_one() -> None:
    armed = ArmedScenes()
    armed.request(["A", "B"])
    kept(armed, "A")
    kept(armed, "B")
    armed.request(["B", "C"])
    armed.pin("D", on=True)
    armed.pin("C", on=False)
    assert armed.requested == ("B", "D")
    assert [armed.ready(scene, 1) for scene in "AB"] == [False, True]
    kept(armed, "A")
    assert not armed.ready("A", 1)


def test_a_scene_that_cannot_be_made_is_left_alone_until_it_is_edited() -> None:
    armed = ArmedScenes()
    armed.request(["A"])
    armed.refuse("A", recipe("A"), "it broke")
    armed.review(recipe("A"), "A")
    assert armed.next(0) is None
    assert armed.states(0, "", "") == (SceneArming("A", ArmState.LOADED, "it broke"),)
    armed.review(recipe("A", value=0.6), "A")
    assert armed.next(0) == "A"
    assert armed.states(0, "A", "") == (SceneArming("A", ArmState.ARMING),)
    assert armed.states(0, "", "no time") == (SceneArming("A", ArmState.LOADED, "no time"),)


NAMES = st.sampled_from("ABCDEF")


class Pads(RuleBasedStateMachine):
    """Any interleaving of banks, cuts, edits, time and preparation."""

    def __init__(self) -> None:
        super().__init__()
        self.armed = ArmedScenes(budget_bytes=350)
        self.now_ns = 0
        self.values = dict.fromkeys("ABCDEF", 0)
        self.visits = dict.fromkeys("ABCDEF", 0)
        self.used: list[str] = []

    def current(self, scene: str) -> OpeningRecipe:
        return recipe(scene, float(self.values[scene]), self.visits[scene])

    @rule(scenes=st.lists(NAMES, max_size=6))
    def turn_bank(self, scenes: Sequence[str]) -> None:
        self.armed.request(scenes)

    @rule(scene=NAMES, on=st.booleans())
    def arm(self, scene: str, on: bool) -> None:
        self.armed.pin(scene, on)

    @rule(scene=st.one_of(st.just(""), NAMES))
    def queue(self, scene: str) -> None:
        self.armed.set_waiting(scene)

    @rule(scene=NAMES)
    def edit(self, scene: str) -> None:
        self.values[scene] += 1

    @rule(scene=NAMES)
    def edit_and_review(self, scene: str) -> None:
        self.values[scene] += 1
        self.armed.review(self.current(scene), scene)
        assert not self.armed.ready(scene, self.now_ns)

    @rule(step_ns=st.sampled_from([1, NS_PER_SECOND, STALE_AFTER_NS]))
    def wait(self, step_ns: int) -> None:
        self.now_ns += step_ns

    @rule(size=st.integers(80, 400))
    def prepare(self, size: int) -> None:
        scene = self.armed.next(self.now_ns)
        if scene is not None:
            made_of = self.current(scene)
            self.armed.store(scene, made_of, opening(made_of, size), self.now_ns)

    @rule(scene=NAMES)
    def cut(self, scene: str) -> None:
        self.armed.record_cut(scene)
        self.used = [name for name in self.used if name != scene] + [scene]
        found = self.armed.claim(scene, self.current(scene), self.now_ns)
        if found is not None:
            assert dict(found.request.values) == {"g.a": self.values[scene]}
            assert found.request.key == self.current(scene).key
        self.visits[scene] += 1

    @invariant()
    def memory_is_kept_to(self) -> None:
        assert self.armed.bytes <= 350

    @invariant()
    def nobody_is_armed_who_is_not_wanted(self) -> None:
        ready = {scene for scene in "ABCDEF" if self.armed.ready(scene, self.now_ns)}
        assert ready <= set(self.armed.requested)
        states = self.armed.states(self.now_ns, "", "")
        assert {state.scene for state in states if state.state is ArmState.ARMED} == ready

    @invariant()
    def ranks_follow_use(self) -> None:
        used = [scene for scene in reversed(self.used) if scene in self.armed.requested]
        ranked = [scene for scene in self.armed.ranked if scene in used]
        waiting = self.armed.ranked[:1]
        assert [scene for scene in ranked if scene not in waiting] == [scene for scene in used if scene not in waiting]


TestPads = Pads.TestCase


def test_a_piece_is_begun_only_where_the_longest_but_one_would_fit() -> None:
    slack = SlackPolicy()
    assert slack.allows(0, GUARD_NS)
    for duration_ms in (4, 9, 6):
        slack.record(duration_ms * NS_PER_MS)
    assert slack.expected_ns == 6 * NS_PER_MS
    assert not slack.allows(0, 6 * NS_PER_MS + GUARD_NS - 1)
    assert slack.allows(0, 6 * NS_PER_MS + GUARD_NS)


def test_pieces_that_are_held_up_now_and_then_keep_no_other_from_being_begun() -> None:
    slack = SlackPolicy()
    for number in range(PIECES_REMEMBERED):
        slack.record((5 if number % 4 else 6 + 20 * (number % 8 == 0)) * NS_PER_MS)
    assert slack.expected_ns == 6 * NS_PER_MS


def test_a_piece_that_was_held_up_is_forgotten_in_the_end() -> None:
    slack = SlackPolicy()
    slack.record(80 * NS_PER_MS)
    slack.record(90 * NS_PER_MS)
    instants = [100 * NS_PER_MS * step for step in range(40)]
    allowed = [instant for instant in instants if slack.allows(instant, 10 * NS_PER_MS)]
    assert allowed[0] == 2100 * NS_PER_MS  # one a second was forgotten


def test_a_model_without_time_to_spare_is_told_as_such() -> None:
    slack = SlackPolicy()
    for _ in range(PIECES_REMEMBERED):
        slack.record(80 * NS_PER_MS)
    now_ns = 0
    while not slack.starved(now_ns):
        assert not slack.allows(now_ns, 10 * NS_PER_MS) and now_ns <= STARVED_AFTER_NS
        now_ns += 100 * NS_PER_MS
    assert slack.allows(now_ns, 90 * NS_PER_MS) and not slack.starved(now_ns)


def test_after_a_repeat_the_show_has_all_the_time_and_longer_each_time() -> None:
    slack = SlackPolicy()
    plenty = NS_PER_SECOND
    rests = []
    now_ns = 0
    for _ in range(7):
        slack.record_underrun(now_ns)
        begun_ns = now_ns
        while not slack.allows(now_ns, plenty):
            now_ns += NS_PER_SECOND
        rests.append(now_ns - begun_ns)
    assert rests == [FIRST_REST_NS * factor for factor in (1, 2, 4, 8, 16, 16, 16)]
    assert rests[-1] == LONGEST_REST_NS
    now_ns += 2 * LONGEST_REST_NS
    slack.record_underrun(now_ns)
    assert slack.allows(now_ns + FIRST_REST_NS, plenty)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 80)), max_size=60))
def test_no_piece_is_begun_without_time_for_it(steps: Sequence[tuple[int, int]]) -> None:
    slack = SlackPolicy()
    for at, (duration_ms, slack_ms) in enumerate(steps):
        if slack.allows(at * NS_PER_MS, slack_ms * NS_PER_MS):
            assert slack_ms * NS_PER_MS >= slack.expected_ns + GUARD_NS
        slack.record(duration_ms * NS_PER_MS)
