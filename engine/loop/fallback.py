"""A generator that plays in another's place, whose parameters are not the ones that the show turns."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from engine.generators.base import Chunk, ChunkRequest, GeneratorSpec, VideoGenerator
from engine.messages.events import BackendChoice


class FallbackGenerator:
    """Plays prompts, input and cuts as they come, and what it does not find among the show's values at its defaults.

    It has no optional capability: it is there to keep the picture moving.
    """

    def __init__(self, generator: VideoGenerator) -> None:
        self._generator = generator
        self._defaults = dict(generator.spec.parameters.defaults())

    @property
    def spec(self) -> GeneratorSpec:
        return self._generator.spec

    def warm_up(self) -> Iterator[float]:
        return self._generator.warm_up()

    def reset(self) -> None:
        self._generator.reset()

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        known = {key: request.values.get(key, default) for key, default in self._defaults.items()}
        return self._generator.generate(replace(request, values=known), aborted)

    def backends(self) -> tuple[BackendChoice, ...]:
        return self._generator.backends()

    def close(self) -> None:
        self._generator.close()


def is_compatible(spec: GeneratorSpec, shown: GeneratorSpec) -> bool:
    """Whether a generator finds all that it needs in a show that is played on the parameters and scenes of another."""
    ours = {one.id for one in spec.parameters.values()}
    theirs = {one.id for one in shown.parameters.values()}
    return spec.scenes_folder == shown.scenes_folder and ours <= theirs
