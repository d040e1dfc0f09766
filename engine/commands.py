"""Everything that can be asked of the engine, as frozen messages. All of them enter by Engine.post."""

from dataclasses import dataclass
from enum import Enum


class Origin(Enum):
    """Who made the gesture; lets a controller avoid hearing its own echo."""

    WINDOW = "window"
    MIDI = "midi"
    OSC = "osc"
    CLI = "command line"
    ENGINE = "engine"


class Launch(Enum):
    """When a cut may happen: at the next chunk boundary, or on the next beat or bar."""

    NOW = "now"
    BEAT = "beat"
    BAR = "bar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Base of all commands.

    Attributes:
        stamp_ns: when the gesture was made, on the shared monotonic clock.
        origin: who made it.
    """

    stamp_ns: int
    origin: Origin = Origin.WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class SetParameter(Command):
    """Move a parameter to a value in its own unit. Coalesced: the latest value wins.

    Attributes:
        glide_ns: how long the value takes to get there; None: the engine's default glide, 0: at once.
    """

    parameter: str
    value: float
    glide_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrompt(Command):
    """Morph to a new prompt over a number of chunk boundaries (>= 1). Coalesced."""

    text: str
    chunks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HardCut(Command):
    """Reset the generator's caches and commit a scene as a whole. A one-shot: never dropped."""

    scene: str
    launch: Launch = Launch.NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftCut(Command):
    """Move to a scene over a number of chunk boundaries (>= 1) without resetting anything."""

    scene: str
    chunks: int = 30
    launch: Launch = Launch.NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelQueued(Command):
    """Forget a cut that waits for its beat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectSource(Command):
    """Change the source, written as on the command line (stage, file:PATH, camera:N, ndi:NAME)."""

    spec: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeekSource(Command):
    """Go to a position in a source that has positions (a file), in seconds from its beginning."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectGenerator(Command):
    """Change the generator by its registered name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFreeze(Command):
    """Hold the picture that is on air, or let it go."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBlackout(Command):
    """Black on air, or back."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCanvas(Command):
    """Change the size of the sent picture; even numbers of pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Panic(Command):
    """Back to a known picture: freeze and blackout off, level up, the scene as stored, caches reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap(Command):
    """One tap of the tempo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTempo(Command):
    """Set the tempo in beats per minute; the next beat is at stamp_ns."""

    bpm: float
