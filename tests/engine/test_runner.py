"""The chunk loop on a manual clock: exact chunks, exact resets, exact events."""

from engine.clock import NS_PER_MS, ManualClock
from engine.generators.base import ChunkKey, opening_key
from engine.loop.ports import RunnerProgress
from engine.loop.runner import Runner
from engine.loop.snapshot_caches import SnapshotCaches
from engine.messages.commands import (
    Command,
    HardCut,
    Origin,
    RecallSnapshot,
    SetParameter,
    StoreSnapshot,
)
from engine.messages.events import CacheReset, Committed
from engine.messages.input_commands import SelectSource
from engine.messages.transitions import AT_ONCE
from engine.scheduling.chunk_pacing import ChunkPacing
from engine.scheduling.commit_scheduler import CommitScheduler
from engine.scheduling.frame_phase_lock import MIDDLE
from tests.engine.fakes import SCENES, SPEC, TABLE, Bench, PreparingToy, ToyGenerator

PERIOD_NS = 33_333_333


def make_runner(bench: Bench) -> Runner:
    scheduler = CommitScheduler(TABLE, SCENES, "One", first_epoch=1)
    return Runner(bench.rooms, bench.generator, scheduler, ChunkPacing(2, PERIOD_NS, 32), 7, RunnerProgress())


def none_other(_command: Command) -> bool:
    return False


def cut(scene: str) -> HardCut:
    return HardCut(stamp_ns=5, scene=scene, origin=Origin.MIDI)


def test_a_chunk_is_published_frame_by_frame_with_its_epoch_and_capture_times() -> None:
    bench = Bench()
    runner = make_runner(bench)
    runner.step(none_other)
    first = 1_000_000_000 - round(MIDDLE * PERIOD_NS)
    assert [(f.epoch, f.chunk_index, f.position, f.capture_ns, f.period_ns) for f in bench.output.published] == [
        (1, 0, 0, first - PERIOD_NS, PERIOD_NS),
        (1, 0, 1, first, PERIOD_NS),
    ]
    assert bench.progress.peek() == RunnerProgress(
        chunks=1,
        frames=2,
        epoch=1,
        chunk_ns=40 * NS_PER_MS,
        finished_ns=1_000_000_000 + 40 * NS_PER_MS,
        content_ns=2 * PERIOD_NS,
    )


def test_a_chunk_sees_what_its_boundary_committed_and_nothing_later() -> None:
    bench = Bench()
    runner = make_runner(bench)
    move = SetParameter(stamp_ns=0, parameter="g.a", value=0.9, glide=AT_ONCE)
    bench.generator.during = lambda: bench.commands.put(move)
    runner.step(none_other)
    runner.step(none_other)
    assert [request.values["g.a"] for request in bench.generator.requests] == [0.2, 0.9]
    assert [type(event) for event in bench.events] == [Committed, Committed]


def test_a_cut_resets_once_and_starts_the_epoch_at_chunk_zero() -> None:
    bench = Bench()
    runner = make_runner(bench)
    runner.step(none_other)
    bench.commands.put(cut("Two"))
    runner.step(none_other)
    runner.step(none_other)
    assert bench.generator.log == ["chunk One 0", "reset", "chunk Two 0", "chunk 2.1"]
    assert [request.key for request in bench.generator.requests] == [
        opening_key(7, "One", 0),
        opening_key(7, "Two", 0),
        ChunkKey(7, 2, 1),
    ]
    assert [event for event in bench.events if isinstance(event, CacheReset)] == [
        CacheReset(at_ns=1_000_000_000 + 40 * NS_PER_MS, epoch=2, reason="cut to Two")
    ]
    assert [(made.epoch, made.origin, made.stamp_ns) for made in bench.cuts] == [(2, Origin.MIDI, 5)]


