"""What a show is, frozen: a section for each table of its file. A new field needs a default, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from app.control.auto import AutoSettings
from app.control.clock_settings import LinkMode
from app.control.limits import USUAL_MORPH_S
from engine.generators.registry import DEFAULT_GENERATOR
from engine.messages.alpha import AlphaOut
from engine.messages.framing import CENTRE, Framing
from engine.messages.interpolation import Interpolation
from engine.messages.modulation import Modulation
from engine.messages.picture_format import PictureFormat
from engine.messages.placement import Fit, Upscale
from engine.messages.quality import QualityRule
from engine.messages.transitions import Launch
from engine.output.settings import NDI_SINK
from engine.preprocess.registry import DEFAULT_DEPTH

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
NO_MODULATION: Final[Modulation] = MappingProxyType({})
NO_RULES: Final[Mapping[str, QualityRule]] = MappingProxyType({})
NO_VALUES: Final[Mapping[str, float]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """What plays.

    Attributes:
        source: as on the command line; framing: which part of its picture is used.
        format: of the generator's picture.
        scene: "" for the generator's home scene.
        prompt: what is morphed to, in one line; "" where it is the scene's.
        values: the target of each parameter, in its unit.
        modulated: anything is; modulation: what modulates the scene as it is now, None: what is stored with it;
            everywhere: what stays.
        quality: what the performer says of the steps that make pictures simpler, where that is not "auto".
        reference: the file of the picture that cuts begin with, "" for none.
    """

    source: str = "stage"
    framing: Framing = CENTRE
    generator: str = DEFAULT_GENERATOR
    format: PictureFormat = PictureFormat.SQUARE
    depth: str = DEFAULT_DEPTH
    seed: int = 0
    scene: str = ""
    prompt: str = ""
    values: Mapping[str, float] = field(default_factory=lambda: NO_VALUES)
    quality: Mapping[str, QualityRule] = field(default_factory=lambda: NO_RULES)
    modulated: bool = True
    modulation: Modulation | None = None
    everywhere: Modulation = field(default_factory=lambda: NO_MODULATION)
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What lies under the hands.

    Attributes:
        pads: the scene of each pad through all banks, "" where it is empty.
        scenes: every scene there was: one that is new since gets a pad.
        bank, page: in front, from 1.
        auto: the auto-pilot, how it is set and whether it flies.
    """

    pads: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    bank: int = 1
    page: int = 1
    macros_shown: bool = False
    soft: bool = False
    launch: Launch = Launch.NOW
    morph_seconds: float = USUAL_MORPH_S
    auto: AutoSettings = AutoSettings()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlace:
    """A playlist or a cue list, and where it stands.

    Attributes:
        path: its file, "" for no list; text: what the file held, for when it is not there.
        number: of the prompt or cue that was played last, from 1; 0 before the first.
        loop, seed: of a playlist: after the last comes the first; what its order was drawn from, -1: the file's.
    """

    path: str = ""
    text: str = ""
    number: int = 0
    loop: bool = False
    seed: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """Where tempo comes from, and what it was.

    Attributes:
        bpm: 0.0 where none was set.
        source: "hand" for hand and MIDI clock, "Ableton Link (follow)" or "(join)", "" for what this machine has set.
    """

    bpm: float = 0.0
    source: str = ""

    @property
    def link(self) -> LinkMode | None:
        """What Ableton Link is to us; None where the source does not say."""
        return next((one for one in LinkMode if tempo_source(one) == self.source), None)


def tempo_source(link: LinkMode) -> str:
    """How a show writes where tempo comes from."""
    return "hand" if link is LinkMode.OFF else f"Ableton Link ({link.value})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What goes out, and where to.

    Attributes:
        fit, upscale, interpolation: how the picture meets the canvas, is enlarged, and comes between two others.
        sinks: those that are switched on, as they are written; recordings end with the run.
        alpha: whether the matte goes along; logo: the file of the picture over all, "" for none; logo_on: it is shown.
        values: where DESK_PARAMETERS stand, but the level.
        shapes: how the picture lies on displays, as engine.messages.shape writes it, by their sinks.
        emergency: what is shown while nothing comes, as engine.messages.emergency writes it; "": as it is here.
    """

    name: str = "Hardcut"
    sinks: tuple[str, ...] = (str(NDI_SINK),)
    width: int = 896
    height: int = 896
    fps: Fraction = Fraction(30)
    fit: Fit = Fit.FIT
    upscale: Upscale = Upscale.SMOOTH
    interpolation: Interpolation = Interpolation.OFF
    alpha: AlphaOut = AlphaOut.OFF
    logo: str = ""
    logo_on: bool = False
    values: Mapping[str, float] = field(default_factory=lambda: NO_VALUES)
    shapes: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    emergency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What travels inside a saved show.

    Attributes:
        files: small texts of the user's folder by their path in it, "/" between parts.
        refers: what the show needs besides, as "kind: name".
    """

    files: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    refers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beneath:
    """What the show was before the command line of its run, and what that asked for where a part of it can be changed.

    Attributes:
        asked_sinks, asked_shapes: the sinks and the shapes of displays that stood on it.
    """

    playing: Playing = Playing()
    front: Front = Front()
    playlist: ListPlace = ListPlace()
    cues: ListPlace = ListPlace()
    beat: Beat = Beat()
    sent: Sent = Sent()
    asked_sinks: tuple[str, ...] = ()
    asked_shapes: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """A show.

    Attributes:
        given: options that stood on the command line; after a clean end they do not hold for the next start.
        beneath: what holds then in their place; it means nothing where none are given.
    """

    playing: Playing = Playing()
    front: Front = Front()
    playlist: ListPlace = ListPlace()
    cues: ListPlace = ListPlace()
    beat: Beat = Beat()
    sent: Sent = Sent()
    carried: Carried = Carried()
    given: tuple[str, ...] = ()
    beneath: Beneath = Beneath()
