"""Quality in the loop: the chain follows what is committed, the loop says how it stands, and the reason is found."""

import os
from collections.abc import Callable, Collection
from dataclasses import replace

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.generators.base import Chunk, ChunkRequest
from engine.loop.ports import RunnerProgress
from engine.loop.quality_control import QualityControl
from engine.loop.runner import Runner
from engine.messages.commands import HardCut
from engine.messages.events import CacheReset
from engine.messages.quality import HoldQuality, QualityRule, QualityState, QualityStep, StepState
from engine.messages.stats import SharedGpu
from engine.metrics.busiest import POLL_NS, Busiest, BusiestMeter, ProgramTimes, read_program_times
from engine.quality_reporter import QualityReporter
from engine.scheduling.chunk_pacing import ChunkPacing
from engine.scheduling.commit_scheduler import CommitScheduler
from tests.engine.fakes import SCENES, SPEC, TABLE, Bench, ToyGenerator

PERIOD_NS = 33_333_333
RATE = QualityStep("chain.rate", "half rate", 0.1, indirect=True)
SOFT = QualityStep("toy.soft", "softer", 0.2)


class SlowToy(ToyGenerator):
    """Takes 90 ms a chunk, and 50 once it is softer; 40 where it is not slow."""

    spec = replace(SPEC, quality_steps=(SOFT,))
    slow = True

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        if self.slow:
            self.clock.advance((10 if SOFT.id in request.quality else 50) * NS_PER_MS)
        return super().generate(request, aborted)


class Chain:
    """Remembers what it was to take."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, ...]] = []

    def steps(self) -> tuple[QualityStep, ...]:
        return (RATE,)

    def take(self, steps: tuple[str, ...]) -> None:
        self.taken.append(steps)


def make(held: int | None = None) -> tuple[Bench, Runner, Chain]:
    bench, chain = Bench(), Chain()
    bench.generator = SlowToy(bench.clock)
    bench.rooms.chain = chain
    scheduler = CommitScheduler(TABLE, SCENES, "One", first_epoch=1)
    pacing = ChunkPacing(2, PERIOD_NS, 32)
    quality = QualityControl(held)
    return bench, Runner(bench.rooms, bench.generator, scheduler, pacing, 7, RunnerProgress(), quality=quality), chain


def test_a_slow_generator_is_simplified_and_comes_back() -> None:
    bench, runner, chain = make()
    for _ in range(30):
        runner.step(lambda _: False)
    progress = bench.progress.peek()
    assert progress is not None
    assert [one.step.id for one in progress.quality.taken] == ["toy.soft"]
    assert bench.generator.requests[-1].quality == ("toy.soft",)
    assert 0.7 < progress.quality.load < 0.8
    assert isinstance(bench.generator, SlowToy)
    bench.generator.slow = False
    for _ in range(120):
        runner.step(lambda _: False)
    assert bench.generator.requests[-1].quality == ()
    assert not any(isinstance(event, CacheReset) for event in bench.events)
    assert chain.taken == [("toy.soft",), ()]


def test_a_cut_keeps_what_is_taken() -> None:
    bench, runner, chain = make(held=2)
    runner.step(lambda _: False)
    bench.commands.put(HardCut(stamp_ns=5, scene="Two"))
    runner.step(lambda _: False)
    assert [request.quality for request in bench.generator.requests] == [("chain.rate", "toy.soft")] * 2
    assert chain.taken == [("chain.rate", "toy.soft")]
    bench.commands.put(HoldQuality(stamp_ns=5, steps=0))
    runner.step(lambda _: False)
    assert bench.generator.requests[-1].quality == () == chain.taken[-1]


# -- why --------------------------------------------------------------------------------------


def state(*taken: QualityStep, rule: QualityRule = QualityRule.AUTO, load: float = 0.9) -> QualityState:
    return QualityState(tuple(StepState(step, rule, step in taken) for step in (RATE, SOFT)), load)


class Readings:
    """Processor times that grow by so many cores from reading to reading."""

    def __init__(self, **cores: float) -> None:
        self.cores = cores
        self.seconds = 0.0

    def __call__(self, roots: Collection[int]) -> ProgramTimes:  # noqa: ARG002 - the interface's
        self.seconds += POLL_NS / NS_PER_SECOND
        return ProgramTimes({pid: (name, used * self.seconds) for pid, (name, used) in enumerate(self.cores.items())})


def reason(cores: dict[str, float], quality: QualityState, gpus: tuple[SharedGpu, ...] = ()) -> str:
    reporter = QualityReporter(BusiestMeter(lambda: (), Readings(**cores)), cores=2)
    told = [reporter.poll(quality, gpus, place * POLL_NS) for place in range(1, 4)]
    return next(event for event in reversed(told) if event is not None).sentence()


def test_the_reason_names_who_is_busy() -> None:
    assert reason({"obs": 1.1, "sh": 0.1}, state(SOFT)) == (
        "Picture simplified 1 of 2: this machine is busy with obs, 1.1 cores"
    )
    assert reason({"a": 0.2, "b": 0.2, "c": 0.25}, state(SOFT, RATE)) == (
        "Picture simplified 2 of 2: this machine is busy with other programs, 0.7 cores"
    )
    assert reason({"obs": 0.1}, state(SOFT)).endswith("this machine is too slow for more")
    assert reason({"obs": 1.9}, state(SOFT, RATE, rule=QualityRule.PINNED)).endswith("2 of 2: as pinned")
    gpu = SharedGpu("H200", 1, 0, None)
    assert reason({"obs": 1.9}, state(SOFT), (gpu,)).endswith("another program computes on the GPU")
    assert reason({"obs": 1.9}, state()) == "Picture at full quality"


def test_it_is_told_when_it_changes_and_the_machine_is_only_looked_at_when_it_is_slow() -> None:
    readings = Readings(obs=1.0)
    reporter = QualityReporter(BusiestMeter(lambda: (), readings), cores=2)
    assert reporter.poll(QualityState(), (), 0) is None
    first = reporter.poll(state(load=0.5), (), 1)
    assert first is not None and not first.taken and first.at_ns == 1
    assert reporter.poll(state(load=0.6), (), 2) is None
    assert readings.seconds == 0.0
    reporter.poll(state(load=0.9), (), POLL_NS)
    reporter.poll(state(load=0.9), (), 2 * POLL_NS)
    changed = reporter.poll(state(SOFT), (), 2 * POLL_NS + 1)
    assert changed is not None and changed.reason == "this machine is busy with obs, 1.0 cores"
    readings.cores["obs"] = 1.05
    assert reporter.poll(state(SOFT), (), 3 * POLL_NS) is None


def test_old_readings_say_nothing_of_now() -> None:
    meter = BusiestMeter(lambda: (), Readings(obs=1.0))
    meter.poll(0)
    assert meter.poll(100 * POLL_NS) == Busiest()
    assert meter.poll(101 * POLL_NS).name == "obs"


def test_our_own_processes_are_left_out() -> None:
    everyone, others = read_program_times(()), read_program_times((os.getpid(),))
    assert os.getpid() in everyone.by_pid
    assert os.getpid() not in others.by_pid
