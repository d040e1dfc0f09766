"""Makes the openings of armed scenes, piece by piece, in the time that the show leaves."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
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


class Glance(Protocol):
    """Looks at input frames without counting them as used."""

    def __call__(self, targets_ns: Sequence[int]) -> tuple[InputFrame, ...]: ...


@dataclass(slots=True)
class PreparerPorts:
    """What the preparer is wired to."""

    clock: Clock
    glance: Glance
    control: Callable[[], ControlMap | None]
    emit: Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class _Work:
    """An opening that is being made."""

    scene: str
    recipe: OpeningRecipe
    begun_ns: int
    steps: Generator[None, None, Opening]


class Preparer:
    """Keeps openings at hand for the chunk loop, which owns it and asks it to work while there is time."""

    def __init__(
        self,
        ports: PreparerPorts,
        generator: VideoGenerator,
        scheduler: CommitScheduler,
        armed: ArmedScenes,
        seed: int,
    ) -> None:
        """Args: armed: what a former generator may have left behind is forgotten; which scenes are wanted is not."""
        self._ports = ports
        self._generator = generator
        self._scheduler = scheduler
        self._armed = armed
        self._seed = seed
        self._slack = SlackPolicy()
        self._work: _Work | None = None
        self._told: ArmedChanged | None = None
        armed.forget_all()

    @property
    def wanted(self) -> tuple[str, ...]:
        """The scenes to be kept ready."""
        return self._armed.wanted

    def takes(self, command: Command) -> bool:
        """Obey a command that is about arming; False if it is not."""
        try:
            match command:
                case ArmScene():
                    self._armed.pin(self._scheduler.start_of(command.scene).scene, command.on)
                case ArmBank():
                    self._armed.want([self._scheduler.start_of(scene).scene for scene in command.scenes])
                case _:
                    return False
        except SceneError as error:
            self._ports.emit(CommandRefused(at_ns=self._ports.clock.now_ns(), command=command, text=str(error)))
        return True

    def ready(self, scene: str, now_ns: int) -> bool:
        """Whether a cut to this scene would be an instant one."""
        return self._armed.ready(scene, now_ns)

    def opening_for(self, commit: Commit, now_ns: int) -> Opening | None:
        """What was prepared for this cut, if it is exactly what the cut asks for."""
        for cut in commit.cuts:
            self._armed.used(cut.scene)
        asked = SceneStart(commit.scene, commit.values, commit.prompt, commit.visit)
        return self._armed.take(commit.scene, OpeningRecipe.of(self._seed, asked), now_ns)

    def review(self, now_ns: int) -> None:
        """After a boundary: drop what a cut would no longer make, look ahead to the next cut, tell what has changed."""
        launch = self._scheduler.next_launch
        self._armed.expect(launch.scene if launch is not None else "")
        for scene in self._armed.wanted:
            recipe = self._recipe(scene)
            if recipe is None:
                self._armed.pin(scene, on=False)  # the scene is gone
            else:
                self._armed.review(recipe, scene)
            if self._work is not None and self._work.scene == scene and self._work.recipe != recipe:
                self._abandon()
        if self._work is not None and self._work.scene not in self._armed.wanted:
            self._abandon()
        self._emit_armed(now_ns)

    def work(self, now_ns: int, slack_ns: int, period_ns: int) -> bool:
        """Do one piece if there is something to prepare and time for it; False if it was left.

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
            self._armed.keep(scene, work.recipe, done.value, work.begun_ns)
        except EngineError as error:
            self._work = None
            self._armed.refuse(scene, work.recipe, str(error))
        finally:
            self._slack.record(self._ports.clock.now_ns() - now_ns)
        if self._work is None:
            self._emit_armed(now_ns)
        return True

    def ran_dry(self, now_ns: int) -> None:
        """A chunk of the show came too late."""
        self._slack.ran_dry(now_ns)

    def close(self) -> None:
        """Give up what is being made."""
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
        )
        self._work = _Work(scene, recipe, now_ns, generator.prepare(request))
        return self._work

    def _abandon(self) -> None:
        if self._work is not None:
            self._work.steps.close()
            self._work = None

    def _recipe(self, scene: str) -> OpeningRecipe | None:
        try:
            return OpeningRecipe.of(self._seed, self._scheduler.start_of(scene))
        except SceneError:
            return None

    def _emit_armed(self, now_ns: int) -> None:
        hindrance = ""
        if not isinstance(self._generator, Preparing):
            hindrance = "this generator cannot prepare openings"
        elif self._slack.resting(now_ns):
            hindrance = "the show needs all the time there is"
        arming = self._work.scene if self._work is not None else ""
        told = ArmedChanged(at_ns=0, scenes=self._armed.states(now_ns, arming, hindrance), bytes=self._armed.bytes)
        if self._told is None and not told.scenes:
            return
        if self._told is None or told.scenes != self._told.scenes:
            self._told = told
            self._ports.emit(ArmedChanged(at_ns=now_ns, scenes=told.scenes, bytes=told.bytes))
