"""When chunks begin and how long their frames are seen, simulated without sleeping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import NS_PER_MS
from engine.messages.transitions import Launch
from engine.scheduling.chunk_pacing import LEAST_MARGIN_NS, SLOTS_SPARED, ChunkPacing, QueueState
from engine.scheduling.steady_mean import SteadyMean
from engine.scheduling.tempo import TapTempo, Tempo

PERIOD_NS = 33_333_333


LEAD_NS = 4 * NS_PER_MS


def simulate(pacing: ChunkPacing, chunk_frames: int, durations: list[int]) -> tuple[int, list[int]]:
    """Run chunks of the given durations against an output that takes a frame per period, LEAD_NS before it shows it.

    Returns the ticks at which nothing new was there, and the queue's length after each chunk.
    """
    now_ns, taken, published, dry = 0, 0, 0, 0
    deadline_ns = PERIOD_NS
    lengths = []

    def play_until(instant_ns: int) -> None:
        nonlocal deadline_ns, taken, dry
        while deadline_ns - LEAD_NS <= instant_ns:
            if published > taken:
                taken += 1
            elif published:
                dry += 1
            deadline_ns += PERIOD_NS

    for duration_ns in durations:
        now_ns += pacing.wait_ns(now_ns, QueueState(published - taken, deadline_ns, LEAD_NS))
        play_until(now_ns)
        before = QueueState(published - taken, deadline_ns, LEAD_NS)
        now_ns += duration_ns
        play_until(now_ns)
        pacing.finished(duration_ns, late=now_ns > before.dry_ns(pacing.period_ns))
        published += chunk_frames
        lengths.append(published - taken)
    return dry, lengths


def test_a_fast_generator_waits_and_never_runs_dry() -> None:
    pacing = ChunkPacing(2, PERIOD_NS, 32)
    durations = [40 * NS_PER_MS + (index % 7) * 2 * NS_PER_MS for index in range(300)]
    dry, lengths = simulate(pacing, 2, durations)
    assert dry <= 2  # only while it learns how long a chunk takes
    assert max(lengths) <= 5
    assert pacing.period_ns == PERIOD_NS


def test_a_slow_generator_plays_at_its_own_rate() -> None:
    pacing = ChunkPacing(2, PERIOD_NS, 32)
    simulate(pacing, 2, [90 * NS_PER_MS] * 200)
    assert pacing.period_ns == pytest.approx(45 * NS_PER_MS, abs=NS_PER_MS)
    simulate(pacing, 2, [50 * NS_PER_MS] * 300)
    assert pacing.period_ns == PERIOD_NS


@pytest.mark.parametrize(("before_ms", "after_ms"), [(50, 110), (110, 50), (25, 90), (140, 90)])
def test_a_generator_that_is_slower_or_faster_at_once_plays_at_its_new_rate_within_a_second(
    before_ms: int, after_ms: int
) -> None:
    pacing = ChunkPacing(2, PERIOD_NS, 32)
    jitter = [1.0, 0.9, 1.1, 0.85, 1.15]
    for chunk_ms, seconds in ((before_ms, 10.0), (after_ms, 1.1)):
        count = round(1000 * seconds / chunk_ms)
        simulate(pacing, 2, [round(chunk_ms * jitter[index % 5] * NS_PER_MS) for index in range(count)])
    assert pacing.period_ns == pytest.approx(max(after_ms / 2 * NS_PER_MS, PERIOD_NS), rel=0.1)


def test_single_long_chunks_are_no_step() -> None:
    mean = SteadyMean(120)
    for index in range(240):
        mean.add((150 if index % 6 == 5 else 30) * NS_PER_MS)
    assert mean.mean_ns == 50 * NS_PER_MS


def test_a_generator_with_rare_hiccups_learns_to_keep_more_in_hand() -> None:
    durations = [70 * NS_PER_MS if index % 150 == 149 else 30 * NS_PER_MS for index in range(3000)]
    dry, _ = simulate(ChunkPacing(2, PERIOD_NS, 32), 2, durations)
    assert dry <= 10  # twenty hiccups, more than half of them covered


def test_chunks_that_come_in_time_are_begun_no_earlier_than_the_longest_needs() -> None:
    pacing = ChunkPacing(2, PERIOD_NS, 32)
    simulate(pacing, 2, [(20 + index % 7) * NS_PER_MS for index in range(600)])
    queue = QueueState(2, 100 * PERIOD_NS, LEAD_NS)
    begins_ns = pacing.wait_ns(90 * PERIOD_NS, queue) + 90 * PERIOD_NS
    assert queue.dry_ns(PERIOD_NS) - begins_ns <= 26 * NS_PER_MS + LEAST_MARGIN_NS + NS_PER_MS


def test_an_empty_queue_starts_at_once() -> None:
    assert ChunkPacing(2, PERIOD_NS, 32).wait_ns(0, QueueState(0, PERIOD_NS)) == 0


@given(st.integers(1, 12), st.lists(st.integers(1, 900), min_size=1, max_size=60))
def test_the_queue_never_outgrows_the_ring(chunk_frames: int, durations_ms: list[int]) -> None:
    pacing = ChunkPacing(chunk_frames, PERIOD_NS, 32)
    _, lengths = simulate(pacing, chunk_frames, [ms * NS_PER_MS for ms in durations_ms])
    assert max(lengths) <= 32 - SLOTS_SPARED
    assert pacing.period_ns >= PERIOD_NS


def test_beats_and_bars() -> None:
    tempo = Tempo(120.0, 1_000)
    assert tempo.next_ns(1_000, Launch.BEAT) == 1_000
    assert tempo.next_ns(1_001, Launch.BEAT) == 500_001_000
    assert tempo.next_ns(1_001, Launch.BAR) == 2_000_001_000
    assert tempo.next_ns(5, Launch.NOW) == 5
    assert tempo.next_ns(0, Launch.BEAT) == 1_000  # the anchor may lie in the future


def test_a_missed_tap_does_not_bend_the_tempo() -> None:
    taps = TapTempo()
    found = [taps.tap(beat * 500 * NS_PER_MS) for beat in (0, 1, 2, 4, 5)]
    assert found[0] is None
    assert found[-1] is not None and found[-1].bpm == pytest.approx(120.0)
    assert taps.tap(60_000 * NS_PER_MS) is None  # a long pause begins anew
