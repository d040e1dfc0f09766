"""What lies in front of the performer and how controllers are set, as one frozen value."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.control.audio_settings import AudioSettings
from app.control.auto import AutoSettings
from app.control.clock_settings import ClockSettings, LinkMode
from app.control.limits import KNOBS_PER_PAGE, MACROS, PADS_PER_BANK, USUAL_MORPH_S
from app.control.macros import NO_MACRO, NO_MACROS, MacroPart, Macros
from app.control.pace import ChunkPace
from app.control.takeover import TakeoverMode
from engine.messages.parameters import OUTPUT_PARAMETERS, ParameterTable
from engine.messages.transitions import Launch


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlState:
    """The front and the settings at one moment. Slots count from 1, the bank or page in front first.

    Attributes:
        table: the parameters there are.
        scenes: the names of the scenes there are.
        pads: the scene of every pad through all banks, "" for an empty one; one that is not there is dark until it is.
        soft: pads morph instead of cutting; launch: when they act.
        morph_seconds: how long morphs take.
        pad_bank, knob_page: what is in front, from 1.
        macros_shown: the macros lie on the eight knobs; their page stays in front behind them.
        macros: what each macro moves.
        takeover: how knobs meet values that they do not stand at.
        clock: what is set about clocks; link: what Ableton Link is to us in this run.
        auto: the auto-pilot; modulated: modulation is on.
        audio: what is set about sound.
        pace: of chunks.
        macros_trouble, clock_trouble, audio_trouble: what went wrong with the file of each, a sentence; "" while all
            is well.
    """

    table: ParameterTable
    scenes: frozenset[str] = frozenset()
    pads: tuple[str, ...] = ()
    soft: bool = False
    launch: Launch = Launch.NOW
    morph_seconds: float = USUAL_MORPH_S
    pad_bank: int = 1
    knob_page: int = 1
    macros_shown: bool = False
    macros: Macros = field(default_factory=lambda: NO_MACROS)
    takeover: TakeoverMode = TakeoverMode.PICKUP
    clock: ClockSettings = ClockSettings()  # noqa: RUF009 - frozen
    link: LinkMode = LinkMode.OFF
    auto: AutoSettings = AutoSettings()  # noqa: RUF009 - frozen
    modulated: bool = True
    audio: AudioSettings = AudioSettings()  # noqa: RUF009 - frozen
    pace: ChunkPace = ChunkPace()  # noqa: RUF009 - frozen
    macros_trouble: str = ""
    clock_trouble: str = ""
    audio_trouble: str = ""

    # -- pads ---------------------------------------------------------------------------------

    @property
    def banks(self) -> int:
        """How many banks of pads there are, at least one."""
        return max(1, -(-len(self.pads) // PADS_PER_BANK))

    @property
    def pads_in_order(self) -> tuple[str, ...]:
        """The scenes of all pads, the bank in front first, "" where a pad is dark."""
        pads = tuple(map(self._lit, self.pads)) + ("",) * (self.banks * PADS_PER_BANK - len(self.pads))
        start = (self.pad_bank - 1) * PADS_PER_BANK
        return pads[start:] + pads[:start]

    def pad(self, number: int) -> str:
        """The scene on a pad's slot, "" where it is dark."""
        index = (self.pad_bank - 1) * PADS_PER_BANK + number - 1
        whole = self.banks * PADS_PER_BANK
        if not 1 <= number <= whole:
            return ""
        index %= whole
        return self._lit(self.pads[index]) if index < len(self.pads) else ""

    @property
    def front_scenes(self) -> tuple[str, ...]:
        """The scenes of the bank in front."""
        start = (self.pad_bank - 1) * PADS_PER_BANK
        return tuple(filter(None, map(self._lit, self.pads[start : start + PADS_PER_BANK])))

    def _lit(self, scene: str) -> str:
        return scene if scene in self.scenes else ""

    # -- knobs --------------------------------------------------------------------------------

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters that knobs turn, in display order."""
        return tuple(key for key in self.table if key not in OUTPUT_PARAMETERS)

    @property
    def pages(self) -> int:
        """How many pages of knobs there are, at least one; that of the macros is not counted."""
        return max(1, -(-len(self.parameters) // KNOBS_PER_PAGE))

    @property
    def page_shown(self) -> int:
        """The page on the knobs, from 1; the one behind the last is that of the macros."""
        return self.pages + 1 if self.macros_shown else self.knob_page

    @property
    def knobs_in_order(self) -> tuple[str, ...]:
        """The parameters of all knobs, the page in front first."""
        start = (self.knob_page - 1) * KNOBS_PER_PAGE
        return self.parameters[start:] + self.parameters[:start]

    def knob(self, number: int) -> str:
        """The parameter on a knob's slot, "" for none; the macros lie before it or not."""
        knobs = self.knobs_in_order
        return knobs[number - 1] if 1 <= number <= len(knobs) else ""

    # -- macros and morphs --------------------------------------------------------------------

    def macro_on(self, number: int) -> bool:
        """A knob's slot is a macro now."""
        return self.macros_shown and number <= MACROS

    def macro_parts(self, number: int) -> tuple[MacroPart, ...]:
        """What a macro moves of the parameters there are."""
        parts = self.macros.get(number, NO_MACRO).parts
        return tuple(part for part in parts if part.parameter in self.table)

    @property
    def morph_chunks(self) -> int:
        """The length of a morph in chunk boundaries, at least one."""
        return self.pace.chunks(self.morph_seconds)


def first_state(table: ParameterTable, scenes: Iterable[str]) -> ControlState:
    """The pads play the scenes in their order, the knobs turn the parameters in theirs."""
    pads = tuple(scenes)
    return ControlState(table=table, scenes=frozenset(pads), pads=pads)
