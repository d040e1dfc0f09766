"""Plays a show on an output that sends to nobody, and changes it: how soon the output shows it, and what it costs.

Usage: changes GENERATOR SECONDS SEED FPS GPUS KINDS; FPS and GPUS may be "", KINDS is a list with commas: knob, prompt,
soft, hard, style. Its last line is JSON: by kind the times of each change, rates and times of chunks by turns.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.probes.arming import PATIENCE_S, SPACING_S, Listener
from engine.clock import NS_PER_MS, NS_PER_SECOND
from engine.engine import Engine, EngineConfig
from engine.errors import GeneratorError, OutputError
from engine.generators.ranks import asked_ranks
from engine.generators.registry import find_generator
from engine.generators.wan.parameters import LORA, STRENGTH
from engine.messages.commands import ArmBank, Command, HardCut, SetParameter, SetPrompt, SoftCut
from engine.messages.events import (
    ArmedChanged,
    ArmState,
    Committed,
    ComponentState,
    CutShown,
    Event,
    GeneratorChanged,
)
from engine.messages.rates import parse_rate
from engine.messages.stats import Stats
from engine.output.client import NULL_SINK, OutputConfig
from engine.output.layout import SharedMemory
from engine.output.rendezvous import all_rendezvous
from engine.output.status import OutputStatus, read_status

NAME: Final = "Hardcut Bench Changes"
FEWEST, MOST = 2, 8
"""Changes of each kind: one for every three seconds that were asked for."""

MORPH_CHUNKS, SOFT_CHUNKS = 4, 8
"""Boundaries that a new prompt and a soft cut are given."""

TURN_S: Final = 5.0
SETTLE_S: Final = 2.0
"""Left out at the beginning of each turn: the figures are those of the last second."""

TURNED_S: Final = 0.1
"""From one turn of a LoRA to the next, where its cost is measured: no chunk is without one."""

POLL_S: Final = 0.004
LATE_S: Final = 30.0
"""A change that is not seen by then is missed."""

ARMED_S: Final = 10.0
"""A show that has no scene ready by then has no time for it."""

PROMPTS: Final = ("liquid gold", "rain on glass", "a reef at night", "marble", "torn paper", "falling leaves")


class Output:
    """What the output process says of itself."""

    def __init__(self, name: str) -> None:
        note = next((note for one in all_rendezvous() if (note := one.read()) is not None and note.name == name), None)
        if note is None:
            raise OutputError("The output is not there", where=name)
        self._memory = SharedMemory.attach(Path(note.ring))

    def status(self) -> OutputStatus:
        while True:
            status = read_status(self._memory)
            if status is not None:
                return status

    def close(self) -> None:
        self._memory.close()


@dataclass(slots=True)
class Change:
    """When a change was made, known to a boundary, seen and whole on the output; ns, 0 for not yet."""

    stamp_ns: int
    boundary_ns: int = 0
    first_chunk: int = -1
    last_chunk: int = -1
    first_ns: int = 0
    whole_ns: int = 0

    def document(self) -> dict[str, float | None]:
        """Milliseconds from the change on; None for what was not seen."""

        def since(at_ns: int) -> float | None:
            return (at_ns - self.stamp_ns) / NS_PER_MS if at_ns else None

        return {"boundary": since(self.boundary_ns), "first": since(self.first_ns), "whole": since(self.whole_ns)}


@dataclass(slots=True)
class Turn:
    """A part of the show: chunks and frames that were made in it, and how long each chunk took."""

    rates: list[float] = field(default_factory=list)
    chunk_ms: list[float] = field(default_factory=list)


class ChangingShow:
    """A show and the hand that changes it."""

    def __init__(self, engine: Engine, chance: random.Random, times: int) -> None:
        self._engine = engine
        self._chance = chance
        self._times = times
        self._listener = Listener(engine)
        self._scenes = tuple(engine.scenes)
        self._scene = engine.first_scene
        self._armed = set[str]()
        self._prompts = 0
        self._output: Output | None = None
        self.missed = 0

    def begin(self) -> None:
        """Wait for the generator."""
        for event in self._listener.until(PATIENCE_S):
            if isinstance(event, GeneratorChanged) and event.state is ComponentState.READY:
                break
        else:
            raise GeneratorError("The show did not begin")
        self._output = Output(NAME)
        self.wait(TURN_S)

    def close(self) -> None:
        if self._output is not None:
            self._output.close()

    def wait(self, seconds: float) -> None:
        """Let the show play."""
        for _ in self._listener.until(seconds):
            """Let the show play."""

    def changes(self, kind: str) -> list[dict[str, float | None]]:
        """Make some changes of a kind at irregular times."""
        made = []
        for number in range(self._times):
            command, begins, ends = self._change(kind, number)
            made.append(self._watch(command, begins, ends).document())
            self.wait(self._chance.uniform(*SPACING_S))
        return made

    def cuts(self, *, armed: bool) -> list[dict[str, object]]:
        """Cut at irregular times, with every scene armed or none; return how long each took and whether it was.

        Where the show has no time to prepare scenes, none is waited for twice.
        """
        self._engine.post(ArmBank(stamp_ns=self._engine.now_ns(), scenes=self._scenes if armed else ()))
        shown: list[dict[str, object]] = []
        for _ in range(self._times):
            scene = self._other_scene()
            if armed and not self._await_armed(scene):
                break
            self._engine.post(HardCut(stamp_ns=self._engine.now_ns(), scene=scene))
            for event in self._listener.until(self._chance.uniform(*SPACING_S) + 1.0):
                if isinstance(event, CutShown):
                    shown.append({"armed": event.armed, "ms": event.latency_ns / NS_PER_MS})
                self._note_armed(event)
        self._engine.post(ArmBank(stamp_ns=self._engine.now_ns(), scenes=()))
        self.wait(TURN_S)  # an opening that was begun is left
        return shown

    def costs(self, kind: str, pairs: int) -> dict[str, dict[str, list[float]]]:
        """Play turns in which every chunk has a change of a kind, and turns without, in changing order."""
        turns = {"off": Turn(), "on": Turn()}
        for pair in range(pairs):
            for name in ("off", "on") if pair % 2 == 0 else ("on", "off"):
                self._turn(turns[name], self._restless(kind) if name == "on" else self._still())
        return {name: {"rates": turn.rates, "chunk_ms": turn.chunk_ms} for name, turn in turns.items()}

    def _turn(self, turn: Turn, playing: Iterator[Stats]) -> None:
        stats = [one for one in playing if one.at_ns]
        first, last = stats[0], stats[-1]
        turn.rates.append((last.frames - first.frames) * NS_PER_SECOND / (last.at_ns - first.at_ns))
        turn.chunk_ms.append(statistics.median(one.chunk_ns for one in stats) / NS_PER_MS)

    def _still(self) -> Iterator[Stats]:
        self.wait(SETTLE_S)
        yield from (event for event in self._listener.until(TURN_S) if isinstance(event, Stats))

    def _restless(self, kind: str) -> Iterator[Stats]:
        begun_ns = self._engine.now_ns()
        number, next_ns, whole = 0, begun_ns, True
        for event in self._listener_for(SETTLE_S + TURN_S):
            now_ns = self._engine.now_ns()
            if isinstance(event, Committed) and kind == "prompt":
                whole = event.prompt_progress >= 1.0
            if now_ns >= next_ns and (whole or kind != "prompt"):
                command, _, _ = self._change(kind, number)
                self._engine.post(command)
                number, next_ns, whole = number + 1, now_ns + round(TURNED_S * NS_PER_SECOND), False
            if isinstance(event, Stats) and event.at_ns - begun_ns >= SETTLE_S * NS_PER_SECOND:
                yield event

    def _listener_for(self, seconds: float) -> Iterator[object]:
        """Yield events, and None every now and then."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            yield from self._listener.until(TURNED_S / 4)
            yield None

    def _change(
        self, kind: str, number: int
    ) -> tuple[Command, Callable[[Committed], bool], Callable[[Committed], bool]]:
        """Return the command of a change, and how to know the boundaries that begin and end it."""
        stamp_ns = self._engine.now_ns()
        if kind in ("knob", "style"):
            name = STRENGTH if kind == "knob" else LORA
            value = (0.4, 0.9)[number % 2] + 0.01 * number
            return (
                SetParameter(stamp_ns=stamp_ns, parameter=name, value=value),
                lambda event: event.targets[name] == value,
                lambda event: event.values[name] == value,
            )
        if kind == "prompt":
            self._prompts += 1
            text = f"{PROMPTS[self._prompts % len(PROMPTS)]}, {self._prompts // len(PROMPTS)}"
            return (
                SetPrompt(stamp_ns=stamp_ns, text=text, chunks=MORPH_CHUNKS),
                lambda event: event.prompt == text,
                lambda event: event.prompt == text and event.prompt_progress >= 1.0,
            )
        scene = self._other_scene()
        return (
            SoftCut(stamp_ns=stamp_ns, scene=scene, chunks=SOFT_CHUNKS),
            lambda event: event.scene == scene,
            lambda event: event.scene == scene and event.prompt_progress >= 1.0 and event.values == event.targets,
        )

    def _other_scene(self) -> str:
        self._scene = self._chance.choice([scene for scene in self._scenes if scene != self._scene])
        return self._scene

    def _await_armed(self, scene: str) -> bool:
        """Wait for some seconds until a scene is ready; return whether it is."""
        for event in self._listener.until(ARMED_S):
            self._note_armed(event)
            if scene in self._armed:
                return True
        return False

    def _note_armed(self, event: Event) -> None:
        if isinstance(event, ArmedChanged):
            self._armed = {one.scene for one in event.scenes if one.state is ArmState.ARMED}

    def _watch(
        self, command: Command, begins: Callable[[Committed], bool], ends: Callable[[Committed], bool]
    ) -> Change:
        """Make a change, and see it on the output."""
        assert self._output is not None
        change = Change(command.stamp_ns)
        self._engine.post(command)
        end_ns = command.stamp_ns + round(LATE_S * NS_PER_SECOND)
        while not change.whole_ns and self._engine.now_ns() < end_ns:
            for event in self._listener.until(POLL_S):
                if not isinstance(event, Committed) or event.at_ns < command.stamp_ns:
                    continue
                if change.first_chunk < 0 and begins(event):
                    change.boundary_ns, change.first_chunk = event.at_ns, event.chunk_index
                if change.last_chunk < 0 and ends(event):
                    change.last_chunk = event.chunk_index
            status = self._output.status()
            shown_ns = status.next_deadline_ns - status.period_ns  # the frame that it tells of
            if not change.first_ns and 0 <= change.first_chunk <= status.shown_chunk:
                change.first_ns = shown_ns
            if 0 <= change.last_chunk <= status.shown_chunk:
                change.whole_ns = shown_ns
        self.missed += not change.whole_ns
        return change


def main() -> int:
    name, seconds, seed, fps, gpus, kinds = sys.argv[1:]
    output = OutputConfig(name=NAME, sinks=(NULL_SINK,), fps=parse_rate(fps or "30"))
    engine = Engine(EngineConfig(generator=name, output=output, gpus=asked_ranks(gpus or "1")))
    times = min(max(round(float(seconds) / 3.0), FEWEST), MOST)
    show = ChangingShow(engine, random.Random(int(seed)), times)
    pairs = max(round(float(seconds) / (2 * TURN_S)), 1)
    document: dict[str, object] = {
        "chunk_frames": find_generator(name).describe().chunk_frames,
        "output_fps": float(output.fps),
    }
    try:
        engine.start()
        show.begin()
        wanted = kinds.split(",")
        for kind in wanted:
            if kind == "hard":
                document["cuts"] = [*show.cuts(armed=True), *show.cuts(armed=False)]
            else:
                document[kind] = show.changes(kind)
        for kind in ("prompt", "style"):
            if kind in wanted:
                document[f"{kind}_cost"] = show.costs(kind, pairs)
        document["missed"] = show.missed
    finally:
        show.close()
        engine.stop()
    sys.stdout.write(json.dumps(document) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
