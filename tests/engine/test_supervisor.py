"""The engine thread: warms up once, survives a failing generator, gives up on a hopeless one."""

import threading
from fractions import Fraction

from engine.events import CacheReset, GeneratorChanged, Notice, StageState
from engine.generators.registry import GeneratorEntry
from engine.scheduling.commits import CommitScheduler
from engine.supervisor import Supervisor
from tests.engine.fakes import SCENES, SPEC, TABLE, Bench

PATIENCE_S = 20.0


def supervise(bench: Bench) -> Supervisor:
    entry = GeneratorEntry(describe=lambda: SPEC, build=lambda: bench.generator)
    return Supervisor(
        bench.rooms,
        entry,
        lambda: CommitScheduler(TABLE, SCENES, "One", first_epoch=1),
        bench.source,
        Fraction(30),
        seed=0,
    )


def run_until(bench: Bench, enough: int) -> None:
    """Let the supervisor work until so many frames are out, or it stands still."""
    reached = threading.Event()
    publish = bench.output.publish_chunk

    def watch(frames: object) -> None:
        publish(frames)  # type: ignore[arg-type]
        if len(bench.output.published) >= enough:
            reached.set()

    bench.output.publish_chunk = watch  # type: ignore[method-assign]
    supervisor = supervise(bench)
    supervisor.start()
    assert reached.wait(PATIENCE_S)
    supervisor.stop()


def test_it_warms_up_before_the_first_chunk_and_closes_at_the_end() -> None:
    bench = Bench()
    run_until(bench, 4)
    assert bench.generator.log[:2] == ["warm up", "chunk One 0"]
    assert bench.generator.log[-1] == "close"
    states = [event.state for event in bench.events if isinstance(event, GeneratorChanged)]
    assert states == [StageState.STARTING, StageState.READY]


def test_a_failure_is_told_and_the_show_resumes_in_a_new_epoch() -> None:
    bench = Bench()
    bench.generator.fail_next = 1
    run_until(bench, 4)
    notices = [event.text for event in bench.events if isinstance(event, Notice)]
    assert notices == ["The generator failed. The toy broke (toy). It is started again; the last picture stays on air."]
    assert [event.reason for event in bench.events if isinstance(event, CacheReset)] == ["the generator was restarted"]
    assert {frame.epoch for frame in bench.output.published} == {2}


def test_a_generator_that_always_fails_is_given_up_in_words() -> None:
    bench = Bench()
    bench.generator.fail_next = 1000
    given_up = threading.Event()
    remember = bench.rooms.emit

    def emit(event: object) -> None:
        remember(event)  # type: ignore[arg-type]
        if isinstance(event, GeneratorChanged) and event.state is StageState.FAILED:
            given_up.set()

    bench.rooms.emit = emit  # type: ignore[assignment]
    supervisor = supervise(bench)
    supervisor.start()
    assert given_up.wait(PATIENCE_S)
    supervisor.stop()
    assert bench.output.published == []
