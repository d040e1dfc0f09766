"""What can be asked of the source and of the sound input."""

from dataclasses import dataclass

from engine.messages.commands import Command
from engine.messages.framing import Framing


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectSource(Command):
    """Change the source, written as on the command line (stage, file:PATH, camera:N, ndi:NAME)."""

    spec: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFraming(Command):
    """Say which part of a source's picture fills the picture of the show's format."""

    framing: Framing


@dataclass(frozen=True, slots=True, kw_only=True)
class SeekSource(Command):
    """Go to a position in a source that has positions (a file), in seconds from its beginning."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectAudio(Command):
    """Listen to another input: a part of its name, "source" (the sound of what plays) or "none"."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAudioGain(Command):
    """Fix the gain of the sound input, in decibels; None: it follows the loudness."""

    gain_db: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectMap(Command):
    """Change what makes control maps, by its id as --depth takes it."""

    name: str
