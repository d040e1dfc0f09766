"""Whatever a generator returns or raises, it is told, the show goes on, and nothing is given up for good."""

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine.clock import NS_PER_SECOND
from engine.generators.base import Chunk, ChunkRequest
from engine.loop.device_fault import loses_device
from engine.loop.plan import LONGEST_PAUSE_NS, SHORTEST_PAUSE_NS, Fault, Plan, Reaction, next_plan, resume
from engine.messages.events import ComponentState, GeneratorChanged, Notice
from tests.engine.fakes import IMAGE, Bench, ToyGenerator
from tests.engine.test_supervisor import PATIENCE_S, Broken, run_until, supervise, toy

STICKY = "CUDA error: an illegal memory access was encountered"


class Odd(ToyGenerator):
    """Returns something odd once, from its third chunk."""

    def __init__(self, bench: Bench, make: Callable[[Chunk], Any]) -> None:
        super().__init__(bench.clock)
        self._make = make
        self._made = 0

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Any:
        self._made += 1
        chunk = super().generate(request, aborted)
        return self._make(chunk) if self._made == 3 else chunk


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: None, "It returned nothing, no chunk (toy)."),
        (lambda _: "a chunk", "It returned str, no chunk (toy)."),
        (lambda chunk: dataclasses.replace(chunk, images=()), "It returned 0 pictures instead of 2 (toy)."),
        (lambda chunk: dataclasses.replace(chunk, images=(IMAGE,) * 90), "It returned 90 pictures instead of 2 (toy)."),
        (lambda chunk: dataclasses.replace(chunk, images=None), "It returned no pictures instead of 2 (toy)."),
        (
            lambda chunk: dataclasses.replace(chunk, images=(np.full(IMAGE.shape, np.nan, np.float32),) * 2),
            "It returned a picture that is float32 [448, 448, 4], not uint8 [448, 448, 4] (toy).",
        ),
        (
            lambda chunk: dataclasses.replace(chunk, images=(IMAGE[..., :3],) * 2),
            "It returned a picture that is uint8 [448, 448, 3], not uint8 [448, 448, 4] (toy).",
        ),
        (
            lambda chunk: dataclasses.replace(chunk, images=(None, IMAGE)),
            "It returned a picture that is NoneType, not uint8 [448, 448, 4] (toy).",
        ),
    ],
)
def test_what_is_no_chunk_is_a_fault_with_what_is_wrong(make: Callable[[Chunk], Any], words: str) -> None:
    bench = Bench()
    bench.generator = Odd(bench, make)
    run_until(bench, 8)
    notices = [event.text for event in bench.events if isinstance(event, Notice)]
    assert notices == [f"The generator failed. {words} It is started again; the last picture stays on air."]


def test_a_lost_gpu_is_not_tried_four_times_and_the_built_in_one_plays_at_once() -> None:
    bench = Bench()
    bench.generator = Broken(bench, RuntimeError(STICKY), times=99)
    field = toy(bench, "field", "f.a")
    run_until(bench, 4, {"field": field})
    notices = [event.text for event in bench.events if isinstance(event, Notice)]
    assert len(notices) == 1 and "Start Hardcut again to play on the GPU" in notices[0]
    assert "field is started in its place" in notices[0]


def test_what_tells_a_lost_gpu() -> None:
    cause = RuntimeError("the sampler failed")
    cause.__cause__ = RuntimeError(STICKY)
    assert loses_device(cause) and loses_device(RuntimeError("HIP error: unspecified launch failure"))
    assert not loses_device(RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    assert not loses_device(ValueError("an illegal memory access"))


def test_the_built_in_one_is_never_given_up_for_a_lost_gpu() -> None:
    fault = Fault(at_ns=0, sentence="It broke.", for_good=True)
    plan, reaction = next_plan(Plan(shown="field", playing="field"), fault, "field")
    assert reaction is Reaction.AGAIN and plan.playing == "field" and not plan.idle


def test_where_nothing_plays_it_is_tried_again_by_itself_for_ever_ever_more_seldom() -> None:
    plan, now_ns, pauses = Plan(shown="field", playing="field"), 0, []
    for _ in range(14):
        while not plan.idle:
            plan, _ = next_plan(plan, Fault(at_ns=now_ns, sentence="It broke."), "field")
        assert resume(plan, plan.pause_until_ns - 1) is plan
        pauses.append(plan.pause_ns)
        now_ns = plan.pause_until_ns
        plan = resume(plan, now_ns)
        assert not plan.idle and plan.playing == "field"
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (SHORTEST_PAUSE_NS, LONGEST_PAUSE_NS)
    now_ns += 3 * LONGEST_PAUSE_NS  # it has played meanwhile
    while not plan.idle:
        plan, _ = next_plan(plan, Fault(at_ns=now_ns, sentence="It broke."), "field")
    assert plan.pause_ns == SHORTEST_PAUSE_NS  # the first was built again at once


def test_a_show_that_stood_still_plays_on_without_a_gesture() -> None:
    bench = Bench()
    bench.generator = Broken(bench, ValueError("all is broken"), times=4, name="field")
    remember = bench.rooms.emit

    def emit(event: Any) -> None:
        remember(event)
        if isinstance(event, GeneratorChanged) and event.state is ComponentState.FAILED:
            bench.clock.advance(10 * NS_PER_SECOND)

    bench.rooms.emit = emit  # type: ignore[misc]
    enough = threading.Event()
    publish = bench.output.publish_chunk
    bench.output.publish_chunk = lambda frames: (publish(frames), enough.set())  # type: ignore[method-assign]
    supervisor = supervise(bench, name="field")
    supervisor.start()
    assert enough.wait(PATIENCE_S)
    supervisor.stop()
