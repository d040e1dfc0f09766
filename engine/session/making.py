"""The generator that makes a session's chunks again."""

from collections.abc import Callable

from engine.generators.base import VideoGenerator
from engine.generators.registry import GeneratorEntry, build_generator
from engine.messages.picture_format import PictureFormat


class SessionGenerator:
    """Builds the generator of a session, and builds it anew where the show changed its format. A one-thread object.

    Args:
        entry: which generator.
        wanted: the format to make everything in; None: that of the show.
        dressed: what plays with what was built: itself, or one that lends it what it lacks.
    """

    def __init__(
        self,
        entry: GeneratorEntry,
        wanted: PictureFormat | None = None,
        dressed: Callable[[VideoGenerator], VideoGenerator] = lambda generator: generator,
    ) -> None:
        self._entry = entry
        self._dressed = dressed
        self._wanted = wanted
        self._made: tuple[PictureFormat, VideoGenerator] | None = None

    def format_for(self, played: PictureFormat) -> PictureFormat:
        """Return the format that what was played in another is made in."""
        return self._wanted or played

    def warmed_up(self, played: PictureFormat) -> VideoGenerator:
        """Return the generator for what was played in a format, warmed up.

        Raises:
            GeneratorError: it cannot be had, or makes no pictures of that format.
        """
        picture_format = self.format_for(played)
        if self._made is None or self._made[0] is not picture_format:
            self.close()
            generator = self._dressed(build_generator(self._entry, picture_format))
            self._made = picture_format, generator
            for _ in generator.warm_up():
                continue
        return self._made[1]

    def close(self) -> None:
        """Close what was built. Idempotent."""
        made, self._made = self._made, None
        if made is not None:
            made[1].close()
