"""Name the prompts that may come soon, so that a generator can encode them ahead."""

from collections.abc import Iterable

from engine.errors import SceneError
from engine.generators.base import PromptPrefetching, VideoGenerator
from engine.scheduling.commit_scheduler import CommitScheduler


class PromptPrefetch:
    """Pass upcoming prompts to the generator whenever they have changed. Owned by the chunk loop."""

    def __init__(self, generator: VideoGenerator, scheduler: CommitScheduler) -> None:
        self._generator = generator if isinstance(generator, PromptPrefetching) else None
        self._scheduler = scheduler
        self._named: tuple[str, ...] = ()

    def update(self, scenes: Iterable[str]) -> None:
        """Prefetch the prompts of the next queued cut, the playlist, the cue list and these scenes, in this order."""
        if self._generator is None:
            return
        launch = self._scheduler.next_launch
        prompt, cue = self._scheduler.upcoming
        prompts = [
            *self._prompts([launch.scene] if launch is not None and launch.scene else []),
            prompt,
            *self._prompts([cue] if cue else []),
            *self._prompts(scenes),
        ]
        named = tuple(dict.fromkeys(prompt for prompt in prompts if prompt))
        if named != self._named:
            self._named = named
            self._generator.prefetch_prompts(named)

    def _prompts(self, scenes: Iterable[str]) -> list[str]:
        found = []
        for scene in scenes:
            try:
                found += [text for text, _ in self._scheduler.scene_start(scene).prompt.parts]
            except SceneError:
                continue  # it has gone since
        return found
