"""A small show to schedule: two parameters, two scenes, boundaries one chunk apart."""

from pathlib import Path

from engine.messages.commands import Command, HardCut, SetParameter
from engine.messages.cue_lists import CueList, parse_cues
from engine.messages.events import Event
from engine.messages.parameters import ParameterSpec, ParameterTable
from engine.messages.scenes import Scene, SceneLibrary
from engine.messages.transitions import AT_ONCE, Launch, Transition
from engine.scheduling.commit_scheduler import Commit, CommitScheduler

CHUNK_NS = 66_666_666
TABLE = ParameterTable(
    [
        ParameterSpec(id="g.a", label="A", minimum=0.0, maximum=1.0, default=0.5, help="a", aliases=("g.old",)),
        ParameterSpec(id="g.b", label="B", minimum=-1.0, maximum=1.0, default=0.0, help="b", glide=AT_ONCE),
    ]
)
SCENES = SceneLibrary(
    {
        "One": Scene(name="One", generator="g", prompt="red", parameters={"g.a": 0.2}),
        "Two": Scene(name="Two", generator="g", prompt="blue", parameters={"g.old": 0.8, "g.b": -0.5}),
    }
)


class Show:
    """Drives a scheduler boundary by boundary."""

    def __init__(self) -> None:
        self.scheduler = CommitScheduler(TABLE, SCENES, "One", first_epoch=1)
        self.now_ns = 0
        self.chunks = 0

    def boundary(self, *commands: Command) -> Commit:
        commit = self.scheduler.boundary(commands, self.now_ns, self.chunks * CHUNK_NS, CHUNK_NS)
        self.now_ns += CHUNK_NS
        self.chunks += 1
        return commit

    def told(self, *commands: Command) -> tuple[Event, ...]:
        """The events of one boundary."""
        return self.boundary(*commands).events

    def until(self, now_ns: int) -> list[Commit]:
        """Quiet boundaries up to and past an instant."""
        commits = []
        while self.now_ns <= now_ns:
            commits.append(self.boundary())
        return [*commits, self.boundary()]


def move(parameter: str, value: float, glide: Transition | None = None) -> SetParameter:
    return SetParameter(stamp_ns=0, parameter=parameter, value=value, glide=glide)


def cut(scene: str, launch: Launch = Launch.NOW) -> HardCut:
    return HardCut(stamp_ns=0, scene=scene, launch=launch)


def cues(text: str) -> CueList:
    return parse_cues(text, "show.toml", SCENES)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
