"""The scene that plays: cuts to others, the epochs that they open, snapshots to return to."""

from collections import Counter
from types import MappingProxyType
from typing import TypeAlias

from engine.messages.commands import (
    Command,
    HardCut,
    Origin,
    Panic,
    RecallSnapshot,
    SaveScene,
    SoftCut,
    StoreSnapshot,
    UseScenes,
)
from engine.messages.events import SceneCaptured, SnapshotStored
from engine.messages.parameters import ParameterTable
from engine.messages.scenes import Scene, SceneLibrary, check_name
from engine.messages.transitions import Launch
from engine.scheduling.boundary_draft import BoundaryDraft
from engine.scheduling.commit import Cut, SceneStart
from engine.scheduling.cut_queue import PlannedCut
from engine.scheduling.launcher import Launcher
from engine.scheduling.live import LiveState, Snapshot, SnapshotSlots
from engine.scheduling.modulation.player import ModulationPlayer

CutCommand: TypeAlias = HardCut | SoftCut | RecallSnapshot
SceneCommand: TypeAlias = HardCut | SoftCut | RecallSnapshot | StoreSnapshot | SaveScene | UseScenes


class ScenePlayer:
    """Changes the live state and modulation as a whole. The scheduler owns all of them.

    Attributes:
        library: the scenes that there are.
        epoch: counts the cuts that reset caches.
        visit: how often its scene had been begun before.
    """

    def __init__(
        self,
        table: ParameterTable,
        library: SceneLibrary,
        first_epoch: int,
        live: LiveState,
        modulation: ModulationPlayer,
        launcher: Launcher,
    ) -> None:
        self.library = library
        self.epoch = first_epoch
        self._opens = True
        self._table = table
        self._by_engine = dict.fromkeys(table, Origin.ENGINE)
        self._live = live
        self._modulation = modulation
        self._launcher = launcher
        self._snapshots = SnapshotSlots()
        self._visits: Counter[str] = Counter()
        self._starts: dict[str, tuple[Scene, SceneStart]] = {}
        self.visit = self._begin_scene()
        for scene in library.values():
            live.prepare(scene)
            modulation.prepare(scene.modulation)

    def start_of(self, scene_name: str) -> SceneStart:
        """Return what a cut to this scene would commit now: the same object until that is something else.

        Raises:
            SceneError: if there is no such scene.
        """
        scene = self.library[scene_name]
        visit, known = self._visits[scene.name], self._starts.get(scene.name)
        if known is None or known[0] is not scene or known[1].visit != visit:
            values = MappingProxyType(scene.values(self._table))
            known = self._starts[scene.name] = scene, SceneStart(scene.name, values, scene.blend(), visit)
        return known[1]

    def apply(self, command: SceneCommand, here: BoundaryDraft) -> None:
        """Carry out a command.

        Raises:
            EngineError: there is no such scene or slot, or the name cannot be a scene's.
        """
        match command:
            case HardCut() | SoftCut() | RecallSnapshot():
                self.request(command, here, here.now_ns)
            case StoreSnapshot():
                snapshot = self._live.snapshot(here.content_ns, self._launcher.tempo, self._modulation.scene)
                self._snapshots.store(command.slot, snapshot)
                here.stored.append(command.slot)
                event = SnapshotStored(at_ns=here.now_ns, slot=command.slot, scene=self._live.scene.name)
                here.events.append(event)
            case SaveScene():
                scene = self._live.as_scene(check_name(command.name), self._modulation.scene)
                here.events.append(SceneCaptured(at_ns=here.now_ns, scene=scene, command=command))
            case UseScenes():
                self.library = command.scenes
                self._starts.clear()
                self._live.replace_scene(command.scenes, command.renamed)

    def cut_now(self, command: HardCut, here: BoundaryDraft) -> None:
        """Cut to a scene of the library, at once."""
        self._cut(command, self.library[command.scene], here)

    def request(self, command: CutCommand, here: BoundaryDraft, from_ns: int, *, timed: bool = False) -> int:
        """Cut at once, or queue the cut for the first beat from an instant on; return when it is due.

        Args:
            timed: see PlannedCut.
        """
        cut = PlannedCut(command, self._goal(command), self._launcher.tempo.next_ns(from_ns, command.launch), timed)
        if command.launch is Launch.NOW:
            self._play(cut, here)
        else:
            self._launcher.add(cut, here)
        return cut.due_ns

    def queue(self, command: CutCommand, due_ns: int, here: BoundaryDraft) -> None:
        """Queue a cut for an instant."""
        self._launcher.add(PlannedCut(command, self._goal(command), due_ns), here)

    def launch_due(self, here: BoundaryDraft) -> None:
        """Play the queued cuts that are due."""
        due = self._launcher.pop_due(here.now_ns)
        for cut in due:
            self._play(cut, here)
        if due:
            self._launcher.tell(here)

    def panic(self, command: Panic, here: BoundaryDraft) -> None:
        """Play the scene as it is stored, in an epoch of its own."""
        playing = self._live.scene  # perhaps as a waiting cut or a snapshot held it, edited since
        stored = playing.name in self.library
        self._live.cut_to(self.library[playing.name] if stored else playing)
        self._modulation.cut_to(self._live.scene.modulation)
        self._open_epoch("panic", command, here)

    def restart(self, reason: str, now_ns: int) -> Cut:
        """Open an epoch without changing anything else."""
        self._next_epoch()
        return Cut(self.epoch, self._live.scene.name, reason, Origin.ENGINE, now_ns)

    def begin_chunk(self) -> bool:
        """Return whether the chunk that follows opens the epoch; the one after it will not."""
        opens, self._opens = self._opens, False
        return opens

    def _goal(self, command: CutCommand) -> Scene | Snapshot:
        return self._snapshots[command.slot] if isinstance(command, RecallSnapshot) else self.library[command.scene]

    def _play(self, cut: PlannedCut, here: BoundaryDraft) -> None:
        match cut.command, cut.goal:
            case SoftCut() as soft, Scene() as scene:
                moved = self._live.glide_to(scene, here.content_ns, soft.chunks, here.chunk_ns)
                self._modulation.morph_to(scene.modulation, max(soft.chunks, 1) * here.chunk_ns)
                here.origins.update(dict.fromkeys(moved, Origin.ENGINE))
                here.touched = True
            case RecallSnapshot() as recall, Snapshot() as snapshot:
                self._live.restore(snapshot)
                self._modulation.cut_to(snapshot.modulation)
                self._launcher.use(snapshot.tempo, here)
                reason = f"back to snapshot {recall.slot}"
                self._open_epoch(reason, recall, here, cut.beat_ns, recall.slot)
            case hard, Scene() as scene:
                self._cut(hard, scene, here, cut.beat_ns)

    def _cut(self, command: Command, scene: Scene, here: BoundaryDraft, due_ns: int = 0) -> None:
        self._live.cut_to(scene)
        self._modulation.cut_to(scene.modulation)
        self._open_epoch(f"cut to {scene.name}", command, here, due_ns)

    def _open_epoch(
        self, reason: str, command: Command, here: BoundaryDraft, due_ns: int = 0, snapshot: int | None = None
    ) -> None:
        self._next_epoch()
        scene = self._live.scene.name
        here.cuts.append(Cut(self.epoch, scene, reason, command.origin, command.stamp_ns, due_ns, snapshot))
        here.origins.update(self._by_engine)
        here.touched = True

    def _next_epoch(self) -> None:
        self.epoch += 1
        self._opens = True
        self.visit = self._begin_scene()

    def _begin_scene(self) -> int:
        """Count another visit to the scene; return how many there were before."""
        scene = self._live.scene.name
        before = self._visits[scene]
        self._visits[scene] = before + 1
        return before
