"""The show that is live in this process, by what it says: nothing is opened, nothing is played beside it."""

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from app.commands.doctor.finding import Finding, State
from app.commands.doctor.judgement import judge
from app.commands.doctor.mending import STAND_IN, ShowMends
from engine.clock import NS_PER_SECOND
from engine.messages.events import (
    ComponentState,
    DepthChanged,
    Event,
    GeneratorChanged,
    SourceChanged,
    SourceState,
)
from engine.messages.output_events import OutputChanged
from engine.messages.sinks import SinkPhase
from engine.messages.stats import Stats

LENGTH_NS: Final = 10 * NS_PER_SECOND
SILENCE_S: Final = 3.0
"""Figures come several times a second."""

Subscribe = Callable[[Callable[[Event], None]], Callable[[], None]]
"""As Engine.subscribe."""

_STATES: Final = {
    ComponentState.OFF: State.OK,
    ComponentState.STARTING: State.NOTE,
    ComponentState.READY: State.OK,
    ComponentState.LATE: State.NOTE,
    ComponentState.FAILED: State.PROBLEM,
}
_SOURCE_STATES: Final = {
    SourceState.OPENING: State.NOTE,
    SourceState.LIVE: State.OK,
    SourceState.LOST: State.PROBLEM,
    SourceState.FAILED: State.PROBLEM,
}
_PHASES: Final = {
    SinkPhase.OPENING: State.NOTE,
    SinkPhase.ON: State.OK,
    SinkPhase.FAILED: State.PROBLEM,
    SinkPhase.ENDED: State.PROBLEM,
}


@dataclass(slots=True)
class _Heard:
    """The newest of each that the engine has told, and figures as they come."""

    source: SourceChanged | None = None
    depth: DepthChanged | None = None
    generator: GeneratorChanged | None = None
    output: OutputChanged | None = None
    figures: queue.SimpleQueue[Stats] = field(default_factory=queue.SimpleQueue)

    def take(self, event: Event) -> None:
        """Take in an event, on any thread; returns at once."""
        match event:
            case Stats():
                self.figures.put(event)
            case SourceChanged():
                self.source = event
            case DepthChanged():
                self.depth = event
            case GeneratorChanged():
                self.generator = event
            case OutputChanged():
                self.output = event
            case _:
                pass


def check_live(subscribe: Subscribe, mends: ShowMends | None = None) -> Iterator[Finding]:
    """Tell how source, depth, generator and every sink of the show stand; mends: what can be changed of it."""
    heard = _Heard()
    subscribe(heard.take)()  # how things stand is told at once
    if heard.source is not None:
        state = _SOURCE_STATES[heard.source.state]
        line = _line(state, f"Source {heard.source.spec}", heard.source)
        away = state is State.PROBLEM and heard.source.spec.partition(":")[0] != STAND_IN
        yield replace(line, mend=mends.play_stage()) if away and mends is not None else line
    if heard.depth is not None and heard.depth.state is not ComponentState.OFF:
        yield _line(_STATES[heard.depth.state], f"Depth by {heard.depth.estimator}", heard.depth)
    if heard.generator is not None:
        name = f"Generator {heard.generator.name}, {heard.generator.format.value}"
        yield _line(_STATES[heard.generator.state], name, heard.generator)
    output = heard.output
    if output is None:
        yield Finding(State.NOTE, "The show has not begun yet.", "Look again in a moment.")
        return
    size = f"{output.width}×{output.height}, {float(_rate(output)):.4g} FPS"
    yield _line(_STATES[output.state], f"Output {output.name}, {size}", output)
    for sink in output.sinks:
        remarks = " ".join(filter(None, (sink.detail, sink.remark)))
        dropped = f", {sink.dropped} pictures too late for it" if sink.dropped else ""
        yield Finding(_PHASES[sink.phase], f"{sink.sink}: {sink.phase.value}{dropped}. {remarks}".strip())


def _line(state: State, name: str, event: SourceChanged | DepthChanged | GeneratorChanged | OutputChanged) -> Finding:
    stands_in = isinstance(event, GeneratorChanged) and state is State.OK and event.detail  # for the one asked for
    return Finding(State.NOTE if stands_in else state, f"{name}: {event.state.value}. {event.detail}".strip())


def _rate(output: OutputChanged) -> Fraction:
    return Fraction(output.fps_numerator, output.fps_denominator or 1)


def judge_live(
    subscribe: Subscribe,
    length_ns: int = LENGTH_NS,
    silence_s: float = SILENCE_S,
    mends: ShowMends | None = None,
) -> Iterator[Finding]:
    """Judge the show's own figures, of so long from now on, unless none come for a while."""
    heard = _Heard()
    unsubscribe = subscribe(heard.take)
    figures: list[Stats] = []
    try:
        while not figures or figures[-1].at_ns - figures[0].at_ns < length_ns:
            figures.append(heard.figures.get(timeout=silence_s))
    except queue.Empty:
        yield Finding(State.PROBLEM, "The show says nothing of its figures.", "Look at the log, or start it again.")
        return
    finally:
        unsubscribe()
    generator, output = heard.generator, heard.output
    if generator is None or output is None or generator.state is not ComponentState.READY:
        yield Finding(State.NOTE, "The generator is not ready yet.", "Measure again once it plays.")
        return
    rate = _rate(output)
    yield from judge(figures, rate, generator.name, mends.slower(rate) if mends is not None else None)
