"""Make the openings of armed scenes, piece by piece, in the time that the show leaves."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from engine.clock import Clock
from engine.errors import EngineError, SceneError
from engine.generators.base import ChunkRequest, Opening, Preparing, VideoGenerator
from engine.loop.armed_scenes import ArmedScenes, OpeningRecipe, SlackPolicy
from engine.messages.commands import ArmBank, ArmScene, Command
from engine.messages.events import ArmedChanged, CommandRefused, Event
from engine.messages.frame import ControlMap, InputFrame
from engine.scheduling.commit_scheduler import Commit, CommitScheduler, SceneStart
from engine.scheduling.frame_phase_lock import FramePhaseLock
from engine.session.step import without_pixels


class Glance(Protocol):
    """Read input frames without counting them as used."""

    def __call__(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]: ...


@dataclass(slots=True)
class PreparerPorts:
    """Dependencies of the preparer.

    Attributes:
        keeps_inputs: whether openings keep the pictures and maps that they were made of, for a recorder; else they
            hold a third less memory.
    """

    clock: Clock
    glance: Glance
    control: Callable[[], ControlMap | None]
    emit: Callable[[Event], None]
    keeps_inputs: bool = True


@dataclass(frozen=True, slots=True)
class _Work:
    """An opening that is being made."""

    scene: str
    recipe: OpeningRecipe
    started_ns: int
    steps: Generator[None, None, Opening]


class Preparer:
    """Prepare openings for the chunk loop, which owns it and calls `work` while there is time."""

    def __init__(
        self,
        ports: PreparerPorts,
        generator: VideoGenerator,
        scheduler: CommitScheduler,
        armed: ArmedScenes,
        seed: int,
    ) -> None:
        """Args: armed: openings of a former generator are dropped; which scenes are requested stays."""
        self._ports = ports
        self._generator = generator
        self._scheduler = scheduler
        self._armed = armed
        self._seed = seed
        self._slack = SlackPolicy()
        self._work: _Work | None = None
        self._recipes: dict[str, tuple[SceneStart, OpeningRecipe]] = {}
        self._last_emitted: ArmedChanged | None = None
        armed.forget_all()

    @property
    def requested(self) -> tuple[str, ...]:
        """Return the scenes to keep ready."""
        return self._armed.requested

    def apply(self, command: Command) -> bool:
        """Apply a command about arming; False if it is another kind of command."""
        try:
            match command:
                case ArmScene():
                    self._armed.pin(self._scheduler.scene_start(command.scene).scene, command.on)
                case ArmBank():
                    self._armed.request([self._scheduler.scene_start(scene).scene for scene in command.scenes])
                case _:
                    return False
        except SceneError as error:
            self._ports.emit(CommandRefused(at_ns=self._ports.clock.now_ns(), command=command, text=str(error)))
        return True

    def set_budget(self, budget_bytes: int) -> None:
        """Set the memory that openings may take, in bytes; with none, what is being made is abandoned too."""
        self._armed.set_budget(budget_bytes)
        if self._armed.barred:
            self._abandon()

    def ready(self, scene: str, now_ns: int) -> bool:
        """Return whether a cut to this scene would be instant."""
        return self._armed.ready(scene, now_ns)

    def claim_opening(self, commit: Commit, now_ns: int) -> Opening | None:
        """Remove and return the opening for this cut if it is exactly what the cut commits; else None."""
        for cut in commit.cuts:
            self._armed.record_cut(cut.scene)
        start = SceneStart(commit.scene, commit.values, commit.prompt, commit.visit, commit.reference)
        return self._armed.claim(commit.scene, OpeningRecipe.of(self._seed, start), now_ns)

    def review(self, now_ns: int) -> None:
        """After a boundary: drop outdated openings, look ahead to the next cut, emit changed states."""
        launch = self._scheduler.next_launch
        self._armed.set_waiting(launch.scene if launch is not None else "")
        for scene in self._armed.requested:
            recipe = self._recipe(scene)
            if recipe is None:
                self._armed.pin(scene, on=False)  # the scene is gone
            else:
                self._armed.review(recipe, scene)
            if self._work is not None and self._work.scene == scene and self._work.recipe != recipe:
                self._abandon()
        if self._work is not None and self._work.scene not in self._armed.requested:
            self._abandon()
        self._emit_armed(now_ns)

    def work(self, now_ns: int, slack_ns: int, period_ns: int) -> bool:
        """Do one piece if there is something to prepare and time for it; return whether it was done.

        Args:
            slack_ns: until the next chunk of the show must begin.
            period_ns: content time of a frame.
        """
        if not isinstance(self._generator, Preparing):
            return False
        scene = self._work.scene if self._work is not None else self._armed.next(now_ns)
        if scene is None or not self._slack.allows(now_ns, slack_ns):
            return False
        work = self._work
        if work is None:
            work = self._begin(self._generator, scene, now_ns, period_ns)
        if work is None:
            return False
        try:
            next(work.steps)
        except StopIteration as done:
            self._work = None
            self._armed.store(scene, work.recipe, self._lean(done.value), work.started_ns)
        except EngineError as error:
            self._work = None
            self._armed.refuse(scene, work.recipe, str(error))
        finally:
            self._slack.record(self._ports.clock.now_ns() - now_ns)
        if self._work is None:
            self._emit_armed(now_ns)
        return True

    def record_underrun(self, now_ns: int) -> None:
        """Record that a chunk of the show came too late."""
        self._slack.record_underrun(now_ns)

    def close(self) -> None:
        """Abandon the opening in progress."""
        self._abandon()

    def _begin(self, generator: Preparing, scene: str, now_ns: int, period_ns: int) -> _Work | None:
        recipe = self._recipe(scene)
        if recipe is None:
            return None
        targets_ns = FramePhaseLock(self._generator.spec.chunk_frames).targets(now_ns, period_ns)
        request = ChunkRequest(
            key=recipe.key,
            frames=self._ports.glance(targets_ns),
            control=self._ports.control(),
            now_ns=now_ns,
            period_ns=period_ns,
            values=dict(recipe.values),
            prompt=recipe.prompt,
            quality=self._scheduler.quality,
            reference=recipe.reference,
        )
        self._work = _Work(scene, recipe, now_ns, generator.prepare(request))
        return self._work

    def _lean(self, opening: Opening) -> Opening:
        if self._ports.keeps_inputs:
            return opening
        return replace(opening, request=without_pixels(opening.request))

    def _abandon(self) -> None:
        if self._work is not None:
            self._work.steps.close()
            self._work = None

    def _recipe(self, scene: str) -> OpeningRecipe | None:
        try:
            start = self._scheduler.scene_start(scene)
        except SceneError:
            return None
        known = self._recipes.get(scene)
        if known is None or known[0] != start:  # asked of all armed scenes at every chunk
            known = self._recipes[scene] = start, OpeningRecipe.of(self._seed, start)
        return known[1]

    def _emit_armed(self, now_ns: int) -> None:
        hindrance = ""
        if not isinstance(self._generator, Preparing):
            hindrance = "this generator cannot prepare openings"
        elif self._armed.barred:
            hindrance = "memory is short"
        elif self._slack.resting(now_ns) or self._slack.starved(now_ns):
            hindrance = "the show needs all the time there is"
        arming = self._work.scene if self._work is not None else ""
        armed = ArmedChanged(at_ns=0, scenes=self._armed.states(now_ns, arming, hindrance), bytes=self._armed.bytes)
        if self._last_emitted is None and not armed.scenes:
            return
        if self._last_emitted is None or armed.scenes != self._last_emitted.scenes:
            self._last_emitted = armed
            self._ports.emit(ArmedChanged(at_ns=now_ns, scenes=armed.scenes, bytes=armed.bytes))
