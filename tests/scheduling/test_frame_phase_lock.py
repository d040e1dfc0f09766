"""The phase lock between the source's clock and the chunks', simulated with jitter and drift."""

from bisect import bisect_left
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_MS
from engine.scheduling.frame_phase_lock import MIDDLE, FramePhaseLock

PERIOD_NS = 33_333_333
CHUNK = 2


def nearest(captured: list[int], target_ns: int) -> int:
    """What a source's window chooses: the nearest capture, the older in a tie."""
    after = bisect_left(captured, target_ns)
    if after == 0 or (after < len(captured) and captured[after] - target_ns < target_ns - captured[after - 1]):
        return captured[min(after, len(captured) - 1)]
    return captured[after - 1]


def slips(source_period_ns: int, phase_ns: int, seed: int, chunks: int = 900) -> int:
    """Frames taken twice or passed over in a minute of chunks that begin with up to 12 ms of jitter."""
    chance, intake, taken = Random(seed), FramePhaseLock(CHUNK), []
    for index in range(chunks):
        now_ns = 10**9 + index * CHUNK * PERIOD_NS + chance.randrange(12 * NS_PER_MS)
        newest = (now_ns - phase_ns) // source_period_ns
        captured = [phase_ns + number * source_period_ns for number in range(max(newest - 10, 0), newest + 1)]
        jittered = [instant + chance.randrange(NS_PER_MS) for instant in captured]
        chosen = [nearest(jittered, target) for target in intake.targets(now_ns, PERIOD_NS)]
        intake.chosen(chosen)
        taken += [round((instant - phase_ns) / source_period_ns) for instant in chosen]
    settled = taken[60:]  # two seconds to lock
    return sum(after - before != 1 for before, after in pairwise(settled))


@pytest.mark.parametrize("phase_ms", range(0, 33, 3))
def test_a_source_of_the_same_rate_is_taken_frame_by_frame_at_any_phase(phase_ms: int) -> None:
    assert slips(PERIOD_NS, phase_ms * NS_PER_MS, seed=phase_ms) == 0


def test_a_drifting_source_slips_a_frame_only_when_it_has_drifted_by_one() -> None:
    fast = round(PERIOD_NS / 1.001)  # 30.03 frames a second: 1.8 frames too many in this minute
    assert slips(fast, 0, seed=1) <= 4
    assert slips(round(PERIOD_NS * 1.001), 0, seed=2) <= 4


@given(st.lists(st.integers(0, 12), min_size=20, max_size=200))
def test_instants_are_steady_under_jitter_and_stay_near_the_wall(late_ms: list[int]) -> None:
    intake, taken = FramePhaseLock(CHUNK), []
    for index, late in enumerate(late_ms):
        now_ns = 10**9 + index * CHUNK * PERIOD_NS + late * NS_PER_MS
        targets = intake.targets(now_ns, PERIOD_NS)
        assert abs(targets[-1] - now_ns) <= 2 * PERIOD_NS
        taken += targets
    steps = [after - before for before, after in pairwise(taken)]
    assert all(abs(step - PERIOD_NS) <= 5 * NS_PER_MS for step in steps)


def test_it_jumps_after_a_stall_and_after_a_restart() -> None:
    intake = FramePhaseLock(CHUNK)
    intake.targets(10**9, PERIOD_NS)
    assert intake.targets(9 * 10**9, PERIOD_NS)[-1] == 9 * 10**9 - round(MIDDLE * PERIOD_NS)
    intake.restart()
    soon = 9 * 10**9 + 5 * NS_PER_MS
    assert intake.targets(soon, PERIOD_NS)[-1] == soon - round(MIDDLE * PERIOD_NS)


def test_without_frames_there_is_nothing_to_lock_onto() -> None:
    intake = FramePhaseLock(CHUNK)
    intake.chosen([])
    first = intake.targets(10**9, PERIOD_NS)
    intake.chosen([])
    assert intake.targets(10**9 + CHUNK * PERIOD_NS, PERIOD_NS)[0] == first[0] + CHUNK * PERIOD_NS
