"""What can be asked of the engine, as frozen messages. All of them enter by Engine.post.

What is asked of one part stands in input_commands, output_commands, list_commands and modulation_commands.
"""

from dataclasses import dataclass
from enum import Enum

from engine.messages.autopilot import AutoPilot
from engine.messages.picture_format import PictureFormat
from engine.messages.prompt import MorphStyle
from engine.messages.scenes import Scene, SceneLibrary
from engine.messages.transitions import Launch as Launch
from engine.messages.transitions import Transition


class Origin(Enum):
    """Who made the gesture; lets a controller avoid hearing its own echo."""

    WINDOW = "window"
    MIDI = "midi"
    OSC = "osc"
    STREAM_DECK = "stream deck"
    LINK = "Ableton Link"
    AUDIO = "sound"
    DMX = "DMX"
    TIMECODE = "timecode"
    CLI = "command line"
    ENGINE = "engine"


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
        glide: how the value travels there; None: as the parameter's spec says.
    """

    parameter: str
    value: float
    glide: Transition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPrompt(Command):
    """Morph to a new prompt over a number of chunk boundaries (>= 1). Coalesced."""

    text: str
    chunks: int = 1
    style: MorphStyle = MorphStyle.LERP


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPromptBlend(Command):
    """Morph to several prompts at once, over a number of chunk boundaries (>= 1). Coalesced.

    Sessions and scripts send it; no control of the window does.

    Attributes:
        parts: texts with weights > 0; they are brought to a sum of 1, and the same text twice adds up.
    """

    parts: tuple[tuple[str, float], ...]
    chunks: int = 1
    style: MorphStyle = MorphStyle.LERP


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
    """Forget the cuts that wait for their beat; a cue list waits to be called again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmScene(Command):
    """Keep the opening of a scene ready, so that a cut to it shows at the next output frame; or no longer."""

    scene: str
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmBank(Command):
    """Keep the openings of these scenes ready, those cut to most lately first, and of no others; () for none."""

    scenes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectGenerator(Command):
    """Change the generator by its registered name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectFormat(Command):
    """Play in another format: the generator is started again in it, and the last picture stays on air until then."""

    format: PictureFormat


@dataclass(frozen=True, slots=True, kw_only=True)
class Panic(Command):
    """Back to a known picture: freeze, blackout, strobe, emergency off, level up, the scene as stored, caches reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap(Command):
    """One tap of the tempo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTempo(Command):
    """Set the tempo in beats per minute; the next beat is at stamp_ns."""

    bpm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeTempo(Command):
    """Move every beat later (offset_ns > 0) or earlier; the tempo stays."""

    offset_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resync(Command):
    """The first beat of a bar is at stamp_ns; the tempo stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalBeat(Command):
    """What an external clock (MIDI clock, Ableton Link …) says: its tempo, and the instant of one of its beats.

    The count of the bar stays; a clock that knows the bar sends a Resync at its first beat.
    """

    bpm: float
    beat_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSnapshot(Command):
    """Remember the whole live state in a slot (1 to 16): values, prompt, scene, tempo. A one-shot."""

    slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallSnapshot(Command):
    """Cut back to what a slot remembers. A one-shot: never dropped."""

    slot: int
    launch: Launch = Launch.NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveScene(Command):
    """Save where everything is going as the user's scene of this name; a factory scene of that name is hidden by it."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutScene(Command):
    """Save this very scene among the user's, replacing the one of its name."""

    scene: Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameScene(Command):
    """Rename one of the user's scenes."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteScene(Command):
    """Delete one of the user's scenes; a factory scene that it hid is there again."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseScenes(Command):
    """These are the scenes from now on; renamed: (old name, new name) of one. What plays goes on playing."""

    scenes: SceneLibrary
    renamed: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAutoPilot(Command):
    """Let the auto-pilot play from the next downbeat on; None: no longer."""

    plan: AutoPilot | None
