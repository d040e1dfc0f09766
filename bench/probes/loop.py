"""Plays one model three ways by turns: in a whole show, by itself with every chunk waited for, and bare.

Usage: loop GENERATOR SECONDS GPUS; GPUS may be "". Its last line is JSON: frames a second of every turn, by way. The
show sends to nobody, at twice the rate that the model makes, so that the engine never waits for its output; its steps
of quality are held.
"""

import itertools
import json
import math
import sys
import time
from collections import deque
from dataclasses import replace
from fractions import Fraction
from typing import Final

from bench.probes.arming import PATIENCE_S, Listener
from bench.wan.playing import LentGenerator, Requests, launch, play, slides_to_full, warmed
from engine.clock import NS_PER_SECOND
from engine.engine import Engine, EngineConfig
from engine.errors import GeneratorError
from engine.generators.ranks import asked_ranks
from engine.generators.registry import GeneratorEntry
from engine.generators.wan.video import LaunchedChunk
from engine.messages.events import ComponentState, GeneratorChanged
from engine.messages.rates import HIGHEST
from engine.output.client import NULL_SINK, OutputConfig

TURN_S: Final = 5.0
LEAST_CHUNKS: Final = 4
"""In a turn, however long they take."""

WAYS: Final = ("show", "alone", "bare")


class LentShow(Engine):
    """A show that plays a model of somebody else's, and leaves it warm."""

    def __init__(self, config: EngineConfig, model: LentGenerator) -> None:
        self._model = model
        super().__init__(config)

    def _find(self, name: str) -> GeneratorEntry:
        return replace(super()._find(name), build=lambda: self._model, build_in=lambda _: self._model, share=None)


class Turns:
    """The model, and the ways to play it."""

    def __init__(self, name: str, gpus: int) -> None:
        self.model = warmed(name, gpus)
        self._name = name
        self._requests = Requests(self.model.spec)
        self._full = slides_to_full(self.model)
        self._rate = Fraction(30)

    def prepare(self) -> None:
        """Find the rate that no show can reach."""
        self._rate = Fraction(min(max(math.ceil(2.0 * self.alone()), 1), HIGHEST))

    def turn(self, way: str) -> float:
        """Play a turn; return frames a second once the window is full."""
        match way:
            case "show":
                return self._show()
            case "alone":
                return self.alone()
        return self._bare()

    def alone(self) -> float:
        self.model.reset()
        play(self.model, self._requests, self._full)
        self.model.ended_ns.clear()
        begun_ns = time.monotonic_ns()
        while self._goes_on(begun_ns, len(self.model.ended_ns)):
            play(self.model, self._requests, 1)
        return self._fps([begun_ns, *self.model.ended_ns])

    def _bare(self) -> float:
        self.model.reset()
        video, under_way, ended_ns = self.model.video, deque[LaunchedChunk](), list[int]()
        for _ in range(self._full):
            launch(video, self._requests.next_bare()).pictures.wait()
        begun_ns = time.monotonic_ns()
        while self._goes_on(begun_ns, len(ended_ns)) or under_way:
            if self._goes_on(begun_ns, len(ended_ns)):
                under_way.append(launch(video, self._requests.next_bare()))
            if len(under_way) > 1 or not self._goes_on(begun_ns, len(ended_ns)):
                under_way.popleft().pictures.wait()
                ended_ns.append(time.monotonic_ns())
        return self._fps(ended_ns)  # between two of them lies one chunk, whatever was launched ahead

    def _show(self) -> float:
        output = OutputConfig(name="Hardcut Bench Loop", sinks=(NULL_SINK,), fps=self._rate)
        engine = LentShow(EngineConfig(generator=self._name, output=output, held_quality=0), self.model)
        listener = Listener(engine)
        try:
            engine.start()
            for event in listener.until(PATIENCE_S):
                if isinstance(event, GeneratorChanged) and event.state is ComponentState.READY:
                    break
            else:
                raise GeneratorError("The show did not begin", where=self._name)
            self.model.ended_ns.clear()
            self._await(listener, self._full)
            begun_ns, before = time.monotonic_ns(), len(self.model.ended_ns)
            while self._goes_on(begun_ns, len(self.model.ended_ns) - before - 1):
                self._listen(listener, 0.05)
            return self._fps(self.model.ended_ns[before:])
        finally:
            engine.stop()

    def _await(self, listener: Listener, chunks: int) -> None:
        waited_s = 0.0
        while len(self.model.ended_ns) < chunks:
            self._listen(listener, 0.1)
            waited_s += 0.1
            if waited_s > PATIENCE_S:
                raise GeneratorError("The show made no chunks", where=self._name)

    def _listen(self, listener: Listener, seconds: float) -> None:
        for _ in listener.until(seconds):
            """Let the show play."""

    def _goes_on(self, begun_ns: int, chunks: int) -> bool:
        return chunks < LEAST_CHUNKS or time.monotonic_ns() - begun_ns < TURN_S * NS_PER_SECOND

    def _fps(self, instants_ns: list[int]) -> float:
        seconds = (instants_ns[-1] - instants_ns[0]) / NS_PER_SECOND
        return (len(instants_ns) - 1) * self.model.spec.chunk_frames / seconds


def main() -> int:
    name, seconds, gpus = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    turns = Turns(name, asked_ranks(gpus or "1"))
    try:
        turns.prepare()
        rates: dict[str, list[float]] = {way: [] for way in WAYS}
        orders = itertools.cycle(itertools.permutations(WAYS))
        for _ in range(max(round(seconds / (len(WAYS) * TURN_S)), 1)):
            for way in next(orders):
                rates[way].append(turns.turn(way))
    finally:
        turns.model.end()
    sys.stdout.write(json.dumps(rates) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
