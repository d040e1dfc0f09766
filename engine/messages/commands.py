"""Everything that can be asked of the engine, as frozen messages. All of them enter by Engine.post."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from engine.messages.autopilot import AutoPilot
from engine.messages.cue_lists import CueList
from engine.messages.emergency import EmergencyKind
from engine.messages.framing import Framing
from engine.messages.interpolation import Interpolation
from engine.messages.modulation import Modulator, Trigger
from engine.messages.placement import Fit, Upscale
from engine.messages.playlists import Playlist
from engine.messages.prompt import MorphStyle
from engine.messages.scenes import Scene, SceneLibrary
from engine.messages.timecode import TimecodeRate
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
class SelectSource(Command):
    """Change the source, written as on the command line (stage, file:PATH, camera:N, ndi:NAME)."""

    spec: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectMap(Command):
    """Change what makes control maps, by its id as --depth takes it."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFraming(Command):
    """Say which part of a source's picture fills the working square."""

    framing: Framing


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
class SetStrobe(Command):
    """Let the picture flash as fast as it comes, or soften what flashes more than three times a second."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEmergency(Command):
    """Show the emergency's picture now, or the show again."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseEmergency(Command):
    """What is shown while nothing comes: see engine.messages.emergency.

    Attributes:
        fade_s, file: None: as before.
        clip: the file, decoded; whoever asks leaves it empty.
    """

    kind: EmergencyKind
    fade_s: float | None = None
    file: str | None = None
    clip: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSink(Command):
    """Send to a sink, or no longer; the others go on undisturbed.

    Attributes:
        sink: as it is written on the command line: "ndi", "display:1", "record".
    """

    sink: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeStill(Command):
    """Write the next output frame as a PNG.

    Attributes:
        path: of a file, which is not overwritten, or of a folder; "": a name by the date in the folder of pictures.
    """

    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCanvas(Command):
    """Change the size of the sent picture; even numbers of pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOutputRate(Command):
    """Send so many frames a second from now on, 1..240, exact: see engine.messages.rates."""

    rate: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPlacement(Command):
    """Say how the picture meets the canvas, and how it is enlarged; None: as before."""

    fit: Fit | None = None
    upscale: Upscale | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetInterpolation(Command):
    """Choose what the output shows between two generated pictures."""

    mode: Interpolation


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
class SelectAudio(Command):
    """Listen to another input: a part of its name, "source" (the sound of what plays) or "none"."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAudioGain(Command):
    """Fix the gain of the sound input, in decibels; None: it follows the loudness."""

    gain_db: float | None


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
class LoadPlaylist(Command):
    """Read a prompt playlist from a file and use it."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsePlaylist(Command):
    """Use a prompt playlist; nothing plays until it is stepped.

    Attributes:
        number: of the prompt where it stands already, by its place in the file from 1; 0: before the first.
        loop, seed: as LoopPlaylist and ShufflePlaylist set them.
    """

    playlist: Playlist
    number: int = 0
    loop: bool = False
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPlaylist(Command):
    """Morph to the next prompt (steps 1), the previous one (-1), or further, over a number of boundaries (>= 1)."""

    steps: int = 1
    chunks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GoToPrompt(Command):
    """Morph to a prompt of the playlist: its number in the file from 1, or a bookmark's name."""

    place: int | str
    chunks: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ShufflePlaylist(Command):
    """Play on in an order drawn from a seed; None: in the order of the file."""

    seed: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopPlaylist(Command):
    """After the last prompt comes the first, or nothing."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCues(Command):
    """Read a cue list from a file and use it."""

    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCues(Command):
    """Use a cue list; nothing plays until it is stepped. number: of the cue where it stands already, 0 for none."""

    cues: CueList
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCues(Command):
    """Play the next cue (steps 1), the previous one (-1), or one further away."""

    steps: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GoToCue(Command):
    """Play a cue by its number from 1."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetModulator(Command):
    """Put a modulator on a parameter or a macro, in place of the one that is there.

    Attributes:
        target: as engine.messages.modulation says.
        place: 1 to 4; the first free one adds a modulator.
        modulator: None clears the place, and those behind it move up.
        everywhere: it stays whatever scene plays; else it is part of the scene that plays, until the next cut to it.
    """

    target: str
    place: int
    modulator: Modulator | None
    everywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetModulationDepth(Command):
    """Change how far a modulator goes, -1..1."""

    target: str
    place: int
    depth: float
    everywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchModulation(Command):
    """Let everything be modulated, or nothing."""

    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FireTrigger(Command):
    """Start the envelopes that wait for this trigger."""

    trigger: Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPressure(Command):
    """How hard a controller is pressed, 0..1."""

    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteMacros(Command):
    """Say what the macros move: for each (macro.1 …) pairs of a parameter and a share -1..1 of its travel."""

    routes: Mapping[str, tuple[tuple[str, float], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAutoPilot(Command):
    """Let the auto-pilot play from the next downbeat on; None: no longer."""

    plan: AutoPilot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowTimecode(Command):
    """Where an external timecode is: a line that holds until the next.

    Attributes:
        position_ns: from 00:00:00:00 to where it is at stamp_ns.
        speed: times real time; 0: it stands, negative: it runs backwards.
        rate: how its frames are counted.
        source: whose it is, such as "MTC" or "LTC"; "" for none any more.
    """

    position_ns: int
    speed: float
    rate: TimecodeRate
    source: str = ""
