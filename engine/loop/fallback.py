"""A generator that plays in another's place, with parameters that the show does not control."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from engine.generators.base import (
    Chunk,
    ChunkRequest,
    GeneratorSnapshot,
    GeneratorSpec,
    Snapshotting,
    VideoGenerator,
)
from engine.messages.events import BackendChoice
from engine.messages.scenes import Scene, SceneLibrary

_WORD: Final = re.compile(r"\w{3,}")


class FallbackGenerator:
    """Play the show's prompts, input and cuts, with the nearest of its own scenes to the show's.

    It has no optional capability: it only keeps the picture moving.

    Args:
        scenes: its own.
        playing: the show's scene as of the latest boundary.
    """

    def __init__(self, generator: VideoGenerator, scenes: SceneLibrary, playing: Callable[[], Scene]) -> None:
        self._generator = generator
        self._scenes = scenes
        self._playing = playing
        self._nearest: tuple[Scene, Mapping[str, float]] | None = None

    @property
    def spec(self) -> GeneratorSpec:
        return self._generator.spec

    def warm_up(self) -> Iterator[float]:
        return self._generator.warm_up()

    def reset(self) -> None:
        self._generator.reset()

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        values = {key: request.values.get(key, value) for key, value in self._values().items()}
        tracks = {key: track for key, track in request.tracks.items() if key in values}
        return self._generator.generate(replace(request, values=values, tracks=tracks), aborted)

    def backends(self) -> tuple[BackendChoice, ...]:
        return self._generator.backends()

    def close(self) -> None:
        self._generator.close()

    def _values(self) -> Mapping[str, float]:
        scene = self._playing()
        if self._nearest is None or self._nearest[0] is not scene:
            found = nearest(scene, self._scenes)
            table = self._generator.spec.parameters
            self._nearest = scene, found.values(table) if found is not None else table.defaults()
        return self._nearest[1]


class RecallingFallback(FallbackGenerator):
    """The same of a generator whose caches can be kept; see Snapshotting."""

    def __init__(
        self, generator: VideoGenerator, caches: Snapshotting, scenes: SceneLibrary, playing: Callable[[], Scene]
    ) -> None:
        super().__init__(generator, scenes, playing)
        self._caches = caches

    def snapshot(self) -> GeneratorSnapshot:
        return self._caches.snapshot()

    def restore(self, snapshot: GeneratorSnapshot) -> None:
        self._caches.restore(snapshot)


def standing_in(generator: VideoGenerator, scenes: SceneLibrary, playing: Callable[[], Scene]) -> VideoGenerator:
    """Return a generator that plays a show of another's parameters, and recalls its snapshots if it can; arguments: see
    FallbackGenerator."""
    if isinstance(generator, Snapshotting):
        return RecallingFallback(generator, generator, scenes, playing)
    return FallbackGenerator(generator, scenes, playing)


def nearest(scene: Scene, scenes: SceneLibrary) -> Scene | None:
    """Return the scene of the same name, else the first that shares most words with it; None if none shares any."""
    if scene.name in scenes:
        return scenes[scene.name]
    wanted = _words(scene)
    shared = {one.name: len(wanted & _words(one)) / (len(_words(one)) or 1) for one in scenes.values()}
    best = max(shared, key=lambda name: shared[name], default="")
    return scenes[best] if best and shared[best] > 0 else None


def _words(scene: Scene) -> frozenset[str]:
    text = " ".join((scene.name, scene.prompt, *scene.prompts)).casefold()
    return frozenset(_WORD.findall(text))


def is_compatible(spec: GeneratorSpec, shown: GeneratorSpec) -> bool:
    """Return whether a generator can play a show that has the parameters and scenes of another."""
    ours = {one.id for one in spec.parameters.values()}
    theirs = {one.id for one in shown.parameters.values()}
    return spec.scenes_folder == shown.scenes_folder and ours <= theirs
