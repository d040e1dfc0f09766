"""What a performer asks of what lies in front, as frozen messages: relative where the gesture is.

Whoever owns the front resolves them (reducer): "pad 3" is the third pad of the bank in front at that moment.
"""

from dataclasses import dataclass

from app.control.auto import AutoSettings
from app.control.clock_settings import LinkMode
from app.control.macros import Macros
from app.control.spans import Span
from engine.messages.autopilot import AutoPilotTime, AutoPilotWay
from engine.messages.transitions import Launch


@dataclass(frozen=True, slots=True)
class TurnBank:
    """Bring a bank of pads to the front, from 1."""

    bank: int


@dataclass(frozen=True, slots=True)
class StepBank:
    """Bring a later bank (or an earlier one) to the front."""

    steps: int


@dataclass(frozen=True, slots=True)
class TurnPage:
    """Bring a page of knobs to the front, from 1; the page behind the last is that of the macros."""

    page: int


@dataclass(frozen=True, slots=True)
class ToggleMacros:
    """Put the macros on the eight knobs in front, or the parameters again."""


@dataclass(frozen=True, slots=True)
class SetSoft:
    """Pads morph (True) or cut; None: whichever they do not."""

    soft: bool | None = None


@dataclass(frozen=True, slots=True)
class SetLaunch:
    """When pads act."""

    launch: Launch


@dataclass(frozen=True, slots=True)
class StepMorph:
    """Longer or shorter morphs, in steps of MORPH_SECONDS."""

    steps: int


@dataclass(frozen=True, slots=True)
class SetMorphSeconds:
    """Morphs of this length, clamped to what there is."""

    seconds: float


@dataclass(frozen=True, slots=True)
class AssignPad:
    """Put a scene on a pad counted from 0 through all banks; "" empties it."""

    index: int
    scene: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseFront:
    """Bring all that lies in front at once, as a show keeps it; what there is not is left as it is.

    Attributes:
        pads: the scene of every pad through all banks, "" for an empty one.
        bank, page: from 1, clamped to what there is.
        auto: how the auto-pilot is set, and whether it flies; modulated: modulation is on; link: what Ableton Link
            is to us in this run. None: as it is.
    """

    pads: tuple[str, ...]
    bank: int = 1
    page: int = 1
    macros_shown: bool = False
    soft: bool = False
    launch: Launch = Launch.NOW
    morph_seconds: float
    auto: AutoSettings | None = None
    modulated: bool | None = None
    link: LinkMode | None = None


@dataclass(frozen=True, slots=True)
class PressPad:
    """Play the pad of this slot, 1..64: the bank in front first, then those behind it."""

    number: int


@dataclass(frozen=True, slots=True)
class PlayScene:
    """Play a scene, as pads do; soft: morph or cut to it whatever pads do now."""

    scene: str
    soft: bool | None = None


@dataclass(frozen=True, slots=True)
class Recall:
    """Cut back to a snapshot when pads act."""

    slot: int


@dataclass(frozen=True, slots=True)
class WritePrompt:
    """Morph to a prompt, as long as morphs take."""

    text: str


@dataclass(frozen=True, slots=True)
class StepPrompts:
    """Morph to the next prompt of the playlist, or to an earlier one."""

    steps: int


@dataclass(frozen=True, slots=True)
class PlayPrompt:
    """Morph to a prompt of the playlist by its number or its bookmark."""

    place: int | str


@dataclass(frozen=True, slots=True)
class MoveMacro:
    """Move everything under a macro to a position 0..1."""

    macro: int
    position: float


@dataclass(frozen=True, slots=True)
class ToggleMacroPart:
    """Put a parameter under a macro (1..8), or take it from there."""

    macro: int
    parameter: str


@dataclass(frozen=True, slots=True)
class SetMacroSpan:
    """Let a macro drive another part of a parameter's travel."""

    macro: int
    parameter: str
    span: Span


@dataclass(frozen=True, slots=True)
class NameMacro:
    """Name a macro; "" takes it back to its number."""

    macro: int
    name: str


@dataclass(frozen=True, slots=True)
class UseMacros:
    """Have these macros in place of all that there are."""

    macros: Macros


@dataclass(frozen=True, slots=True)
class SendClock:
    """Send the clock to a MIDI output of this name from now on, or no longer; present: the names of all outputs."""

    port: str
    send: bool
    present: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HearInput:
    """Listen to a sound input from now on: its name, "source" or "none"."""

    name: str


@dataclass(frozen=True, slots=True)
class SetGain:
    """Fix the gain of the sound input, in decibels; None: it follows the loudness."""

    gain_db: float | None


@dataclass(frozen=True, slots=True)
class FollowSound:
    """Let the beat that is heard be ours, or no longer."""

    on: bool


@dataclass(frozen=True, slots=True)
class SetLink:
    """Follow or lead an Ableton Link session from now on, or leave it."""

    mode: LinkMode


@dataclass(frozen=True, slots=True)
class SetAuto:
    """Switch the auto-pilot; None: to what it is not."""

    on: bool | None = None


@dataclass(frozen=True, slots=True)
class TuneAuto:
    """Set how the auto-pilot flies; None leaves a setting as it is."""

    bars: int | None = None
    time: AutoPilotTime | None = None
    way: AutoPilotWay | None = None
    prompts: bool | None = None


@dataclass(frozen=True, slots=True)
class SetModulation:
    """Let everything be modulated, or nothing; None: what it is not."""

    on: bool | None = None


Intent = (
    TurnBank
    | StepBank
    | TurnPage
    | ToggleMacros
    | SetSoft
    | SetLaunch
    | StepMorph
    | SetMorphSeconds
    | AssignPad
    | UseFront
    | PressPad
    | PlayScene
    | Recall
    | WritePrompt
    | StepPrompts
    | PlayPrompt
    | MoveMacro
    | ToggleMacroPart
    | SetMacroSpan
    | NameMacro
    | UseMacros
    | SendClock
    | SetLink
    | SetAuto
    | TuneAuto
    | SetModulation
    | HearInput
    | SetGain
    | FollowSound
)
