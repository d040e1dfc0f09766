"""Plays a show with its pads armed and not, by turns, on an output that sends to nobody.

Usage: arming SECONDS SEED GENERATOR FPS GPUS; the last three may be "". Its last line is JSON: pipeline rates of the
turns, cuts at once, cuts on the beat.
"""

import json
import random
import sys
from collections.abc import Iterator
from typing import Final

from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.engine import Engine, EngineConfig
from engine.generators.ranks import asked_ranks
from engine.generators.registry import DEFAULT_GENERATOR
from engine.mailbox import Mailbox
from engine.messages.commands import ArmBank, HardCut, SetTempo
from engine.messages.events import (
    ArmedChanged,
    ArmState,
    CacheReset,
    Committed,
    ComponentState,
    CutShown,
    Event,
    GeneratorChanged,
)
from engine.messages.rates import parse_rate
from engine.messages.stats import Stats
from engine.messages.transitions import Launch
from engine.output.client import NULL_SINK, OutputConfig

PADS: Final = 16
TURN_S: Final = 5.0
SETTLE_S: Final = 1.0
"""Left out at the beginning of each turn."""

PRESSES, BEATS = 30, 12
SPACING_S: Final = (0.5, 0.9)
BPM: Final = 124.0
"""A beat that is no whole number of output frames, so that every phase between the two comes up."""

PATIENCE_S: Final = 180.0
"""A model's first start draws its weights and compiles its kernels."""


class Listener:
    """Queue and wait for the events of a show."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._events: Mailbox[Event] = Mailbox()
        self.armed = 0
        """Scenes that are ready now."""
        engine.subscribe(self._events.put)

    def until(self, seconds: float) -> Iterator[Event]:
        """Yield the events of the next seconds."""
        end_ns = self._engine.now_ns() + round(seconds * NS_PER_SECOND)
        while (left_ns := end_ns - self._engine.now_ns()) > 0:
            self._events.wait(min(left_ns, 50 * NS_PER_MS))
            for event in self._events.drain():
                if isinstance(event, ArmedChanged):
                    self.armed = sum(one.state is ArmState.ARMED for one in event.scenes)
                yield event


class ArmingRun:
    """A show and the hand that plays it."""

    def __init__(self, engine: Engine, chance: random.Random) -> None:
        self._engine = engine
        self._chance = chance
        self._listener = Listener(engine)
        self._pads = tuple(engine.scenes)[:PADS]

    def begin(self) -> None:
        """Wait for the generator."""
        for event in self._listener.until(PATIENCE_S):
            if isinstance(event, GeneratorChanged) and event.state is ComponentState.READY:
                break
        self.wait(TURN_S)

    def arm(self, on: bool) -> None:
        """Arm all pads or none."""
        self._engine.post(ArmBank(stamp_ns=self._engine.now_ns(), scenes=self._pads if on else ()))

    def rates(self, pairs: int) -> dict[str, list[float]]:
        """Measure pipeline rates with the pads armed and not, in changing order."""
        rates: dict[str, list[float]] = {"off": [], "on": [], "off_repeats": [], "on_repeats": [], "armed": []}
        for pair in range(pairs):
            for on in (False, True) if pair % 2 == 0 else (True, False):
                self.arm(on)
                self.wait(SETTLE_S)
                events = list(self._listener.until(TURN_S))
                stats = [event for event in events if isinstance(event, Stats)]
                first, last = stats[0], stats[-1]
                name = "on" if on else "off"
                rates[name].append((last.frames - first.frames) * NS_PER_SECOND / (last.at_ns - first.at_ns))
                rates[f"{name}_repeats"].append(last.repeated - first.repeated)
                if on:
                    rates["armed"].append(self._listener.armed)
        return rates

    def cuts(self, presses: int, launch: Launch) -> list[dict[str, object]]:
        """Press pads at irregular times; return the latencies."""
        if launch is not Launch.NOW:
            self._engine.post(SetTempo(stamp_ns=self._engine.now_ns(), bpm=BPM))
        shown: list[dict[str, object]] = []
        scene = ""
        begun: dict[int, int] = {}
        told: dict[int, int] = {}
        for _ in range(presses):
            scene = self._chance.choice([pad for pad in self._pads if pad != scene])
            stamp_ns = self._engine.now_ns()
            self._engine.post(HardCut(stamp_ns=stamp_ns, scene=scene, launch=launch))
            pause_s = self._chance.uniform(*SPACING_S)
            for event in self._listener.until(pause_s + (0.6 if launch is not Launch.NOW else 0.0)):
                if isinstance(event, Committed):
                    begun.setdefault(event.epoch, event.at_ns)
                elif isinstance(event, CacheReset):
                    told[event.epoch] = event.at_ns
                elif isinstance(event, CutShown):
                    cut: dict[str, object] = {
                        "armed": event.armed,
                        "ns": event.latency_ns,
                        "late_ns": event.late_ns,
                    }
                    if event.armed and event.epoch in begun and event.epoch in told:
                        # An armed opening is published between its boundary and the report of its cut.
                        boundary_ns, published_ns = begun[event.epoch] - stamp_ns, told[event.epoch] - stamp_ns
                        waited_ns = event.latency_ns - published_ns
                        cut["parts_ns"] = (boundary_ns, published_ns - boundary_ns, waited_ns)
                    shown.append(cut)
        return shown

    def wait(self, seconds: float) -> None:
        """Let the show play."""
        for _ in self._listener.until(seconds):
            pass


def main() -> int:
    seconds, seed = float(sys.argv[1]), int(sys.argv[2])
    generator, fps, gpus = sys.argv[3:]
    output = OutputConfig(name=f"Arming {seed}", sinks=(NULL_SINK,), fps=parse_rate(fps or "30"))
    engine = Engine(
        EngineConfig(generator=generator or DEFAULT_GENERATOR, output=output, gpus=asked_ranks(gpus or "1"))
    )
    show = ArmingRun(engine, random.Random(seed))
    try:
        engine.start()
        show.begin()
        document: dict[str, object] = {"rates": show.rates(max(round(seconds / (2 * TURN_S)), 1))}
        at_once, on_beat = [], []
        for on in (True, False):
            show.arm(on)
            show.wait(TURN_S)
            at_once += show.cuts(PRESSES, Launch.NOW)
            on_beat += show.cuts(BEATS, Launch.BEAT)
        document |= {"at_once": at_once, "on_beat": on_beat}
    finally:
        engine.stop()
    sys.stdout.write(json.dumps(document) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
