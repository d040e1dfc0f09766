"""Slots: the names by which hardware and program meet. A profile leads to them, assignments lead on from them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from app.control.takeover import TakeoverMode
from engine.messages.commands import Launch
from engine.messages.parameters import CommitPolicy, ParameterTable

MAX_SLOT: Final = 64
"""Highest number of a knob or pad slot: eight banks of eight knobs, four grids of sixteen pads."""


class SlotKind(Enum):
    """What a control is for."""

    KNOB = "knob"
    PAD = "pad"
    LEVEL = "level"
    FREEZE = "freeze"
    BLACKOUT = "blackout"
    PANIC = "panic"
    TAP = "tap"
    CUT_MODE = "cut_mode"
    CANCEL = "cancel"
    RESYNC = "resync"
    NUDGE_EARLIER = "nudge_earlier"
    NUDGE_LATER = "nudge_later"
    LAUNCH = "launch"  # 1: cuts come now; 2 to 5: on the beat, the bar, every two and four bars
    MORPH_SHORTER = "morph_shorter"
    MORPH_LONGER = "morph_longer"
    PROMPT_NEXT = "prompt_next"
    PROMPT_PREVIOUS = "prompt_previous"
    CUE_NEXT = "cue_next"
    CUE_PREVIOUS = "cue_previous"
    CUE = "cue"  # by its number
    SNAPSHOT = "snapshot"  # back to it
    STORE = "store"  # remember it
    PAD_BANK = "pad_bank"  # which pads the window has in front
    KNOB_PAGE = "knob_page"  # which knobs
    MACRO = "macro"
    BANK = "bank"  # the controller's own: which of its bindings are in force
    BANK_NEXT = "bank_next"
    BANK_PREVIOUS = "bank_previous"
    PARAMETER = "parameter"
    SCENE = "scene"
    NONE = "none"  # the control is silenced


NUMBERED: Final = frozenset(
    {
        SlotKind.KNOB,
        SlotKind.PAD,
        SlotKind.MACRO,
        SlotKind.BANK,
        SlotKind.LAUNCH,
        SlotKind.CUE,
        SlotKind.SNAPSHOT,
        SlotKind.STORE,
        SlotKind.PAD_BANK,
        SlotKind.KNOB_PAGE,
    }
)
NAMED: Final = frozenset({SlotKind.PARAMETER, SlotKind.SCENE})
CONTINUOUS: Final = frozenset({SlotKind.KNOB, SlotKind.LEVEL, SlotKind.MACRO, SlotKind.PARAMETER})
MACROS: Final = 8
BANKS: Final = 8
SNAPSHOTS: Final = 16
PAGES: Final = 8
"""Banks of pads and pages of knobs that can be turned to from a controller."""
LAUNCHES: Final = (Launch.NOW, Launch.BEAT, Launch.BAR, Launch.TWO_BARS, Launch.FOUR_BARS)
MORPHS: Final = 8
"""Lengths of a morph that the window offers."""
USUAL_MORPH: Final = 4
_HIGHEST: Final = {
    SlotKind.MACRO: MACROS,
    SlotKind.BANK: BANKS,
    SlotKind.LAUNCH: len(LAUNCHES),
    SlotKind.SNAPSHOT: SNAPSHOTS,
    SlotKind.STORE: SNAPSHOTS,
    SlotKind.PAD_BANK: PAGES,
    SlotKind.KNOB_PAGE: PAGES,
}


@dataclass(frozen=True, slots=True)
class Slot:
    """What a control can be bound to, written knob.1, pad.16, macro.3, freeze, parameter:field.hue, scene:Noir.

    knob.1 and pad.1 are the first in front in the window, whatever lies there; parameter: and scene: stay with theirs.

    Attributes:
        number: 1..64 for knobs, pads and cues, 1..8 for macros, banks and pages, 1..16 for snapshots, 1..5 for launch,
            0 for the rest.
        name: the parameter's id or the scene's name; "" for the rest.
    """

    kind: SlotKind
    number: int = 0
    name: str = ""

    @property
    def continuous(self) -> bool:
        """It takes a position, not a press."""
        return self.kind in CONTINUOUS

    def __str__(self) -> str:
        if self.name:
            return f"{self.kind.value}:{self.name}"
        return f"{self.kind.value}.{self.number}" if self.number else self.kind.value


_SLOT_TEXT = re.compile(r"(?P<kind>[a-z_]+)(?:\.(?P<first>\d+)(?:-(?P<last>\d+))?)?")


def parse_slots(text: str) -> tuple[Slot, ...]:
    """The slots that "pad.3", "knob.1-8", "freeze" or "parameter:field.hue" names, in order.

    Raises:
        ValueError: with a clause that says what is wrong.
    """
    prefix, colon, name = text.partition(":")
    if colon and name.strip() and prefix in {kind.value for kind in NAMED}:
        return (Slot(SlotKind(prefix), name=name.strip()),)
    matched = _SLOT_TEXT.fullmatch(text)
    kinds = {kind.value: kind for kind in SlotKind}
    if matched is None or matched["kind"] not in kinds:
        raise ValueError(f"{text!r} is no slot; slots are {', '.join(kinds)}, knobs and pads with a number")
    if kinds[matched["kind"]] in NAMED:
        raise ValueError(f"{text!r} is no slot; write {matched['kind']}:NAME")
    kind = kinds[matched["kind"]]
    if (kind in NUMBERED) != (matched["first"] is not None):
        raise ValueError(f"{text!r} is no slot; knobs and pads have a number, the others have none")
    highest = _HIGHEST.get(kind, MAX_SLOT)
    if kind not in NUMBERED:
        return (Slot(kind),)
    first = int(matched["first"])
    last = int(matched["last"] or first)
    if not 1 <= first <= last <= highest:
        raise ValueError(f"{text!r} is no slot; numbers run from 1 to {highest}")
    return tuple(Slot(kind, number) for number in range(first, last + 1))


class CutMode(Enum):
    """What a pad does with its scene."""

    HARD = "hard cut"
    SOFT = "soft transition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignments:
    """What the program has put on the slots.

    Attributes:
        knobs: knob number to parameter id.
        pads: pad number to scene name.
        macros: knobs 1 to 8 are the macros; the parameters begin behind them, at knob 9.
        cut_mode, launch: how and when a pad's scene comes.
        takeover: how knobs meet values they do not stand at.
        morph: 1..8, which of the window's lengths a morph has; morph_chunks: how many boundaries that is.
        pad_bank, knob_page: from 1, what the window has in front.
    """

    knobs: Mapping[int, str] = field(default_factory=dict)
    pads: Mapping[int, str] = field(default_factory=dict)
    macros: bool = False
    cut_mode: CutMode = CutMode.HARD
    launch: Launch = Launch.NOW
    takeover: TakeoverMode = TakeoverMode.PICKUP
    morph: int = USUAL_MORPH
    morph_chunks: int = 30
    pad_bank: int = 1
    knob_page: int = 1


def default_assignments(table: ParameterTable, scenes: Sequence[str]) -> Assignments:
    """Knobs 1… drive the parameters that commit at chunk boundaries, pads 1… play the scenes, in display order."""
    parameters = [spec.id for spec in table.values() if spec.policy is CommitPolicy.CHUNK]
    return Assignments(
        knobs=dict(zip(range(1, MAX_SLOT + 1), parameters, strict=False)),
        pads=dict(zip(range(1, MAX_SLOT + 1), scenes, strict=False)),
    )