def test_a_cut_abandons_the_chunk_in_flight_at_its_next_safe_point() -> None:
    bench = Bench()
    runner = make_runner(bench)
    runner.step(none_other)

    def press() -> None:
        bench.commands.put(cut("Two"))
        bench.interrupt.request()

    bench.generator.during = press
    runner.step(none_other)
    runner.step(none_other)
    assert bench.generator.log == ["chunk One 0", "abort 1.1 at 1", "reset", "chunk Two 0"]
    assert [frame.epoch for frame in bench.output.published] == [1, 1, 2, 2]
    progress = bench.progress.peek()
    assert progress is not None and (progress.aborted, progress.cache_resets) == (1, 1)


def test_the_chunk_that_opens_an_epoch_is_finished_however_fast_the_pads_are_hit() -> None:
    bench = Bench()
    runner = make_runner(bench)
    runner.step(none_other)
    for scene in ("Two", "One", "Two"):
        bench.commands.put(cut(scene))
        bench.generator.during = bench.interrupt.request
        runner.step(none_other)
    assert bench.generator.log[-2:] == ["reset", "chunk Two 1"]
    assert [frame.epoch for frame in bench.output.published][::2] == [1, 2, 3, 4]


def test_an_output_without_room_costs_no_chunk_and_no_command() -> None:
    bench = Bench()
    runner = make_runner(bench)
    bench.output.room = 1
    bench.commands.put(cut("Two"))
    runner.step(none_other)
    assert (bench.generator.log, bench.output.published) == ([], [])
    bench.output.room = 2
    runner.step(none_other)
    assert bench.generator.log == ["reset", "chunk Two 0"]


def test_commands_of_others_are_handed_on() -> None:
    bench = Bench()
    runner = make_runner(bench)
    taken: list[Command] = []

    def take(command: Command) -> bool:
        taken.append(command)
        return True

    choose = SelectSource(stamp_ns=0, spec="stage")
    bench.commands.put(choose)
    runner.step(take)
    assert taken == [choose]
    assert SPEC.chunk_frames == len(bench.output.published)


def test_a_snapshot_returns_with_its_caches_where_the_generator_can_tell_them() -> None:
    bench = Bench()
    bench.generator = PreparingToy(bench.clock)
    runner = make_runner(bench)
    runner.step(none_other)
    bench.commands.put(StoreSnapshot(stamp_ns=0, slot=2))
    runner.step(none_other)
    bench.commands.put(cut("Two"))
    runner.step(none_other)
    bench.commands.put(RecallSnapshot(stamp_ns=0, slot=2))
    runner.step(none_other)
    log = [line for line in bench.generator.log if line.startswith(("reset", "restore"))]
    assert len(log) == 2 and log[0] == "reset" and log[1].startswith("restore")
    assert [event.reason for event in bench.events if isinstance(event, CacheReset)][-1] == "back to snapshot 2"


def test_a_generator_that_cannot_tell_its_caches_returns_with_a_reset() -> None:
    bench = Bench()
    bench.generator = ToyGenerator(bench.clock)
    runner = make_runner(bench)
    bench.commands.put(StoreSnapshot(stamp_ns=0, slot=2))
    runner.step(none_other)
    bench.commands.put(RecallSnapshot(stamp_ns=0, slot=2))
    runner.step(none_other)
    assert [line for line in bench.generator.log if "chunk" not in line] == ["reset"]


def test_kept_caches_stay_within_their_budget_the_longest_unused_go_first() -> None:
    generator = PreparingToy(ManualClock())
    size = generator.snapshot().bytes
    kept = SnapshotCaches(budget_bytes=2 * size)
    kept.store((1, 2), generator)
    assert kept.find(1) is not None
    kept.store((3,), generator)
    assert [slot for slot in (1, 2, 3) if kept.find(slot) is not None] == [1, 3]
    assert kept.find(None) is None


def test_chunks_follow_the_output_to_another_rate() -> None:
    bench = Bench()
    runner = make_runner(bench)
    runner.step(none_other)
    bench.output.period_ns = 50_000_000
    runner.step(none_other)
    assert [frame.period_ns for frame in bench.output.published] == [PERIOD_NS] * 2 + [50_000_000] * 2
