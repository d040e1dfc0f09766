"""What a control can be bound to, in the words of the window, and how each of these stands."""

from dataclasses import dataclass
from typing import Final

from app.control.actions import is_in_front
from app.control.corners import AXES, CornerSeat, DisplayCorners, corner_of
from app.control.limits import AUTO_BARS, BANKS, KNOBS_PER_PAGE, LAUNCHES, MACROS, PADS_PER_BANK
from app.control.show import PadState
from app.control.slots import Slot, SlotKind
from app.models.modulation import Held
from app.models.sinks import sink_labels
from app.models.window_models import WindowModels
from engine.messages.modulation import MACROS as MODULATED_MACROS
from engine.messages.parameters import DESK_PARAMETERS, MAP_PARAMETERS, OUTPUT_LEVEL, OUTPUT_PARAMETERS
from engine.messages.shape import CORNERS
from engine.messages.sinks import DISPLAY

WORDS: Final = {
    SlotKind.LEVEL: "Master",
    SlotKind.FREEZE: "Freeze",
    SlotKind.BLACKOUT: "Blackout",
    SlotKind.EMERGENCY: "Emergency picture",
    SlotKind.LOGO: "Logo",
    SlotKind.RECORD: "Record",
    SlotKind.STILL: "Still",
    SlotKind.PANIC: "Panic",
    SlotKind.QUALITY_FULL: "Full quality",
    SlotKind.QUALITY_AUTO: "Automatic quality",
    SlotKind.TAP: "Tap",
    SlotKind.AUTO: "Auto-pilot",
    SlotKind.MODULATION: "Modulation",
    SlotKind.TRIGGER: "Trigger envelopes",
    SlotKind.CUT_MODE: "Cut or morph",
    SlotKind.CANCEL: "Cancel what waits",
    SlotKind.RESYNC: "Bar begins now",
    SlotKind.NUDGE_EARLIER: "Beat earlier",
    SlotKind.NUDGE_LATER: "Beat later",
    SlotKind.MORPH_SHORTER: "Shorter morphs",
    SlotKind.MORPH_LONGER: "Longer morphs",
    SlotKind.PROMPT_NEXT: "Next prompt",
    SlotKind.PROMPT_PREVIOUS: "Prompt before",
    SlotKind.CUE_NEXT: "Next cue",
    SlotKind.CUE_PREVIOUS: "Cue before",
    SlotKind.BANK_NEXT: "Its next bank",
    SlotKind.BANK_PREVIOUS: "Its bank before",
    SlotKind.NONE: "Nothing",
}

SHORT: Final = {
    SlotKind.LEVEL: "MST",
    SlotKind.FREEZE: "FRZ",
    SlotKind.BLACKOUT: "BLK",
    SlotKind.EMERGENCY: "EMG",
    SlotKind.LOGO: "LGO",
    SlotKind.RECORD: "REC",
    SlotKind.STILL: "STL",
    SlotKind.PANIC: "PAN",
    SlotKind.QUALITY_FULL: "FUL",
    SlotKind.QUALITY_AUTO: "AUT",
    SlotKind.TAP: "TAP",
    SlotKind.AUTO: "AUT",
    SlotKind.MODULATION: "MOD",
    SlotKind.TRIGGER: "TRG",
    SlotKind.CUT_MODE: "C/M",
    SlotKind.CANCEL: "X",
    SlotKind.RESYNC: "BAR",
    SlotKind.NUDGE_EARLIER: "B<",
    SlotKind.NUDGE_LATER: "B>",
    SlotKind.MORPH_SHORTER: "M−",
    SlotKind.MORPH_LONGER: "M+",
    SlotKind.PROMPT_NEXT: "P>",
    SlotKind.PROMPT_PREVIOUS: "P<",
    SlotKind.CUE_NEXT: "C>",
    SlotKind.CUE_PREVIOUS: "C<",
    SlotKind.BANK_NEXT: ">",
    SlotKind.BANK_PREVIOUS: "<",
}

