"""The engine's one exception base: every message can be shown to a performer as it stands."""

from engine.plain_text import cleaned


class EngineError(Exception):
    """Something that went wrong, told in a sentence.

    Args:
        what: what happened, a clause that starts with a capital letter and has no full stop.
        where: the file, device, source or parameter concerned, or "".
        remedy: what the user can do about it, a sentence, or "".
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(what, where, remedy)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f" {self.remedy}" if self.remedy else ""
        return cleaned(f"{self.what}{place}.{advice}")


class ParameterError(EngineError):
    """An unknown parameter, or a value outside its range."""


class ModulationError(EngineError):
    """A modulator that cannot be read or set."""


class SceneError(EngineError):
    """A scene that cannot be read, written or found."""


class PlaylistError(EngineError):
    """A prompt playlist that cannot be read or stepped through."""


class CueError(EngineError):
    """A cue list that cannot be read or stepped through."""


class AutoPilotError(EngineError):
    """A flight that the auto-pilot cannot make."""


class SourceError(EngineError):
    """A source that cannot be opened or has failed."""


class GeneratorError(EngineError):
    """A generator that cannot be built or has failed."""


class NotReadyError(GeneratorError):
    """A generator that lacks something here that trying again does not bring, such as its weights."""


class DepthError(EngineError):
    """A depth estimator that cannot be found or built."""


class NotEnoughMemoryError(GeneratorError):
    """A generator for which there is not enough memory, now or any more.

    Args:
        instead: generators that need less, by name, the best first; may be empty.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "", instead: tuple[str, ...] = ()) -> None:
        self.instead = instead
        super().__init__(what, where=where, remedy=remedy)


class OutputError(EngineError):
    """The output process cannot be started, reached or written to."""


class PluginError(EngineError):
    """A part of another package that cannot be used."""
