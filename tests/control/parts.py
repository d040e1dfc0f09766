"""A store over a list of commands, with a small table and numbered scenes."""

from dataclasses import dataclass, field, replace
from typing import Any

from app.control.state import ControlState, first_state
from app.control.store import ControlStore
from engine.clock import NS_PER_SECOND, ManualClock
from engine.messages.commands import Command
from engine.messages.parameters import OUTPUT_PARAMETERS, ParameterSpec, ParameterTable
from engine.messages.scenes import Scene, SceneLibrary
from engine.messages.stats import Stats


def table(count: int) -> ParameterTable:
    """So many parameters p.0, p.1, … and the output's."""
    specs = (
        ParameterSpec(id=f"p.{number}", label=f"P{number}", minimum=0.0, maximum=1.0, default=0.0, help="A parameter.")
        for number in range(count)
    )
    return ParameterTable(specs).joined(OUTPUT_PARAMETERS)


def library(*names: str) -> SceneLibrary:
    """Scenes of these names."""
    return SceneLibrary({name: Scene(name=name, generator="field", prompt="") for name in names})


def state(parameters: int = 12, scenes: int = 40, **changes: Any) -> ControlState:
    """A front with so many parameters and scenes S1, S2, …"""
    return replace(first_state(table(parameters), [f"S{number}" for number in range(1, scenes + 1)]), **changes)


def stats(second: float, chunks: int) -> Stats:
    """The figures of a second, with so many chunks since the start."""
    return Stats(
        at_ns=round(second * NS_PER_SECOND),
        input_fps=30.0,
        pipeline_fps=30.0,
        output_fps=30.0,
        lagged=0,
        repeated=0,
        skipped=0,
        discarded=0,
        dropped=0,
        latency_ns=0,
        cut_latency_ns=0,
        chunk_ns=0,
        depth_age_ns=0,
        deadline_error_ns=0,
        chunks=chunks,
        epoch=0,
        cache_resets=0,
        memory_bytes=0,
        output_frames=0,
    )


@dataclass
class Desk:
    """A store and what it posted; what the generator offers can be changed."""

    first: ControlState = field(default_factory=state)
    posted: list[Command] = field(default_factory=list)
    clock: ManualClock = field(default_factory=ManualClock)
    offered: tuple[ParameterTable, SceneLibrary] = field(default_factory=lambda: (table(3), library("A", "B")))

    def __post_init__(self) -> None:
        self.store = ControlStore(self.posted.append, self.clock, lambda: self.offered, self.first)