_NUMBERED: Final = {
    SlotKind.KNOB: "Knob",
    SlotKind.PAD: "Pad",
    SlotKind.MACRO: "Macro",
    SlotKind.BANK: "Its bank",
    SlotKind.CUE: "Cue",
    SlotKind.SNAPSHOT: "Snapshot",
    SlotKind.STORE: "Store snapshot",
    SlotKind.KNOB_PAGE: "Knob page",
}
_LETTERS: Final = {
    SlotKind.MACRO: "M",
    SlotKind.BANK: "B",
    SlotKind.LAUNCH: "Q",
    SlotKind.AUTO_BARS: "AB",
    SlotKind.AUTO_TIME: "AT",
    SlotKind.AUTO_WAY: "AW",
    SlotKind.AUTO_THROUGH: "AP",
    SlotKind.CUE: "C",
    SlotKind.SNAPSHOT: "S",
    SlotKind.STORE: "+S",
    SlotKind.PAD_BANK: "P",
    SlotKind.KNOB_PAGE: "K",
}
_AUTO: Final = {
    SlotKind.AUTO_BARS: tuple(f"every {bars} bar{'s' * (bars > 1)}" for bars in AUTO_BARS),
    SlotKind.AUTO_TIME: ("on the downbeat", "when the music changes"),
    SlotKind.AUTO_WAY: ("by cuts", "by morphs", "by either"),
    SlotKind.AUTO_THROUGH: ("through the pads", "through the playlist"),
}
_LAUNCHES: Final = ("now", "on the beat", "on the bar", "every 2 bars", "every 4 bars")
SNAPSHOTS_OFFERED: Final = 8
CUES_OFFERED: Final = 16
PAGES_OFFERED: Final = 4


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Targets of one kind; remark says what they are."""

    title: str
    remark: str
    targets: tuple[Slot, ...]


def target_groups(show: WindowModels) -> tuple[TargetGroup, ...]:
    """Everything a control can be bound to now."""
    parameters = [key for key in show.knobs.knobs if key not in OUTPUT_PARAMETERS]
    output = (
        SlotKind.LEVEL,
        SlotKind.FREEZE,
        SlotKind.BLACKOUT,
        SlotKind.EMERGENCY,
        SlotKind.LOGO,
        SlotKind.PANIC,
        SlotKind.RECORD,
        SlotKind.STILL,
        SlotKind.QUALITY_FULL,
        SlotKind.QUALITY_AUTO,
    )
    transport = (
        SlotKind.CUT_MODE,
        SlotKind.MORPH_SHORTER,
        SlotKind.MORPH_LONGER,
        SlotKind.CANCEL,
        SlotKind.TAP,
        SlotKind.RESYNC,
        SlotKind.NUDGE_EARLIER,
        SlotKind.NUDGE_LATER,
        SlotKind.AUTO,
        SlotKind.MODULATION,
        SlotKind.TRIGGER,
    )
    lists = (SlotKind.CUE_PREVIOUS, SlotKind.CUE_NEXT, SlotKind.PROMPT_PREVIOUS, SlotKind.PROMPT_NEXT)
    cues = _numbered(SlotKind.CUE, CUES_OFFERED)
    pages = (*_numbered(SlotKind.PAD_BANK, PAGES_OFFERED), *_numbered(SlotKind.KNOB_PAGE, PAGES_OFFERED))
    snapshots = _numbered(SlotKind.SNAPSHOT, SNAPSHOTS_OFFERED)
    return (
        TargetGroup("Output", "What viewers see, at once", tuple(Slot(kind) for kind in output)),
        TargetGroup(
            "Sinks", "Where it goes, each on or off", tuple(Slot(SlotKind.SINK, name=name) for name in sink_labels())
        ),
        TargetGroup(
            "Corners",
            "Where the picture lies on a display that is covered",
            tuple(
                CornerSeat(display, corner, axis).slot
                for display in _displays(show)
                for corner in range(1, CORNERS + 1)
                for axis in range(len(AXES))
            ),
        ),
        TargetGroup("Transport", "How pads act, and the beat", tuple(Slot(kind) for kind in transport)),
        TargetGroup("Quantise", "When pads act", _numbered(SlotKind.LAUNCH, len(LAUNCHES))),
        TargetGroup(
            "Modulation",
            "How deep, in the scene that plays",
            tuple(
                Slot(SlotKind.DEPTH, name=f"{target}/{held.place}")
                for target in (*parameters, *MODULATED_MACROS)
                for held in show.modulation.of(target)
                if not held.everywhere
            ),
        ),
        TargetGroup(
            "Auto-pilot",
            "How it flies",
            tuple(slot for kind, words in _AUTO.items() for slot in _numbered(kind, len(words))),
        ),
        TargetGroup(
            "Cues, prompts",
            "Steps through the lists",
            (*map(Slot, lists), *cues),
        ),
        TargetGroup("Knobs", "Whatever lies there in the window", _numbered(SlotKind.KNOB, KNOBS_PER_PAGE)),
        TargetGroup("Pads", "Whatever lies there in the window", _numbered(SlotKind.PAD, PADS_PER_BANK)),
        TargetGroup(
            "Parameters",
            "Each wherever its knob lies",
            tuple(Slot(SlotKind.PARAMETER, name=key) for key in parameters),
        ),
        TargetGroup(
            "Control map",
            "What the generator follows",
            tuple(Slot(SlotKind.PARAMETER, name=key) for key in MAP_PARAMETERS if key in show.knobs.knobs),
        ),
        TargetGroup(
            "Mix",
            "Input and dream, the fade, the logo",
            tuple(
                Slot(SlotKind.PARAMETER, name=key)
                for key in DESK_PARAMETERS
                if key in show.knobs.knobs and key != OUTPUT_LEVEL
            ),
        ),
        TargetGroup("Macros", "Several parameters at once", _numbered(SlotKind.MACRO, MACROS)),
        TargetGroup(
            "Scenes",
            "Each wherever its pad lies",
            tuple(Slot(SlotKind.SCENE, name=name) for name in show.pads.scenes),
        ),
        TargetGroup(
            "Snapshots", "Back to one, or store it", (*snapshots, *_numbered(SlotKind.STORE, SNAPSHOTS_OFFERED))
        ),
        TargetGroup("Pages", "What the window has in front", pages),
        TargetGroup(
            "Device banks",
            "Which of its own bindings are in force",
            (Slot(SlotKind.BANK_PREVIOUS), Slot(SlotKind.BANK_NEXT), *_numbered(SlotKind.BANK, BANKS)),
        ),
    )


def _displays(show: WindowModels) -> tuple[str, ...]:
    """The displays that are covered, as they are written; the usual one while there is none."""
    return tuple(one.sink for one in show.sinks.reports if one.id == DISPLAY) or (DISPLAY,)


def _numbered(kind: SlotKind, count: int) -> tuple[Slot, ...]:
    return tuple(Slot(kind, number) for number in range(1, count + 1))


EVERY_MACRO: Final = _numbered(SlotKind.MACRO, MACROS)
WHOLE_DEVICE: Final = (*_numbered(SlotKind.KNOB, KNOBS_PER_PAGE), *_numbered(SlotKind.PAD, PADS_PER_BANK))
"""What a controller of knobs and pads is learnt for in one run."""


def _corner_words(slot: Slot) -> str:
    seat = corner_of(slot)
    if seat is None:
        return slot.name
    display = seat.sink.partition(":")[2]
    return f"Corner {seat.corner} {('right', 'down')[seat.axis]}{f', display {display}' if display else ''}"


class Targets:
    """The targets as they stand at one moment: what lies on knobs and pads is looked up once."""

    def __init__(self, show: WindowModels) -> None:
        self._show = show
        self._knobs = show.knobs.in_order
        self._pads = show.pads.in_order

    def label(self, slot: Slot) -> str:
        """A target by its name, without what lies there."""
        match slot.kind:
            case SlotKind.PARAMETER:
                knob = self._show.knobs.knobs.get(slot.name)
                return knob.spec.label if knob is not None else slot.name
            case SlotKind.SCENE:
                return slot.name
            case SlotKind.DEPTH:
                return self._depth_words(slot)
            case SlotKind.SINK:
                return sink_labels().get(slot.name, slot.name)
            case SlotKind.CORNER:
                return _corner_words(slot)
            case SlotKind.LAUNCH:
                return f"Pads act {_LAUNCHES[slot.number - 1]}"
            case SlotKind.AUTO_BARS | SlotKind.AUTO_TIME | SlotKind.AUTO_WAY | SlotKind.AUTO_THROUGH:
                return f"Auto {_AUTO[slot.kind][slot.number - 1]}"
            case SlotKind.PAD_BANK:
                return f"Pads {chr(ord('A') + slot.number - 1)}"
            case kind if kind in _NUMBERED:
                return f"{_NUMBERED[kind]} {slot.number}"
            case kind:
                return WORDS.get(kind, str(slot).replace("_", " ").replace(".", " ").capitalize())

    def assigned_label(self, slot: Slot) -> str:
        """What a knob, pad or macro slot stands for at the moment; "" for what stands for itself."""
        match slot.kind:
            case SlotKind.KNOB:
                knob = self._show.knobs.knobs.get(self.parameter(slot))
                return knob.spec.label if knob is not None else "–"
            case SlotKind.PAD:
                return self.scene(slot) or "empty"
            case SlotKind.MACRO:
                return self._macro_words(slot.number)
            case _:
                return ""

    def in_full(self, slot: Slot) -> str:
        """A target with what lies there."""
        assigned = self.assigned_label(slot)
        return f"{self.label(slot)}: {assigned}" if assigned else self.label(slot)

    def short(self, slot: Slot) -> str:
        """A target in so few letters that they fit on a small key."""
        if slot.kind in (SlotKind.KNOB, SlotKind.PAD):
            return str(slot.number)
        if slot.kind in _LETTERS:
            return f"{_LETTERS[slot.kind]}{slot.number}"
        return SHORT.get(slot.kind, "")

    def scene(self, slot: Slot) -> str:
        """The scene that a slot plays, "" for none."""
        if slot.kind is SlotKind.SCENE:
            return slot.name
        return self._pads[slot.number - 1] if slot.kind is SlotKind.PAD and slot.number <= len(self._pads) else ""

    def pad_state(self, slot: Slot) -> PadState:
        """What the scene of a slot is doing."""
        return self._show.pads.state_of(self.scene(slot))

    def is_on(self, slot: Slot) -> bool:
        """A switch that is on."""
        match slot.kind:
            case SlotKind.FREEZE:
                return self._show.transport.freeze.shown
            case SlotKind.BLACKOUT:
                return self._show.transport.blackout.shown
            case SlotKind.AUTO | SlotKind.AUTO_BARS | SlotKind.AUTO_TIME | SlotKind.AUTO_WAY | SlotKind.AUTO_THROUGH:
                return is_in_front(slot, self._show.front)
            case SlotKind.MODULATION:
                return self._show.modulation.on
            case SlotKind.EMERGENCY:
                return self._show.transport.emergency.shown
            case SlotKind.LOGO:
                return self._show.transport.logo.shown
            case SlotKind.RECORD:
                return self._show.sinks.recording
            case SlotKind.SINK:
                return self._show.sinks.is_on(slot.name)
            case SlotKind.CUT_MODE:
                return self._show.transport.soft
            case SlotKind.LAUNCH:
                return self._show.transport.launch is LAUNCHES[slot.number - 1]
            case SlotKind.PAD_BANK:
                return self._show.pads.bank + 1 == slot.number
            case SlotKind.KNOB_PAGE:
                return self._show.page + 1 == slot.number
            case _:
                return False

    def travel(self, slot: Slot) -> float | None:
        """Where what a slot moves stands, 0..1; None where that is not known."""
        if slot.kind is SlotKind.DEPTH:
            held = self._held(slot)
            return (held.modulator.depth + 1.0) / 2.0 if held is not None else None
        if slot.kind is SlotKind.CORNER:
            output = self._show.chain.output
            return DisplayCorners(output.shapes if output is not None else {}).travel(slot)
        knob = self._show.knobs.knobs.get(self.parameter(slot))
        return knob.spec.to_travel(knob.target) if knob is not None else None

    def parameter(self, slot: Slot) -> str:
        """The parameter that a slot moves now, "" for none."""
        match slot.kind:
            case SlotKind.LEVEL:
                return OUTPUT_LEVEL
            case SlotKind.PARAMETER:
                return slot.name
            case SlotKind.KNOB if slot.number <= len(self._knobs):
                return self._knobs[slot.number - 1]
            case _:
                return ""

    def _held(self, slot: Slot) -> Held | None:
        """The modulator whose depth a slot is; None where there is none now."""
        target, _, place = slot.name.rpartition("/")
        there = (one for one in self._show.modulation.of(target) if not one.everywhere and str(one.place) == place)
        return next(there, None)

    def _depth_words(self, slot: Slot) -> str:
        target, _, place = slot.name.rpartition("/")
        knob = self._show.macros.find(target) or self._show.knobs.knobs.get(target)
        return f"Depth {place} of {knob.spec.label if knob is not None else target}"

    def _macro_words(self, number: int) -> str:
        macro = self._show.front.macros.get(number)
        parts = macro.parts if macro is not None else ()
        known = [self._show.knobs.knobs[one.parameter] for one in parts if one.parameter in self._show.knobs.knobs]
        return ", ".join(knob.spec.label for knob in known) or "moves nothing yet"
