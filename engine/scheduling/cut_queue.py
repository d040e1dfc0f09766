"""Queue of cuts that wait for their beat."""

from dataclasses import dataclass, replace

from engine.messages.commands import HardCut, RecallSnapshot, SoftCut
from engine.messages.events import CutQueued
from engine.messages.scenes import Scene
from engine.messages.transitions import Launch
from engine.scheduling.commit import NextLaunch
from engine.scheduling.live import Snapshot
from engine.scheduling.tempo import Tempo


@dataclass(frozen=True, slots=True)
class PlannedCut:
    """A cut with its scene or snapshot, looked up when it was requested, so that it cannot fail later.

    Attributes:
        timed: nobody asked for it now: it falls on its instant, with or without a beat.
    """

    command: HardCut | SoftCut | RecallSnapshot
    goal: Scene | Snapshot
    due_ns: int
    timed: bool = False

    @property
    def scene(self) -> str:
        """Return the scene's name."""
        return self.goal.name if isinstance(self.goal, Scene) else self.goal.scene.name

    @property
    def beat_ns(self) -> int:
        """Return the instant that it was queued for or falls on by itself, 0 if it was asked for now."""
        return 0 if self.command.launch is Launch.NOW and not self.timed else self.due_ns


class CutQueue:
    """Unbounded queue of cuts, in order of arrival."""

    def __init__(self) -> None:
        self._cuts: list[PlannedCut] = []

    def __bool__(self) -> bool:
        return bool(self._cuts)

    def add(self, cut: PlannedCut) -> None:
        """Queue a cut."""
        self._cuts.append(cut)

    def pop_due(self, now_ns: int) -> list[PlannedCut]:
        """Remove and return the due cuts, the earliest first, those of one instant in order of arrival."""
        due = sorted((cut for cut in self._cuts if cut.due_ns <= now_ns), key=lambda cut: cut.due_ns)
        if due:
            self._cuts = [cut for cut in self._cuts if cut.due_ns > now_ns]
        return due

    def follow(self, tempo: Tempo) -> bool:
        """Move every cut to the nearest beat of another tempo; return whether one moved."""
        before = self._cuts
        self._cuts = [replace(cut, due_ns=tempo.nearest_ns(cut.due_ns, cut.command.launch)) for cut in before]
        return self._cuts != before

    def clear(self) -> None:
        """Remove all cuts."""
        self._cuts.clear()

    @property
    def first(self) -> NextLaunch | None:
        """Return the earliest cut; None without one."""
        if not self._cuts:
            return None
        cut = min(self._cuts, key=lambda cut: cut.due_ns)
        return NextLaunch(cut.due_ns, cut.scene if isinstance(cut.command, HardCut) else "")

    def event(self, at_ns: int) -> CutQueued:
        """Return the event that shows the cut requested last."""
        if not self._cuts:
            return CutQueued(at_ns=at_ns, scene="", due_ns=0)
        return CutQueued(at_ns=at_ns, scene=self._cuts[-1].scene, due_ns=self._cuts[-1].due_ns)
