"""Slots: the names by which hardware and program meet. A profile leads to them, the front leads on from them."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from app.control.limits import (
    AUTO_BARS,
    AUTO_THROUGH,
    AUTO_TIMES,
    AUTO_WAYS,
    BANKS,
    LAUNCHES,
    MACROS,
    MAX_SLOT,
    PAGES,
    SNAPSHOTS,
)


class SlotKind(Enum):
    """What a control is for."""

    KNOB = "knob"
    PAD = "pad"
    LEVEL = "level"
    FREEZE = "freeze"
    BLACKOUT = "blackout"
    EMERGENCY = "emergency"
    LOGO = "logo"  # over all that goes out
    RECORD = "record"  # what goes out, as a film
    STILL = "still"  # a PNG of what viewers see
    SINK = "sink"  # by how it is written: sink:display:1
    PANIC = "panic"
    TAP = "tap"
    CUT_MODE = "cut_mode"
    CANCEL = "cancel"
    RESYNC = "resync"
    QUALITY_FULL = "quality_full"  # never simpler than it could be
    QUALITY_AUTO = "quality_auto"  # simpler where the machine is too slow
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
    AUTO = "auto"  # the auto-pilot
    AUTO_BARS = "auto_bars"  # 1 to 6: it acts every 1, 2, 4, 8, 16, 32 bars
    AUTO_TIME = "auto_time"  # 1: on the downbeat; 2: when the music changes
    AUTO_WAY = "auto_way"  # 1: it cuts; 2: it morphs; 3: either
    AUTO_THROUGH = "auto_through"  # 1: the pads in front; 2: the playlist
    MODULATION = "modulation"
    TRIGGER = "trigger"  # of envelopes that wait for a hand
    BANK = "bank"  # the controller's own: which of its bindings are in force
    BANK_NEXT = "bank_next"
    BANK_PREVIOUS = "bank_previous"
    DEPTH = "depth"  # of a modulator of the scene that plays, by target and place: depth:field.energy/1
    CORNER = "corner"  # of a display, by its sink, corner and direction: corner:display:2/1/x
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
        SlotKind.AUTO_BARS,
        SlotKind.AUTO_TIME,
        SlotKind.AUTO_WAY,
        SlotKind.AUTO_THROUGH,
    }
)
NAMED: Final = frozenset({SlotKind.PARAMETER, SlotKind.DEPTH, SlotKind.CORNER, SlotKind.SCENE, SlotKind.SINK})
SWITCHES: Final = frozenset(
    {SlotKind.FREEZE, SlotKind.BLACKOUT, SlotKind.EMERGENCY, SlotKind.LOGO, SlotKind.RECORD, SlotKind.SINK}
)
CONTINUOUS: Final = frozenset(
    {SlotKind.KNOB, SlotKind.LEVEL, SlotKind.MACRO, SlotKind.PARAMETER, SlotKind.DEPTH, SlotKind.CORNER}
)
_HIGHEST: Final = {
    SlotKind.MACRO: MACROS,
    SlotKind.BANK: BANKS,
    SlotKind.LAUNCH: len(LAUNCHES),
    SlotKind.SNAPSHOT: SNAPSHOTS,
    SlotKind.STORE: SNAPSHOTS,
    SlotKind.PAD_BANK: PAGES,
    SlotKind.KNOB_PAGE: PAGES,
    SlotKind.AUTO_BARS: len(AUTO_BARS),
    SlotKind.AUTO_TIME: len(AUTO_TIMES),
    SlotKind.AUTO_WAY: len(AUTO_WAYS),
    SlotKind.AUTO_THROUGH: len(AUTO_THROUGH),
}


@dataclass(frozen=True, slots=True)
class Slot:
    """What a control can be bound to, written knob.1, pad.16, macro.3, freeze, parameter:field.hue, scene:Noir.

    knob.1 and pad.1 are the first in front in the window, whatever lies there; parameter:, scene: and sink: stay with
    theirs, depth: with a place on a parameter or macro, corner: with one direction of a display's corner.

    Attributes:
        number: 1..64 for knobs, pads and cues, 1..8 for macros, banks and pages, 1..16 for snapshots, 1..5 for launch,
            1..6 for the auto-pilot's bars and 1..3 for the rest of it, 0 for what has none.
        name: the parameter's id, the scene's name, the sink as it is written, or what depth: and corner: name; "" for
            the rest.
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
